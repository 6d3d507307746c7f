"""An evaluation as text."""

import math
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from rtdreamer.counting import counted

if TYPE_CHECKING:
    from rtdreamer.evaluation.evaluation import Evaluation
    from rtdreamer.metrics.comparison import Comparison
    from rtdreamer.metrics.intervals import Interval
    from rtdreamer.metrics.target_metrics import TargetMetrics

LEAK = (
    "LEAKS: windows of one trial were learned from and judged. These figures are not honest; they "
    "show how much such a split lies."
)
LEGEND = (
    "AUC: how many pairs of a high and a low one it put in the right order; 0.5 is guessing, "
    "unless clips stand on both sides. Only "
    "what the same fit said is compared. [ ]: 95 % interval over people and clips. p: how often it "
    "is as far from 0.5 when clips' labels change places. Concordance: the same share of all pairs "
    "whose ratings differ. ( ): what an answer that needs no EEG scores. By chance: what "
    "probabilities that are right would show on so few trials."
)
SAME_CLIPS = (
    "SAME CLIPS ON BOTH SIDES: to recognise a clip by its EEG is to know how others rated it, "
    "affect or not. Chance is not 0.5 here. 'AUC less what clips give' takes off what ridge "
    "regression gains by that; other methods may gain more, and only --protocol crossed keeps "
    "clips apart."
)
ONE_BY_ONE = (
    "Each fit judged one person, so AUC across people is AUC within a person by construction."
)
HEADINGS = {"trial": "by trial", "window": "by window", "last_60s": "over the last 60 s"}
"""Heading of each level's table, in their order."""
OVER_TIME = (
    "Over the last 60 s: what live says of the last minute as a trial ends, from the mean of its "
    "windows' logits, calibrated for that. By trial: the mean of the windows' probabilities."
)
AT_ONCE = 2
"""Targets in one table: so many fit beside each other on a terminal of 80 columns."""
ONE_WINDOW_EACH = "Each trial is one window: the figures by window are the same."


def print_evaluation(evaluation: "Evaluation") -> None:
    """Print who was judged on what, and how well it did, by trial and by window."""
    console = Console(markup=False, highlight=False)
    mark = "SIMULATED people: " if evaluation.simulated else ""
    console.print(f"{evaluation.method} on {mark}{evaluation.data}", soft_wrap=True)
    console.print(f"{evaluation.protocol}: {evaluation.split}")
    n_trials, n_windows = len(evaluation.trials), len(evaluation.predictions)
    console.print(f"{evaluation.who}, {counted(n_trials, 'trial')}, {counted(n_windows, 'window')}")
    if evaluation.too_short:
        console.print(f"trials skipped, shorter than a window: {len(evaluation.too_short)}")
    if evaluation.leaks:
        console.print(LEAK, style="bold red")
    found = evaluation.metrics
    one_each = n_trials == n_windows
    levels = [name for name in HEADINGS if name in next(iter(found.values()))]
    if one_each:
        levels.remove("window")
    for level in levels:
        for first in range(0, len(found), AT_ONCE):
            console.print(_table(evaluation, level, slice(first, first + AT_ONCE)))
    if one_each:
        console.print(ONE_WINDOW_EACH)
    if evaluation.over_time is not None:
        console.print(OVER_TIME)
    console.print(LEGEND)
    if evaluation.note is not None:
        console.print(evaluation.note)
    if evaluation.same_clips and not evaluation.leaks:
        console.print(SAME_CLIPS)
        for target, alone in zip(evaluation.targets, evaluation.clips_alone, strict=False):
            if math.isnan(alone.p):
                console.print(f"{target}: no one has a pair to tell what clips alone are worth by")
                continue
            console.print(
                f"{target}: ridge regression finds {alone.auc:.3f} [{alone.low:.3f}, "
                f"{alone.high:.3f}] when the clips' ratings change places, "
                f"{alone.as_rated:.3f} as they were rated (p {alone.p:.3f})"
            )
    if evaluation.is_one_by_one:
        console.print(ONE_BY_ONE)
    for target in evaluation.collapsed():
        console.print(f"{target}: at 0.5, every window gets the same class")
    if evaluation.leaks:
        console.print(LEAK, style="bold red")


def _table(evaluation: "Evaluation", level: str, some: slice) -> Table:
    """Some targets beside each other, at one of the levels."""
    found = {target: levels[level] for target, levels in evaluation.metrics.items()}
    targets = list(found)[some]
    table = Table(HEADINGS[level], *targets)
    with_p = any(not math.isnan(metrics.auc_p) for metrics in found.values())
    columns = [_figures(found[target], with_p) for target in targets]
    for (name, *_), values in zip(columns[0], zip(*columns, strict=True), strict=True):
        table.add_row(name, *(value for _, value in values))
    if level == "trial" and evaluation.clips_alone:
        less = [
            _with_interval(*alone.taken_off(found[target].auc, found[target].auc_ci))
            for target, alone in zip(targets, evaluation.clips_alone[some], strict=True)
        ]
        table.add_row("AUC less what clips give", *less)
    for name in evaluation.minus_linear if level == "trial" else ():
        of_targets = evaluation.minus_linear[name]
        above = [_signed(of_targets[t]) if t in of_targets else "none" for t in targets]
        table.add_row(f"AUC minus that of {name}", *above)
    return table


def _figures(metrics: "TargetMetrics", with_p: bool) -> list[tuple[str, str]]:
    m = metrics
    p = "none" if math.isnan(m.auc_p) else f"{m.auc_p:.3f}"
    return [
        ("AUC within a person", _with_interval(m.auc, m.auc_ci)),
        *([("p of that AUC by chance", p)] if with_p else []),
        ("concordance with ratings", _with_interval(m.concordance, m.concordance_ci)),
        ("AUC across people too", _with_interval(m.auc_pooled, m.auc_pooled_ci)),
        ("balanced accuracy", _with_interval(m.balanced_accuracy, m.balanced_accuracy_ci)),
        ("Brier score (base rate)", f"{m.brier:.4f} ({m.brier_of_base_rate:.4f})"),
        ("calibration error (base rate)", f"{m.ece:.3f} ({m.ece_of_base_rate:.3f})"),
        ("calibration error by chance", f"{m.ece_if_right:.3f}"),
        ("accuracy (always high)", f"{m.accuracy:.3f} ({m.accuracy_of_high:.3f})"),
        ("F1 of high (always high)", f"{m.f1:.3f} ({m.f1_of_high:.3f})"),
    ]


def _signed(difference: "Comparison") -> str:
    # To two places, so that no row is wrapped on 80 columns.
    d = difference
    ends = "" if math.isnan(d.low) else f" [{d.low:+.2f}, {d.high:+.2f}]"
    return f"{d.difference:+.2f}{ends}"


def _with_interval(value: float, ends: "Interval") -> str:
    """A figure as text: it does not exist without both classes, nor its interval for one person."""
    if math.isnan(value):
        return "none"
    if math.isnan(ends[0]):
        return f"{value:.3f}"
    return f"{value:.3f} [{ends[0]:.3f}, {ends[1]:.3f}]"
