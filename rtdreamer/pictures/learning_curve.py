"""A picture of how a fit went."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator

from rtdreamer.errors import DataError
from rtdreamer.metrics.names import TARGETS
from rtdreamer.pictures.picture import COLOURS, GREY, new_picture, save_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from rtdreamer.training.fit import Epoch

# Each part has a scale of its own: they differ a hundredfold, and their trends count.
_PARTS = {
    "total": "total",
    "focal": "focal",
    "triplet": "triplet-center",
    "recon": "reconstruction",
    "kl": "KL, nats",
}


def draw_learning_curve(path: Path, epochs: "Sequence[Epoch]", simulated: bool = False) -> None:
    """Draw every epoch's loss, and what it was worth on people held out, if any, into a PNG.

    Parameters
    ----------
    path : Path
        Of the picture; its folder is made if missing.
    epochs : sequence of Epoch
        In order; the last one that was the best so far is marked as the one that was kept.
    simulated : bool
        Whether the people are simulated, which the picture then says.

    Raises
    ------
    DataError
        If there are no epochs.
    RtdreamerError
        If the picture cannot be written.
    """
    if not epochs:
        raise DataError(f"{path}: there are no epochs to draw: fit at least one")
    kept = next((epoch for epoch in reversed(epochs) if epoch.best), None)
    skipped = epochs[-1].skipped_steps
    subtitle = f"epochs {epochs[0].number} to {epochs[-1].number}; " + (
        "none was kept" if kept is None else f"the weights of epoch {kept.number} were kept"
    )
    if skipped:
        subtitle += f"; steps skipped because they were not finite: {skipped}"
    no_one = not epochs[0].auc
    if no_one:
        subtitle += "; no one was held out"
    figure, body = new_picture(6.0, f"Learning curve of {path.stem}", subtitle, simulated=simulated)
    if no_one:
        columns = [_draw_losses(body, epochs)]
    else:
        left, right = body.subfigures(1, 2, squeeze=False, width_ratios=[1, 1.25])[0]
        columns = [_draw_losses(left, epochs), _draw_held_out(right, epochs, kept)]
    for column in columns:
        for axes in column:
            if kept is not None:
                axes.axvline(kept.number, color=GREY, lw=6, alpha=0.3, zorder=0, label="kept")
            axes.set_xlim(epochs[0].number - 0.5, epochs[-1].number + 0.5)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        column[-1].set_xlabel("epoch")
    if not no_one:
        for axes in columns[-1]:
            axes.legend(fontsize=9)
    save_picture(figure, path)


def _draw_losses(figure: "FigureBase", epochs: "Sequence[Epoch]") -> "Sequence[Axes]":
    """Each part of the loss; return the panels from above."""
    panels = figure.subplots(len(_PARTS), 1, sharex=True)
    numbers = [epoch.number for epoch in epochs]
    for axes, (part, name) in zip(panels, _PARTS.items(), strict=True):
        axes.plot(numbers, [getattr(epoch.loss, part) for epoch in epochs], ".-", color="black")
        axes.set_ylabel(name, fontsize=8)
    figure.align_ylabels(panels)
    panels[0].set_title("loss on the people learned from")
    return tuple(panels)


def _draw_held_out(
    figure: "FigureBase", epochs: "Sequence[Epoch]", kept: "Epoch | None"
) -> "Sequence[Axes]":
    """What decides, and AUC; return the two panels."""
    numbers = [epoch.number for epoch in epochs]
    loss_axes, auc_axes = figure.subplots(2, 1, sharex=True)
    label = "log loss" if kept is None else f"{kept.log_loss:.3f} at epoch {kept.number}"
    values = [epoch.log_loss for epoch in epochs]
    loss_axes.plot(numbers, values, ".-", color="black", label=label)
    loss_axes.set(title="held-out people: the log loss decides", ylabel="nats a trial")
    targets = TARGETS[: len(epochs[0].auc)]
    for k, (target, marker) in enumerate(zip(targets, "os^", strict=False)):
        label = target if kept is None else f"{target}: {kept.auc[k]:.2f} at epoch {kept.number}"
        values = [epoch.auc[k] for epoch in epochs]
        auc_axes.plot(numbers, values, f"{marker}-", color=COLOURS[target], label=label)
    auc_axes.axhline(0.5, color=GREY, ls=":", label="guessing")
    auc_axes.set(title="held-out people: AUC decides nothing", ylabel="within a person, by trial")
    figure.align_ylabels([loss_axes, auc_axes])
    return loss_axes, auc_axes
