"""What a replay plays: trials or a recording, made one at a time."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data.recording import Recording
from rtdreamer.data.trials import Trial, TrialSource, dreamer_clip
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC


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
    """

    label: str
    data: NDArray[np.float64]
    start: TrialMarker | RecordingMarker
    end: TrialMarker | RecordingMarker


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


def recording_items(recording: Recording) -> Iterator[Item]:
    """Yield a whole recording as the one item there is."""
    name = recording.name
    yield Item(
        name,
        recording.data,
        RecordingMarker("recording_start", name),
        RecordingMarker("recording_end", name),
    )


def skip_seconds(items: Iterator[Item], start: float) -> Iterator[Item]:
    """Skip the first ``start`` seconds of the first item.

    Raises
    ------
    DataError
        If the first item is not longer than that.
    """
    for number, item in enumerate(items):
        n_times = item.data.shape[1]
        first = round(min(start * EPOC.sfreq, n_times)) if number == 0 else 0
        if first >= n_times:
            seconds = n_times / EPOC.sfreq
            raise DataError(
                f"cannot start at {start:g} s: {item.label} lasts {seconds:g} s; start earlier"
            )
        yield Item(item.label, item.data[:, first:], item.start, item.end)
