"""Whether a stream that fell silent speaks elsewhere: liblsl does not tell."""

import time

import pylsl
from pylsl import util

from rtdreamer.lsl.discovery import FoundStream, found_stream, is_same

SECOND_S = 3.0
"""Of silence more, and the stream is opened a second time, to see whether it sends."""

PATIENCE_S = 5.0
"""Where only the second connection gives samples, the first may still be catching up: after a
short break of the network TCP sends again what was held up, and nothing is lost."""


class SilenceWatch:
    """Looks, as long as a stream is silent, whether another connection to it would do better.

    A connection to an outlet that hangs, or over a network that was gone for a while, gives neither
    samples nor an error.

    Parameters
    ----------
    stream : FoundStream
        The stream that fell silent.
    """

    def __init__(self, stream: FoundStream) -> None:
        self._stream = stream
        self._since = time.monotonic()
        self._resolver = pylsl.ContinuousResolver(forget_after=3.0)
        self._second: pylsl.StreamInlet | None = None
        self._spoke_at: float | None = None

    def finding(self) -> str:
        """Say what became of the stream; empty while nothing is known."""
        for handle in self._resolver.results():
            if not is_same(found_stream(handle).description, self._stream.description):
                continue
            if handle.uid() != self._stream.handle.uid():
                return "was started anew"
            if self._speaks_to_a_second(handle):
                return "is there, but the connection to it broke"
        return ""

    def close(self) -> None:
        """Leave the stream's second connection."""
        if self._second is not None:
            self._second.close_stream()
            self._second = None

    def _speaks_to_a_second(self, handle: pylsl.StreamInfo) -> bool:
        now = time.monotonic()
        if now - self._since < SECOND_S:
            return False
        if self._second is None:
            self._second = pylsl.StreamInlet(handle, max_buflen=1, recover=False, as_numpy=True)
        try:
            # The first call opens it, and does not wait for that.
            _, timestamps = self._second.pull_chunk(timeout=0.0)
        except util.LostError:
            self.close()
            return False
        if len(timestamps) and self._spoke_at is None:
            self._spoke_at = now
        return self._spoke_at is not None and now - self._spoke_at > PATIENCE_S
