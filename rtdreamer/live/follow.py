"""Find a stream and run a session on it, again if it is lost, until told to stop."""

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace

from rtdreamer.errors import NoStreamError, StreamError, StreamLostError
from rtdreamer.live.desk import Desk
from rtdreamer.live.output_config import OutputConfig
from rtdreamer.live.predictor import Predictor, WindowClassifier
from rtdreamer.live.publisher import Publisher
from rtdreamer.live.recorder import RecordConfig
from rtdreamer.live.session import Session
from rtdreamer.live.sink import Phase, Sink
from rtdreamer.lsl import library
from rtdreamer.lsl.channel_plan import AS_IT_SAYS, Reading
from rtdreamer.lsl.discovery import FoundStream, wait_for_return, wait_for_stream
from rtdreamer.lsl.inlet import Inlet
from rtdreamer.lsl.markers import UNIX, MarkerStreams

RETRY_S = 1.0
"""Between two tries to open a stream that is announced and cannot be used."""


@dataclass(frozen=True, slots=True)
class MarkerConfig:
    """Which streams of markers to follow beside the EEG.

    Attributes
    ----------
    names : tuple of str
        Their names or source_ids.
    clock : str
        What is done with those that are stamped in Unix time: one of ``CLOCKS``.
    """

    names: tuple[str, ...] = ()
    clock: str = UNIX


NO_MARKERS = MarkerConfig()


@dataclass(frozen=True, slots=True)
class FollowConfig:
    """What to follow and for how long.

    Attributes
    ----------
    stream : str
        As the user named it.
    hop : int
        Samples from one prediction to the next.
    started : float or None
        From when the duration counts, on the clock that ``follow`` is given; None for when it
        begins to listen.
    duration : float or None
        Seconds from there to the end; None for ever.
    timeout : float or None
        Seconds to wait for the stream; None for ever.
    publish : bool
        Whether to send the predictions and changes of state out as streams.
    source_id : str or None
        Of several streams that match, the one with this source_id.
    reading : Reading
        What the user says of the stream.
    record : RecordConfig or None
        Where to record the session, if it is to be recorded.
    markers : MarkerConfig
        Which markers of other programs to follow.
    outputs : OutputConfig or None
        Where else to send the predictions, changes of state and markers.
    """

    stream: str
    hop: int
    started: float | None = None
    duration: float | None = None
    timeout: float | None = None
    publish: bool = True
    source_id: str | None = None
    reading: Reading = AS_IT_SAYS
    record: RecordConfig | None = None
    markers: MarkerConfig = NO_MARKERS
    outputs: OutputConfig | None = None

    def is_over(self, now: float) -> bool:
        """Whether the duration has passed at ``now``, on the same clock."""
        if self.duration is None or self.started is None:
            return False
        return now - self.started >= self.duration


def follow(
    config: FollowConfig,
    classifier: WindowClassifier,
    sinks: Sequence[Sink],
    should_stop: Callable[[], bool],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    desk: Desk | None = None,
) -> None:
    """Wait for the stream and predict from it until ``should_stop`` or the duration ends it.

    A stream that is gone is waited for, and no other is taken for it. When it is back one and the
    same session goes on, so that what was lost between is counted. What is ordered at the ``desk``
    is done as often as it is asked whether to stop: some twenty times a second.

    Raises
    ------
    NoStreamError
        If the timeout or the duration passes and the stream was never there.
    StreamError
        If the stream cannot be used, or several match.
    RtdreamerError
        If what it says cannot be recorded, or sent, where it should.
    """
    if config.started is None:
        config = replace(config, started=clock())

    desk = Desk(clock=library.clock) if desk is None else desk

    def enough() -> bool:
        desk.attend()
        return should_stop() or desk.change is not None or config.is_over(clock())

    with ExitStack() as outlets:
        if config.outputs is not None:
            # Here, since few need what it loads.
            from rtdreamer.live.outputs import Outputs

            outputs = Outputs(config.outputs, library.clock)
            sinks = [outlets.enter_context(closing(outputs)), *sinks]
        if config.publish:
            publisher = Publisher(config.stream, config.source_id or "", classifier, library.clock)
            outlets.enter_context(closing(publisher))
            sinks = [publisher, *sinks]
        outlets.callback(desk.close)
        session_clock, sinks = desk.recording.watch(clock), [*sinks, desk]
        if config.record is not None:
            desk.record(config.record)
        markers = None
        if config.record is not None or config.markers.names or desk.takes_orders:
            markers = MarkerStreams(config.markers.names, config.markers.clock)
            outlets.callback(markers.close)
        session = Session(Predictor(classifier), sinks, config.hop, session_clock, markers)
        desk.serve(session)
        first = _open_first(session, config, enough)
        if first is None:
            if config.is_over(clock()):
                raise NoStreamError(
                    f"no stream {config.stream!r} in the {config.duration:g} s given"
                )
            return
        found, inlet = first
        if config.publish:
            named = publisher.open_affect(found.description)
            inlet.note = "; ".join(filter(None, (inlet.note, named)))
        _follow_on(session, found, inlet, config, enough, sleep)
        session.attend()  # the last marker may say that it is over
        session.say(desk.end_recording())


def _open_first(
    session: Session, config: FollowConfig, enough: Callable[[], bool]
) -> tuple[FoundStream, Inlet] | None:
    """Wait until the stream is there and answers; None if that was enough."""

    def report(line: str) -> None:
        session.enter(Phase.WAITING, line, None)

    enough = _attending(session, enough)
    while not enough():
        found = wait_for_stream(
            config.stream,
            config.source_id,
            timeout=config.timeout,
            should_stop=enough,
            report=report,
        )
        if found is None:
            break
        try:
            return found, Inlet(found, session.headset, reading=config.reading)
        except StreamLostError as error:
            report(str(error))
            if config.timeout is not None:
                raise NoStreamError(str(error)) from error
    return None


def _attending(session: Session, enough: Callable[[], bool]) -> Callable[[], bool]:
    """Have the session's markers heard as often as it is asked whether to stop."""

    def attended() -> bool:
        session.attend()
        return enough()

    return attended


def _follow_on(
    session: Session,
    found: FoundStream,
    inlet: Inlet,
    config: FollowConfig,
    enough: Callable[[], bool],
    sleep: Callable[[float], None],
) -> None:
    """Follow the stream as often as it comes back."""
    while True:
        # Inlets are closed before outlets: liblsl has crashed when an outlet went first.
        with closing(inlet):
            try:
                session.follow(inlet, enough)
                return
            except StreamLostError as error:
                session.enter(Phase.DISCONNECTED, f"{error}; waiting for it", found.description)
        back = _reopen(session, found, inlet.lookalikes, config, enough, sleep)
        if back is None:
            return
        found, inlet = back


def _reopen(
    session: Session,
    gone: FoundStream,
    lookalikes: Collection[str],
    config: FollowConfig,
    enough: Callable[[], bool],
    sleep: Callable[[float], None],
) -> tuple[FoundStream, Inlet] | None:
    def report(line: str) -> None:
        session.enter(Phase.DISCONNECTED, line, gone.description)

    enough = _attending(session, enough)
    while not enough():
        found = wait_for_return(gone, config.stream, lookalikes, should_stop=enough, report=report)
        if found is None:
            break
        try:
            return found, Inlet(found, session.headset, lookalikes, config.reading)
        except StreamError as error:
            # It may have come back with other channels, and may do so again with the right ones.
            report(f"it is back, but: {error}")
            sleep(RETRY_S)
    return None
