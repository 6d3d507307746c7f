"""A benchmark as text."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from rtdreamer.cli.evaluation_table import LEAK

if TYPE_CHECKING:
    from rtdreamer.evaluation.results_table import Result

SHOWN = {
    "auc": "AUC within a person",
    "balanced_accuracy": "balanced accuracy",
    "brier": "Brier score",
}
"""Metrics that are printed; results.csv has all."""

BASE_RATE = "(always the base rate)"

LEGEND = (
    "By trial: mean over seeds ± SD over seeds, each with folds of its own. That is no interval "
    "over people: results.csv has those, and rtdreamer compare tells methods apart."
)


def print_results(results: "Sequence[Result]") -> None:
    """Print a table of each data set and metric, with a row for each method."""
    from rtdreamer.evaluation.protocols import PROTOCOLS

    console = Console(markup=False, highlight=False)
    protocol = PROTOCOLS[results[0].protocol]
    for dataset in dict.fromkeys(result.dataset for result in results):
        of_data = [r for r in results if r.dataset == dataset and r.level == "trial"]
        mark = "SIMULATED people: " if of_data[0].simulated else ""
        console.print(f"{mark}{dataset}", soft_wrap=True)
        console.print(f"{of_data[0].protocol}: {protocol.meaning}")
        console.print(f"{of_data[0].n_subjects} people, {of_data[0].n_trials} trials")
        if protocol.leaks:
            console.print(LEAK, style="bold red")
        for metric, name in SHOWN.items():
            table = _table(name, [r for r in of_data if r.metric == metric])
            if metric == "brier":
                _add_row(table, BASE_RATE, [r for r in of_data if r.metric == "brier_of_base_rate"])
            console.print(table)
    console.print(LEGEND)
    if protocol.leaks:
        console.print(LEAK, style="bold red")


def _table(name: str, results: "Sequence[Result]") -> Table:
    table = Table(name, "seeds", *dict.fromkeys(result.target for result in results))
    for method in dict.fromkeys(result.method for result in results):
        _add_row(table, method, [result for result in results if result.method == method])
    return table


def _add_row(table: Table, name: str, results: "Sequence[Result]") -> None:
    """Each target's mean and SD over the seeds; those that methods share count once."""
    from rtdreamer.evaluation.results_table import over_seeds

    by_target: dict[str, dict[int, float]] = {}
    for result in results:
        by_target.setdefault(result.target, {})[result.seed] = result.value
    n_seeds = len(next(iter(by_target.values())))
    columns = (_spread(*over_seeds(list(found.values()))) for found in by_target.values())
    table.add_row(name, str(n_seeds), *columns)


def _spread(mean: float, sd: float) -> str:
    if math.isnan(mean):
        return "none"
    return f"{mean:.3f}" if math.isnan(sd) else f"{mean:.3f} ± {sd:.3f}"
