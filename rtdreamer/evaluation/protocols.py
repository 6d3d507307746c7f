"""Who is judged on what: the splits, and the check that none of them leaks.

On DREAMER a split of windows at random gives an AUC of .85 to .91 where whole trials held out give
.51 to .61: windows of one trial are alike whatever is felt. The same clips in training and test
leak as well: a clip is rated much the same by everyone, and whatever it does to the EEG, affect or
not, tells which clip it is. Only ``crossed`` keeps both apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from typing import Protocol as Interface

import numpy as np
from numpy.typing import NDArray

from rtdreamer.counting import counted
from rtdreamer.errors import DataError, RtdreamerError
from rtdreamer.metrics.names import Names

Index = NDArray[np.int64]


class LeakError(RtdreamerError):
    """What is judged had a part in the training."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """What is kept apart.

    Attributes
    ----------
    meaning : str
        In a few words.
    apart : tuple of str
        Of ``subject``, ``trial`` (a subject's trial) and ``clip``: none that is judged may have
        been learned from.
    n_folds : int or None
        If not told otherwise; None is one for each subject.
    leaks : bool
        Whether it is there only to show what a leak does.
    """

    meaning: str
    apart: tuple[str, ...]
    n_folds: int | None
    leaks: bool = False

    @property
    def same_clips(self) -> bool:
        """Whether a clip may be learned from, with other people's ratings, and judged."""
        return "clip" not in self.apart


SAME_CLIPS = "same clips on both sides"

PROTOCOLS: Mapping[str, Protocol] = MappingProxyType(
    {
        "crossed": Protocol("people and clips never seen", ("subject", "trial", "clip"), 3),
        "loso": Protocol(f"people never seen, {SAME_CLIPS}", ("subject", "trial"), None),
        "trial": Protocol(f"known people, trials never seen, {SAME_CLIPS}", ("trial",), 3),
        "window": Protocol("windows at random", (), 5, leaks=True),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """Indices of the windows to learn from, and of those to be judged on."""

    train: Index
    test: Index


class Rows(Interface):
    """Windows, and what each is of: all of them arrays of shape (n,)."""

    @property
    def subject(self) -> Index:
        """Who, from 1."""

    @property
    def trial(self) -> Index:
        """Which of that person's trials, from 1."""

    @property
    def stimulus(self) -> Index:
        """What was shown, from 1."""

    @property
    def hash(self) -> Index:
        """As ``Windows.hash``."""

    @property
    def names(self) -> Names:
        """What they are called."""


def make_folds(protocol: str, rows: Rows, n_folds: int | None, seed: int) -> tuple[Fold, ...]:
    """Split windows; the same arguments give the same folds.

    Each window is judged in exactly one fold. ``crossed`` makes ``n_folds`` groups of subjects and
    as many of stimuli, and a fold of each pair of them; where trials are missing, a pair that has
    none left makes no fold.

    Parameters
    ----------
    protocol : str
        A name in ``PROTOCOLS``.
    rows : Rows
        The windows.
    n_folds : int or None
        None for the protocol's own number.
    seed : int
        Of the groups.

    Raises
    ------
    DataError
        If there are fewer things to split than folds, fewer than two folds, or a fold with nothing
        to learn from.
    """
    rng = np.random.default_rng(seed)
    subject, trial = rows.subject, rows.trial
    n = n_folds if n_folds is not None else PROTOCOLS[protocol].n_folds
    if n is None:
        n = len(np.unique(subject))
    if protocol == "crossed":
        return _crossed_folds(subject, rows.stimulus, n, rng)
    if protocol == "loso":
        group = _group(subject, n, rng, "subjects")
    elif protocol == "trial":
        group = np.empty_like(trial)
        for one in np.unique(subject):
            of_one = subject == one
            who = f"trials of subject {rows.names.of('subject', one)}"
            group[of_one] = _group(trial[of_one], n, rng, who)
    else:
        group = _group(np.arange(len(subject)), n, rng, "windows")
    return tuple(Fold(np.flatnonzero(group != k), np.flatnonzero(group == k)) for k in range(n))


def _crossed_folds(
    subject: Index, stimulus: Index, n: int, rng: np.random.Generator
) -> tuple[Fold, ...]:
    who, which = _group(subject, n, rng, "subjects"), _group(stimulus, n, rng, "clips")
    folds = [
        Fold(
            train=np.flatnonzero((who != i) & (which != j)),
            test=np.flatnonzero((who == i) & (which == j)),
        )
        for i in range(n)
        for j in range(n)
    ]
    folds = [fold for fold in folds if len(fold.test)]
    if not all(len(fold.train) for fold in folds):
        raise DataError(
            f"{n} groups of subjects and of clips: too many trials are missing, there is a group "
            "with nothing to learn from: take more people"
        )
    return tuple(folds)


def check_folds(protocol: str, folds: Sequence[Fold], rows: Rows) -> None:
    """Check that nothing that must be kept apart stands on both sides of a fold.

    Nor may a copy of it, under whatever number: known by its hash.

    Raises
    ------
    LeakError
        If it does, or the folds do not judge each window once.
    """
    judged = np.sort(np.concatenate([fold.test for fold in folds]))
    if not np.array_equal(judged, np.arange(len(rows.subject))):
        raise LeakError(
            f"{protocol}: the folds do not judge each window exactly once: nothing was evaluated"
        )
    for number, fold in enumerate(folds):
        check_fold(protocol, number, fold, rows)


def check_fold(protocol: str, number: int, fold: Fold, rows: Rows) -> None:
    """Check one fold, as ``check_folds`` does all."""
    trial = _trial_keys(rows)
    known = {"subject": rows.subject, "trial": trial, "clip": rows.stimulus}
    whole = {"window": np.arange(len(trial))}
    for what, of_window in (
        whole | {name: known[name] for name in PROTOCOLS[protocol].apart}
    ).items():
        both = np.intersect1d(of_window[fold.train], of_window[fold.test])
        if len(both):
            row = int(np.flatnonzero(of_window == both[0])[0])
            raise LeakError(
                f"{protocol}, fold {number}: {len(both)} of its {what}s are both learned from and "
                f"judged, one of them {_named(what, row, rows)}: nothing was evaluated"
            )
    _check_copies(protocol, number, fold, rows, trial)


def _trial_keys(rows: Rows) -> Index:
    """A number for each pair of a subject and a trial, in their order."""
    keys = np.stack([rows.subject, rows.trial])
    found: Index = np.unique(keys, axis=1, return_inverse=True)[1].ravel()
    return found


def _check_copies(protocol: str, number: int, fold: Fold, rows: Rows, key: Index) -> None:
    """Check that no window of one trial is a copy of another trial's across the fold.

    Where people are kept apart, so are two of whom anything is a copy, even if it stands on
    neither side: they are one person. A trial that repeats itself is for the protocol to forbid.
    """
    train, test = fold.train, fold.test
    subject = rows.subject
    if "subject" in PROTOCOLS[protocol].apart:
        train, test = (np.flatnonzero(np.isin(subject, subject[side])) for side in (train, test))
    both, i, j = np.intersect1d(rows.hash[train], rows.hash[test], return_indices=True)
    pairs = np.stack([key[train[i]], key[test[j]]], axis=1)
    pairs = np.unique(np.sort(pairs[(both != 0) & (pairs[:, 0] != pairs[:, 1])]), axis=0)
    if len(pairs):
        original, copy = (
            _named("trial", int(np.flatnonzero(key == one)[0]), rows) for one in pairs[0]
        )
        raise LeakError(
            f"{protocol}, fold {number}: {copy} is a copy of {original}, one of "
            f"{counted(len(pairs), 'pair')} of trials that share EEG and must be kept apart: "
            "nothing was evaluated; leave out the copies"
        )


def _named(what: str, row: int, rows: Rows) -> str:
    """What is called so in a row."""
    subject = rows.names.of("subject", rows.subject[row])
    if what == "trial":
        return f"subject {subject}, trial {rows.names.of('trial', rows.trial[row])}"
    clip = rows.names.of("stimulus", rows.stimulus[row])
    known = {"window": row, "subject": subject, "clip": clip}
    return f"{what} {known[what]}"


def describe_fold(protocol: str, fold: Fold, rows: Rows) -> dict[str, Any]:
    """What a fold judges, as JSON values: enough to make it again with other tools."""
    subject, trial, names = rows.subject, rows.trial, rows.names
    if protocol == "loso":
        held_out: Any = {"subjects": names.each("subject", np.unique(subject[fold.test]))}
    elif protocol == "window":
        held_out = {"windows": fold.test.tolist()}
    else:
        pairs = np.unique(np.stack([subject[fold.test], trial[fold.test]], axis=1), axis=0)
        held_out = {"trials": [[names.of("subject", s), names.of("trial", t)] for s, t in pairs]}
    return {"n_train": len(fold.train), "n_test": len(fold.test), "held_out": held_out}


def _group(things: Index, n: int, rng: np.random.Generator, what: str) -> Index:
    """Put things into n groups at random, as even as can be; the group of each row."""
    kinds, index = np.unique(things, return_inverse=True)
    if len(kinds) < 2:
        noun, blank, rest = what.partition(" ")
        said = counted(len(kinds), noun.removesuffix("s"))
        raise DataError(f"{said}{blank}{rest}: folds need at least 2")
    if not 2 <= n <= len(kinds):
        raise DataError(f"{counted(n, 'fold')} of {len(kinds)} {what}: ask for 2 to {len(kinds)}")
    group: Index = (rng.permutation(len(kinds)) % n)[index]
    return group


class ByProtocol:
    """What was judged by a protocol, named in ``protocol``, and what that means."""

    __slots__ = ()
    protocol: str

    @property
    def leaks(self) -> bool:
        """Whether the protocol is there only to show what a leak does."""
        return PROTOCOLS[self.protocol].leaks

    @property
    def same_clips(self) -> bool:
        """Whether clips stand on both sides, learned from and judged."""
        return PROTOCOLS[self.protocol].same_clips
