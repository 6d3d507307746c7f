"""One method against each other one on the same data and folds: the figures."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from rtdreamer.decoding import plain
from rtdreamer.errors import DataError
from rtdreamer.evaluation.predictions_file import JudgedRun
from rtdreamer.evaluation.protocols import PROTOCOLS, ByProtocol
from rtdreamer.evaluation.runs import Methods, paired_runs
from rtdreamer.metrics.comparison import Comparison, compare, holm, mean_over_seeds
from rtdreamer.metrics.names import TARGETS
from rtdreamer.model.registry import DEFAULT_ARCHITECTURE

FIGURES = {"auc": "AUC", "concordance": "concordance"}
"""What can be compared, and what it is called."""

LEVEL = 0.05
"""Significance level of the tests, once corrected for their number."""


@dataclass(frozen=True, slots=True)
class Row:
    """The reference against one method on one target.

    Attributes
    ----------
    target, method : str
        On what, and against whom.
    reference_figure, figure : float
        Of the reference and of the method, within a person by trial, mean over the seeds that
        both have.
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
        """As by ``sign_of``."""
        return sign_of(self.comparison.low, self.comparison.high, self.p_holm)


def sign_of(low: float, high: float, p_holm: float) -> int:
    """1 or -1 where the reference is better or worse, 0 where they are not told apart.

    They are where the interval is on one side of zero and the corrected p below ``LEVEL``.
    """
    if not p_holm < LEVEL:  # nor is NaN
        return 0
    return int(low > 0) - int(high < 0)


def verdict_of(reference: str, sign: int) -> str:
    """How the reference stands to a method, in words."""
    return f"{reference} is {'better' if sign > 0 else 'worse'}" if sign else "not told apart"


@dataclass(frozen=True, slots=True)
class ComparisonTable(ByProtocol):
    """All methods of one data set and protocol against the reference.

    Attributes
    ----------
    dataset, simulated, protocol
        Of which runs: see ``JudgedRun``.
    n_folds : int
        Of each seed.
    n_people, n_trials : int
        Who was judged.
    seeds : tuple of int
        Of the reference.
    reference : str
        The method that the others are compared with.
    statistic : str
        What is compared: a name in ``FIGURES``.
    rows : tuple of Row
        Target by target.
    notes : tuple of str
        What the rows omit, or compare over fewer seeds than the reference has.
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
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What is compared on what, in words."""
        return f"{self.reference} and other methods on {self.dataset}"

    @property
    def figure(self) -> str:
        """What is compared, in words."""
        return FIGURES[self.statistic]

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
        return verdict_of(self.reference, row.sign)

    def to_json(self) -> dict[str, Any]:
        """Values that JSON can hold; what does not exist is None."""
        return table_to_json(self)


def table_to_json(table: Any) -> dict[str, Any]:
    """A table's values, and each row's figures beside each other; what does not exist is None."""
    values = asdict(table)
    for row, of_row in zip(table.rows, values["rows"], strict=True):
        of_row |= of_row.pop("comparison") | {"verdict": table.verdict(row)}
    marks = {"leaks": table.leaks, "same_clips_on_both_sides": table.same_clips}
    found: dict[str, Any] = plain(values | marks | {"split": table.split})
    return found


def compare_runs(
    runs: Iterable[JudgedRun],
    reference: str | None = None,
    statistic: str = "auc",
    say: Callable[[str], None] = lambda line: None,
) -> list[ComparisonTable]:
    """A table for each data set and protocol that has anything to compare.

    Parameters
    ----------
    runs : iterable of JudgedRun
        Those of a seed with the same rows, labels and folds.
    reference : str, optional
        A method; if not given, ``DEFAULT_ARCHITECTURE``, or the method that comes first where it
        is not there.
    statistic : str
        What is compared: a name in ``FIGURES``.
    say : callable
        Told in a line of each data set that has no table, where others have one.

    Raises
    ------
    DataError
        If runs are not paired, or there is nothing to compare anywhere.
    """
    tables, lines = [], []
    for (dataset, protocol), methods in paired_runs(runs).items():
        found = _table(methods, reference, statistic)
        if isinstance(found, str):
            lines.append(f"{dataset}, {protocol}: {found}")
        else:
            tables.append(found)
    if not tables and lines:
        raise DataError(lines[0])
    for line in lines:
        say(f"{line}; there is no table of it")
    return tables


def _table(methods: Methods, asked: str | None, statistic: str) -> ComparisonTable | str:
    """The table, or why there is none."""
    reference = asked or (
        DEFAULT_ARCHITECTURE if DEFAULT_ARCHITECTURE in methods else next(iter(methods))
    )
    if reference not in methods:
        return f"has no method {reference!r:.60}: choose from {', '.join(methods)}"
    if len(methods) == 1:
        return f"{reference} is alone: name a run of another method"
    seeds = sorted(methods[reference])
    shared = {
        method: [seed for seed in seeds if seed in of_method]
        for method, of_method in methods.items()
        if method != reference and methods[reference].keys() & of_method.keys()
    }
    if not shared:
        others = "; ".join(f"{m} {_listed(methods[m])}" for m in methods if m != reference)
        return (
            f"{reference} has seeds {_listed(seeds)}, others have none of these ({others:.90}): "
            "compare runs of the same seeds"
        )
    first = methods[reference][seeds[0]]
    trials = first.predictions.by_trial()
    rows, without = _rows(methods, reference, shared, statistic)
    if not rows:
        return without[0]
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
        rows=tuple(rows),
        notes=(*_about_seeds(methods, reference, shared), *without),
    )


def _rows(
    methods: Methods, reference: str, shared: dict[str, list[int]], statistic: str
) -> tuple[list[Row], list[str]]:
    """The rows, and a line on each that there is none of."""
    by_trial = {
        method: {seed: run.predictions.by_trial() for seed, run in of_method.items()}
        for method, of_method in methods.items()
    }
    first = next(iter(methods[reference].values()))
    apart = "clip" in PROTOCOLS[first.protocol].apart
    found: list[Row] = []
    without: list[str] = []
    for k, method in product(range(first.predictions.labels.shape[1]), shared):
        a, b = ([by_trial[name][seed] for seed in shared[method]] for name in (reference, method))
        try:
            comparison = compare(a, b, k, statistic, apart)
        except DataError as error:
            without.append(f"{TARGETS[k]}, {reference} and {method}: {error}")
            continue
        figure_a, figure_b = (mean_over_seeds(of_seeds, k, statistic) for of_seeds in (a, b))
        found.append(Row(TARGETS[k], method, figure_a, figure_b, comparison, comparison.p))
    corrected = holm([row.comparison.p for row in found])
    return [replace(row, p_holm=p) for row, p in zip(found, corrected, strict=True)], without


def _about_seeds(methods: Methods, reference: str, shared: dict[str, list[int]]) -> Iterable[str]:
    seeds = methods[reference]
    for method, of_method in methods.items():
        if of_method.keys() == seeds.keys():
            continue
        both = f"it has {_listed(of_method)}, {reference} {_listed(seeds)}"
        if method in shared:
            yield f"{method} is compared over seeds {_listed(shared[method])}: {both}."
        else:
            yield f"{method} is omitted, as no seed is shared: {both}."


def _listed(seeds: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(seeds)))
