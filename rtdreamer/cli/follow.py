"""Find a stream and run a session on it, again if it is lost, until told to stop."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass

from rtdreamer.errors import NoStreamError, StreamLostError
from rtdreamer.live.session import Session, WindowClassifier
from rtdreamer.live.sink import Sink
from rtdreamer.live.state import Phase, State
from rtdreamer.lsl.discovery import wait_for_stream
from rtdreamer.lsl.inlet import Inlet
from rtdreamer.lsl.outlets import AffectOutlet
from rtdreamer.stream import StreamDescription


@dataclass(frozen=True, slots=True)
class Wish:
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
        Whether to send the predictions out as a stream.
    """

    stream: str
    hop: int
    started: float
    duration: float | None = None
    timeout: float | None = None
    publish: bool = True

    def is_over(self) -> bool:
        """Whether the duration has passed."""
        return self.duration is not None and time.monotonic() - self.started >= self.duration


def follow(
    wish: Wish,
    classifier: WindowClassifier,
    sinks: Sequence[Sink],
    should_stop: Callable[[], bool],
) -> None:
    """Wait for the stream and predict from it until ``should_stop`` or the duration ends it.

    Raises
    ------
    NoStreamError
        If the timeout or the duration passes and the stream was never there.
    StreamError
        If the stream cannot be used, or several match.
    """

    def enough() -> bool:
        return should_stop() or wish.is_over()

    def waiting(line: str) -> None:
        for sink in sinks:
            sink.on_state(State(Phase.WAITING, line))

    opened = False
    while not enough():
        timeout = None if opened else wish.timeout
        found = wait_for_stream(wish.stream, timeout=timeout, should_stop=enough, report=waiting)
        if found is None:
            break
        opened = True
        with ExitStack() as open_streams:
            # Closed in the opposite order: liblsl has crashed when an outlet went first.
            outlets = [_outlet(found.description, classifier)] if wish.publish else []
            for outlet in outlets:
                open_streams.callback(outlet.close)
            inlet = open_streams.enter_context(closing(Inlet(found)))
            session = Session(inlet, classifier, [*outlets, *sinks], wish.hop)
            try:
                session.run(enough)
            except StreamLostError as error:
                waiting(str(error))
    if not opened and wish.is_over():
        raise NoStreamError(f"no stream {wish.stream!r} in the {wish.duration:g} s given")


def _outlet(followed: StreamDescription, classifier: WindowClassifier) -> AffectOutlet:
    return AffectOutlet(
        f"{followed.name}-Affect",
        f"rtdreamer-{followed.source_id or followed.name}-{classifier.name}",
        classifier.name,
        classifier.simulated,
    )
