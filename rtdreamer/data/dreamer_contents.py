"""What a DREAMER.mat must hold, and in which shape; whatever else it holds is refused by name."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtdreamer.counting import counted
from rtdreamer.data.clips import CLIPS
from rtdreamer.data.mat_reader import MOST_VALUES, Location, Place, Summary, Treatment, Value, Where
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC

SIMULATED = "SIMULATED"
"""Stands in ``Provider`` where no person was measured."""

SCORES = ("ScoreValence", "ScoreArousal", "ScoreDominance")
AS_PUBLISHED = "use DREAMER.mat as its authors publish it"
N_TRIALS = len(CLIPS)

_KINDS = {"c": "complex numbers", "U": "text", "O": "cells", "V": "a struct"}

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """Where one subject's EEG lies, trial by trial, and what was rated."""

    stimuli: list[Location | Place]
    baseline: list[Location | Place]
    scores: NDArray[np.int64]  # (n_trials, 3): valence, arousal, dominance


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """All that is known of a file once it is checked."""

    simulated: bool
    people: str
    subjects: list[Subject]


def treatment(where: Where) -> Treatment:
    """Of EEG no more than a summary is kept, and the ECG is not used."""
    match where:
        case ("Data", int(), "EEG", "stimuli" | "baseline", int()):
            return Treatment.EXAMINE
        case ("Data", int(), "ECG"):
            return Treatment.SKIP
    return Treatment.KEEP


def check_contents(dreamer: Value, where: str) -> Contents:
    """Check the variable ``DREAMER`` that was read from the file ``where``.

    Raises
    ------
    DataError
        If it is not what DREAMER is: its headset, electrodes, trials, samples and ratings.
    """
    node = _Node(dreamer, where)
    _check_headset(node)
    simulated = SIMULATED in node["Provider"].text()
    people = node["Version"].text() if simulated else "DREAMER"
    subjects = [_read_subject(one) for one in node["Data"].cells("subject")]
    if not subjects:
        raise node["Data"].refusal("has no subjects")
    return Contents(simulated, people, subjects)


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """A value inside the file, and where it is, for the messages."""

    value: Value
    where: str

    def refusal(self, fault: str) -> DataError:
        return DataError(f"{self.where}: {fault}: {AS_PUBLISHED}")

    def __getitem__(self, field: str) -> _Node:
        """A field of a 1×1 struct."""
        if not isinstance(self.value, dict) or field not in self.value:
            raise self.refusal(f"has no field {field}")
        return _Node(self.value[field], f"{self.where}: {field}")

    def cells(self, noun: str) -> list[_Node]:
        """The cells of a cell array, in order."""
        if not isinstance(self.value, list):
            raise self.refusal("is no cell array")
        outer = self.where
        return [
            _Node(cell, f"{outer}: {noun} {number}")
            for number, cell in enumerate(self.value, start=1)
        ]

    def text(self) -> str:
        """Its letters, and those of all its cells."""
        if isinstance(self.value, list):
            return "".join(cell.text() for cell in self.cells("part"))
        if isinstance(self.value, Summary):
            raise self.refusal("is no text, or too long")
        return "".join(str(part) for part in np.ravel(self.value))  # type: ignore[arg-type]

    def numbers(self) -> Array:
        """Any array of real numbers, as float64."""
        # Integers too: MATLAB packs doubles that happen to be whole as such.
        if self._kind() not in ("i", "u", "f"):
            raise self._no_numbers()
        if not isinstance(self.value, np.ndarray):
            raise self.refusal("holds more numbers than belong there")
        return np.asarray(self.value, dtype=np.float64)

    def eeg(self) -> Location | Place:
        """Where EEG lies, samples × 14 channels, in µV and nowhere beyond a volt."""
        found = self.value
        if not isinstance(found, Summary) or found.kind != "f":
            raise self._no_numbers()
        shape = found.shape
        if len(shape) != 2 or shape[1] != EPOC.n_channels or not shape[0]:
            raise self.refusal(f"has shape {shape}, not samples × {EPOC.n_channels} channels")
        if found.beyond is not None:
            (row, column), value = found.beyond
            fault = "beyond a volt" if math.isfinite(value) else "no finite number"
            raise self.refusal(f"sample {row + 1}, channel {column + 1} is {value:g}, {fault}")
        if found.location is None:
            raise self.refusal(f"has shape {shape}, more than {MOST_VALUES} numbers")
        return found.location

    def _no_numbers(self) -> DataError:
        return self.refusal(f"holds {_KINDS.get(self._kind(), 'no array')}, not real numbers")

    def _kind(self) -> str:
        """What it holds, as the kind of a dtype of numpy's."""
        match self.value:
            case dict():
                return "V"
            case list():
                return "O"
            case Summary():
                return self.value.kind
        return self.value.dtype.kind


def _check_headset(dreamer: _Node) -> None:
    rate = dreamer["EEG_SamplingRate"]
    found = rate.numbers()
    if found.shape != (1, 1) or found != EPOC.sfreq:
        rates = " ".join(f"{one:g}" for one in found.flat)
        raise rate.refusal(f"is {_shown(rates)}, not {EPOC.sfreq:g} Hz")
    electrodes = dreamer["EEG_Electrodes"]
    names = tuple(cell.text().strip() for cell in electrodes.cells("electrode"))
    if names != EPOC.ch_names:
        raise electrodes.refusal(
            f"are {_shown(' '.join(names))}, not {' '.join(EPOC.ch_names)} in this order"
        )


def _shown(text: str) -> str:
    return " ".join(text.split())[:120] or "empty"


def _read_subject(node: _Node) -> Subject:
    node["ECG"]  # not used, but a file without it is not DREAMER
    return Subject(
        stimuli=_read_eeg(node["EEG"]["stimuli"]),
        baseline=_read_eeg(node["EEG"]["baseline"]),
        scores=np.column_stack([_read_scores(node[field]) for field in SCORES]),
    )


def _read_eeg(node: _Node) -> list[Location | Place]:
    cells = node.cells("trial")
    if len(cells) != N_TRIALS:
        raise node.refusal(f"has {counted(len(cells), 'trial')}, DREAMER has {N_TRIALS}")
    return [cell.eeg() for cell in cells]


def _read_scores(node: _Node) -> NDArray[np.int64]:
    scores = node.numbers().ravel()
    if len(scores) != N_TRIALS:
        raise node.refusal(f"has {len(scores)} ratings, DREAMER has {N_TRIALS}")
    for number, score in enumerate(scores, start=1):
        if score not in range(1, 6):
            raise node.refusal(f"trial {number}: is rated {score:g}, not a whole number 1 to 5")
    return scores.astype(np.int64)
