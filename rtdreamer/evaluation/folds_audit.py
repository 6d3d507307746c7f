"""What anyone's folds keep apart, and what they give away to those who know no EEG.

A twin is an answer that needs no EEG, only the labels that a fold learns from and what stands on
both of its sides: a trial, a clip or a person. Where it scores well, so may anything that knows
these again, whatever it has learned of affect.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rtdreamer.decoding import plain
from rtdreamer.errors import DataError
from rtdreamer.evaluation.folds_rows import FoldRows, Outcome
from rtdreamer.evaluation.folds_table import Array, Index
from rtdreamer.evaluation.protocols import PROTOCOLS
from rtdreamer.metrics.scores import auc

KINDS = ("window", "trial", "subject", "clip")

TWINS: Mapping[str, str] = {
    "trial": "which trial it is",
    "clip": "which clip was shown",
    "subject": "who it is",
}
"""What each twin knows of what is judged. It says the mean label, in what is learned from, of the
same trial's windows, of the same clip's of others, or of the same person's of other trials; the
base rate where there are none."""


@dataclass(frozen=True, slots=True)
class FoldSides:
    """One fold.

    Attributes
    ----------
    name : str
        In the file.
    n_train, n_test : int
        Windows.
    both : mapping of str to int
        How many of each of ``KINDS`` are learned from and judged.
    """

    name: str
    n_train: int
    n_test: int
    both: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Score:
    """Areas under the ROC curve over pairs that one fold judged; NaN where there is no pair.

    Attributes
    ----------
    trial, trial_within : float
        By trial, the mean over its windows: among all, and among pairs of one person's. NaN where
        labels change within a trial.
    window, window_within : float
        The same by window.
    """

    trial: float
    trial_within: float
    window: float
    window_within: float


@dataclass(frozen=True, slots=True)
class TargetAudit:
    """What one target's labels give away.

    Attributes
    ----------
    target : str
        Its name, or none.
    own : Score or None
        Of the file's predictions, where it has any.
    twins : mapping of str to Score
        By the names in ``TWINS``.
    known : mapping of str to float
        Of how much of what is judged each twin knows anything, 0 to 1.
    """

    target: str
    own: Score | None
    twins: Mapping[str, Score]
    known: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """Values that JSON can hold."""
        found = asdict(self)
        known = found.pop("known")
        twins = {name: score | {"known": known[name]} for name, score in found["twins"].items()}
        values: dict[str, Any] = plain(found | {"twins": twins})
        return values


@dataclass(frozen=True, slots=True)
class FoldsAudit:
    """What was found.

    Attributes
    ----------
    protocol : str
        The strictest in ``PROTOCOLS`` that the folds amount to.
    kept_apart : tuple of str
        Of ``KINDS``, those of which none is on both sides of any fold.
    folds : tuple of FoldSides
        Each.
    total : mapping of str to int
        How many there are of each of ``KINDS``.
    both : mapping of str to int
        How many of each are on both sides of any fold.
    example : mapping of str to str
        One of them, by name, and the fold.
    never, repeatedly : int
        Windows that no fold judges, and that several do.
    repeated_rows : int
        Rows that say what another row said already.
    targets : tuple of TargetAudit
        None without labels.
    """

    protocol: str
    kept_apart: tuple[str, ...]
    folds: tuple[FoldSides, ...]
    total: Mapping[str, int]
    both: Mapping[str, int]
    example: Mapping[str, str]
    never: int
    repeatedly: int
    repeated_rows: int
    targets: tuple[TargetAudit, ...]

    @property
    def leaks(self) -> bool:
        """Whether windows that are judged are alike to windows that are learned from."""
        return PROTOCOLS[self.protocol].leaks

    @property
    def judged_once(self) -> bool:
        return not self.never and not self.repeatedly

    def to_json(self) -> dict[str, Any]:
        """Values that JSON can hold."""
        return {
            "protocol": self.protocol,
            "leaks": self.leaks,
            "kept_apart": list(self.kept_apart),
            "total": dict(self.total),
            "both_sides": dict(self.both),
            "example": dict(self.example),
            "judged_once": self.judged_once,
            "never_judged": self.never,
            "judged_repeatedly": self.repeatedly,
            "repeated_rows": self.repeated_rows,
            "folds": [
                {
                    "fold": fold.name,
                    "n_train": fold.n_train,
                    "n_test": fold.n_test,
                    "both_sides": dict(fold.both),
                }
                for fold in self.folds
            ],
            "targets": [target.to_json() for target in self.targets],
        }


def audit_folds(rows: FoldRows, outcomes: list[Outcome]) -> FoldsAudit:
    """Look at which protocol the folds amount to, and at what they give away of each target.

    Parameters
    ----------
    rows : FoldRows
        The folds.
    outcomes : list of Outcome
        The targets; none if nothing is known of them.

    Raises
    ------
    DataError
        If a fold learns from no window with a label.
    """
    codes = _codes(rows)
    shared = {kind: np.zeros(code.max() + 1, np.bool_) for kind, code in codes.items()}
    folds, example = [], {}
    for name, (train, test) in zip(rows.fold_names, rows.folds(), strict=True):
        both = {}
        for kind, code in codes.items():
            learned = np.zeros(len(shared[kind]), np.bool_)
            learned[code[train]] = True
            leaked = test[learned[code[test]]]
            both[kind] = len(np.unique(code[leaked]))
            shared[kind][code[leaked]] = True
            if len(leaked) and kind not in example:
                example[kind] = f"{rows.name(kind, int(leaked[0]))} in fold {name[:40]}"
        folds.append(FoldSides(name, len(train), len(test), both))
    apart = tuple(kind for kind in KINDS if kind not in example)
    n_judged = np.bincount(rows.window, minlength=len(rows.subject))
    return FoldsAudit(
        protocol=_amounts_to(apart),
        kept_apart=apart,
        folds=tuple(folds),
        total={kind: len(found) for kind, found in shared.items()},
        both={kind: int(found.sum()) for kind, found in shared.items()},
        example=example,
        never=int((n_judged == 0).sum()),
        repeatedly=int((n_judged > 1).sum()),
        repeated_rows=rows.n_repeated,
        targets=tuple(_audit_target(rows, outcome) for outcome in outcomes),
    )


def _codes(rows: FoldRows) -> dict[str, Index]:
    every = np.arange(len(rows.subject))
    columns = (every, rows.trial, rows.subject, rows.clip)
    return dict(zip(KINDS, columns, strict=True))


def _amounts_to(apart: tuple[str, ...]) -> str:
    """The protocol that keeps most apart, and nothing that the folds do not."""
    fitting = [name for name, known in PROTOCOLS.items() if set(known.apart) <= set(apart)]
    return max(fitting, key=lambda name: len(PROTOCOLS[name].apart))


def _audit_target(rows: FoldRows, outcome: Outcome) -> TargetAudit:
    said, known = _twins(rows, outcome)
    return TargetAudit(
        target=outcome.target,
        own=None if outcome.p is None else score(rows, outcome.labels, outcome.p),
        twins={twin: score(rows, outcome.labels, p) for twin, p in said.items()},
        known=known,
    )


def _twins(rows: FoldRows, outcome: Outcome) -> tuple[dict[str, Array], dict[str, float]]:
    """What each twin says of what is judged, and of which share of it it knows anything."""
    said: dict[str, list[Array]] = {twin: [] for twin in TWINS}
    n_known = dict.fromkeys(TWINS, 0)
    for name, (train, test) in zip(rows.fold_names, rows.folds(), strict=True):
        train = train[~np.isnan(outcome.labels[train])]
        if not len(train):
            raise DataError(
                f"{rows.table.path}: fold {name[:40]} learns from no window with a label: add "
                "labels of what is learned from"
            )
        labels = outcome.labels[train]
        base_rate = labels.mean()
        for twin, (total, high) in _seen(rows, train, labels, test).items():
            known = total > 0
            n_known[twin] += int(known.sum())
            mean = np.full(len(test), base_rate)
            np.divide(high, total, out=mean, where=known)
            said[twin].append(mean)
    share = {twin: n / len(rows.window) for twin, n in n_known.items()}
    return {twin: np.concatenate(parts) for twin, parts in said.items()}, share


def _seen(
    rows: FoldRows, train: Index, labels: Array, test: Index
) -> dict[str, tuple[Array, Array]]:
    """How many training windows each twin knows for each judged one, and how many are high."""
    n_clips = int(rows.clip.max()) + 1
    person_and_clip = rows.subject * n_clips + rows.clip

    def sums(code: Index) -> Array:
        """Windows in training of the same code, and those of them that are high: (2, n_test)."""
        kinds, index = np.unique(np.concatenate([code[train], code[test]]), return_inverse=True)
        learned, asked = index[: len(train)], index[len(train) :]
        counts = [np.bincount(learned, weight, len(kinds)) for weight in (None, labels)]
        return np.stack(counts).astype(np.float64)[:, asked]

    trial = sums(rows.trial)
    others = sums(rows.clip) - sums(person_and_clip)
    own = sums(rows.subject) - trial
    return {"trial": tuple(trial), "clip": tuple(others), "subject": tuple(own)}


def score(rows: FoldRows, labels: Array, p: Array) -> Score:
    """How good ``p`` is of what is judged, by trial and by window.

    Where a trial's windows are judged by several folds, its mean belongs to none of them, and is
    compared with other such means.
    """
    label = labels[rows.window]
    trial, subject, fold = rows.trial[rows.window], rows.subject[rows.window], rows.fold
    _, first, index = np.unique(trial, return_index=True, return_inverse=True)
    n = np.bincount(index)
    mean_label, mean_p = (np.bincount(index, values) / n for values in (label, p))
    # Means of the same are the same, however many they are of: rounding must not order them.
    largest = float(np.abs(p).max()) or 1.0
    mean_p = np.round(mean_p / largest, 12)
    in_one_fold = np.bincount(index, fold != fold[first][index]) == 0
    of_trial = np.where(in_one_fold, fold[first], -1)
    by_trial = (math.nan, math.nan)
    if np.isin(mean_label, (0.0, 1.0)).all():
        by_trial = _aucs(mean_label, mean_p, of_trial, subject[first])
    return Score(*by_trial, *_aucs(label, p, fold, subject))


def _aucs(labels: Array, p: Array, fold: Index, subject: Index) -> tuple[float, float]:
    """AUC among pairs of one fold, and among those of one person as well."""
    person = (fold + 1) * (int(subject.max()) + 1) + subject
    return _grouped_auc(labels, p, fold), _grouped_auc(labels, p, person)


def _grouped_auc(labels: Array, p: Array, group: Index) -> float:
    """Share of rightly ordered pairs among pairs of one group."""
    order = np.argsort(group, kind="stable")
    ends = np.flatnonzero(np.diff(group[order])) + 1
    ordered = total = 0.0
    for part in np.split(order, ends):
        n_high = int((labels[part] == 1).sum())
        n_pairs = n_high * (len(part) - n_high)
        if n_pairs:
            ordered += n_pairs * auc(labels[part], p[part])
            total += n_pairs
    return ordered / total if total else math.nan
