"""Every trial's windows, computed once and kept on disk."""

import hashlib
import json
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from torch_geometric.data import Data

from rtdreamer.data.sources import fingerprint, open_dreamer
from rtdreamer.data.trials import TrialSource
from rtdreamer.errors import DataError
from rtdreamer.files import check_writable, write_atomically
from rtdreamer.signal.features import Features, Spec, extract
from rtdreamer.signal.profile import Inputs, Profile, network_inputs
from rtdreamer.training.code_version import EXTRACTION, code_version
from rtdreamer.training.graphs import (
    count_windows,
    read_graphs,
    window_graph,
    write_graphs,
)
from rtdreamer.training.windows import (
    WindowPlan,
    Windows,
    baseline_profile,
    baseline_windows,
    window_hash,
)

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class _Index:
    """What a cache folder holds; written again after each subject."""

    code: str
    source: str = ""
    people: str = ""
    clips: str = ""
    simulated: bool = True
    subjects: list[int] = field(default_factory=list)
    sha256: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, list[int]] = field(default_factory=dict)


def load_windows(
    data: str | None,
    spec: Spec,
    plan: WindowPlan,
    folder: Path,
    n_jobs: int = 1,
    with_signals: bool = False,
    progress: Progress = lambda done, total: None,
) -> Windows:
    """Every trial's windows, from the cache or into it.

    What is kept is keyed by the data, the spec and the plan. It is made anew where the code that
    computes it has changed since, and a subject's where its file is missing or not as it was
    written.

    Parameters
    ----------
    data : str or None
        As for ``open_dreamer``.
    spec, plan
        What to compute, and of which windows.
    folder : path
        Where caches are kept; made if missing.
    n_jobs : int
        Processes that extract.
    with_signals : bool
        Whether to read the signals too.
    progress : callable
        Told how many trials are done, and of how many; not called if all are in the cache.

    Raises
    ------
    DataError
        If the data cannot be read, no trial is as long as a window, or a subject has no baseline
        of a window's length.
    RtdreamerError
        If the folder cannot be written.
    """
    key = json.dumps([fingerprint(data), asdict(spec), asdict(plan)])
    path = folder / f"windows-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    index = _read_index(path)
    missing = [s for s in index.subjects if not _is_whole(path, index, s)]
    if missing or not index.subjects:
        check_writable(_index_file(path))
        index = _build(path, index, open_dreamer(data), spec, plan, n_jobs, progress)
    return _assemble(path, index, spec, with_signals)


def _read_index(path: Path) -> _Index:
    """The folder's index; an empty one if there is none, or it is broken or of other code."""
    code = code_version(EXTRACTION)
    try:
        values = json.loads(_index_file(path).read_text(encoding="utf-8"))
        index = _Index(**values["index"])
    except (OSError, ValueError, TypeError, KeyError):
        return _Index(code)
    is_whole = values.get("sha256") == _digest(values["index"])
    return index if is_whole and index.code == code else _Index(code)


def _write_index(path: Path, index: _Index) -> None:
    values = asdict(index)
    content = json.dumps({"sha256": _digest(values), "index": values})
    write_atomically(_index_file(path), content.encode())


def _index_file(path: Path) -> Path:
    return path / "index.json"


def _digest(values: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def _file_name(subject: int) -> str:
    return f"subject-{subject:02d}.safetensors"


def _is_whole(path: Path, index: _Index, subject: int) -> bool:
    expected = index.sha256.get(str(subject))
    if expected is None:
        return False
    if expected == "":  # a subject of whom no trial was long enough
        return True
    try:
        with (path / _file_name(subject)).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == expected
    except OSError:
        return False


@dataclass(frozen=True, slots=True, eq=False)
class _ExtractedTrial:
    subject: int
    trial: int
    graphs: list[Data]
    baseline: list[Features]


def _build(
    path: Path,
    index: _Index,
    source: TrialSource,
    spec: Spec,
    plan: WindowPlan,
    n_jobs: int,
    progress: Progress,
) -> _Index:
    index.source, index.people, index.simulated = source.name, source.people, source.simulated
    index.clips = source.clips
    index.subjects = list(source.subjects)
    todo = [s for s in source.subjects if not _is_whole(path, index, s)]
    keys = [(subject, trial) for subject in todo for trial in source.trials]
    with _extracted(source, keys, spec, plan, n_jobs) as results:
        numbered = enumerate(results, start=1)
        for subject, rows in groupby(numbered, key=lambda row: row[1].subject):
            trials = []
            for done, trial in rows:
                trials.append(trial)
                progress(done, len(keys))
            content = _write_subject(path, source.name, subject, trials, spec)
            index.sha256[str(subject)] = hashlib.sha256(content).hexdigest() if content else ""
            index.left_out[str(subject)] = [trial.trial for trial in trials if not trial.graphs]
            _write_index(path, index)
    return index


def _write_subject(
    path: Path, source: str, subject: int, trials: list[_ExtractedTrial], spec: Spec
) -> bytes:
    """Write one subject's file and return what is in it; nothing of a subject without a window."""
    graphs = [graph for trial in trials for graph in trial.graphs]
    if not graphs:
        return b""
    profile = None
    if spec.standardise:
        baseline = [features for trial in trials for features in trial.baseline]
        profile = baseline_profile(baseline, spec, f"{source}: subject {subject}")
    return write_graphs(path / _file_name(subject), graphs, profile)


@contextmanager
def _extracted(
    source: TrialSource,
    keys: list[tuple[int, int]],
    spec: Spec,
    plan: WindowPlan,
    n_jobs: int,
) -> Iterator[Iterator[_ExtractedTrial]]:
    """Trials, extracted in the order of ``keys`` while they are asked for."""

    def jobs() -> Iterator[Any]:
        for subject, number in keys:
            trial = source.trial(subject, number)
            stimuli = plan.cut(trial.stimuli, spec)
            baseline = baseline_windows(trial, spec) if spec.standardise else []
            ratings = trial.valence, trial.arousal, trial.dominance
            yield delayed(_extract_trial)(subject, number, ratings, stimuli, baseline, spec)

    # Only the extraction goes to other processes: a source may hold gigabytes.
    results = Parallel(n_jobs=min(n_jobs, max(len(keys), 1)), return_as="generator")(jobs())
    try:
        yield results
    finally:
        with warnings.catch_warnings():
            # Whoever interrupts it need not be told that work was left undone.
            warnings.simplefilter("ignore")
            results.close()


def _extract_trial(
    subject: int,
    trial: int,
    ratings: tuple[int, int, int],
    stimuli: Iterable[NDArray[np.float64]],
    baseline: Iterable[NDArray[np.float64]],
    spec: Spec,
) -> _ExtractedTrial:
    graphs = [
        window_graph(extract(window, spec), ratings, trial, window_hash(window))
        for window in stimuli
    ]
    return _ExtractedTrial(subject, trial, graphs, [extract(window, spec) for window in baseline])


def _assemble(path: Path, index: _Index, spec: Spec, with_signals: bool) -> Windows:
    """Read the folder's files into one dataset, each person's windows relative to the profile."""
    left_out = tuple((s, t) for s in index.subjects for t in index.left_out[str(s)])
    found = [s for s in index.subjects if index.sha256[str(s)]]
    if not found:
        raise DataError(
            f"{index.source}: each of the {len(left_out)} trials is shorter than a window of "
            f"{spec.n_times} samples: take longer trials"
        )
    counts = [count_windows(path / _file_name(subject)) for subject in found]
    profiles: dict[int, Profile] = {}
    arrays: list[NDArray[Any]] = []
    end = 0
    # One file at a time into the final arrays: the data are never in memory twice.
    for subject, count in zip(found, counts, strict=True):
        part = read_graphs(path / _file_name(subject), with_signals)
        if part.profile is not None:
            profiles[subject] = part.profile
        inputs = network_inputs(
            part.de,
            part.edge_weight,
            part.spectrum,
            part.profile,
            part.covariance,
            part.signals if with_signals else None,
            spec,
        )
        pieces = (*inputs, part.ratings, part.trial, part.hash)
        if not arrays:
            arrays = [np.empty((sum(counts), *x.shape[1:]), x.dtype) for x in pieces]
        end += count
        for array, piece in zip(arrays, pieces, strict=True):
            array[end - count : end] = piece
    *inputs_of_all, ratings, trial, hashes = arrays
    return Windows(
        source=index.source,
        people=index.people,
        clips=index.clips,
        simulated=index.simulated,
        spec=spec,
        inputs=Inputs(*inputs_of_all),
        ratings=ratings,
        subject=np.repeat(found, counts),
        trial=trial,
        hash=hashes,
        profiles=profiles,
        left_out=left_out,
    )
