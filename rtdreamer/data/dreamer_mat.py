"""DREAMER.mat: read with every check it deserves, and written in the same layout."""

from __future__ import annotations

import os
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import io

from rtdreamer.data.dreamer_contents import (
    AS_PUBLISHED,
    N_TRIALS,
    SCORES,
    SIMULATED,
    check_contents,
    treatment,
)
from rtdreamer.data.mat_hdf5 import SIGNATURE, read_hdf5_again, read_hdf5_variable
from rtdreamer.data.mat_reader import Location, Place, Value, read_again, read_variable
from rtdreamer.data.trials import MOST_UV, Trial, TrialSource, check_trial, dreamer_trial
from rtdreamer.errors import DataError
from rtdreamer.files import reading
from rtdreamer.headset import EPOC

_ECG_SFREQ = 2 * EPOC.sfreq
_MI_COMPRESSED = 15  # MAT-file level 5: the type of an element that holds a deflated one
_HEADER_BYTES = 128
_MAX_BYTES = 2**32 * 999 // 1000  # of one variable at level 5, less what tags and names take

Array = NDArray[np.float64]


class DreamerFile:
    """The trials of a DREAMER.mat, each value of which is checked once, in passing.

    Of the EEG nothing is kept but where each trial lies and what it takes to go on inflating from
    there: some 50 MB in all. A trial is read when it is asked for, which takes as long in any
    order, some 20 ms. No subject is kept: trials are used one by one.

    The file is opened anew for each trial, so that any thread or process may ask for one.

    Parameters
    ----------
    path : path
        A MAT-file that holds the struct ``DREAMER``: of level 5 (``-v6`` or ``-v7``), or of v7.3
        where h5py is installed.

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
            dreamer = _load(self._path, file)
        found = check_contents(dreamer, self.name)
        self.simulated, self.people = found.simulated, found.people
        # DREAMER is one study, and a simulation names people and films alike: by its seed.
        self.clips = self.people
        self._subjects = found.subjects
        self.subjects = tuple(range(1, len(self._subjects) + 1))
        self.trials = tuple(range(1, N_TRIALS + 1))

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
                _read_part(self._path, file, part[trial - 1]).T
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
    missing = "DREAMER is given by its authors on request; without it, say simulated"
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


def _state(file: BufferedReader) -> tuple[int, int]:
    """What changes with a file; not its number, which some network drives give anew each time."""
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns


def _load(path: Path, file: BufferedReader) -> Value:
    if SIGNATURE in file.read(1024):
        found = read_hdf5_variable(path, "DREAMER", treatment, MOST_UV)
    else:
        found = read_variable(file, "DREAMER", treatment, MOST_UV)
    if found is None:
        raise DataError(f"{path}: has no variable DREAMER, or is cut short: {AS_PUBLISHED}")
    return found


def _read_part(path: Path, file: BufferedReader, where: Location | Place) -> Array:
    found = read_hdf5_again(path, where) if isinstance(where, Place) else read_again(file, where)
    return np.asarray(found, dtype=np.float64)


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
        made_by = f"{SIMULATED} by rtdreamer, no person was measured: {source.name}"
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
        **{field: scores[:, [index]] for index, field in enumerate(SCORES)},
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
