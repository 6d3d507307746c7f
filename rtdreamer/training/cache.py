"""Every trial's windows, computed once and kept on disk."""

import hashlib
import json
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from torch_geometric.data import Data as Graph

from rtdreamer.counting import counted
from rtdreamer.data.dataset import Data, Dataset, fingerprint, open_dataset
from rtdreamer.data.trials import Trial, trial_name
from rtdreamer.errors import DataError, RtdreamerError
from rtdreamer.files import check_writable, write_atomically
from rtdreamer.metrics.names import TARGETS, Names, numbered
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
    baseline_windows,
    unlabelled_profile,
    window_hash,
)

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class _Index:
    """What a cache folder holds, by the subjects' names; written again after each subject.

    ``trials`` holds each trial's session and stimulus, in order; ``too_short`` the places, from 1,
    of those shorter than a window; ``without_baseline`` whose profile is from their own windows.
    """

    code: str
    source: str = ""
    people: str = ""
    clips: str = ""
    simulated: bool = True
    subjects: list[str] = field(default_factory=list)
    sha256: dict[str, str] = field(default_factory=dict)
    trials: dict[str, list[list[str]]] = field(default_factory=dict)
    too_short: dict[str, list[int]] = field(default_factory=dict)
    without_baseline: list[str] = field(default_factory=list)

    def file(self, path: Path, subject: str) -> Path:
        """Where a subject's windows are, or would be."""
        number = numbered(self.subjects)[0][subject]
        return path / f"subject-{number:02d}.safetensors"


def load_windows(
    data: Data,
    spec: Spec,
    plan: WindowPlan,
    folder: Path,
    n_jobs: int = 1,
    with_signals: bool = False,
    progress: Progress = lambda done, total: None,
) -> Windows:
    """Every trial's windows, from the cache or into it.

    What is kept is keyed by the data, the spec and the plan. It is made again where the code that
    computes it has changed since, and a subject's where its file is missing or not as it was
    written.

    Parameters
    ----------
    data : Data
        A data set, or what names it.
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
        If the data cannot be read, or no trial is as long as a window.
    RtdreamerError
        If the folder cannot be written, or a worker that has no trials does not see it.
    """
    key = json.dumps([fingerprint(data), asdict(spec), asdict(plan)])
    path = folder / f"windows-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    index = _read_index(path)
    missing = [s for s in index.subjects if not _is_whole(path, index, s)]
    if missing or not index.subjects:
        check_writable(_index_file(path))
        index = _build(path, index, open_dataset(data), spec, plan, n_jobs, progress)
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


def _is_whole(path: Path, index: _Index, subject: str) -> bool:
    expected = index.sha256.get(subject)
    if expected is None:
        return False
    if expected == "":  # a subject of whom no trial was long enough
        return True
    try:
        with index.file(path, subject).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == expected
    except OSError:
        return False


@dataclass(frozen=True, slots=True, eq=False)
class _ExtractedTrial:
    subject: str
    key: list[str]  # session and stimulus
    graphs: list[Graph]
    baseline: list[Features]
    own: list[Features]  # of its windows, where there is no baseline


def _build(
    path: Path,
    index: _Index,
    dataset: Dataset,
    spec: Spec,
    plan: WindowPlan,
    n_jobs: int,
    progress: Progress,
) -> _Index:
    if not dataset.has_trials:
        raise RtdreamerError(
            f"{dataset.name}: a worker does not see the cache of this machine's, and the trials of "
            "a data set in memory do not travel: give both one --cache, or do without a cluster"
        )
    index.source, index.people, index.simulated = dataset.name, dataset.people, dataset.simulated
    index.clips = dataset.stimuli
    index.subjects = list(dataset.subjects)
    todo = [s for s in dataset.subjects if not _is_whole(path, index, s)]
    total = sum(dataset.n_trials(subject) for subject in todo)
    with _extracted(dataset, todo, total, spec, plan, n_jobs) as results:
        numbered = enumerate(results, start=1)
        for subject, rows in groupby(numbered, key=lambda row: row[1].subject):
            trials = []
            for done, trial in rows:
                trials.append(trial)
                progress(done, total)
            content = _write_subject(index.file(path, subject), trials, spec, plan)
            index.sha256[subject] = hashlib.sha256(content).hexdigest() if content else ""
            index.trials[subject] = [trial.key for trial in trials]
            short = [place for place, trial in enumerate(trials, start=1) if not trial.graphs]
            index.too_short[subject] = short
            if spec.standardise and content and not any(trial.baseline for trial in trials):
                index.without_baseline = [*{*index.without_baseline, subject}]
            _write_index(path, index)
    return index


def _write_subject(
    file: Path, trials: list[_ExtractedTrial], spec: Spec, plan: WindowPlan
) -> bytes:
    """Write one subject's file and return what is in it; nothing of a subject without a window."""
    graphs = [graph for trial in trials for graph in trial.graphs]
    if not graphs:
        return b""
    profile = None
    if spec.standardise:
        baseline = [features for trial in trials for features in trial.baseline]
        own = [features for trial in trials for features in trial.own]
        profile = unlabelled_profile(baseline, own, spec, plan.hop)
    return write_graphs(file, graphs, profile)


@contextmanager
def _extracted(
    dataset: Dataset,
    subjects: list[str],
    total: int,
    spec: Spec,
    plan: WindowPlan,
    n_jobs: int,
) -> Iterator[Iterator[_ExtractedTrial]]:
    """The trials of some subjects, extracted in their order while they are asked for."""

    def jobs() -> Iterator[Any]:
        for subject in subjects:
            for place, trial in enumerate(dataset.trials(subject), start=1):
                windows = plan.cut(trial.eeg, spec)
                baseline = baseline_windows(trial, spec) if spec.standardise else []
                # Without what it was cut from, which is far longer.
                known = replace(trial, eeg=trial.eeg[:, :1], baseline=None)
                yield delayed(_extract_trial)(known, place, windows, baseline, spec)

    # Only the extraction goes to other processes: a data set may hold gigabytes.
    results = Parallel(n_jobs=min(n_jobs, max(total, 1)), return_as="generator")(jobs())
    try:
        yield results
    finally:
        with warnings.catch_warnings():
            # Those who interrupt it need not be told that work was left undone.
            warnings.simplefilter("ignore")
            results.close()


def _extract_trial(
    trial: Trial,
    place: int,
    windows: Sequence[NDArray[np.float64]],
    baseline: Sequence[NDArray[np.float64]],
    spec: Spec,
) -> _ExtractedTrial:
    ratings = [float(trial.ratings.get(target, math.nan)) for target in TARGETS]
    graphs, own = [], []
    for window in windows:
        features = extract(window, spec)
        graphs.append(window_graph(features, ratings, place, window_hash(window)))
        if spec.standardise and not baseline:
            own.append(features)
    key = [trial.session, trial.stimulus]
    return _ExtractedTrial(
        trial.subject, key, graphs, [extract(window, spec) for window in baseline], own
    )


def _assemble(path: Path, index: _Index, spec: Spec, with_signals: bool) -> Windows:
    """Read the folder's files into one dataset, each person's windows relative to the profile."""
    found = [s for s in index.subjects if index.sha256[s]]
    if not found:
        n_trials = sum(len(trials) for trials in index.trials.values())
        raise DataError(
            f"{index.source}: of {counted(n_trials, 'trial')} none is as long as a window of "
            f"{spec.n_times} samples: take longer trials"
        )
    numbers = _Numbers.of(index)
    counts = [count_windows(index.file(path, subject)) for subject in found]
    profiles: dict[int, Profile] = {}
    arrays: list[NDArray[Any]] = []
    end = 0
    # One file at a time into the final arrays: the data are never in memory twice.
    for subject, count in zip(found, counts, strict=True):
        part = read_graphs(index.file(path, subject), with_signals)
        if part.profile is not None:
            profiles[numbers.subject[subject]] = part.profile
        inputs = network_inputs(
            part.de,
            part.edge_weight,
            part.spectrum,
            part.profile,
            part.covariance,
            part.signals if with_signals else None,
            spec,
        )
        trial, stimulus = (of[subject][part.trial - 1] for of in (numbers.trial, numbers.stimulus))
        pieces = (*inputs, part.ratings, trial, stimulus, part.hash)
        if not arrays:
            arrays = [np.empty((sum(counts), *x.shape[1:]), x.dtype) for x in pieces]
        end += count
        for array, piece in zip(arrays, pieces, strict=True):
            array[end - count : end] = piece
    *inputs_of_all, ratings, trial, stimulus, hashes = arrays
    return Windows(
        source=index.source,
        people=index.people,
        clips=index.clips,
        simulated=index.simulated,
        spec=spec,
        inputs=Inputs(*inputs_of_all),
        ratings=ratings,
        subject=np.repeat([numbers.subject[subject] for subject in found], counts),
        trial=trial,
        stimulus=stimulus,
        hash=hashes,
        profiles=profiles,
        names=numbers.names,
        too_short=tuple(
            (numbers.subject[subject], int(numbers.trial[subject][place - 1]))
            for subject in index.subjects
            for place in index.too_short[subject]
        ),
        without_baseline=tuple(sorted(numbers.subject[s] for s in index.without_baseline)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Numbers:
    """Numbers for all names: of subjects, and of each subject's trials, in order."""

    names: Names
    subject: dict[str, int]
    trial: dict[str, NDArray[np.int64]]
    stimulus: dict[str, NDArray[np.int64]]

    @classmethod
    def of(cls, index: _Index) -> "_Numbers":
        subject, subjects = numbered(index.subjects)

        def each(
            named: dict[str, list[str]],
        ) -> tuple[dict[str, NDArray[np.int64]], tuple[str, ...]]:
            number, names = numbered(name for own in named.values() for name in own)
            of = {s: np.array([number[name] for name in own]) for s, own in named.items()}
            return of, names

        trial, trials = each({s: [trial_name(*k) for k in own] for s, own in index.trials.items()})
        stimulus, stimuli = each({s: [k[1] for k in own] for s, own in index.trials.items()})
        return cls(Names(subjects, stimuli, trials), subject, trial, stimulus)
