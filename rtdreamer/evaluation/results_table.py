"""Every figure of every run as one tidy table, and figures over seeds."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from rtdreamer.evaluation.csv_table import csv_bytes
from rtdreamer.evaluation.predictions_file import JudgedRun
from rtdreamer.evaluation.protocols import PROTOCOLS
from rtdreamer.metrics.names import TARGETS
from rtdreamer.metrics.target_metrics import TargetMetrics, target_metrics

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
