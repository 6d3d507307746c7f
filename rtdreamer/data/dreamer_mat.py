"""DREAMER.mat: read with every check it deserves, and written in the same layout."""

from __future__ import annotations

import os
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import io

from rtdreamer.data.clips import CLIPS
from rtdreamer.data.mat_reader import (
    MOST_VALUES,
    Location,
    Summary,
    Treatment,
    Value,
    Where,
    read_again,
    read_variable,
)
from rtdreamer.data.trials import Trial, TrialSource, check_trial, dreamer_trial
from rtdreamer.errors import DataError
from rtdreamer.files import reading
from rtdreamer.headset import EPOC

_SIMULATED = "SIMULATED"
_N_TRIALS = len(CLIPS)
_SCORES = ("ScoreValence", "ScoreArousal", "ScoreDominance")
_ECG_SFREQ = 2 * EPOC.sfreq
_AS_PUBLISHED = "use DREAMER.mat as its authors publish it"
_KINDS = {"c": "complex numbers", "U": "text", "O": "cells", "V": "a struct"}
_MI_COMPRESSED = 15  # MAT-file level 5: the type of an element that holds a deflated one
_HEADER_BYTES = 128
_MAX_BYTES = 2**32 * 999 // 1000  # of one variable at level 5, less what tags and names take

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Subject:
    stimuli: list[Location]
    baseline: list[Location]
    scores: NDArray[np.int64]  # (n_trials, 3): valence, arousal, dominance


class DreamerFile:
    """The trials of a DREAMER.mat, each value of which is checked once, in passing.

    Of the EEG nothing is kept but where each trial lies and what it takes to go on inflating from
    there: some 50 MB in all. A trial is read when it is asked for, which takes as long in any
    order, some 20 ms. No subject is kept: trials are used one by one.

    The file is opened anew for each trial, so that any thread or process may ask for one.

    Parameters
    ----------
    path : path
        A MAT-file of level 5 (``-v6`` or ``-v7``) that holds the struct ``DREAMER``.

    Raises
    ------
    DataError
        If the file is missing, broken, or not what DREAMER is.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self.name = str(path)
        with _opened(self._path) as file:
            self._state = _state(file)
            dreamer = _Node(_load(self._path, file), str(path))
        _check_headset(dreamer)
        self.simulated = _SIMULATED in dreamer["Provider"].text()
        self.people = dreamer["Version"].text() if self.simulated else "DREAMER"
        # DREAMER is one study, and a simulation names people and films alike: by its seed.
        self.clips = self.people
        self._subjects = [_read_subject(node) for node in dreamer["Data"].cells("subject")]
        if not self._subjects:
            raise dreamer["Data"].refusal("has no subjects")
        self.subjects = tuple(range(1, len(self._subjects) + 1))
        self.trials = tuple(range(1, _N_TRIALS + 1))

    def __reduce__(self) -> tuple[type[DreamerFile], tuple[str]]:
        # Where an inflation stands cannot travel: another process reads the file itself.
        return DreamerFile, (self.name,)

    def trial(self, subject: int, trial: int) -> Trial:
        """One trial, read now.

        Raises
        ------
        DataError
            If there is no such subject or trial, or the file is not what it was.
        """
        check_trial(self, subject, trial)
        found = self._subjects[subject - 1]
        valence, arousal, dominance = found.scores[trial - 1].tolist()
        with _opened(self._path) as file:
            if _state(file) != self._state:
                raise DataError(f"{self._path}: was changed since it was opened: start again")
            eeg, baseline = (
                # Turned channels first without a copy.
                np.asarray(read_again(file, part[trial - 1]), dtype=np.float64).T
                for part in (found.stimuli, found.baseline)
            )
        return dreamer_trial(subject, trial, eeg, baseline, (valence, arousal, dominance))


@contextmanager
def open_mat(path: Path) -> Iterator[BufferedReader]:
    """Open a DREAMER.mat for its bytes.

    Raises
    ------
    DataError
        If there is no such file, or it cannot be read.
    """
    missing = "DREAMER is given by its authors on request; without it, use the simulation"
    with reading(path, "the DREAMER.mat in it", missing=missing), path.open("rb") as file:
        yield file


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    """Open a DREAMER.mat, and say in one line what keeps its contents from being read."""
    with open_mat(path) as file:
        try:
            yield file
        except (DataError, OSError):
            raise
        except Exception as error:  # damaged bytes make scipy raise nearly anything
            reason = " ".join(str(error).split())[:120] or type(error).__name__
            raise DataError(
                f"{path}: is no MAT-file, or cut short or damaged ({reason}): get it again"
            ) from None


def _state(file: BufferedReader) -> tuple[int, int, int]:
    """What changes with a file."""
    found = os.fstat(file.fileno())
    return found.st_ino, found.st_size, found.st_mtime_ns


def _load(path: Path, file: BufferedReader) -> Value:
    if b"\x89HDF\r\n" in file.read(1024):
        raise DataError(f"{path}: is a v7.3 (HDF5) file: re-save it in MATLAB with -v7")
    found = read_variable(file, "DREAMER", _treatment)
    if found is None:
        raise DataError(f"{path}: has no variable DREAMER, or is cut short: {_AS_PUBLISHED}")
    return found


def _treatment(where: Where) -> Treatment:
    match where:
        case ("Data", int(), "EEG", "stimuli" | "baseline", int()):
            return Treatment.EXAMINE
        case ("Data", int(), "ECG"):
            return Treatment.SKIP
    return Treatment.KEEP


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """A value inside the file, and where it is, for the messages."""

    value: Value
    where: str

    def refusal(self, fault: str) -> DataError:
        return DataError(f"{self.where}: {fault}: {_AS_PUBLISHED}")

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

    def eeg(self) -> Location:
        """Where EEG lies, samples × 14 channels, all of it finite numbers in µV."""
        found = self.value
        if not isinstance(found, Summary) or found.kind != "f":
            raise self._no_numbers()
        shape = found.shape
        if len(shape) != 2 or shape[1] != EPOC.n_channels or not shape[0]:
            raise self.refusal(f"has shape {shape}, not samples × {EPOC.n_channels} channels")
        if found.not_finite is not None:
            (row, column), value = found.not_finite
            raise self.refusal(
                f"sample {row + 1}, channel {column + 1} is {value}, no finite number"
            )
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


def _read_subject(node: _Node) -> _Subject:
    node["ECG"]  # not used, but a file without it is not DREAMER
    return _Subject(
        stimuli=_read_eeg(node["EEG"]["stimuli"]),
        baseline=_read_eeg(node["EEG"]["baseline"]),
        scores=np.column_stack([_read_scores(node[field]) for field in _SCORES]),
    )


def _read_eeg(node: _Node) -> list[Location]:
    cells = node.cells("trial")
    if len(cells) != _N_TRIALS:
        raise node.refusal(f"has {len(cells)} trials, DREAMER has {_N_TRIALS}")
    return [cell.eeg() for cell in cells]


def _read_scores(node: _Node) -> NDArray[np.int64]:
    scores = node.numbers().ravel()
    if len(scores) != _N_TRIALS:
        raise node.refusal(f"has {len(scores)} ratings, DREAMER has {_N_TRIALS}")
    for number, score in enumerate(scores, start=1):
        if score not in range(1, 6):
            raise node.refusal(f"trial {number}: is rated {score:g}, not a whole number 1 to 5")
    return scores.astype(np.int64)


def write_dreamer(
    path: Path | str, source: TrialSource, progress: Callable[[int, int], None] | None = None
) -> None:
    """Write trials as a compressed MAT-file in the layout of DREAMER.mat.

    What a source of trials does not have is filled in plainly: the ECG is zero at 256 Hz, age and
    gender are ``unknown``. That the trials are simulated stays on record in ``Provider``, and whom
    they simulate in ``Version``.

    Parameters
    ----------
    path : path
        An older file of this name is replaced once the new one is whole. Beside it, 2 GB are
        needed for a while for a full-sized source; of memory, one subject's worth.
    source : TrialSource
        The trials.
    progress : callable, optional
        Called with the number of trials made so far and in all.

    Raises
    ------
    DataError
        If the file cannot be written, or the subjects are more than it can hold: 4 GiB before
        compression, some 48 full-sized ones. That is known once the first is made.
    """
    path = Path(path)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".dreamer-") as folder:
            plain, packed = Path(folder, "plain.mat"), Path(folder, "packed.mat")
            layout = {"DREAMER": _layout(path, source, progress or (lambda done, total: None))}
            io.savemat(plain, layout, oned_as="column")
            _compress(plain, packed)
            packed.replace(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror or error}") from None


class _WhenWritten:
    """An array that is made when the writer comes to it, and forgotten afterwards."""

    def __init__(self, make: Callable[[], NDArray[Any]]) -> None:
        self._make = make

    def __array__(
        self, dtype: np.dtype[Any] | None = None, copy: bool | None = None
    ) -> NDArray[Any]:
        return self._make()


def _struct(**fields: Any) -> NDArray[Any]:
    """A 1×1 struct with its fields in this order."""
    made = np.empty((1, 1), dtype=[(name, object) for name in fields])
    made[0, 0] = tuple(fields.values())
    return made


def _cell(shape: tuple[int, int], values: list[Any]) -> NDArray[Any]:
    made = np.empty(shape, dtype=object)
    for index, value in enumerate(values):
        made.flat[index] = value
    return made


def _layout(path: Path, source: TrialSource, progress: Callable[[int, int], None]) -> NDArray[Any]:
    n_subjects, n_trials = len(source.subjects), len(source.trials)

    def person(index: int) -> _WhenWritten:
        def tell(n_trials_done: int) -> None:
            progress(index * n_trials + n_trials_done, n_subjects * n_trials)

        def make() -> NDArray[Any]:
            trials = _trials_of(source, source.subjects[index], tell)
            if index == 0:
                _check_size(path, trials, n_subjects)
            return _subject_struct(trials)

        return _WhenWritten(make)

    made_by = "Rewritten by rtdreamer from DREAMER, University of the West of Scotland"
    if source.simulated:
        made_by = f"{_SIMULATED} by rtdreamer, no person was measured: {source.name}"
    return _struct(
        Data=_cell((1, n_subjects), [person(index) for index in range(n_subjects)]),
        EEG_SamplingRate=np.array([[EPOC.sfreq]]),
        ECG_SamplingRate=np.array([[_ECG_SFREQ]]),
        EEG_Electrodes=_cell((1, EPOC.n_channels), list(EPOC.ch_names)),
        noOfSubjects=np.array([[float(n_subjects)]]),
        noOfVideoSequences=np.array([[float(n_trials)]]),
        Disclaimer="The ECG is zero and ages and genders are unknown: neither was carried over.",
        Provider=made_by,
        Version=source.people,
        Acknowledgement="Layout: Katsigiannis and Ramzan, DREAMER, IEEE JBHI 22, 2018.",
    )


def _trials_of(source: TrialSource, subject: int, tell: Callable[[int], None]) -> list[Trial]:
    trials = []
    for number in source.trials:
        trials.append(source.trial(subject, number))
        tell(len(trials))
    return trials


def _check_size(path: Path, trials: list[Trial], n_subjects: int) -> None:
    """Say after the first subject, not after the last, that the file cannot hold them all."""
    n_times = sum(part.shape[1] for parts in _parts(trials) for part in parts)
    one = n_times * (EPOC.n_channels + 2 * 2) * 8  # float64; of ECG two channels at twice the rate
    if n_subjects * one > _MAX_BYTES:
        raise DataError(
            f"{path}: cannot hold {n_subjects} subjects: a MAT-file of level 5 ends at 4 GiB: "
            f"write at most {_MAX_BYTES // one}"
        )


def _parts(trials: list[Trial]) -> tuple[list[Array], list[Array]]:
    """The trials' baselines, and the EEG during the clips."""
    return [t.baseline for t in trials if t.baseline is not None], [t.eeg for t in trials]


def _subject_struct(trials: list[Trial]) -> NDArray[Any]:
    parts = _parts(trials)
    column = len(trials), 1
    eeg = [_cell(column, [array.T for array in part]) for part in parts]
    ecg = [_cell(column, [np.zeros((2 * a.shape[1], 2)) for a in part]) for part in parts]
    scores = np.array([list(t.ratings.values()) for t in trials], dtype=np.uint8)
    return _struct(
        Age="unknown",
        Gender="unknown",
        EEG=_struct(baseline=eeg[0], stimuli=eeg[1]),
        ECG=_struct(baseline=ecg[0], stimuli=ecg[1]),
        **{field: scores[:, [index]] for index, field in enumerate(_SCORES)},
    )


def _compress(plain: Path, packed: Path) -> None:
    """Deflate a MAT-file's one variable in passing; ``savemat`` would hold it twice in memory."""
    with plain.open("rb") as source, packed.open("wb") as target:
        target.write(source.read(_HEADER_BYTES))
        tag_at = target.tell()
        target.write(struct.pack("=II", _MI_COMPRESSED, 0))
        deflate = zlib.compressobj(level=1)
        while block := source.read(1 << 20):
            target.write(deflate.compress(block))
        target.write(deflate.flush())
        n_bytes = target.tell() - tag_at - 8
        target.seek(tag_at)
        target.write(struct.pack("=II", _MI_COMPRESSED, n_bytes))
