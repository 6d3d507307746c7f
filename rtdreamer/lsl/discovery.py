"""What is on the network, and which stream the user means."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import pylsl
from pylsl import util

from rtdreamer.channels import find_channels
from rtdreamer.counting import counted
from rtdreamer.errors import NoStreamError, StreamError
from rtdreamer.headset import HEADSETS, Headset
from rtdreamer.stream.chunk import StreamDescription

SETTLE_S = 0.6
"""A stream that answers later than the first may match too: wait this long before deciding."""

PART_S = 5.0
"""A stream of which only a part is named is taken if none of just that name came for this long."""

POLL_S = 0.1
DESCRIPTION_TIMEOUT_S = 2.0
MUTE_S = 20.0
"""A stream that did not describe itself is not asked again for this long: asking takes time."""

NO_HEADSET = ("Affect", "Markers", "Ratings")

_HEADSETS = {name.casefold(): headset for name, headset in HEADSETS.items()}
"""Words that also mean a stream by its labels alone."""


@dataclass(frozen=True, slots=True)
class FoundStream:
    """A stream on the network.

    Attributes
    ----------
    description : StreamDescription
        What it says of itself.
    handle : pylsl.StreamInfo
        To open it by.
    """

    description: StreamDescription
    handle: pylsl.StreamInfo

    @classmethod
    def of(cls, handle: pylsl.StreamInfo) -> "FoundStream":
        """Describe what a resolver found; its channel names are not known yet."""
        description = StreamDescription(
            name=handle.name(),
            type=handle.type(),
            source_id=handle.source_id(),
            hostname=handle.hostname(),
            sfreq=handle.nominal_srate(),
            n_channels=handle.channel_count(),
        )
        return cls(description, handle)


def list_streams(wait: float = 1.5) -> list[FoundStream]:
    """List all streams that answer within ``wait`` seconds, with their channel names."""
    # pylsl.resolve_streams would not heed Ctrl-C before the wait is over.
    resolver = pylsl.ContinuousResolver()
    time.sleep(wait)
    return [with_channels(FoundStream.of(handle)) for handle in resolver.results()]


class Lookout:
    """Sees, without ever waiting, which streams are there that may be a headset's."""

    def __init__(self) -> None:
        self._resolver = pylsl.ContinuousResolver(forget_after=3.0)

    def streams(self) -> tuple[StreamDescription, ...]:
        """Those that have answered by now, by their names; their channel names are not known."""
        found = [FoundStream.of(handle).description for handle in self._resolver.results()]
        could_be = [one for one in found if one.type.casefold() == "eeg" or _may_be_eeg(one)]
        return tuple(sorted(could_be, key=lambda one: (one.name, one.source_id, one.hostname)))


def wait_for_stream(
    wanted: str,
    source_id: str | None = None,
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
    source_id : str, optional
        Take only a stream with this one, in full, ignoring case.
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
    asked = f"stream {wanted!r}" + (f" with source_id {source_id!r}" if source_id else "")
    start = time.monotonic()
    found_at: float | None = None
    network = _Network()
    said = ""
    while not should_stop():
        streams = network.streams(wanted, source_id, should_stop)
        candidates = _candidates(wanted, source_id, streams)
        now = time.monotonic()
        if not candidates:
            found_at = None
            line = f"no {asked} yet; found: {_summary(streams)}"
            if line != said and now - start >= SETTLE_S:
                report(line)
                said = line
        elif found_at is None:
            found_at = now
        elif now - found_at >= SETTLE_S:
            if is_named(wanted, candidates[0].description) or now - found_at >= PART_S:
                return _only(wanted, candidates)
            line = f"no {asked} yet; in {PART_S:g} s, if there is none: {_listed(candidates)}"
            if line != said:
                report(line)
                said = line
        if timeout is not None and now - start >= timeout and found_at is None:
            raise NoStreamError(
                f"no {asked} in {timeout:g} s; found: {_summary(streams)}; "
                "start the headset's LSL outlet, or 'rtdreamer replay'"
            )
        time.sleep(POLL_S)
    return None


def wait_for_return(
    gone: FoundStream,
    wanted: str,
    lookalikes: Collection[str] = (),
    *,
    should_stop: Callable[[], bool],
    report: Callable[[str], None],
) -> FoundStream | None:
    """Wait until a stream that was followed is there again.

    Another one that ``wanted`` means as well is not taken, since it may be another person's, and so
    may one that looks the same and was there already; it is reported, with what to do to follow it.

    Parameters
    ----------
    gone : FoundStream
        The stream.
    wanted : str
        As for ``wait_for_stream``.
    lookalikes : collection of str
        The uids of others that looked like it while it sent: none of them is it.
    should_stop, report
        As for ``wait_for_stream``.

    Returns
    -------
    FoundStream or None
        None if ``should_stop`` ended the wait.
    """
    network = _Network()
    found_at: float | None = None
    said = ""
    while not should_stop():
        streams = network.streams(wanted, None, should_stop)
        candidates = _returned(gone, lookalikes, streams)
        if len(candidates) == 1:
            found_at, line = found_at or time.monotonic(), ""
            # Another one may be as much like it, or more, and answer later.
            if time.monotonic() - found_at >= SETTLE_S:
                return candidates[0]
        else:
            found_at = None
            alike = [found for found in streams if found.handle.uid() in lookalikes]
            named = _of_id(gone.description, streams)
            others = candidates or alike or named or matches(wanted, streams)
            line = _offer(gone.description, others, bool(candidates))
        if line and line != said:
            report(line)
            said = line
        time.sleep(POLL_S)
    return None


def is_same(one: StreamDescription, other: StreamDescription) -> bool:
    """Whether both are the same device: by name and source_id, or host if neither has one.

    A source_id alone is not enough: some programs give all their streams the same.
    """
    if (one.name, one.type, one.source_id) != (other.name, other.type, other.source_id):
        return False
    return bool(one.source_id) or one.hostname == other.hostname


def is_named(wanted: str, stream: StreamDescription) -> bool:
    """Whether a stream is named in full, or by a word that means any headset of a kind."""
    word = wanted.casefold()
    return word in (stream.name.casefold(), stream.source_id.casefold(), *_HEADSETS)


def matches(wanted: str, streams: list[FoundStream]) -> list[FoundStream]:
    """Return the EEG streams that the first fitting rule picks, ignoring case.

    The rules in order: exact name; exact source_id; source_id prefix; part of the name; and for
    a headset's name, any stream that carries all of its channels, since EmotivPRO's stream does
    not have the word in its name. By its exact name one of another type is found, too, if it has
    as many channels as a headset: some programs send EEG as ``signal``.
    """
    word = wanted.casefold()
    eeg = [found for found in streams if found.description.type.casefold() == "eeg"]
    rules: list[Callable[[StreamDescription], bool]] = [
        lambda stream: stream.name.casefold() == word,
        lambda stream: stream.source_id.casefold() == word,
        lambda stream: stream.source_id.casefold().startswith(word),
        lambda stream: word in stream.name.casefold(),
    ]
    if word in _HEADSETS:
        rules.append(lambda stream: carries(stream, _HEADSETS[word]))
    for number, rule in enumerate(rules):
        if candidates := [found for found in eeg if rule(found.description)]:
            return candidates
        others = [] if number else [f for f in streams if f not in eeg and rule(f.description)]
        if candidates := [found for found in others if _may_be_eeg(found.description)]:
            return candidates
    return []


def _may_be_eeg(stream: StreamDescription) -> bool:
    fewest = min(headset.n_channels for headset in HEADSETS.values())
    return stream.n_channels >= fewest and stream.sfreq > 0 and stream.type not in NO_HEADSET


def carries(stream: StreamDescription, headset: Headset) -> bool:
    """Whether a stream carries all channels of a headset."""
    return not find_channels(stream.ch_names, headset.ch_names).missing


def _never() -> bool:
    return False


def with_channels(found: FoundStream, should_stop: Callable[[], bool] = _never) -> FoundStream:
    """Add the channel names, which liblsl keeps back until the stream is asked for them.

    A stream that does not answer keeps an empty tuple: it may be behind a firewall, or gone. So
    does one that ``should_stop`` leaves no time to answer.
    """
    inlet = pylsl.StreamInlet(found.handle, recover=False)
    end = time.monotonic() + DESCRIPTION_TIMEOUT_S
    while time.monotonic() < end and not should_stop():
        try:
            # liblsl goes on asking between two calls, in a thread.
            full = inlet.info(timeout=POLL_S)
        except util.TimeoutError:
            continue
        except util.LostError:
            break
        names = tuple(channel_values(full, "label", "name"))
        return replace(found, description=replace(found.description, ch_names=names))
    return found


def channel_values(full: pylsl.StreamInfo, *keys: str) -> list[str]:
    """Read one value for each described channel: the first of ``keys`` that is there, or ''."""
    values = []
    channel = full.desc().child("channels").child("channel")
    while not channel.empty():
        values.append(next(filter(None, (channel.child_value(key) for key in keys)), ""))
        channel = channel.next_sibling("channel")
    return values


class _Network:
    """What is there now.

    Where labels decide, EEG streams are asked for their channels: each once, but one that was mute
    again after a while.
    """

    def __init__(self) -> None:
        self._resolver = pylsl.ContinuousResolver(forget_after=3.0)
        self._asked: dict[str, tuple[FoundStream, float]] = {}

    def streams(
        self, wanted: str, source_id: str | None, should_stop: Callable[[], bool]
    ) -> list[FoundStream]:
        """All streams; with their channels where only these can tell what ``wanted`` means."""
        streams = [FoundStream.of(handle) for handle in self._resolver.results()]
        if wanted.casefold() in _HEADSETS and not _candidates(wanted, source_id, streams):
            streams = [self._with_channels(found, should_stop) for found in streams]
        return streams

    def _with_channels(self, found: FoundStream, should_stop: Callable[[], bool]) -> FoundStream:
        if found.description.type.casefold() != "eeg":
            return found
        uid = found.handle.uid()
        known, asked_at = self._asked.get(uid, (found, -MUTE_S))
        if not known.description.ch_names and time.monotonic() - asked_at >= MUTE_S:
            known = with_channels(found, should_stop)
            self._asked[uid] = known, time.monotonic()
        return known


def _candidates(
    wanted: str, source_id: str | None, streams: list[FoundStream]
) -> list[FoundStream]:
    """Return what ``wanted`` means; of the streams with the source_id, if one is given."""
    if source_id is not None:
        word = source_id.casefold()
        streams = [f for f in streams if f.description.source_id.casefold() == word]
    return matches(wanted, streams)


def _returned(
    gone: FoundStream, lookalikes: Collection[str], streams: list[FoundStream]
) -> list[FoundStream]:
    """Return what may be ``gone`` come back: preferably restarted, and on the same host."""
    back = [f for f in streams if is_same(f.description, gone.description)]
    back = [f for f in back if f.handle.uid() not in lookalikes]
    # Its old outlet may be announced still, and be as silent as it was when it was given up.
    restarted = [f for f in back if f.handle.uid() != gone.handle.uid()] or back
    return [
        f for f in restarted if f.description.hostname == gone.description.hostname
    ] or restarted


def _of_id(gone: StreamDescription, streams: list[FoundStream]) -> list[FoundStream]:
    """Return streams with the source_id of one that went, and its type: of any name."""
    wanted = gone.source_id, gone.type
    return [
        found
        for found in streams
        if gone.source_id and (found.description.source_id, found.description.type) == wanted
    ]


def _offer(gone: StreamDescription, others: list[FoundStream], several: bool) -> str:
    if several:
        listed = _listed(others)
        return f"more than one stream could be {gone.name!r} come back: {listed}; end all but one"
    for found in others:
        other = found.description
        how = "choose it in the dashboard, or start again"
        if other.source_id != gone.source_id and other.source_id:
            how += f" with --source-id {other.source_id}"
        elif other.name != gone.name:
            how += f" with --stream {other.name!r}"
        return f"{gone.name!r} is not back, but {_line(other)} is there: {how} to follow it"
    return ""


def _only(wanted: str, candidates: list[FoundStream]) -> FoundStream:
    if len(candidates) == 1:
        return candidates[0]
    listed = _listed(candidates)
    source_ids = [found.description.source_id.casefold() for found in candidates]
    tells_apart = any(word and source_ids.count(word) == 1 for word in source_ids)
    raise StreamError(
        f"{len(candidates)} streams match {wanted!r}: {listed}; "
        + ("pick one with --source-id" if tells_apart else "end all but one")
    )


def _summary(streams: list[FoundStream]) -> str:
    """List what could be a headset: not what this program itself sends beside it."""
    lines = [_line(f.description) for f in streams if f.description.type not in NO_HEADSET]
    return "; ".join(lines) or "no stream of a headset"


def _listed(streams: list[FoundStream]) -> str:
    return "; ".join(_line(found.description) for found in streams)


def _line(stream: StreamDescription) -> str:
    source_id = stream.source_id or "no source_id"
    rate = f"{stream.sfreq:g} Hz" if stream.sfreq else "irregular"
    return (
        f"{stream.name} ({stream.type}, {source_id}, {stream.hostname}, "
        f"{rate}, {counted(stream.n_channels, 'channel')})"
    )
