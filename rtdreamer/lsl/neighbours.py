"""What else is on the network while a stream is followed, and whether a silent one speaks there."""

import time
from collections.abc import Callable, Collection

import pylsl
from pylsl import util

from rtdreamer.lsl.discovery import FoundStream, is_same

CONTACT_TYPE = "contact-quality"

LOOK_S = 0.5
"""Between two looks at what is there while a stream is followed."""

LOOKALIKE_S = 1.0
"""A stream that sends on for so long after another one appeared was not restarted as that one:
a bridge that opens its outlet again may have both for a moment."""

SECOND_S = 3.0
"""After so much more silence the stream is opened a second time, to see whether it sends."""

PATIENCE_S = 5.0
"""Where only the second connection gives samples, the first may still be catching up: after a
short break of the network TCP sends again what was held up, and nothing is lost."""


class Neighbours:
    """What is announced while a stream is followed: itself, one in its place, or one beside it.

    Parameters
    ----------
    stream : FoundStream
        The stream.
    lookalikes : collection of str
        The uids of others that are known to look like it.

    Attributes
    ----------
    lookalikes : frozenset of str
        The same, and those found since.
    """

    def __init__(self, stream: FoundStream, lookalikes: Collection[str] = ()) -> None:
        self.lookalikes = frozenset(lookalikes)
        self._stream = stream
        self._seen_at: dict[str, float] = {}
        self._look_at = 0.0
        self._resolver: pylsl.ContinuousResolver | None = pylsl.ContinuousResolver(forget_after=3.0)

    def look(self) -> None:
        """Note who looks like this stream while it sends; to be called whenever samples came."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_S
        others = {handle.uid() for handle in self.candidates()} - {self._stream.handle.uid()}
        self._seen_at = {uid: self._seen_at.get(uid, now) for uid in others}
        self.lookalikes |= {uid for uid in others if now - self._seen_at[uid] >= LOOKALIKE_S}

    def candidates(self) -> list[pylsl.StreamInfo]:
        """Find what says that it is this stream: by another uid if it was restarted.

        Those that were there beside it are excluded.
        """
        here = [handle for handle in self._handles() if handle.uid() not in self.lookalikes]
        wanted = self._stream.description
        return [handle for handle in here if is_same(FoundStream.of(handle).description, wanted)]

    def contact(self) -> pylsl.StreamInfo | None:
        """Find the same headset's contact quality.

        By source_id; else the only one on its host, if the source_ids do not speak against it.
        """
        host, source_id = self._stream.description.hostname, self._stream.description.source_id
        local = [other for other in self._others() if other.description.hostname == host]
        contacts = [f for f in local if f.description.type.casefold() == CONTACT_TYPE]
        same = [f for f in contacts if source_id and f.description.source_id == source_id]
        if not same and not any(f.description.type.casefold() == "eeg" for f in local):
            same = contacts
        if len(same) == 1 and _may_be_one(source_id, same[0].description.source_id):
            return same[0].handle
        return None

    def close(self) -> None:
        """Look no longer."""
        self._resolver = None

    def _others(self) -> list[FoundStream]:
        followed = self._stream.handle.uid()
        return [FoundStream.of(handle) for handle in self._handles() if handle.uid() != followed]

    def _handles(self) -> list[pylsl.StreamInfo]:
        return [] if self._resolver is None else self._resolver.results()


def _may_be_one(one: str, other: str) -> bool:
    """Whether two source_ids may be of one device, whose streams may have a word added to it."""
    return one.startswith(other) or other.startswith(one)


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
