"""What stands on which side of which fold, and what was said of it, from the rows of tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rtdreamer.errors import DataError
from rtdreamer.evaluation.folds_table import (
    FOLD_COLUMNS,
    NUMBER_COLUMNS,
    RUN_COLUMNS,
    WINDOW_COLUMNS,
    Array,
    Index,
    Table,
    read_table,
)

MOST_FOLDS = 10_000

_SIDES = ("train", "test")


@dataclass(frozen=True, slots=True, eq=False)
class FoldRows:
    """N windows and the folds that they are in.

    Attributes
    ----------
    table : Table
        Whence they are.
    subject, trial, clip : ndarray, shape (n_windows,)
        Of each window, as codes from 0; a trial is one subject's.
    first_row : ndarray, shape (n_windows,)
        A row of each window.
    window_of_row : ndarray, shape (n_rows,)
        The other way about.
    fold, window : ndarray, shape (n_judged,)
        What is judged, each once, in ascending order.
    learned : tuple of ndarrays, or None
        The windows that each fold learns from; None if it is all that it does not judge.
    n_repeated : int
        Rows that say what another row said already.
    """

    table: Table
    subject: Index
    trial: Index
    clip: Index
    first_row: Index
    window_of_row: Index
    fold: Index
    window: Index
    learned: tuple[Index, ...] | None
    n_repeated: int

    @property
    def fold_names(self) -> tuple[str, ...]:
        return self.table.names["fold"].names

    def folds(self) -> Iterator[tuple[Index, Index]]:
        """Windows that each fold learns from, and those that it judges."""
        ends = np.searchsorted(self.fold, np.arange(len(self.fold_names) + 1))
        for number in range(len(self.fold_names)):
            test = self.window[ends[number] : ends[number + 1]]
            if self.learned is not None:
                yield self.learned[number], test
            else:
                others = np.ones(len(self.subject), np.bool_)
                others[test] = False
                yield np.flatnonzero(others), test

    def name(self, what: str, window: int) -> str:
        """How the file calls a window, or its subject, trial or clip."""
        columns = {"trial": ("subject", "trial"), "window": WINDOW_COLUMNS}.get(what, (what,))
        row = self.first_row[window]
        found = [(column, self.table.names[column]) for column in columns]
        return ", ".join(f"{column} {of.names[of.codes[row]][:40]}" for column, of in found)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What there was to be found out of each window, and what was said of it.

    Attributes
    ----------
    target : str
        What was rated.
    labels : ndarray, shape (n_windows,)
        1 high, 0 low, NaN unknown; of what is judged, all are known.
    p : ndarray, shape (n_judged,), or None
        What was said: the higher, the more likely high. None if the file does not tell.
    """

    target: str
    labels: Array
    p: Array | None


def read_folds(path: Path, with_outcomes: bool = True) -> FoldRows:
    """Read folds: columns ``FOLD_COLUMNS``, and ``side`` or not; see ``read_table``.

    Without ``side``, a row is judged in its fold and learned from in all others. With it, a row is
    on the side that it says, ``train`` or ``test``.

    Parameters
    ----------
    path : Path
        The file.
    with_outcomes : bool
        Whether its labels and predictions are to be read too; if not, they may be anything.

    Raises
    ------
    DataError
        If the file cannot be used.
    """
    optional = ("side", "target", *RUN_COLUMNS, *(NUMBER_COLUMNS if with_outcomes else ()))
    table = read_table(path, FOLD_COLUMNS, optional)
    codes = {name: column.codes for name, column in table.names.items()}
    trial, _ = _pairs(codes["subject"], codes["trial"])
    window_of_row, first_row = _pairs(trial, codes["window"])
    trial_of, clip_of = trial[first_row], codes["clip"][first_row]
    _check_clips(table, trial, codes["clip"])
    side = _sides(table)
    n_folds = len(table.names["fold"].names)
    if n_folds > MOST_FOLDS:
        raise DataError(f"{path}: has {n_folds} folds: more than {MOST_FOLDS} cannot be audited")
    if n_folds < 2 and "side" not in table.names:
        raise DataError(
            f"{path}: has one fold only, so nothing is learned from: give each window the fold in "
            "which it is judged, or say the side of each row in a column side, train or test"
        )
    place, one_each = _pairs(codes["fold"], 2 * window_of_row + side)  # in order of the folds
    target = codes.get("target", np.zeros_like(trial))
    n_repeated = len(trial) - len(_pairs(place, target)[1])
    judged, of_train = one_each[side[one_each] == 1], one_each[side[one_each] == 0]
    learned = None
    if "side" in table.names:
        ends = np.searchsorted(codes["fold"][of_train], np.arange(1, n_folds))
        learned = tuple(np.split(window_of_row[of_train], ends))
    rows = FoldRows(
        table=table,
        subject=codes["subject"][first_row],
        trial=trial_of,
        clip=clip_of,
        first_row=first_row,
        window_of_row=window_of_row,
        fold=codes["fold"][judged],
        window=window_of_row[judged],
        learned=learned,
        n_repeated=n_repeated,
    )
    _check_sides(rows)
    return rows


def read_outcomes(rows: FoldRows, predictions: Path | None, threshold: float) -> list[Outcome]:
    """Labels and predictions of each target: from a table of their own, or from that of the folds.

    Parameters
    ----------
    rows : FoldRows
        The folds.
    predictions : Path or None
        A file with ``WINDOW_COLUMNS`` and any of ``fold``, ``target``, ``label``, ``rating`` and
        ``p``; None for the folds' own file.
    threshold : float
        Where there is no label, a rating from here on is high.

    Returns
    -------
    list of Outcome
        Empty where there is no label.

    Raises
    ------
    DataError
        If there are two labels or predictions of the same, or none of what is judged.
    """
    table, window = rows.table, rows.window_of_row
    fold: Index | None = table.names["fold"].codes
    if predictions is not None:
        optional = ("fold", "target", *RUN_COLUMNS, *NUMBER_COLUMNS)
        table = read_table(predictions, WINDOW_COLUMNS, optional)
        window, fold = _joined(rows, table)
    labels = table.numbers.get("label")
    if labels is None and "rating" in table.numbers:
        rating = table.numbers["rating"]
        labels = np.where(np.isnan(rating), np.nan, rating >= threshold)
    if labels is None:
        if predictions is not None:
            raise DataError(f"{predictions}: has no column label or rating: add one")
        return []
    _check_one_run(table)
    target = table.names.get("target")
    kinds = ("",) if target is None else target.names
    of_kind = np.zeros(len(table), np.int64) if target is None else target.codes
    found = []
    for number, name in enumerate(kinds):
        here = np.flatnonzero((of_kind == number) & (window >= 0))
        # Rows on the side that is learned from have no prediction of their own.
        judged = _judged(rows, window[here], fold[here] if fold is not None else None)
        p = table.numbers.get("p")
        of_window = _one_each(rows, table, window[here], labels[here], len(rows.subject), "label")
        lacks = np.flatnonzero(np.isnan(of_window[rows.window]))
        if len(lacks):
            raise _lack(rows, table, "label", name, rows.window[lacks])
        said = None if p is None else _said(rows, table, judged, p[here], name)
        found.append(Outcome(name, of_window, said))
    return found


def _said(
    rows: FoldRows, table: Table, judged: tuple[Index, Index], p: Array, target: str
) -> Array:
    """The predictions of what is judged; ``judged`` are pairs of a row here and a place there."""
    row, place = judged
    n = len(rows.window)
    found = _one_each(rows, table, place, p[row], n, "p", rows.window)
    lacks = np.flatnonzero(np.isnan(found))
    if len(lacks):
        raise _lack(rows, table, "p", target, rows.window[lacks])
    return found


def _judged(rows: FoldRows, window: Index, fold: Index | None) -> tuple[Index, Index]:
    """Pairs of a row and a place in what is judged; of each fold if the rows name none."""
    if fold is None:
        order = np.argsort(rows.window, kind="stable")
        of_window = rows.window[order]
        first, after = (np.searchsorted(of_window, window, end) for end in ("left", "right"))
        n_folds = after - first
        row = np.repeat(np.arange(len(window)), n_folds)
        step = np.arange(len(row)) - np.repeat(np.cumsum(n_folds) - n_folds, n_folds)
        return row, order[np.repeat(first, n_folds) + step]
    n = len(rows.subject)
    keys = rows.fold * n + rows.window
    asked = fold * n + window
    place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    row = np.flatnonzero((keys[place] == asked) & (fold >= 0))
    return row, place[row]


def _joined(rows: FoldRows, table: Table) -> tuple[Index, Index | None]:
    """The window and the fold of each of the predictions' rows; -1 for what is unknown."""

    def codes(name: str) -> Index:
        known = {text: code for code, text in enumerate(rows.table.names[name].names)}
        of = table.names[name]
        return np.array([known.get(text, -1) for text in of.names], dtype=np.int64)[of.codes]

    keys = np.stack([rows.table.names[name].codes[rows.first_row] for name in WINDOW_COLUMNS])
    asked = np.stack([codes(name) for name in WINDOW_COLUMNS])
    both, index = np.unique(np.concatenate([keys, asked], axis=1), axis=1, return_inverse=True)
    window = np.full(both.shape[1], -1)
    n = keys.shape[1]
    index = index.ravel()
    window[index[:n]] = np.arange(n)
    if (window[index[n:]] < 0).all():
        raise DataError(
            f"{table.path}: none of its windows is in {rows.table.path}: subject, trial and window "
            "must have the same names in both"
        )
    return window[index[n:]], codes("fold") if "fold" in table.names else None


def _one_each(
    rows: FoldRows, table: Table, place: Index, values: Array, n: int, what: str,
    window: Index | None = None,
) -> Array:  # fmt: skip
    """The one value of each place, NaN where there is none."""
    known = ~np.isnan(values)
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(low, place[known], values[known])
    np.maximum.at(high, place[known], values[known])
    two = np.flatnonzero(low < high)
    if len(two):
        named = rows.name("window", int(two[0] if window is None else window[two[0]]))
        raise DataError(
            f"{table.path}: {named} has two values of {what}, {low[two[0]]:g} and "
            f"{high[two[0]]:g}: keep one, or tell them apart in a column target"
        )
    return np.where(np.isfinite(low), low, np.nan)


def _lack(rows: FoldRows, table: Table, what: str, target: str, windows: Index) -> DataError:
    of = f" of {target[:40]}" if target else ""
    if len(windows) == 1:
        return DataError(
            f"{table.path}: {rows.name('window', int(windows[0]))} is judged and has no "
            f"{what}{of}: add it"
        )
    return DataError(
        f"{table.path}: {len(windows)} windows that are judged have no {what}{of}, one of them "
        f"{rows.name('window', int(windows[0]))}: add it"
    )


def _pairs(first: Index, second: Index) -> tuple[Index, Index]:
    """Codes from 0 of pairs of codes, and a row of each pair."""
    width = int(second.max()) + 1
    _, row, codes = np.unique(first * width + second, return_index=True, return_inverse=True)
    return codes, row


def _sides(table: Table) -> Index:
    """1 where a row is judged, 0 where it is learned from."""
    if "side" not in table.names:
        return np.ones(len(table), np.int64)
    column = table.names["side"]
    wrong = [name for name in column.names if name.lower() not in _SIDES]
    if wrong:
        raise DataError(f"{table.path}: side is {wrong[0][:40]!r}: must be train or test")
    of_name: NDArray[np.int64] = np.array([_SIDES.index(name.lower()) for name in column.names])
    return of_name[column.codes]


def _check_clips(table: Table, trial: Index, clip: Index) -> None:
    first = _pairs(trial, clip)[1]
    n_clips = np.bincount(trial[first])
    if (n_clips > 1).any():
        row = int(np.flatnonzero(n_clips[trial] > 1)[0])
        subject, name = (
            table.names[column].names[table.names[column].codes[row]][:40]
            for column in ("subject", "trial")
        )
        raise DataError(
            f"{table.path}: subject {subject}, trial {name} has {n_clips[trial[row]]} clips: a "
            "trial is one showing of one clip"
        )


def _check_sides(rows: FoldRows) -> None:
    for name, (train, test) in zip(rows.fold_names, rows.folds(), strict=True):
        for what, side in (("learns from", train), ("judges", test)):
            if not len(side):
                raise DataError(
                    f"{rows.table.path}: fold {name[:40]} {what} no window: each fold needs rows "
                    "of both sides"
                )


def _check_one_run(table: Table) -> None:
    for name in RUN_COLUMNS:
        if name in table.names and len(names := table.names[name].names) > 1:
            raise DataError(
                f"{table.path}: holds {len(names)} values of {name}, {names[0][:40]} and "
                f"{names[1][:40]} among them: keep the rows of one"
            )
