"""What else is on the network while a stream is followed."""

import time
from collections.abc import Collection

import pylsl

from rtdreamer.lsl.discovery import FoundStream, is_same

CONTACT_TYPE = "contact-quality"

LOOK_S = 0.5
"""Between two looks at what is there while a stream is followed."""

BESIDE_S = 1.0
"""A stream that sends on for so long after another one appeared was not restarted as that one:
a bridge that opens its outlet again may have both for a moment."""


class Surroundings:
    """What is announced while a stream is followed: itself, one in its place, or one beside it.

    Parameters
    ----------
    stream : FoundStream
        The stream.
    beside : collection of str
        The uids of others that are known to look like it.

    Attributes
    ----------
    beside : frozenset of str
        The same, and those found since.
    """

    def __init__(self, stream: FoundStream, beside: Collection[str] = ()) -> None:
        self.beside = frozenset(beside)
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
        others = {handle.uid() for handle in self.itself()} - {self._stream.handle.uid()}
        self._seen_at = {uid: self._seen_at.get(uid, now) for uid in others}
        self.beside |= {uid for uid in others if now - self._seen_at[uid] >= BESIDE_S}

    def itself(self) -> list[pylsl.StreamInfo]:
        """Find what says that it is this stream: by another uid if it was restarted.

        Those that were there beside it are excluded.
        """
        here = [handle for handle in self._handles() if handle.uid() not in self.beside]
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
