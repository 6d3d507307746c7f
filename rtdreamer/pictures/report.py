"""Pictures of how good predictions are."""

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from rtdreamer.metrics.pairs import pairs_by_label
from rtdreamer.metrics.scores import N_BINS, bin_of, mean_roc
from rtdreamer.pictures.picture import COLOURS, GREY, WIDTH, new_picture, save_picture

if TYPE_CHECKING:
    from rtdreamer.evaluation.evaluation import Evaluation

_MOST_NAMES = 40
"""With more people, they are not named."""


def write_report(folder: Path, evaluation: "Evaluation") -> list[Path]:
    """Draw ``roc.png``, ``reliability.png``, ``subjects.png`` and ``confusion.png``.

    Parameters
    ----------
    folder : Path
        Made if missing.
    evaluation : Evaluation
        What was judged, and how; every picture says it, and warns of leaks and simulated people.

    Raises
    ------
    DataError
        If there are no predictions, or some are no probabilities.
    RtdreamerError
        If a picture cannot be written.
    """
    pictures = {
        "roc.png": _draw_roc(evaluation),
        "reliability.png": _draw_reliability(evaluation),
        "subjects.png": _draw_subjects(evaluation),
        "confusion.png": _draw_confusion(evaluation),
    }
    return [save_picture(figure, folder / name) for name, figure in pictures.items()]


def _new_picture(
    evaluation: "Evaluation", height: float, subtitle: str
) -> tuple[Figure, SubFigure]:
    title = f"{evaluation.method}, {evaluation.protocol}: {evaluation.split}"
    width = WIDTH / 2 * len(evaluation.targets)
    return new_picture(height, title, subtitle, evaluation.leaks, evaluation.simulated, width)


def _draw_roc(evaluation: "Evaluation") -> Figure:
    trials = evaluation.trials
    subtitle = f"ROC curves over {len(trials)} trials of {evaluation.who}; AUC with 95 % interval"
    figure, body = _new_picture(evaluation, 5.3, subtitle)
    for k, axes in enumerate(body.subplots(1, len(evaluation.targets))):
        target = evaluation.targets[k]
        found = evaluation.metrics[target]["trial"]
        axes.plot([0, 1], [0, 1], ":", color=GREY, label=_guessing(evaluation))
        within = _with_interval(found.auc, found.auc_ci)
        axes.plot(
            *mean_roc(trials, k, within_person=True),
            color=COLOURS[target],
            lw=2.6,
            label=f"within person: {within}",
        )
        pooled = _with_interval(found.auc_pooled, found.auc_pooled_ci)
        axes.plot(
            *mean_roc(trials, k, within_person=False),
            color="black",
            lw=1,
            label=f"across people: {pooled}",
        )
        _set_unit_square(axes)
        axes.set(
            title=target,
            xlabel="false alarms: share of low trials called high",
            ylabel="hits: share of high trials called high",
        )
        axes.legend(loc="lower right", fontsize=9)
    return figure


def _draw_reliability(evaluation: "Evaluation") -> Figure:
    windows = evaluation.predictions
    subtitle = (
        f"Forecast and what came of it, over {len(windows)} windows of {evaluation.who}; "
        "on the diagonal, a forecast can be taken at its word"
    )
    figure, body = _new_picture(evaluation, 6.3, subtitle)
    n = len(evaluation.targets)
    rows = body.subplots(2, n, height_ratios=[4, 1], sharex="col", squeeze=False)
    for k, (axes, histogram) in enumerate(rows.T):
        target = evaluation.targets[k]
        found, colour = evaluation.metrics[target]["window"], COLOURS[target]
        p, y = windows.probabilities[:, k], windows.labels[:, k]
        bins = bin_of(p)
        count = np.bincount(bins, minlength=N_BINS)
        filled = count > 0
        forecast = np.bincount(bins, p, N_BINS)[filled] / count[filled]
        share = np.bincount(bins, y, N_BINS)[filled] / count[filled]
        axes.plot([0, 1], [0, 1], ":", color=GREY)
        axes.axhline(
            found.high, color=GREY, ls="--", lw=1, label=f"high: {found.high:.0%} of the windows"
        )
        label = f"model: ECE {found.ece:.3f}, Brier {found.brier:.3f}"
        axes.plot(forecast, share, "o-", color=colour, label=label)
        base_rate = windows.base_rate[:, k].mean()
        label = f"base rate: ECE {found.ece_of_base_rate:.3f}, Brier {found.brier_of_base_rate:.3f}"
        axes.plot(base_rate, found.high, "D", color="black", ms=8, mfc="none", mew=2, label=label)
        _set_unit_square(axes)
        axes.set(title=target, ylabel="share of the windows that are high")
        axes.legend(loc="best", fontsize=9)
        histogram.bar(
            (np.arange(N_BINS) + 0.5) / N_BINS, count, 0.9 / N_BINS, color=colour, alpha=0.6
        )
        histogram.set(xlabel="forecast: probability of high", ylabel="windows")
    return figure


def _draw_subjects(evaluation: "Evaluation") -> Figure:
    trials = evaluation.trials
    subtitle = f"AUC of each person, over {len(trials)} trials of {evaluation.who}"
    height = 2.2 + 0.2 * min(max(evaluation.n_subjects, 5), _MOST_NAMES)
    figure, body = _new_picture(evaluation, height, subtitle)
    for k, panel in enumerate(body.subfigures(1, len(evaluation.targets), squeeze=False)[0]):
        target = evaluation.targets[k]
        found, colour = evaluation.metrics[target]["trial"], COLOURS[target]
        axes = panel.subplots()
        pairs = pairs_by_label(trials, k)
        ordered, total = (table.sum(axis=(1, 2)) for table in (pairs.ordered, pairs.total))
        able = np.flatnonzero(total > 0)
        able = able[np.argsort(ordered[able] / total[able], kind="stable")]
        rank = np.arange(len(able))
        axes.axvline(0.5, color=GREY, ls=":", label=_guessing(evaluation))
        if not math.isnan(found.auc_ci[0]):
            axes.axvspan(*found.auc_ci, color=colour, alpha=0.2, lw=0)
        if len(able):
            axes.axvline(
                found.auc,
                color=colour,
                lw=2,
                label=f"all: {_with_interval(found.auc, found.auc_ci)}",
            )
            axes.scatter(
                ordered[able] / total[able],
                rank,
                s=1.3 * total[able] + 8,
                color="black",
                alpha=0.75,
                lw=0,
                zorder=3,
                label="one person; area: number of pairs",
            )
        others = np.setdiff1d(pairs.subjects, pairs.subjects[able])
        _name_people(
            axes, *(trials.names.each("subject", who) for who in (pairs.subjects[able], others))
        )
        axes.set(
            title=target,
            xlim=(-0.04, 1.04),
            ylim=(-1, max(len(able), 5)),
            xlabel="share of a person's pairs of a high and a low trial\n"
            "in which the high one got the higher probability",
        )
        panel.legend(loc="outside lower center", ncols=2, fontsize=8)
    return figure


def _name_people(axes: Axes, able: Sequence[int | str], others: Sequence[int | str]) -> None:
    """People who have pairs, from the bottom up, and in a box those who have none."""
    if len(able) <= _MOST_NAMES:
        axes.set_yticks(np.arange(len(able)), [f"person {s}" for s in able], fontsize=8)
    else:
        axes.set_yticks([])
        axes.set_ylabel(f"{len(able)} people, in ascending order")
    if len(others):
        names = ", ".join(map(str, others)) if len(others) <= _MOST_NAMES else str(len(others))
        text = textwrap.fill(f"people without a pair: {names}", 30)
        box = {"facecolor": "white", "edgecolor": GREY}
        axes.text(0.02, 0.98, text, transform=axes.transAxes, va="top", fontsize=8, bbox=box)


def _draw_confusion(evaluation: "Evaluation") -> Figure:
    trials = evaluation.trials
    subtitle = (
        f"{len(trials)} trials of {evaluation.who}; high is said above the base rate, the share of "
        "high among those learned from"
    )
    figure, body = _new_picture(evaluation, 4.3, subtitle)
    for k, axes in enumerate(body.subplots(1, len(evaluation.targets))):
        rated = trials.labels[:, k].astype(np.int64)
        said = trials.above_base_rate[:, k].astype(np.int64)
        counts = np.bincount(2 * rated + said, minlength=4).reshape(2, 2)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        axes.imshow(shares, cmap="Greys", vmin=0, vmax=2)
        for (i, j), count in np.ndenumerate(counts):
            text = f"{count}\n{shares[i, j]:.0%} of those rated {'low' if i == 0 else 'high'}"
            axes.text(j, i, text, ha="center", va="center")
        axes.set_xticks([0, 1], ["said low", "said high"])
        axes.set_yticks([0, 1], ["rated low", "rated high"])
        axes.set_title(f"{evaluation.targets[k]}: base rate {trials.base_rate[:, k].mean():.2f}")
    return figure


def _guessing(evaluation: "Evaluation") -> str:
    same = evaluation.same_clips and not evaluation.leaks
    return "AUC 0.50; chance is higher: same clips" if same else "guessing: AUC 0.50"


def _set_unit_square(axes: Axes) -> None:
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))


def _with_interval(value: float, ends: tuple[float, float]) -> str:
    """An AUC as text; it does not exist without pairs, nor its interval for one person."""
    if math.isnan(value):
        return "no AUC, for want of pairs"
    if math.isnan(ends[0]):
        return f"AUC {value:.2f}"
    return f"AUC {value:.2f} [{ends[0]:.2f}, {ends[1]:.2f}]"
