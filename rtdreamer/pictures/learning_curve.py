"""A picture of how a fit went."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator

from rtdreamer.errors import DataError
from rtdreamer.metrics.scores import TARGETS
from rtdreamer.pictures.picture import COLOURS, GREY, new_picture, save_picture

if TYPE_CHECKING:
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
    """Draw the parts of the loss and the held-out AUC of every epoch into a PNG.

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
    figure, body = new_picture(6.0, f"Learning curve of {path.stem}", subtitle, simulated=simulated)
    left, right = body.subfigures(1, 2, squeeze=False, width_ratios=[1, 1.25])[0]
    numbers = [epoch.number for epoch in epochs]

    panels = left.subplots(len(_PARTS), 1, sharex=True)
    for axes, (part, name) in zip(panels, _PARTS.items(), strict=True):
        axes.plot(numbers, [getattr(epoch.loss, part) for epoch in epochs], ".-", color="black")
        axes.set_ylabel(name, fontsize=8)
    left.align_ylabels(panels)
    panels[0].set_title("loss on the people learned from")

    auc_axes = right.subplots()
    for target, marker in zip(TARGETS[:2], "os", strict=True):
        values = [getattr(epoch, f"{target}_auc") for epoch in epochs]
        label = target
        if kept is not None:
            label += f": {getattr(kept, f'{target}_auc'):.2f} at epoch {kept.number}"
        auc_axes.plot(numbers, values, f"{marker}-", color=COLOURS[target], label=label)
    auc_axes.axhline(0.5, color=GREY, ls=":", label="guessing")
    auc_axes.set(title="AUC on held-out people", ylabel="AUC over windows")

    for axes in (*panels, auc_axes):
        if kept is not None:
            axes.axvline(kept.number, color=GREY, lw=6, alpha=0.3, zorder=0, label="kept")
        axes.set_xlim(numbers[0] - 0.5, numbers[-1] + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    for axes in (panels[-1], auc_axes):
        axes.set_xlabel("epoch")
    auc_axes.legend()
    save_picture(figure, path)
