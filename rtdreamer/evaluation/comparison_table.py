"""One method against each other one on the same data and folds: the figures."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rtdreamer.errors import DataError
from rtdreamer.evaluation.predictions_file import Run
from rtdreamer.evaluation.protocols import PROTOCOLS
from rtdreamer.evaluation.runs import Methods, paired_runs
from rtdreamer.metrics.comparison import Comparison, compare, holm, mean_over_seeds
from rtdreamer.metrics.scores import TARGETS
from rtdreamer.model.registry import DEFAULT_ARCHITECTURE

FIGURES = {"auc": "AUC", "concordance": "concordance"}
"""What can be compared, and what it is called."""

LEVEL = 0.05
"""Of the tests, once corrected for their number."""


@dataclass(frozen=True, slots=True)
class Row:
    """The reference against one method on one target.

    Attributes
    ----------
    target, method : str
        On what, and against whom.
    reference_figure, figure : float
        Of the reference and of the method, within a person by trial, mean over seeds.
    comparison : Comparison
        The reference's figure minus the method's.
    p_holm : float
        The p value, corrected for all rows of the table (Holm, Scandinavian Journal of Statistics
        6, 1979); NaN where there is none.
    """

    target: str
    method: str
    reference_figure: float
    figure: float
    comparison: Comparison
    p_holm: float

    @property
    def sign(self) -> int:
        """1 or -1 where the reference is better or worse, 0 where they are not told apart.

        They are where the interval is on one side of zero and the corrected p below ``LEVEL``.
        """
        if not self.p_holm < LEVEL:  # nor is NaN
            return 0
        return int(self.comparison.low > 0) - int(self.comparison.high < 0)


@dataclass(frozen=True, slots=True)
class ComparisonTable:
    """All methods of one data set and protocol against the reference.

    Attributes
    ----------
    dataset, simulated, protocol
        Of which runs: see ``Run``.
    n_folds : int
        Of each seed.
    n_people, n_trials : int
        Who was judged.
    seeds : tuple of int
        Of the runs.
    reference : str
        The method that the others are compared with.
    statistic : str
        What is compared: a name in ``FIGURES``.
    rows : tuple of Row
        Target by target.
    """

    dataset: str
    simulated: bool
    protocol: str
    n_folds: int
    n_people: int
    n_trials: int
    seeds: tuple[int, ...]
    reference: str
    statistic: str
    rows: tuple[Row, ...]

    @property
    def figure(self) -> str:
        """What is compared, in words."""
        return FIGURES[self.statistic]

    @property
    def leaks(self) -> bool:
        """Whether the protocol is there only to show what a leak does."""
        return PROTOCOLS[self.protocol].leaks

    @property
    def same_clips(self) -> bool:
        """Whether clips stand on both sides, learned from and judged."""
        return PROTOCOLS[self.protocol].same_clips

    @property
    def split(self) -> str:
        """The protocol in words."""
        folds = f"{self.n_folds} fold{'s' if self.n_folds > 1 else ''}"
        return f"{self.protocol}: {PROTOCOLS[self.protocol].meaning}; {folds}"

    @property
    def who(self) -> str:
        """How much was judged, in words."""
        seeds = ", ".join(map(str, self.seeds))
        return (
            f"{self.n_people} {'person' if self.n_people == 1 else 'people'}, {self.n_trials} "
            f"trials; seed{'s' if len(self.seeds) > 1 else ''} {seeds}"
        )

    def verdict(self, row: Row) -> str:
        """How the reference stands to a method, in words."""
        if not row.sign:
            return "not told apart"
        return f"{self.reference} is {'better' if row.sign > 0 else 'worse'}"

    def to_json(self) -> dict[str, Any]:
        """Values that JSON can hold; what does not exist is None."""
        values = asdict(self)
        values["rows"] = [
            {name: _json(value) for name, value in row.items() if name != "comparison"}
            | {name: _json(value) for name, value in row["comparison"].items()}
            | {"verdict": self.verdict(self.rows[number])}
            for number, row in enumerate(values["rows"])
        ]
        marks = {"leaks": self.leaks, "same_clips_on_both_sides": self.same_clips}
        return values | marks | {"seeds": list(self.seeds), "split": self.split}


def _json(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def compare_runs(
    runs: Iterable[Run], reference: str | None = None, statistic: str = "auc"
) -> list[ComparisonTable]:
    """A table for each data set and protocol.

    Parameters
    ----------
    runs : iterable of Run
        Of at least two methods with the same rows, labels, folds and seeds.
    reference : str, optional
        A method that each table has; if not given, ``DEFAULT_ARCHITECTURE``, or the method
        that comes first where it is not there.
    statistic : str
        What is compared: a name in ``FIGURES``.

    Raises
    ------
    DataError
        If the runs are not paired, or the reference is not there.
    """
    groups = paired_runs(runs)
    for (dataset, protocol), methods in groups.items():
        if reference is not None and reference not in methods:
            raise DataError(
                f"{dataset}, {protocol}: has no method {reference!r:.60}: choose from "
                f"{', '.join(methods)}"
            )
    return [_table(methods, reference, statistic) for methods in groups.values()]


def _table(methods: Methods, asked: str | None, statistic: str) -> ComparisonTable:
    reference = asked or (
        DEFAULT_ARCHITECTURE if DEFAULT_ARCHITECTURE in methods else next(iter(methods))
    )
    seeds = sorted(methods[reference])
    by_trial = {
        method: [of_method[seed].predictions.by_trial() for seed in seeds]
        for method, of_method in methods.items()
    }
    first, trials = methods[reference][seeds[0]], by_trial[reference][0]
    pairs = [
        (k, method)
        for k in range(trials.labels.shape[1])
        for method in methods
        if method != reference
    ]
    apart = "clip" in PROTOCOLS[first.protocol].apart
    found = []
    for k, method in pairs:
        try:
            found.append(compare(by_trial[reference], by_trial[method], k, statistic, apart))
        except DataError as error:
            what = f"{first.dataset}, {first.protocol}, {TARGETS[k]}"
            raise DataError(f"{what}, {reference} and {method}: {error}") from error
    corrected = holm([comparison.p for comparison in found])
    return ComparisonTable(
        dataset=first.dataset,
        simulated=first.simulated,
        protocol=first.protocol,
        n_folds=len(np.unique(first.predictions.fold)),
        n_people=len(np.unique(trials.subject)),
        n_trials=len(trials),
        seeds=tuple(seeds),
        reference=reference,
        statistic=statistic,
        rows=tuple(
            Row(
                target=TARGETS[k],
                method=method,
                reference_figure=mean_over_seeds(by_trial[reference], k, statistic),
                figure=mean_over_seeds(by_trial[method], k, statistic),
                comparison=comparison,
                p_holm=p,
            )
            for (k, method), comparison, p in zip(pairs, found, corrected, strict=True)
        ),
    )
