"""``rtdreamer train``: from trials to a checkpoint."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rtdreamer.cli.messages import say
from rtdreamer.cli.output_file import OutputFile
from rtdreamer.cli.training_options import cache_folder, read_settings, training_options

if TYPE_CHECKING:
    from rtdreamer.training.train import Trained


@click.command()
@click.option(
    "--out",
    type=OutputFile(),
    required=True,
    metavar="NAME.safetensors",
    help="The checkpoint to write; its name is the model's.",
)
@training_options
def train(
    out: Path, data: str | None, jobs: int, dask: str | None, device: str, cache: Path | None,
    **settings: Any,
) -> None:  # fmt: skip
    """Train a model on DREAMER, or on simulated people.

    What is not given is as it was for the released model. Broken off, the same command goes on
    from where it was. Beside the checkpoint a picture of the fit is drawn.
    """
    from rtdreamer.cli.progress import progress_bars, resumable
    from rtdreamer.model.checkpoint_file import save_checkpoint
    from rtdreamer.pictures.learning_curve import draw_learning_curve
    from rtdreamer.training.device import find_device
    from rtdreamer.training.order import Order
    from rtdreamer.training.train import train as make

    if out.suffix != ".safetensors":
        raise click.UsageError(f"--out {out}: the name must end in .safetensors")
    if not out.stem.isprintable():
        raise click.UsageError(f"--out {out}: {out.stem!r} is no name for a model")
    picture = out.with_suffix(".png")
    if picture.is_dir():
        raise click.UsageError(f"--out {out}: {picture}, for the picture of the fit, is a folder")
    spec, plan, config = read_settings(**settings)
    order = Order(data, spec, plan, config)
    if dask is None:
        find_device(device)
    with resumable(), progress_bars() as bars:
        shown = bars.count("Extracting trials"), bars.count("Fits"), bars.epochs(config.epochs)
        trained = make(order, out.stem, cache_folder(cache), jobs, dask, device, *shown)
    save_checkpoint(out, trained.checkpoint)
    draw_learning_curve(picture, trained.epochs, trained.checkpoint.record.simulated)
    trained.clear()
    _report(trained)
    click.echo(f"Wrote {out} and {picture}")


def _report(trained: "Trained") -> None:
    record = trained.checkpoint.record
    n_stopped = len(record.validation_subjects)
    kind = "SIMULATED people" if record.simulated else "people"
    click.echo(
        f"Learned from {record.n_windows} windows of {len(record.subjects) - n_stopped} {kind} of "
        f"{record.data}"
    )
    click.echo(
        f"{n_stopped} more decided when to stop, by the log loss of their trials: epoch "
        f"{record.epochs} of {trained.epochs[-1].number} was kept"
    )
    kept = trained.epochs[record.epochs - 1]
    valence, arousal = kept.auc
    click.echo(
        f"For them: log loss {kept.log_loss:.3f}; AUC within a person, by trial: valence "
        f"{valence:.3f}, arousal {arousal:.3f}"
    )
    for target, found in trained.checkpoint.metrics["out_of_fold_windows"].items():
        auc = "none" if found["auc"] is None else f"{found['auc']:.3f}"
        click.echo(f"{target}: AUC by window, within people left out for calibration: {auc}")
    click.echo("That is a first hint only; rtdreamer evaluate judges properly")
    if trained.left_out:
        say(f"Trials left out, shorter than a window: {len(trained.left_out)}")
    if record.skipped_steps:
        say(f"Steps left out, not finite: {record.skipped_steps}")
    for target in record.collapsed:
        say(f"{target}: every window gets the same class: go by its probability")
