"""``rtdreamer benchmark``: several methods through the same folds, with several seeds."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
from click.core import ParameterSource
from rich.console import Console
from rich.table import Table

from rtdreamer.cli.evaluate import folds_option, protocol_option, targets_option
from rtdreamer.cli.evaluation_table import LEAK
from rtdreamer.cli.messages import say
from rtdreamer.cli.options import WholeRange
from rtdreamer.cli.training_options import read_settings, training_options
from rtdreamer.errors import RtdreamerError
from rtdreamer.files import check_writable
from rtdreamer.model.registry import RESERVED, architecture_names, current_name, find_architecture

if TYPE_CHECKING:
    from rtdreamer.evaluation.benchmark import Benchmark
    from rtdreamer.evaluation.benchmark_files import Result

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


def _method_list(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    """From text with commas to names."""
    names = tuple(current_name(name.strip()) for name in value.split(","))
    methods = (*architecture_names(), *RESERVED)
    for number, name in enumerate(names):
        if name not in methods:
            raise click.BadParameter(f"{name!r:.40} is not one of {', '.join(methods)}.")
        if name in names[:number]:
            raise click.BadParameter(f"{name} is there twice.")
    return names


@click.command()
@click.argument("data_sets", nargs=-1, metavar="[DATA]...")
@click.option(
    "--methods",
    callback=_method_list,
    required=True,
    metavar="NAME,NAME,...",
    help=f"What to judge: the architectures {', '.join(architecture_names())}; and what is none, "
    f"{', '.join(RESERVED)}.",
)
@protocol_option
@folds_option
@click.option(
    "--seeds",
    type=WholeRange(1, 10_000),
    default=5,
    show_default=True,
    metavar="N",
    help="How many seeds, from --seed on; each makes folds that are the same for all methods.",
)
@targets_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="FOLDER",
    help="Where predictions and results are written; what is finished there is not run again.",
)
@training_options
def benchmark(
    data_sets: tuple[str, ...], methods: tuple[str, ...],
    protocol: str, folds: int | None, seeds: int, targets: str, out: Path, data: str | None,
    jobs: int, dask: str | None, device: str, cache: Path | None, **settings: Any,
) -> None:  # fmt: skip
    """Judge several methods on each DATA, a DREAMER.mat or simulated:..., with several seeds.

    All methods go through the same folds, so that compare can compare them; what is not given is as
    each architecture has it. Whatever is finished is kept: an interrupted command, run again,
    resumes, and a further method or seed costs its own time only.
    """
    from rtdreamer.cli.benchmark import _print_results
    from rtdreamer.cli.progress import progress_bars, resumable
    from rtdreamer.evaluation.benchmark import make_cells, run_cells
    from rtdreamer.evaluation.benchmark_files import write_benchmark
    from rtdreamer.evaluation.fold_judge import EvaluationRun
    from rtdreamer.files import cache_folder
    from rtdreamer.training.settings import find_device

    asked = _data_sets(data_sets, data)
    check_writable(out / "benchmark.json")
    of_all = read_settings(**settings)
    runs = []
    for method in methods:
        own = of_all.of(None if method in RESERVED else find_architecture(method))
        n_targets = len(targets.split(","))
        runs.append(EvaluationRun(None, *own, protocol, folds, method, n_targets))
    if dask is None:
        find_device(device)
    cells = make_cells(asked, runs, _seeds(runs[0].config.seed, seeds))
    with resumable(), progress_bars() as bars:
        judging = bars.count("Folds of all cells")
        found = run_cells(
            cells, out, cache_folder(cache), jobs, dask, device,
            lambda name: bars.count("Extracting trials"), judging, say,
        )  # fmt: skip
    if not found.judged:
        _fail(found)
    _print_results(write_benchmark(out, found))
    click.echo(f"Wrote {out}")
    if found.failures:
        _fail(found)


def _data_sets(data_sets: tuple[str, ...], data: str | None) -> tuple[str | None, ...]:
    """What is named; else what --data, its variable or a file says."""
    source = click.get_current_context().get_parameter_source("data")
    if data_sets and source is ParameterSource.COMMANDLINE:
        raise click.UsageError("--data goes without DATA: name all data sets as DATA")
    return data_sets or (data,)


def _seeds(first: int, n: int) -> range:
    if first + n - 1 > 2**32 - 1:
        raise click.UsageError(f"--seeds {n}: from --seed {first} on there are not as many")
    return range(first, first + n)


def _fail(found: "Benchmark") -> NoReturn:
    """Name each cell that failed in a line, and end with one."""
    failures, n_cells = found.failures, len(found.cells)
    reasons = set(failures.values())
    if len(failures) == n_cells and len(reasons) == 1:
        raise RtdreamerError(f"no cell could be judged: {reasons.pop()}")
    for name, reason in failures.items():
        say(f"{name}: {reason}")
    raise RtdreamerError(
        f"{len(failures)} of {n_cells} cells failed, for the reasons above: the same command tries "
        "them again"
    )


def _print_results(results: "Sequence[Result]") -> None:
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
    from rtdreamer.evaluation.benchmark_files import over_seeds

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
