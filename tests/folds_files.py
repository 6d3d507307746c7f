"""Folds, also written as the files that people have, and what both of their sides hold."""

import numpy as np

from rtdreamer.evaluation.protocols import make_folds
from tests import made_up_rows


def layout(seed, n_people=None, per_trial=None):
    """Subject, trial and window of windows in no order; some trials are missing, some are short."""
    rng = np.random.default_rng(seed)
    rows = [
        (subject, trial, window)
        for subject in rng.permutation(40)[: n_people or rng.integers(4, 9)] + 1
        for trial in rng.permutation(18)[: rng.integers(9, 19)] + 1
        for window in range(per_trial or rng.integers(2, 5))
    ]
    return rng.permutation(rows).T


def shared(fold, *columns):
    """What is both learned from and judged."""
    train, test = (
        set(zip(*(c[index].tolist() for c in columns), strict=True))
        for index in (fold.train, fold.test)
    )
    return train & test


def write(path, rows, delimiter=","):
    """Write a table from its rows, all of which have the same keys."""
    text = [delimiter.join(rows[0]), *(delimiter.join(map(str, row.values())) for row in rows)]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return path


def fold_rows(protocol, seed, with_sides, n_folds=3, windows=None):
    """The rows of a protocol's folds, and the folds themselves with what they are of."""
    subject, trial, window = windows if windows is not None else layout(seed)
    folds = make_folds(protocol, made_up_rows.rows(subject, trial), n_folds, seed)

    def row(number, n):
        of = {"subject": subject[n], "trial": trial[n], "clip": f"c{trial[n]}"}
        return of | {"window": window[n], "fold": number}

    if not with_sides:
        rows = [row(k, n) for k, fold in enumerate(folds) for n in fold.test]
    else:
        rows = [
            row(k, n) | {"side": side}
            for k, fold in enumerate(folds)
            for side, index in (("train", fold.train), ("test", fold.test))
            for n in index
        ]
    return rows, folds, (subject, trial, window)
