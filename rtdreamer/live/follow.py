"""Find a stream and run a session on it, again if it is lost, until told to stop."""

import socket
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass

from rtdreamer.errors import NoStreamError, StreamError, StreamLostError
from rtdreamer.headset import Headset
from rtdreamer.live.event_markers import EventMarkers
from rtdreamer.live.predictor import Predictor, WindowClassifier
from rtdreamer.live.session import Session
from rtdreamer.live.sink import Sink
from rtdreamer.live.state import Phase, State
from rtdreamer.lsl import library
from rtdreamer.lsl.discovery import FoundStream, wait_for_return, wait_for_stream
from rtdreamer.lsl.inlet import Inlet
from rtdreamer.lsl.outlets import AffectOutlet
from rtdreamer.stream.chunk import StreamDescription

RETRY_S = 1.0
"""Between two tries to open a stream that is announced and cannot be used."""


@dataclass(frozen=True, slots=True)
class FollowConfig:
    """What to follow and for how long.

    Attributes
    ----------
    stream : str
        As the user named it.
    hop : int
        Samples from one prediction to the next.
    started : float
        When the command was started, on ``time.monotonic``'s clock.
    duration : float or None
        Seconds from there to the end; None for ever.
    timeout : float or None
        Seconds to wait for the stream; None for ever.
    publish : bool
        Whether to send the predictions and changes of state out as streams.
    source_id : str or None
        Of several streams that match, the one with this source_id.
    """

    stream: str
    hop: int
    started: float
    duration: float | None = None
    timeout: float | None = None
    publish: bool = True
    source_id: str | None = None

    def is_over(self) -> bool:
        """Whether the duration has passed."""
        return self.duration is not None and time.monotonic() - self.started >= self.duration


def follow(
    config: FollowConfig,
    classifier: WindowClassifier,
    sinks: Sequence[Sink],
    should_stop: Callable[[], bool],
) -> None:
    """Wait for the stream and predict from it until ``should_stop`` or the duration ends it.

    A stream that is gone is waited for, and no other is taken for it. When it is back one and the
    same session goes on, so that what was lost between is counted.

    Raises
    ------
    NoStreamError
        If the timeout or the duration passes and the stream was never there.
    StreamError
        If the stream cannot be used, or several match.
    """

    def enough() -> bool:
        return should_stop() or config.is_over()

    with ExitStack() as outlets:
        events = [outlets.enter_context(closing(_events(config)))] if config.publish else []

        @_unless_said
        def waiting(line: str) -> None:
            for sink in (*events, *sinks):
                sink.on_state(State(Phase.WAITING, line))

        first = _open_first(config, classifier.spec.headset, enough, waiting)
        if first is None:
            if config.is_over():
                raise NoStreamError(
                    f"no stream {config.stream!r} in the {config.duration:g} s given"
                )
            return
        found, inlet = first
        if config.publish:
            affect = outlets.enter_context(closing(_affect(found.description, classifier)))
            sinks = [affect, *events, *sinks]
        session = Session(Predictor(classifier), sinks, config.hop)
        _follow_on(session, found, inlet, config, enough)


def _open_first(
    config: FollowConfig,
    headset: Headset,
    enough: Callable[[], bool],
    report: Callable[[str], None],
) -> tuple[FoundStream, Inlet] | None:
    """Wait until the stream is there and answers; None if that was enough."""
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
            return found, Inlet(found, headset)
        except StreamLostError as error:
            report(str(error))
            if config.timeout is not None:
                raise NoStreamError(str(error)) from error
    return None


def _follow_on(
    session: Session,
    found: FoundStream,
    inlet: Inlet,
    config: FollowConfig,
    enough: Callable[[], bool],
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
        back = _reopen(session, found, inlet.lookalikes, config, enough)
        if back is None:
            return
        found, inlet = back


def _reopen(
    session: Session,
    gone: FoundStream,
    lookalikes: Collection[str],
    config: FollowConfig,
    enough: Callable[[], bool],
) -> tuple[FoundStream, Inlet] | None:
    def report(line: str) -> None:
        session.enter(Phase.DISCONNECTED, line, gone.description)

    while not enough():
        found = wait_for_return(gone, config.stream, lookalikes, should_stop=enough, report=report)
        if found is None:
            break
        try:
            return found, Inlet(found, session.headset, lookalikes)
        except StreamError as error:
            # It may have come back with other channels, and may do so again with the right ones.
            report(f"it is back, but: {error}")
            time.sleep(RETRY_S)
    return None


def _unless_said(tell: Callable[[str], None]) -> Callable[[str], None]:
    """Tell a line only if it is not the one that was told last."""
    said: str | None = None

    def report(line: str) -> None:
        nonlocal said
        if line != said:
            said = line
            tell(line)

    return report


def _source_id(*words: str) -> str:
    """Return one that is the same after a restart, and not another computer's.

    LSL takes a stream up again by it alone.
    """
    return "-".join(("rtdreamer", socket.gethostname(), *words))


def _events(config: FollowConfig) -> EventMarkers:
    source_id = _source_id(config.stream, config.source_id or "", "events")
    return EventMarkers(f"{config.stream}-Events", source_id, library.clock)


def _affect(followed: StreamDescription, classifier: WindowClassifier) -> AffectOutlet:
    return AffectOutlet(
        f"{followed.name}-Affect",
        _source_id(followed.source_id or followed.name, classifier.name),
        classifier.name,
        classifier.simulated,
    )
