"""Whether a stream that fell silent speaks elsewhere: liblsl does not tell."""

import time
from collections.abc import Callable

import pylsl
from pylsl import util

SECOND_S = 3.0
"""After so much more silence the stream is opened a second time, to see whether it sends."""

PATIENCE_S = 5.0
"""Where only the second connection gives samples, the first may still be catching up: after a
short break of the network TCP sends again what was held up, and nothing is lost."""


class SilenceWatch:
    """Looks, as long as a stream is silent, whether another connection to it would do better.

    A connection to an outlet that hangs, or over a network that was gone for a while, gives neither
    samples nor an error.

    Parameters
    ----------
    uid : str
        Of the outlet that fell silent.
    find : callable
        Tells which outlets say now that they are this stream.
    """

    def __init__(self, uid: str, find: Callable[[], list[pylsl.StreamInfo]]) -> None:
        self._uid = uid
        self._find = find
        self._since = time.monotonic()
        self._second: pylsl.StreamInlet | None = None
        self._spoke_at: float | None = None

    def finding(self) -> str:
        """Say what became of the stream; empty while nothing is known."""
        handles = self._find()
        if any(handle.uid() != self._uid for handle in handles):
            return "was restarted"
        if any(self._speaks_to_a_second(handle) for handle in handles):
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
            # Pulling from a stream that is not open yet waits for it, whatever the timeout.
            self._second.open_stream(timeout=0.0)
            _, timestamps = self._second.pull_chunk(timeout=0.0)
        except util.TimeoutError:
            return False
        except util.LostError:
            self.close()
            return False
        if len(timestamps) and self._spoke_at is None:
            self._spoke_at = now
        return self._spoke_at is not None and now - self._spoke_at > PATIENCE_S
