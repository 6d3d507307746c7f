"""Runs read from folders, and whether they can be compared row by row."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rtdreamer.errors import DataError
from rtdreamer.evaluation.predictions_file import CSV_NAME, JudgedRun, read_predictions
from rtdreamer.files import reading
from rtdreamer.metrics.predictions import HeldOutPredictions

BENCHMARK_NAME = "benchmark.json"
"""Name of the file that lists a benchmark's cells."""

Methods = dict[str, dict[int, JudgedRun]]
"""Runs by method and seed."""


def read_runs(path: Path) -> list[JudgedRun]:
    """The runs of a benchmark, of an evaluation's report, or of one predictions.csv.

    Parameters
    ----------
    path : Path
        The folder of ``benchmark --out`` or ``evaluate --report``, or a file.

    Raises
    ------
    DataError
        If there are none, or a file is broken or was changed since.
    """
    if not path.is_dir():
        return [read_predictions(path)]
    if (path / BENCHMARK_NAME).exists():
        runs = [_read_cell(path, cell) for cell in _cells(path / BENCHMARK_NAME)]
        if not runs:
            raise DataError(f"{path}: its {BENCHMARK_NAME} names no cells: run benchmark again")
        return runs
    if (path / CSV_NAME).exists():
        return [read_predictions(path / CSV_NAME)]
    raise DataError(
        f"{path}: has no {BENCHMARK_NAME} and no {CSV_NAME}: name a folder that benchmark --out or "
        "evaluate --report wrote"
    )


def _cells(path: Path) -> list[tuple[str, str]]:
    """Each cell's file and hash."""
    with reading(path, BENCHMARK_NAME):
        content = path.read_bytes()
    try:
        values: Any = json.loads(content)
        return [(str(cell["file"]), str(cell["sha256"])) for cell in values["cells"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise DataError(f"{path}: is broken: run benchmark again, which keeps its cells") from None


def _read_cell(folder: Path, cell: tuple[str, str]) -> JudgedRun:
    file, sha256 = cell
    run = read_predictions(folder / file)
    if hashlib.sha256((folder / file).read_bytes()).hexdigest() != sha256:
        raise DataError(f"{folder / file}: is not what {BENCHMARK_NAME} names: run benchmark again")
    return run


def paired_runs(runs: Iterable[JudgedRun]) -> dict[tuple[str, str], Methods]:
    """Runs by data set and protocol, those of a seed with the same trials, labels and folds.

    Methods may have different seeds, and a data set may have one method only, as when others
    failed there.

    Raises
    ------
    DataError
        If runs of a seed are not paired, a run is there twice, or each method is alone.
    """
    groups: dict[tuple[str, str], Methods] = {}
    for run in runs:
        of_method = groups.setdefault((run.dataset, run.protocol), {}).setdefault(run.method, {})
        if run.seed in of_method:
            raise DataError(
                f"{_named(run)}: {run.method} with seed {run.seed} is there twice: name each run "
                "once"
            )
        of_method[run.seed] = _sorted(run)
    for methods in groups.values():
        _check_paired(methods)
    if groups and all(len(methods) == 1 for methods in groups.values()):
        methods = next(iter(groups.values()))
        run = next(iter(next(iter(methods.values())).values()))
        raise DataError(f"{_named(run)}: {run.method} is alone: name a run of another method")
    return groups


def _named(run: JudgedRun) -> str:
    return f"{run.dataset}, {run.protocol}"


def _sorted(run: JudgedRun) -> JudgedRun:
    """The same with its rows by person, trial and window."""
    rows = run.predictions
    order = np.lexsort([run.window, rows.trial, rows.subject])
    return replace(run, window=run.window[order], predictions=rows.take(order))


def _check_paired(methods: Methods) -> None:
    first: dict[int, JudgedRun] = {}
    for of_method in methods.values():
        for seed, run in of_method.items():
            one = first.setdefault(seed, run)
            what = _difference(one, run)
            if what is not None:
                raise DataError(
                    f"{_named(one)}, seed {seed}: {one.method} and {run.method} {what}: they "
                    "cannot be compared pair by pair; judge both with the same data, options and "
                    "version"
                )


def _difference(one: JudgedRun, other: JudgedRun) -> str | None:
    """What keeps two runs from being paired, in words.

    A run that judges each trial by one window, as an architecture may of its own, is paired with
    others trial by trial, which is what is compared.
    """
    a, b = one.predictions, other.predictions
    if not (_same_trials(a, b) and np.array_equal(one.window, other.window)):
        if not (_is_one_a_trial(a) or _is_one_a_trial(b)):
            return "did not judge the same windows"
        a, b = a.by_trial(), b.by_trial()
        if not _same_trials(a, b):
            return "did not judge the same trials"
    if not (np.array_equal(a.labels, b.labels) and np.array_equal(a.ratings, b.ratings)):
        return "were judged by different labels"
    if not np.array_equal(a.fold, b.fold):
        return "went through different folds"
    return None if one.simulated == other.simulated else "differ in whether people are simulated"


def _same_trials(a: HeldOutPredictions, b: HeldOutPredictions) -> bool:
    return a.labels.shape == b.labels.shape and all(
        a.names.each(kind, getattr(a, kind)) == b.names.each(kind, getattr(b, kind))
        for kind in ("subject", "trial", "stimulus")
    )


def _is_one_a_trial(rows: HeldOutPredictions) -> bool:
    return len(np.unique(np.stack([rows.subject, rows.trial]), axis=1).T) == len(rows)
