"""``rtdreamer train``: from trials to a checkpoint."""

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rtdreamer.cli.messages import say
from rtdreamer.cli.options import OutputFile, known_architecture, names_in_words
from rtdreamer.cli.training_options import (
    read_settings,
    refuse_in_vain,
    training_options,
)
from rtdreamer.errors import DataError
from rtdreamer.model.registry import DEFAULT_ARCHITECTURE, find_architecture

if TYPE_CHECKING:
    from rtdreamer.training.train import Trained
    from rtdreamer.training.windows import Windows


@click.command()
@click.option(
    "--out",
    type=OutputFile(),
    required=True,
    metavar="NAME.safetensors",
    help="The checkpoint to write; its name is the model's.",
)
@click.option(
    "--architecture",
    callback=known_architecture,
    metavar="NAME",
    default=DEFAULT_ARCHITECTURE,
    help=f"What kind of model: {names_in_words()}.",
)
@training_options
def train(
    out: Path, architecture: str, data: str | None, jobs: int, dask: str | None, device: str,
    cache: Path | None, **settings: Any,
) -> None:  # fmt: skip
    """Train a model on DREAMER, or on simulated people.

    What is not given is as the architecture has it. After an interruption the same command
    resumes. Beside the checkpoint a picture of the fit is drawn; the fit of a linear model has no
    epochs to draw.
    """
    if out.suffix != ".safetensors":
        raise click.UsageError(f"--out {out}: the name must end in .safetensors")
    if not out.stem.isprintable():
        raise click.UsageError(f"--out {out}: {out.stem!r} is no name for a model")
    from rtdreamer.cli.progress import progress_bars, resumable
    from rtdreamer.files import cache_folder
    from rtdreamer.model.checkpoint_file import save_checkpoint
    from rtdreamer.pictures.learning_curve import draw_learning_curve
    from rtdreamer.training.settings import find_device
    from rtdreamer.training.train import TrainingRun
    from rtdreamer.training.train import train as make

    found = find_architecture(architecture)
    picture = out.with_suffix(".png")
    if picture.is_dir() and not found.is_linear:
        raise click.UsageError(f"--out {out}: {picture}, for the picture of the fit, is a folder")
    asked = read_settings(**settings)
    refuse_in_vain(asked, found)
    spec, plan, config = asked.of(found)
    run = TrainingRun(data, spec, plan, config, architecture)
    if dask is None:
        find_device(device)
    with resumable(), progress_bars() as bars:
        shown = bars.count("Extracting trials"), bars.count("Fits"), bars.epochs(config.epochs)
        loaded = partial(_tell_least_claim, config.label_threshold)
        trained = make(run, out.stem, cache_folder(cache), jobs, dask, device, *shown, loaded)
    save_checkpoint(out, trained.checkpoint)
    if trained.epochs:
        draw_learning_curve(picture, trained.epochs, trained.checkpoint.record.simulated)
    trained.clear()
    _report(trained)
    click.echo(f"Wrote {out} and {picture}" if trained.epochs else f"Wrote {out}")


def _tell_least_claim(threshold: float, windows: "Windows") -> None:
    """Say what can be claimed of people and clips like these, before anything is learned."""
    from rtdreamer.evaluation.chance import claims_in_words, least_claims
    from rtdreamer.evaluation.protocols import make_folds

    if n := len(windows.without_baseline):
        say(
            f"{n} of {len(windows.subjects)} people have no baseline as long as a window: they are "
            "seen relative to the mean of their own windows instead"
        )
    with suppress(DataError):  # too few to be judged by that protocol
        folds = make_folds("crossed", windows, None, seed=0)
        say(claims_in_words(windows, least_claims(windows, folds, threshold)))


def _report(trained: "Trained") -> None:
    record = trained.checkpoint.record
    n_stopped = len(record.validation_subjects)
    kind = "SIMULATED people" if record.simulated else "people"
    click.echo(
        f"Learned from {record.n_windows} windows of {len(record.subjects) - n_stopped} {kind} of "
        f"{record.data}"
    )
    if trained.epochs and not n_stopped:
        click.echo(
            f"No one was held out: epoch {record.epochs} of {trained.epochs[-1].number} was kept, "
            "the last one that is finite"
        )
    elif trained.epochs:
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
    else:
        penalty = ", ".join(
            f"{name} {value:.3g}" for name, value in record.settings["penalty"].items()
        )
        click.echo(f"A linear model, so there is no picture of epochs; penalty: {penalty}")
    for target, found in trained.checkpoint.metrics["out_of_fold_windows"].items():
        auc = "none" if found["auc"] is None else f"{found['auc']:.3f}"
        click.echo(f"{target}: AUC by window, within people held out for calibration: {auc}")
    click.echo("That is a first hint only; rtdreamer evaluate judges properly")
    if trained.too_short:
        say(f"Trials skipped, shorter than a window: {len(trained.too_short)}")
    if record.skipped_steps:
        say(f"Steps skipped, not finite: {record.skipped_steps}")
    for target in record.collapsed:
        say(f"{target}: every window gets the same class: go by its probability")
