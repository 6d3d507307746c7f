"""What a replay plays: trials or a recording, made one at a time."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data.recording import Recording
from rtdreamer.data.sensors import Gap, RecordedMarker
from rtdreamer.data.trials import Trial, TrialSource, dreamer_clip
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC
from rtdreamer.stream.gaps import JITTER_S

SHORT_GAP_S = 1.0
"""Longer than what live bridges, and than the second within which it believes a counter."""

_COUNTED = 2  # samples by which a counter and the times may differ


@dataclass(frozen=True, slots=True)
class TrialMarker:
    """What the marker stream says at a trial's start and end."""

    event: str
    subject: int
    trial: int
    clip: str
    target_emotion: str
    valence: int
    arousal: int
    dominance: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class RecordingMarker:
    """What the marker stream says at a recording's start and end."""

    event: str
    recording: str


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One stretch of signal.

    Attributes
    ----------
    label : str
        For the progress line.
    data : ndarray, shape (14, n_times)
        µV.
    start, end : marker
        Sent with the first and the last sample.
    gaps : tuple of Gap
        Where nothing is sent for a time before a sample.
    interpolated, counter, contact : ndarray, or None
        As those of a ``Recording``.
    markers : tuple of RecordedMarker
        Sent between the two, each at its sample.
    """

    label: str
    data: NDArray[np.float64]
    start: TrialMarker | RecordingMarker
    end: TrialMarker | RecordingMarker
    gaps: tuple[Gap, ...] = ()
    interpolated: NDArray[np.bool_] | None = None
    counter: NDArray[np.float64] | None = None
    contact: NDArray[np.float64] | None = None
    markers: tuple[RecordedMarker, ...] = ()

    @property
    def seconds(self) -> NDArray[np.float64]:
        """The time of each sample since the first one, gaps included, s; shape (n_times,)."""
        before = np.zeros(self.data.shape[1])
        before[[gap.sample for gap in self.gaps]] = [gap.seconds for gap in self.gaps]
        return np.arange(len(before)) / EPOC.sfreq + np.cumsum(before)

    def chunks(self, size: int) -> Iterator[tuple[int, int, float]]:
        """Yield the bounds of chunks with no gap in them, and the seconds of the gap before."""
        bounds = [0, *(gap.sample for gap in self.gaps), self.data.shape[1]]
        before = [0.0, *(gap.seconds for gap in self.gaps)]
        for (first, last), seconds in zip(pairwise(bounds), before, strict=True):
            for start in range(first, last, size):
                yield start, min(start + size, last), seconds if start == first else 0.0


def marker_text(marker: TrialMarker | RecordingMarker) -> str:
    """Return a marker as the JSON object that is streamed."""
    values: dict[str, Any] = asdict(marker)
    return json.dumps(values)


def trial_items(source: TrialSource, subject: int, trials: Sequence[int]) -> Iterator[Item]:
    """Yield a subject's trials, each read or simulated when its turn comes.

    Raises
    ------
    DataError
        If the subject or a trial is not there.
    """
    for number in trials:
        trial = source.trial(subject, number)
        clip = dreamer_clip(trial)
        label = f"subject {subject}, trial {number} ({clip.title}, {clip.target_emotion})"
        start, end = (
            _marker(event, trial, source.simulated) for event in ("trial_start", "trial_end")
        )
        yield Item(label, trial.eeg, start, end)


def _marker(event: str, trial: Trial, simulated: bool) -> TrialMarker:
    clip = dreamer_clip(trial)
    valence, arousal, dominance = (int(rating) for rating in trial.ratings.values())
    return TrialMarker(
        event=event,
        subject=int(trial.subject),
        trial=clip.number,
        clip=clip.title,
        target_emotion=clip.target_emotion,
        valence=valence,
        arousal=arousal,
        dominance=dominance,
        simulated=simulated,
    )


def recording_items(recording: Recording, cut_gaps: bool = False) -> Iterator[Item]:
    """Yield a whole recording as the one item there is.

    Parameters
    ----------
    recording : Recording
        What to play.
    cut_gaps : bool
        Whether a gap lasts no longer than it must so that no listener takes it for none.
    """
    name = recording.name
    yield Item(
        name,
        recording.data,
        RecordingMarker("recording_start", name),
        RecordingMarker("recording_end", name),
        tuple(_played(gap, recording, cut_gaps) for gap in recording.gaps),
        recording.interpolated,
        recording.counter,
        recording.contact,
        recording.markers,
    )


def _played(gap: Gap, recording: Recording, cut: bool) -> Gap:
    seconds = min(gap.seconds, SHORT_GAP_S) if cut else gap.seconds
    counter = recording.counter
    if counter is not None and JITTER_S < gap.seconds < SHORT_GAP_S:
        # One that goes on as if nothing were missing would be believed, within a second.
        passed = (counter[gap.sample] - counter[gap.sample - 1] - 1) % round(EPOC.sfreq)
        if not abs(passed - gap.seconds * EPOC.sfreq) <= _COUNTED:
            seconds = SHORT_GAP_S
    return Gap(gap.sample, seconds)


def skip_seconds(items: Iterator[Item], start: float) -> Iterator[Item]:
    """Skip the first ``start`` seconds of the first item, as it is played.

    Raises
    ------
    DataError
        If the first item is not longer than that.
    """
    for number, item in enumerate(items):
        yield _without_beginning(item, start) if number == 0 else item


def _without_beginning(item: Item, start: float) -> Item:
    times = item.seconds
    # A sample that is half as long before the start as its time is at the start.
    first = int(np.searchsorted(times, start - 0.5 / EPOC.sfreq, side="right"))
    if first >= len(times):
        seconds = times[-1] + 1 / EPOC.sfreq if len(times) else 0.0
        raise DataError(
            f"cannot start at {start:g} s: {item.label} lasts {seconds:g} s; start earlier"
        )
    flags, counter, contact = item.interpolated, item.counter, item.contact
    return replace(
        item,
        data=item.data[:, first:],
        gaps=tuple(Gap(g.sample - first, g.seconds) for g in item.gaps if g.sample > first),
        interpolated=None if flags is None else flags[first:],
        counter=None if counter is None else counter[first:],
        contact=None if contact is None else contact[:, first:],
        markers=tuple(
            RecordedMarker(one.sample - first, one.text)
            for one in item.markers
            if one.sample >= first or not first
        ),
    )
