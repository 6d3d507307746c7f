"""One method against each other one over several data sets: the mean of their differences."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from rtdreamer.evaluation.comparison_table import (
    FIGURES,
    ComparisonTable,
    Row,
    sign_of,
    table_to_json,
    verdict_of,
)
from rtdreamer.evaluation.predictions_file import JudgedRun
from rtdreamer.evaluation.protocols import PROTOCOLS, ByProtocol
from rtdreamer.metrics.comparison import MeanDifference, holm, mean_difference
from rtdreamer.metrics.names import TARGETS
from rtdreamer.metrics.people import share_people, stimulus_names

FEWEST = 3
"""Data sets whose scatter says anything: two give a t with one degree of freedom."""


@dataclass(frozen=True, slots=True)
class PooledRow:
    """The reference against one method on one target.

    Attributes
    ----------
    target, method : str
        On what, and against whom.
    reference_figure, figure : float
        Of the reference and of the method: the mean over data sets of what their tables show.
    comparison : MeanDifference
        Of the reference's figure minus the method's on each data set.
    p_holm : float
        The p value, corrected for all rows of the table; NaN where there is none.
    """

    target: str
    method: str
    reference_figure: float
    figure: float
    comparison: MeanDifference
    p_holm: float

    @property
    def sign(self) -> int:
        """As by ``sign_of``."""
        return sign_of(self.comparison.low, self.comparison.high, self.p_holm)


@dataclass(frozen=True, slots=True)
class PooledTable(ByProtocol):
    """All methods of several data sets against the reference, by one protocol.

    Attributes
    ----------
    datasets : tuple of str
        Their names, sorted.
    simulated, protocol, reference, statistic
        Of all their tables.
    n_people, n_trials : int
        Who was judged, on all data sets.
    rows : tuple of PooledRow
        Target by target; none where the data sets cannot be pooled.
    notes : tuple of str
        What is omitted or compared over fewer seeds, and why; or why there are no rows.
    """

    datasets: tuple[str, ...]
    simulated: bool
    protocol: str
    reference: str
    statistic: str
    n_people: int
    n_trials: int
    rows: tuple[PooledRow, ...]
    notes: tuple[str, ...]

    @property
    def dataset(self) -> str:
        """What is pooled, in words."""
        return f"{len(self.datasets)} data sets"

    @property
    def title(self) -> str:
        """What is compared over what, in words."""
        return f"{self.reference} and other methods over {self.dataset}"

    @property
    def figure(self) -> str:
        """What is compared, in words."""
        return FIGURES[self.statistic]

    @property
    def split(self) -> str:
        """The protocol in words."""
        return f"{self.protocol}: {PROTOCOLS[self.protocol].meaning}"

    @property
    def who(self) -> str:
        """How much was judged, in words."""
        people = "person" if self.n_people == 1 else "people"
        return f"{self.n_people} {people}, {self.n_trials} trials"

    def verdict(self, row: PooledRow) -> str:
        """How the reference stands to a method, in words."""
        return verdict_of(self.reference, row.sign)

    def to_json(self) -> dict[str, Any]:
        """Values that JSON can hold; what does not exist is None."""
        return table_to_json(self) | {"dataset": self.dataset}


def pool_tables(tables: Iterable[ComparisonTable], runs: Iterable[JudgedRun]) -> list[PooledTable]:
    """A table for each protocol and reference that ``FEWEST`` data sets or more have.

    Simulated data sets and others are not pooled with each other.

    Parameters
    ----------
    tables : iterable of ComparisonTable
        Of one statistic.
    runs : iterable of JudgedRun
        That they were made of: these know whose ratings the data sets hold.
    """
    groups: dict[tuple[str, str, bool], list[ComparisonTable]] = {}
    for table in tables:
        kind = table.protocol, table.reference, table.simulated
        groups.setdefault(kind, []).append(table)
    by_dataset = {(run.protocol, run.simulated, run.dataset): run for run in runs}
    found = []
    for (protocol, _, simulated), group in groups.items():
        if len(group) < FEWEST:
            continue
        # By name, lest the order in which they were given round a mean in another way.
        one_of = {
            d: by_dataset[p, s, d]
            for p, s, d in sorted(by_dataset)
            if (p, s) == (protocol, simulated)
        }
        found.append(_pooled(sorted(group, key=lambda table: table.dataset), one_of))
    return found


def _pooled(tables: Sequence[ComparisonTable], one_of: dict[str, JudgedRun]) -> PooledTable:
    refusal = _refusal(tables, one_of)
    rows, notes = ([], [refusal]) if refusal else _rows(tables)
    first = tables[0]
    names = {table.dataset for table in tables}
    notes += [
        f"{name} is omitted: {first.reference} is not compared with others there."
        for name in one_of
        if name not in names
    ]
    return PooledTable(
        datasets=tuple(table.dataset for table in tables),
        simulated=first.simulated,
        protocol=first.protocol,
        reference=first.reference,
        statistic=first.statistic,
        n_people=sum(table.n_people for table in tables),
        n_trials=sum(table.n_trials for table in tables),
        rows=tuple(rows),
        notes=tuple(notes),
    )


def _refusal(tables: Sequence[ComparisonTable], one_of: dict[str, JudgedRun]) -> str | None:
    """Why data sets are not independent, as far as can be told."""
    for one, other in combinations([table.dataset for table in tables], 2):
        a, b = (one_of[name].predictions.by_trial() for name in (one, other))
        if not tables[0].simulated and {*stimulus_names(a)} & {*stimulus_names(b)}:
            return (
                f"Not pooled: {one} and {other}, of people who were measured, name the same clips: "
                "they count as one study, as DREAMER is, so that they are not independent."
            )
        if share_people(a, b):
            return (
                f"Not pooled: {one} and {other} share people, whose ratings are the same, so that "
                "they are not independent: compare data sets of other people each."
            )
    return None


def _rows(tables: Sequence[ComparisonTable]) -> tuple[list[PooledRow], list[str]]:
    """What all data sets have, and lines on what is omitted."""
    of = [{(row.target, row.method): row for row in table.rows} for table in tables]
    methods = list(dict.fromkeys(method for rows in of for _, method in rows))
    omitted: dict[tuple[str, str], list[str]] = {}
    found = []
    for target in TARGETS:
        if not any(target == one for rows in of for one, _ in rows):
            continue
        for method in methods:
            here = [rows.get((target, method)) for rows in of]
            there = [row for row in here if row is not None and _exists(row)]
            if len(there) == len(tables):
                found.append((target, method, there))
                continue
            names = [t.dataset for t, row in zip(tables, here, strict=True) if row not in there]
            omitted.setdefault((method, ", ".join(names)), []).append(target)
    notes = [
        f"{method} is omitted for {' and '.join(targets)}: no difference on {names}."
        for (method, names), targets in omitted.items()
    ]
    notes += [f"{table.dataset}: {note}" for table in tables for note in table.notes]
    pooled = [mean_difference([row.comparison.difference for row in there]) for *_, there in found]
    corrected = holm([one.p for one in pooled])
    rows = [
        PooledRow(
            target=target,
            method=method,
            reference_figure=float(np.mean([row.reference_figure for row in there])),
            figure=float(np.mean([row.figure for row in there])),
            comparison=comparison,
            p_holm=p,
        )
        for (target, method, there), comparison, p in zip(found, pooled, corrected, strict=True)
    ]
    return rows, notes


def _exists(row: Row) -> bool:
    return math.isfinite(row.comparison.difference)
