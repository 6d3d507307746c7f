"""``rtdreamer train``: from trials to a checkpoint."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rtdreamer.cli.data_option import data_option
from rtdreamer.cli.numbers import FiniteRange
from rtdreamer.cli.output_file import OutputFile

if TYPE_CHECKING:
    from rtdreamer.model.checkpoint import TrainingRecord
    from rtdreamer.training.fit import Epoch

MI_ESTIMATORS = ("gaussian-copula", "histogram", "nearest-neighbour")
"""Named here, since importing them takes a second that ``--help`` should not."""

at_least_one = click.IntRange(min=1)
not_negative = FiniteRange(min=0)


@click.command()
@data_option
@click.option(
    "--out",
    type=OutputFile(),
    required=True,
    metavar="NAME.safetensors",
    help="The checkpoint to write; its name is the model's.",
)
@click.option("--epochs", type=at_least_one, help="Passes over the windows at most.")
@click.option("--batch", "batch_size", type=at_least_one, help="Windows in one step.")
@click.option("--lr", type=not_negative, help="Learning rate.")
@click.option("--weight-decay", type=not_negative)
@click.option("--beta1", type=not_negative, help="Weight of the focal loss.")
@click.option("--beta2", type=not_negative, help="Weight of the triplet-center loss.")
@click.option("--beta3", type=not_negative, help="Weight of the autoencoder's loss.")
@click.option(
    "--threshold",
    "label_threshold",
    type=FiniteRange(1, 5),
    help="A rating from here on is high.",
)
@click.option("--seed", type=click.IntRange(min=0), help="Of all randomness.")
@click.option(
    "--windows",
    type=at_least_one,
    default=6,
    show_default=True,
    help="Windows of each trial's last 60 s.",
)
@click.option(
    "--mi",
    type=click.Choice(MI_ESTIMATORS),
    default=MI_ESTIMATORS[0],
    show_default=True,
    help="Estimator of mutual information; only the first is fast enough for live use.",
)
@click.option(
    "--jobs",
    type=at_least_one,
    default=1,
    show_default=True,
    help="Processes that extract features.",
)
def train(
    data: str | None, out: Path, windows: int, mi: str, jobs: int, **settings: float | None
) -> None:  # fmt: skip
    """Train a model on DREAMER, or on simulated people.

    What is not given is as it was for the released model.
    """
    from rtdreamer.cli.progress import progress_bar
    from rtdreamer.data.sources import open_dreamer
    from rtdreamer.model.checkpoint import save_checkpoint
    from rtdreamer.signal.features import Spec
    from rtdreamer.training.fit import TrainingConfig, fit
    from rtdreamer.training.windows import load_windows

    if out.suffix != ".safetensors":
        raise click.UsageError(f"--out {out}: the name must end in .safetensors")
    given = {name: value for name, value in settings.items() if value is not None}
    config = TrainingConfig(**given)  # type: ignore[arg-type]
    source = open_dreamer(data)
    click.echo(f"Learning from {source.name}")
    with progress_bar("Extracting") as show:
        loaded = load_windows(source, Spec(mi_estimator=mi), windows, jobs, show)
    checkpoint = fit(loaded, config, out.stem, _show)
    save_checkpoint(out, checkpoint)
    _report(checkpoint.record)
    click.echo(f"Wrote {out}")


def _show(epoch: "Epoch") -> None:
    kept = "  kept" if epoch.best else ""
    click.echo(
        f"epoch {epoch.number:3d}  loss {epoch.loss.total:.4f}  "
        f"held-out people's AUC {epoch.valence_auc:.3f} {epoch.arousal_auc:.3f}{kept}"
    )


def _report(record: "TrainingRecord") -> None:
    if record.skipped_steps:
        click.echo(f"{record.skipped_steps} steps were not finite and were left out", err=True)
    for target in record.collapsed:
        click.echo(
            f"for {target} the model says one class only: mind its probability",
            err=True,
        )
