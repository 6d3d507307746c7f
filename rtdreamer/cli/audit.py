"""``rtdreamer audit``: what anyone's folds keep apart, and what they give away."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from rtdreamer.cli.options import FiniteRange, OutputFile
from rtdreamer.files import write_json

if TYPE_CHECKING:
    from rtdreamer.evaluation.folds_audit import FoldsAudit, Score, TargetAudit

MOST_FOLDS = 20
"""Shown one by one; the rest is in the JSON."""

KINDS = ("window", "trial", "subject", "clip")
LEAK = (
    "LEAKS: windows that are judged stand beside windows of the same trial that are learned from. "
    "To recognise a trial is to know its label."
)
LEGEND = (
    "AUC: how many pairs of a high and a low one were put in the right order, among pairs that one "
    "fold judged; 0.5 is guessing. A twin sees no EEG, only labels that the fold learns from: of "
    "the same trial's windows, of the same clip by others, or of the same person's other trials. "
    "What it scores, the split alone gives away. known: of how much it had anything to go by; of "
    "the rest it says the base rate. Below 0.5 is no mistake: with a high one judged, fewer high "
    "ones are left to learn from."
)
NO_SIDES = "Without a column side, each fold is taken to learn from all that it does not judge."
NO_LABELS = (
    "To see what the split gives away, add a column label (0, 1) or rating, and p for your own "
    "predictions; or a file of them with --predictions."
)


@click.command()
@click.argument("folds", type=click.Path(path_type=Path), metavar="FOLDS.csv")
@click.option(
    "--predictions",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Labels and predictions, if not in the folds' own file: subject, trial, window, label or "
    "rating, and p; fold and target where needed.",
)
@click.option(
    "--threshold",
    type=FiniteRange(),
    default=3.0,
    show_default=True,
    help="Where there is a rating and no label: high from here on.",
)
@click.option(
    "--json", "json_file", type=OutputFile(), metavar="FILE", help="Write it as JSON too."
)
def audit(folds: Path, predictions: Path | None, threshold: float, json_file: Path | None) -> None:
    """Look at what the folds of any study keep apart, and what they give away.

    FOLDS.csv has columns subject, trial, clip, window and fold: in which fold a window is judged.
    With a column side (train, test) each fold names its training windows too.
    """
    from rtdreamer.evaluation.folds_audit import audit_folds
    from rtdreamer.evaluation.folds_rows import read_folds, read_outcomes

    rows = read_folds(folds, with_outcomes=predictions is None)
    found = audit_folds(rows, read_outcomes(rows, predictions, threshold))
    if json_file is not None:
        write_json(json_file, found.to_json())
    _print(folds, rows.learned is not None, found)
    if json_file is not None:
        click.echo(f"Wrote {json_file}")


def _print(path: Path, has_sides: bool, found: "FoldsAudit") -> None:
    from rtdreamer.evaluation.protocols import PROTOCOLS

    console = Console(markup=False, highlight=False)
    total = ", ".join(_count(n, kind) for kind, n in found.total.items())
    console.print(f"{path}: {total}, {_count(len(found.folds), 'fold')}", soft_wrap=True)
    meaning = PROTOCOLS[found.protocol].meaning
    console.print(f"The folds amount to {found.protocol!r}: {meaning}")
    if "window" in found.example:
        console.print("LEAKS: the very windows that are judged are learned from.", style="bold red")
    elif found.leaks:
        console.print(LEAK, style="bold red")
    console.print(_sides(found))
    if len(found.folds) > MOST_FOLDS:
        console.print(f"{len(found.folds) - MOST_FOLDS} further folds are not shown, see --json.")
    for kind, example in found.example.items():
        console.print(f"one {kind} on both sides: {example}", soft_wrap=True)
    if not has_sides:
        console.print(NO_SIDES)
    console.print(_judged(found))
    if found.repeated_rows:
        n = found.repeated_rows
        console.print(f"{n} {'row repeats' if n == 1 else 'rows repeat'} another: counted once.")
    for target in found.targets:
        console.print(_twins(target))
        console.print(_verdict(target))
    console.print(LEGEND if found.targets else NO_LABELS)


def _count(n: int, kind: str) -> str:
    return f"{n} {kind if n == 1 else f'{kind}s'}"


def _judged(found: "FoldsAudit") -> str:
    if found.judged_once:
        return "Each window is judged exactly once."
    return (
        f"Not each window is judged exactly once: {found.never} never, {found.repeatedly} more "
        "than once."
    )


def _sides(found: "FoldsAudit") -> Table:
    table = Table(
        "fold", "learned from", "judged", *(f"{kind}s" for kind in KINDS), title="on both sides"
    )
    for fold in found.folds[:MOST_FOLDS]:
        both = (str(fold.both[kind]) for kind in KINDS)
        table.add_row(fold.name[:40], str(fold.n_train), str(fold.n_test), *both)
    in_all = (f"{found.both[kind]} of {found.total[kind]}" for kind in KINDS)
    table.add_row("in all", "", "", *in_all)
    return table


def _twins(target: "TargetAudit") -> Table:
    heads = ("AUC by trial", "within a person", "AUC by window", "within a person", "known")
    table = Table(target.target[:40], *heads)
    if target.own is not None:
        table.add_row("yours", *_figures(target.own), "")
    for name, score in target.twins.items():
        table.add_row(f"{name} twin", *_figures(score), f"{target.known[name]:.0%}")
    return table


def _figures(score: "Score") -> list[str]:
    values = (score.trial, score.trial_within, score.window, score.window_within)
    return [_figure(value) for value in values]


def _figure(value: float) -> str:
    return "none" if math.isnan(value) else f"{value:.3f}"


def _verdict(target: "TargetAudit") -> str:
    """The best of the twins that know anything, in words: by trial, or else by window."""
    from rtdreamer.evaluation.folds_audit import TWINS

    prefix = f"{target.target[:40]}: " if target.target else ""
    level = "window" if all(math.isnan(s.trial) for s in target.twins.values()) else "trial"
    scores = {n: getattr(s, level) for n, s in target.twins.items() if target.known[n]}
    if not scores:
        return f"{prefix}no twin knows anything: the split gives no label away."
    best = max(scores, key=lambda name: scores[name])
    text = f"{prefix}a twin that knows only {TWINS[best]} scores {_figure(scores[best])} by {level}"
    return f"{text}; yours {_figure(getattr(target.own, level))}." if target.own else f"{text}."
