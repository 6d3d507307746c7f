"""What a benchmark writes when its cells are done: every figure, and how they were made."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from rtdreamer.evaluation.benchmark import Benchmark, Cell, named, sha256
from rtdreamer.evaluation.fold_judge import EvaluationRun
from rtdreamer.evaluation.predictions_file import JudgedRun
from rtdreamer.evaluation.protocols import PROTOCOLS
from rtdreamer.evaluation.runs import BENCHMARK_NAME
from rtdreamer.files import csv_bytes, write_atomically, write_json
from rtdreamer.metrics.names import TARGETS
from rtdreamer.metrics.target_metrics import TargetMetrics, target_metrics
from rtdreamer.signal.features import encode_spec
from rtdreamer.training.code_version import environment, hashes

RESULTS_NAME = "results.csv"

_INTERVAL = "_ci"
"""How the name of a metric's interval ends."""


@dataclass(frozen=True, slots=True)
class Result:
    """One figure.

    Attributes
    ----------
    dataset, simulated, protocol
        Of which run: see ``JudgedRun``.
    same_clips : bool
        Whether clips stand on both sides of the protocol's folds, learned from and judged.
    method, seed
        Of which run, too.
    target : str
        A name in ``TARGETS``.
    level : str
        ``trial`` or ``window``: over which rows.
    metric : str
        A field of ``TargetMetrics``.
    value : float
        NaN where it does not exist.
    low, high : float
        Ends of its 95 % interval; NaN where it has none.
    n_subjects, n_trials : int
        Over how many.
    """

    dataset: str
    simulated: bool
    protocol: str
    same_clips: bool
    method: str
    seed: int
    target: str
    level: str
    metric: str
    value: float
    low: float
    high: float
    n_subjects: int
    n_trials: int


COLUMNS = tuple(field.name for field in fields(Result))


def results_of(run: JudgedRun) -> list[Result]:
    """Every metric of a run, by target and level."""
    trials = run.predictions.by_trial()
    same_clips = PROTOCOLS[run.protocol].same_clips
    n_subjects = len(np.unique(trials.subject))
    found = []
    for k, target in enumerate(TARGETS[: trials.labels.shape[1]]):
        for level, rows in (("trial", trials), ("window", run.predictions)):
            permute = level == "trial" and not same_clips
            metrics = target_metrics(rows, k, permute_clips=permute)
            for field in fields(TargetMetrics):
                if field.name.endswith(_INTERVAL):
                    continue
                low, high = getattr(metrics, field.name + _INTERVAL, (math.nan, math.nan))
                found.append(
                    Result(
                        dataset=run.dataset,
                        simulated=run.simulated,
                        protocol=run.protocol,
                        same_clips=same_clips,
                        method=run.method,
                        seed=run.seed,
                        target=target,
                        level=level,
                        metric=field.name,
                        value=float(getattr(metrics, field.name)),
                        low=low,
                        high=high,
                        n_subjects=n_subjects,
                        n_trials=len(trials),
                    )
                )
    return found


def results_csv(results: Iterable[Result]) -> bytes:
    """The tidy table: a row a figure."""
    rows = ([getattr(result, column) for column in COLUMNS] for result in results)
    return csv_bytes(COLUMNS, rows)


def over_seeds(values: Sequence[float]) -> tuple[float, float]:
    """Mean and SD (n - 1) of a figure over seeds; the SD of one seed is NaN."""
    mean = float(np.mean(values)) if len(values) else math.nan
    return mean, float(np.std(values, ddof=1)) if len(values) > 1 else math.nan


def write_benchmark(folder: Path, benchmark: Benchmark) -> list[Result]:
    """Write ``results.csv`` and ``benchmark.json`` beside the cells, and return all figures.

    Raises
    ------
    DataError
        If the data are no longer there.
    RtdreamerError
        If they cannot be written.
    """
    results = [result for judged in benchmark.judged.values() for result in results_of(judged)]
    described = _described(folder, benchmark)
    write_atomically(folder / RESULTS_NAME, results_csv(results))
    write_json(folder / BENCHMARK_NAME, described)
    return results


def _described(folder: Path, benchmark: Benchmark) -> dict[str, Any]:
    cells = benchmark.cells
    run = cells[0].run
    # The same for all methods, but for what each has of its own.
    spec = {name: v for name, v in encode_spec(run.spec).items() if name != "standardise"}
    names = {cell.run.data: judged.dataset for cell, judged in _finished(benchmark)}
    return {
        "protocol": run.protocol,
        "leaks": PROTOCOLS[run.protocol].leaks,
        "same_clips_on_both_sides": PROTOCOLS[run.protocol].same_clips,
        "simulated": any(judged.simulated for judged in benchmark.judged.values()),
        "methods": list(dict.fromkeys(cell.run.method for cell in cells)),
        "seeds": list(dict.fromkeys(cell.run.config.seed for cell in cells)),
        "data": [
            {"given": named(data), "name": name, "hashes": hashes(data, spec)}
            for data, name in names.items()
        ],
        "settings": {
            "spec": spec,
            "n_folds": run.n_folds,
            "n_targets": run.n_targets,
            "of_methods": {c.run.method: _settings(c.run) for c in cells},
        },
        "cells": [
            {
                "file": cell.file(folder).relative_to(folder).as_posix(),
                "sha256": sha256(cell.file(folder).read_bytes()),
                "key": cell.key,
                "dataset": judged.dataset,
                "method": judged.method,
                "seed": judged.seed,
            }
            for cell, judged in _finished(benchmark)
        ],
        "failures": [{"cell": name, "why": why} for name, why in benchmark.failures.items()],
        "environment": environment(),
    }


def _settings(run: EvaluationRun) -> dict[str, Any]:
    """What one method was fitted by, but for the seed."""
    settings = {name: v for name, v in asdict(run.config).items() if name != "seed"}
    return settings | {"hop": run.plan.hop, "standardise": run.spec.standardise}


def _finished(benchmark: Benchmark) -> list[tuple[Cell, JudgedRun]]:
    judged = benchmark.judged
    return [(cell, judged[cell.name]) for cell in benchmark.cells if cell.name in judged]
