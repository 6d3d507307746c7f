"""``rtdreamer evaluate``: how good a model is on people it has never seen."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rtdreamer.atomic import write_atomically
from rtdreamer.cli.data_option import data_option
from rtdreamer.cli.output_file import OutputFile
from rtdreamer.errors import RtdreamerError

if TYPE_CHECKING:
    from rtdreamer.training.evaluation import Evaluation
    from rtdreamer.training.metrics import TargetMetrics


@click.command()
@data_option
@click.option("--model", metavar="NAME|PATH", help="A released model's name, or a checkpoint.")
@click.option(
    "--subject",
    "subjects",
    type=click.IntRange(min=1),
    multiple=True,
    help="Whom to evaluate on; repeat for several. Default: everybody.",
)
@click.option(
    "--hop",
    type=click.IntRange(min=1),
    metavar="N",
    help="Samples from one window to the next.  [default: a whole window]",
)
@click.option(
    "--json",
    "json_file",
    type=OutputFile(),
    metavar="FILE",
    help="Write the figures as JSON too.",
)
def evaluate(
    data: str | None, model: str | None, subjects: tuple[int, ...], hop: int | None,
    json_file: Path | None,
) -> None:  # fmt: skip
    """Measure a model on people it was not trained on.

    The last 60 s of each trial go through the very objects that run live. Refuses people who had
    a part in the training.
    """
    from rtdreamer.cli.progress import progress_bar
    from rtdreamer.data.sources import open_dreamer
    from rtdreamer.model.checkpoint import load_checkpoint
    from rtdreamer.model.released import DEFAULT_MODEL, find_model
    from rtdreamer.training.evaluation import evaluate as measure

    checkpoint = load_checkpoint(find_model(model or DEFAULT_MODEL))
    source = open_dreamer(data)
    with progress_bar("Evaluating") as show:
        evaluation = measure(checkpoint, source, subjects or None, hop, show)
    _print(evaluation)
    if json_file is not None:
        text = json.dumps(evaluation.to_json(), indent=2) + "\n"
        try:
            write_atomically(json_file, text.encode())
        except OSError as error:
            raise RtdreamerError(f"{json_file}: cannot be written: {error.strerror}") from error


def _print(evaluation: "Evaluation") -> None:
    from rich.console import Console
    from rich.table import Table

    mark = "SIMULATED people: " if evaluation.simulated else ""
    click.echo(f"{evaluation.model} on {mark}{evaluation.data}")
    click.echo(
        f"{len(evaluation.subjects)} people, none of them trained on; "
        f"{evaluation.n_trials} trials, {evaluation.n_windows} windows"
    )
    table = Table("", "valence", "arousal")
    columns = [_figures(evaluation.valence), _figures(evaluation.arousal)]
    for (name, valence), (_, arousal) in zip(*columns, strict=True):
        table.add_row(name, valence, arousal)
    Console(markup=False).print(table)


def _figures(metrics: "TargetMetrics") -> list[tuple[str, str]]:
    m = metrics
    interval = f"[{m.auc_low:.3f}, {m.auc_high:.3f}]"
    return [
        ("AUC by trial [95 % interval over people]", f"{m.auc:.3f} {interval}"),
        ("AUC by window", f"{m.window_auc:.3f}"),
        ("balanced accuracy by trial (one class: .5)", f"{m.balanced_accuracy:.3f}"),
        ("Brier score (base rate)", f"{m.brier:.4f} ({m.brier_of_base_rate:.4f})"),
        ("calibration error, ECE (base rate)", f"{m.ece:.3f} ({m.ece_of_base_rate:.3f})"),
        ("accuracy (always high)", f"{m.accuracy:.3f} ({m.accuracy_of_high:.3f})"),
        ("F1 of high (always high)", f"{m.f1:.3f} ({m.f1_of_high:.3f})"),
        ("share of high trials", f"{m.high:.3f}"),
    ]  # fmt: skip
