"""An evaluation as tables that any tool reads: predictions, folds and people."""

from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rtdreamer.evaluation.csv_table import csv_bytes
from rtdreamer.evaluation.predictions_file import run_of, write_predictions
from rtdreamer.files import write_atomically
from rtdreamer.metrics.people import PersonFigures

if TYPE_CHECKING:
    from rtdreamer.evaluation.evaluation import Evaluation

FOLD_COLUMNS = ("fold", "side", "subject", "trial", "clip", "window")
PEOPLE_COLUMNS = (
    "target", *(field.name for field in fields(PersonFigures)), "protocol", "same_clips",
)  # fmt: skip


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
