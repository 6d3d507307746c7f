"""What is on the network, and which stream the user means."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import pylsl
from pylsl import util

from rtdreamer.channels import plain_label
from rtdreamer.epoc import CH_NAMES
from rtdreamer.errors import NoStreamError, StreamError
from rtdreamer.stream import StreamDescription

SETTLE_S = 0.6
"""A stream that answers later than the first may match too: wait this long before deciding."""

POLL_S = 0.1
DESCRIPTION_TIMEOUT_S = 2.0
MUTE_S = 20.0
"""A stream that did not describe itself is not asked again for this long: asking takes time."""

ANY_EPOC = "epoc"
"""The word that also means a stream by its labels alone."""


@dataclass(frozen=True, slots=True)
class FoundStream:
    """A stream on the network: what it says of itself, and liblsl's handle to open it by."""

    description: StreamDescription
    handle: pylsl.StreamInfo


def list_streams(wait: float = 1.5) -> list[FoundStream]:
    """List all streams that answer within ``wait`` seconds, with their channel names."""
    return [with_channels(_found(handle)) for handle in pylsl.resolve_streams(wait)]


def wait_for_stream(
    wanted: str,
    *,
    timeout: float | None,
    should_stop: Callable[[], bool],
    report: Callable[[str], None],
) -> FoundStream | None:
    """Wait for the one EEG stream that ``wanted`` means.

    Parameters
    ----------
    wanted : str
        A name or source_id, or a part as ``matches`` reads it.
    timeout : float or None
        Seconds to wait; for ever if None.
    should_stop : callable
        Asked all the time; when it returns True the wait ends.
    report : callable
        Given one line about what is there meanwhile, each time that changes.

    Returns
    -------
    FoundStream or None
        None if ``should_stop`` ended the wait.

    Raises
    ------
    NoStreamError
        If the time is up.
    StreamError
        If several streams match.
    """
    resolver = pylsl.ContinuousResolver(forget_after=3.0)
    start = time.monotonic()
    found_at: float | None = None
    channels = _Channels()
    said = ""
    while not should_stop():
        streams = [_found(handle) for handle in resolver.results()]
        candidates = matches(wanted, streams)
        if not candidates and wanted.casefold() == ANY_EPOC:
            streams = [channels.add_to(found) for found in streams]
            candidates = matches(wanted, streams)
        now = time.monotonic()
        if not candidates:
            found_at = None
            line = f"no stream {wanted!r} yet; found: {_summary(streams)}"
            if line != said and now - start >= SETTLE_S:
                report(line)
                said = line
        elif found_at is None:
            found_at = now
        elif now - found_at >= SETTLE_S:
            return _only(wanted, candidates)
        if timeout is not None and now - start >= timeout and found_at is None:
            raise NoStreamError(
                f"no stream {wanted!r} in {timeout:g} s; found: {_summary(streams)}; "
                "start the headset's LSL outlet, or 'rtdreamer replay'"
            )
        time.sleep(POLL_S)
    return None


def matches(wanted: str, streams: list[FoundStream]) -> list[FoundStream]:
    """Return the EEG streams that the first fitting rule picks, ignoring case.

    The rules in order: exact name; exact source_id; source_id prefix; part of the name; and for
    the word EPOC itself, any stream that carries all 14 EPOC labels, since EmotivPRO's stream does
    not have the word in its name.
    """
    word = wanted.casefold()
    eeg = [found for found in streams if found.description.type.casefold() == "eeg"]
    rules: list[Callable[[StreamDescription], bool]] = [
        lambda stream: stream.name.casefold() == word,
        lambda stream: stream.source_id.casefold() == word,
        lambda stream: stream.source_id.casefold().startswith(word),
        lambda stream: word in stream.name.casefold(),
    ]
    if word == ANY_EPOC:
        rules.append(carries_epoc)
    for rule in rules:
        if candidates := [found for found in eeg if rule(found.description)]:
            return candidates
    return []


def carries_epoc(stream: StreamDescription) -> bool:
    """Whether a stream carries all 14 labels of the EPOC."""
    labels = {plain_label(label) for label in stream.ch_names}
    return labels.issuperset(CH_NAMES)


def with_channels(found: FoundStream) -> FoundStream:
    """Add the channel names, which liblsl keeps back until the stream is asked for them.

    A stream that does not answer keeps an empty tuple: it may be behind a firewall, or gone.
    """
    inlet = pylsl.StreamInlet(found.handle, recover=False)
    try:
        full = inlet.info(timeout=DESCRIPTION_TIMEOUT_S)
    except (util.TimeoutError, util.LostError):
        return found
    names = tuple(channel_values(full, "label", "name"))
    return replace(found, description=replace(found.description, ch_names=names))


def channel_values(full: pylsl.StreamInfo, *keys: str) -> list[str]:
    """Read one value for each described channel: the first of ``keys`` that is there, or ''."""
    values = []
    channel = full.desc().child("channels").child("channel")
    while not channel.empty():
        values.append(next(filter(None, (channel.child_value(key) for key in keys)), ""))
        channel = channel.next_sibling("channel")
    return values


class _Channels:
    """Asks EEG streams for their channels: each once, but one that was mute again after a while."""

    def __init__(self) -> None:
        self._asked: dict[str, tuple[FoundStream, float]] = {}

    def add_to(self, found: FoundStream) -> FoundStream:
        if found.description.type.casefold() != "eeg":
            return found
        uid = found.handle.uid()
        known, asked_at = self._asked.get(uid, (found, -MUTE_S))
        if not known.description.ch_names and time.monotonic() - asked_at >= MUTE_S:
            known = with_channels(found)
            self._asked[uid] = known, time.monotonic()
        return known


def _found(handle: pylsl.StreamInfo) -> FoundStream:
    description = StreamDescription(
        name=handle.name(),
        type=handle.type(),
        source_id=handle.source_id(),
        hostname=handle.hostname(),
        sfreq=handle.nominal_srate(),
        n_channels=handle.channel_count(),
    )
    return FoundStream(description, handle)


def _only(wanted: str, candidates: list[FoundStream]) -> FoundStream:
    if len(candidates) == 1:
        return candidates[0]
    listed = "; ".join(_line(found.description) for found in candidates)
    raise StreamError(
        f"{len(candidates)} streams match {wanted!r}: {listed}; name one by its source_id"
    )


def _summary(streams: list[FoundStream]) -> str:
    return "; ".join(_line(found.description) for found in streams) or "no stream at all"


def _line(stream: StreamDescription) -> str:
    source_id = stream.source_id or "no source_id"
    rate = f"{stream.sfreq:g} Hz" if stream.sfreq else "irregular"
    return (
        f"{stream.name} ({stream.type}, {source_id}, {stream.hostname}, "
        f"{rate}, {stream.n_channels} channels)"
    )
