import csv
import math

import numpy as np
import pytest

from rtdreamer.errors import RtdreamerError
from rtdreamer.evaluation.evaluation import Evaluation
from rtdreamer.evaluation.predictions_file import read_predictions
from rtdreamer.evaluation.report_tables import FOLD_COLUMNS, PEOPLE_COLUMNS, write_tables
from tests.made_up_runs import make_run, same_run

RUN = make_run(seed=3)


def evaluation(learned_from):
    """Of windows that somebody judged."""
    return Evaluation(
        protocol=RUN.protocol,
        method=RUN.method,
        data=RUN.dataset,
        simulated=RUN.simulated,
        too_short=(),
        folds=({},) * len(learned_from),
        predictions=RUN.predictions,
        window=RUN.window,
        learned_from=learned_from,
        settings={"seed": RUN.seed},
    )


FOLD = RUN.predictions.fold
FOLDS = tuple(np.flatnonzero(fold != FOLD) for fold in (0, 1))


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_predictions_are_read_back_to_the_last_bit(tmp_path):
    write_tables(tmp_path, evaluation(FOLDS))
    assert same_run(read_predictions(tmp_path / "predictions.csv"), RUN)


def test_each_side_of_each_fold_is_there(tmp_path):
    write_tables(tmp_path, evaluation(FOLDS))
    header, *rows = rows_of(tmp_path / "folds.csv")
    assert tuple(header) == FOLD_COLUMNS
    of_run = np.stack([RUN.predictions.subject, RUN.predictions.trial, RUN.window], axis=1)
    for fold in (0, 1):
        for side, expected in (("train", of_run[fold != FOLD]), ("test", of_run[fold == FOLD])):
            found = [row[2:] for row in rows if row[:2] == [str(fold), side]]
            keys = [[int(subject), int(trial), int(n)] for subject, trial, _, n in found]
            assert keys == expected.tolist()
            assert all(trial == clip for _, trial, clip, _ in found)


def test_of_a_model_there_is_what_was_judged_only(tmp_path):
    write_tables(tmp_path, evaluation((np.empty(0, np.int64),)))
    _, *rows = rows_of(tmp_path / "folds.csv")
    assert {tuple(row[:2]) for row in rows} == {("0", "test")}


def test_each_person_has_a_row_a_target(tmp_path):
    found = evaluation(FOLDS)
    write_tables(tmp_path, found)
    header, *rows = rows_of(tmp_path / "people.csv")
    assert tuple(header) == PEOPLE_COLUMNS
    people = [(target, person) for target, all_of in found.people.items() for person in all_of]
    for row, (target, person) in zip(rows, people, strict=True):
        assert row[0] == target
        assert row[-2:] == ["loso", "true"]
        for name, text in zip(header[1:-2], row[1:-2], strict=True):
            value = getattr(person, name)
            assert text == "" if math.isnan(value) else float(text) == value


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "report").touch()
    with pytest.raises(RtdreamerError, match="cannot be written"):
        write_tables(tmp_path / "report", evaluation(FOLDS))
