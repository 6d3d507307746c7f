"""An evaluation as tables that any tool reads; that of its predictions is read back."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.counting import are, counted
from rtdreamer.data.trials import check_name
from rtdreamer.errors import DataError
from rtdreamer.evaluation.protocols import PROTOCOLS
from rtdreamer.files import csv_bytes, read_table, write_atomically
from rtdreamer.metrics.names import TARGETS, Names, numbered
from rtdreamer.metrics.people import PersonFigures
from rtdreamer.metrics.predictions import HeldOutPredictions
from rtdreamer.model.registry import current_name

if TYPE_CHECKING:
    from rtdreamer.evaluation.evaluation import Evaluation

COLUMNS = (
    "dataset", "simulated", "protocol", "fold", "method", "seed", "subject", "clip", "trial",
    "window", "target", "rating", "label", "p", "base_rate",
)  # fmt: skip
"""What they mean is written in docs/reference/files.md."""

FOLD_COLUMNS = ("fold", "side", "subject", "trial", "clip", "window")
PEOPLE_COLUMNS = (
    "target", *(field.name for field in fields(PersonFigures)), "protocol", "same_clips",
)  # fmt: skip

CSV_NAME = "predictions.csv"
PARQUET_NAME = "predictions.parquet"

NAMED = {"subject": "subject", "clip": "stimulus", "trial": "trial"}
"""Columns of names, and what they name."""

_MOST = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class JudgedRun:
    """What one method said of one data set's windows through one seed's folds.

    Attributes
    ----------
    dataset : str
        Name of the trials' source.
    simulated : bool
        Whether its people are simulated.
    protocol : str
        A name in ``PROTOCOLS``.
    method : str
        A method's name, or a model's.
    seed : int
        Of the folds and the fits.
    window : ndarray, shape (n,)
        Which of its trial's windows each prediction is of, from 0.
    predictions : HeldOutPredictions
        Of n windows.
    """

    dataset: str
    simulated: bool
    protocol: str
    method: str
    seed: int
    window: NDArray[np.int64]
    predictions: HeldOutPredictions


def run_of(evaluation: "Evaluation") -> JudgedRun:
    """What of an evaluation goes into such a table."""
    return JudgedRun(
        dataset=evaluation.data,
        simulated=evaluation.simulated,
        protocol=evaluation.protocol,
        method=evaluation.method,
        seed=int(evaluation.settings["seed"]),
        window=evaluation.window,
        predictions=evaluation.predictions,
    )


def predictions_csv(run: JudgedRun) -> bytes:
    """The table as CSV."""
    columns = prediction_columns(run)
    return csv_bytes(COLUMNS, zip(*(columns[name].tolist() for name in COLUMNS), strict=True))


def write_predictions(folder: Path, run: JudgedRun) -> None:
    """Write ``predictions.csv``, and ``predictions.parquet`` where pyarrow is installed.

    Raises
    ------
    RtdreamerError
        If they cannot be written.
    """
    write_atomically(folder / CSV_NAME, predictions_csv(run))
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        return
    columns = {name: values.tolist() for name, values in prediction_columns(run).items()}
    # A name that is no Unicode is written as in the CSV.
    columns["dataset"] = [
        name.encode("utf-8", "backslashreplace").decode() for name in columns["dataset"]
    ]
    content = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), content)
    write_atomically(folder / PARQUET_NAME, content.getvalue())


def prediction_columns(run: JudgedRun) -> dict[str, NDArray[Any]]:
    """The table's columns, by ``COLUMNS``: a row for each window and target."""
    rows = run.predictions
    n, n_targets = rows.labels.shape

    def each(values: NDArray[Any]) -> NDArray[Any]:
        return np.repeat(values, n_targets)

    def always(value: object) -> NDArray[Any]:
        return np.full(n * n_targets, value, dtype=object)

    return {
        "dataset": always(run.dataset),
        "simulated": always(run.simulated),
        "protocol": always(run.protocol),
        "fold": each(rows.fold),
        "method": always(run.method),
        "seed": always(run.seed),
        **{
            column: each(np.array(rows.names.each(kind, getattr(rows, kind)), dtype=object))
            for column, kind in NAMED.items()
        },
        "window": each(run.window),
        "target": np.tile(np.array(TARGETS[:n_targets], dtype=object), n),
        "rating": rows.ratings.ravel(),
        "label": rows.labels.ravel().astype(np.int64),
        "p": rows.probabilities.ravel(),
        "base_rate": rows.base_rate.ravel(),
    }


def write_tables(folder: Path, evaluation: "Evaluation") -> None:
    """Write ``predictions.csv`` (and ``.parquet``), ``folds.csv`` and ``people.csv``.

    Parameters
    ----------
    folder : Path
        Made if missing.
    evaluation : Evaluation
        What was judged.

    Raises
    ------
    RtdreamerError
        If one cannot be written.
    """
    write_predictions(folder, run_of(evaluation))
    write_atomically(folder / "folds.csv", csv_bytes(FOLD_COLUMNS, fold_rows(evaluation)))
    people = (
        (target, *asdict(person).values(), evaluation.protocol, evaluation.same_clips)
        for target, found in evaluation.people.items()
        for person in found
    )
    write_atomically(folder / "people.csv", csv_bytes(PEOPLE_COLUMNS, people))


def fold_rows(evaluation: "Evaluation") -> Iterator[tuple[object, ...]]:
    """Every window on either side of every fold, by ``FOLD_COLUMNS``.

    Of a model, whose training windows are not here, there is the side of those judged only.
    """
    rows = evaluation.predictions
    names = rows.names
    columns = [names.each(kind, getattr(rows, kind)) for kind in ("subject", "trial", "stimulus")]
    keys = list(zip(*columns, evaluation.window.tolist(), strict=True))

    def side(fold: int, name: str, index: NDArray[np.int64]) -> Iterator[tuple[object, ...]]:
        return ((fold, name, *keys[row]) for row in index.tolist())

    for fold, learned in enumerate(evaluation.learned_from):
        yield from side(fold, "train", learned)
        yield from side(fold, "test", np.flatnonzero(rows.fold == fold))


def read_predictions(path: Path) -> JudgedRun:
    """Read a table that ``predictions_csv`` made; its rows may have been sorted since.

    Parameters
    ----------
    path : Path
        Of the CSV.

    Returns
    -------
    JudgedRun
        Its windows in the order in which they come first.

    Raises
    ------
    DataError
        If it is missing, broken, of more than one run, or not of the same targets everywhere.
    """
    texts = dict(zip(COLUMNS, read_table(path, COLUMNS), strict=True))
    same = {name: _only(path, name, texts[name]) for name in ("dataset", "protocol", "method")}
    simulated = _only(path, "simulated", texts["simulated"])
    if same["protocol"] not in PROTOCOLS or simulated not in ("true", "false"):
        raise DataError(
            f"{path}: protocol {same['protocol']!r:.40}, simulated {simulated!r:.40}: the protocol "
            f"must be one of {', '.join(PROTOCOLS)}, simulated true or false"
        )
    whole = {
        name: _numbers(path, name, texts[name], int, least, most).astype(np.int64)
        for name, least, most in (
            ("fold", 0, _MOST), ("seed", 0, 2**32 - 1), ("window", 0, _MOST), ("label", 0, 1),
        )
    }  # fmt: skip
    names: dict[str, tuple[str, ...]] = {}
    for column, kind in NAMED.items():
        whole[kind], names[kind] = _numbered(path, column, texts[column])
    values = {
        name: _numbers(path, name, texts[name], float, least, most)
        for name, least, most in (("rating", -_MOST, _MOST), ("p", 0, 1), ("base_rate", 0, 1))
    }
    _only(path, "seed", texts["seed"])
    keys = np.stack([whole[name] for name in ("subject", "trial", "window")])
    first, window_of = _in_order(keys)
    target_of, n_targets = _targets(path, texts["target"], window_of, len(first))

    def by_window(of_row: NDArray[Any]) -> NDArray[np.float64]:
        table = np.empty((len(first), n_targets))
        table[window_of, target_of] = of_row
        return table

    for kind, what in (("fold", "fold"), ("stimulus", "clip")):
        if not np.array_equal(whole[kind], whole[kind][first][window_of]):
            raise DataError(f"{path}: a window's targets are not of the same {what}: make it again")
    predictions = HeldOutPredictions(
        subject=whole["subject"][first],
        trial=whole["trial"][first],
        fold=whole["fold"][first],
        labels=by_window(whole["label"]),
        probabilities=by_window(values["p"]),
        base_rate=by_window(values["base_rate"]),
        ratings=by_window(values["rating"]),
        shown=whole["stimulus"][first],
        names=Names(**names),
    )
    _check_trials(path, predictions)
    same["method"] = current_name(same["method"])
    return JudgedRun(
        **same,
        simulated=simulated == "true",
        seed=int(whole["seed"][0]),
        window=whole["window"][first],
        predictions=predictions,
    )


def _only(path: Path, name: str, texts: Sequence[str]) -> str:
    """The text that stands in every row."""
    found = dict.fromkeys(texts)
    if len(found) != 1:
        some = ", ".join(f"{text!r:.40}" for text in list(found)[:2])
        raise DataError(f"{path}: holds more than one {name}, such as {some}: one run a file")
    return texts[0]


def _numbered(
    path: Path, name: str, texts: Sequence[str]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Numbers of names, as by ``numbered``, and the names."""
    number_of, names = numbered(texts)
    for text in number_of:
        try:
            check_name(name, text)
        except DataError as error:
            raise DataError(f"{path}: {error}") from None
    return np.array([number_of[text] for text in texts]), names


def _numbers(
    path: Path, name: str, texts: Sequence[str], kind: type[int] | type[float], least: int,
    most: int,
) -> NDArray[Any]:  # fmt: skip
    found: list[int | float] = []
    for number, text in enumerate(texts, start=1):
        try:
            value: int | float = kind(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:  # nor is NaN
            what = "a whole number" if kind is int else "a number"
            raise DataError(
                f"{path}, row {number}: {name} is {text!r:.40}: must be {what} from {least} to "
                f"{most}"
            )
        found.append(value)
    return np.array(found)


def _in_order(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each key comes first, in order; and which of these each row is of."""
    _, first, index = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(first), np.int64)
    rank[order] = np.arange(len(first))
    return first[order], rank[index.ravel()]


def _targets(
    path: Path, names: Sequence[str], window_of: NDArray[np.int64], n_windows: int
) -> tuple[NDArray[np.int64], int]:
    """The target of each row, by its place in ``TARGETS``, and how many there are."""
    found = set(names)
    n_targets = len(found)
    if found != set(TARGETS[:n_targets]):
        some = ", ".join(f"{name!r:.40}" for name in sorted(found)[:4])
        raise DataError(f"{path}: its targets are {some}: they must be {', '.join(TARGETS)}")
    target_of = np.array([TARGETS.index(name) for name in names])
    count = np.bincount(window_of * n_targets + target_of, minlength=n_windows * n_targets)
    if n_wrong := int((count != 1).sum()):
        raise DataError(
            f"{path}: {counted(n_wrong, 'prediction')} {are(n_wrong)} missing or there twice: each "
            "window has one of each target, make it again"
        )
    return target_of, n_targets


def _check_trials(path: Path, predictions: HeldOutPredictions) -> None:
    trials = predictions.by_trial()
    if not np.isin(trials.labels, (0, 1)).all():
        raise DataError(f"{path}: windows of one trial have different labels: make it again")
    shown = np.stack([predictions.subject, predictions.trial, predictions.stimulus])
    if len(np.unique(shown, axis=1).T) > len(trials):
        raise DataError(f"{path}: windows of one trial are of different clips: make it again")
