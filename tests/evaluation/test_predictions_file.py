import csv
import io
import math
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.errors import DataError, RtdreamerError
from rtdreamer.evaluation.evaluation import Evaluation
from rtdreamer.evaluation.predictions_file import (
    COLUMNS,
    FOLD_COLUMNS,
    PEOPLE_COLUMNS,
    predictions_csv,
    read_predictions,
    write_predictions,
    write_tables,
)
from rtdreamer.evaluation.protocols import PROTOCOLS
from rtdreamer.metrics.names import TARGETS
from rtdreamer.metrics.predictions import ROWS
from tests.made_up_runs import make_run, same_run
from tests.mutations import spoiled
from tests.one_line import assert_one_line

RUN = make_run()
CONTENT = predictions_csv(make_run(n_people=2, n_trials=2))
names = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("predictions") / "predictions.csv"


@given(
    names=st.tuples(names, names),
    simulated=st.booleans(),
    protocol=st.sampled_from(sorted(PROTOCOLS)),
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(*(st.integers(1, 3) for _ in range(3)), st.integers(1, len(TARGETS))),
    data=st.data(),
)
def test_what_was_written_is_read_back_to_the_last_bit(
    path, names, simulated, protocol, seed, shape, data
):
    n_people, n_trials, n_windows, n_targets = shape
    run = make_run(
        n_people=n_people, n_trials=n_trials, n_windows=n_windows, n_targets=n_targets, n_folds=1
    )
    n = len(run.window)
    share = st.floats(0, 1)

    def drawn(elements, *shape):
        size = int(np.prod(shape))
        return np.array(
            data.draw(st.lists(elements, min_size=size, max_size=size)), dtype=float
        ).reshape(shape)

    run = replace(
        run,
        dataset=names[0],
        method=names[1],
        simulated=simulated,
        protocol=protocol,
        seed=seed,
        predictions=replace(
            run.predictions,
            fold=drawn(st.integers(0, 9), n).astype(np.int64),
            probabilities=drawn(share, n, n_targets),
            base_rate=drawn(share, n, n_targets),
        ),
    )
    path.write_bytes(predictions_csv(run))
    assert same_run(read_predictions(path), run)


def test_there_is_a_row_for_each_window_and_target():
    rows = list(csv.DictReader(io.StringIO(predictions_csv(RUN).decode())))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 4 * 6 * 2 * 2
    rows_of = RUN.predictions
    for n in (0, 17, 47):
        valence, arousal = rows[2 * n], rows[2 * n + 1]
        assert (valence["target"], arousal["target"]) == ("valence", "arousal")
        for k, row in enumerate((valence, arousal)):
            assert row["dataset"] == "made up"
            assert row["simulated"] == "true"
            assert int(row["subject"]) == rows_of.subject[n]
            assert int(row["trial"]) == int(row["clip"]) == rows_of.trial[n]
            assert int(row["window"]) == n % 2
            assert float(row["p"]) == rows_of.probabilities[n, k]
            assert float(row["rating"]) == rows_of.ratings[n, k]
            assert int(row["label"]) == rows_of.labels[n, k]


@given(seed=st.integers(0, 99))
def test_rows_may_come_in_any_order(path, seed):
    header, *rows = predictions_csv(RUN).decode().splitlines()
    order = np.random.default_rng(seed).permutation(len(rows))
    path.write_text("\n".join([header, *(rows[k] for k in order)]), encoding="utf-8")
    found, trials = read_predictions(path).predictions.by_trial(), RUN.predictions.by_trial()
    for name in ROWS:
        np.testing.assert_allclose(getattr(found, name), getattr(trials, name), rtol=1e-14)


def test_parquet_holds_the_same(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    write_predictions(tmp_path, RUN)
    table = parquet.read_table(tmp_path / "predictions.parquet").to_pydict()
    rows = list(csv.DictReader((tmp_path / "predictions.csv").open(encoding="utf-8")))
    assert tuple(table) == COLUMNS
    for name, values in table.items():
        texts = [row[name] for row in rows]
        if isinstance(values[0], bool):
            texts = [text == "true" for text in texts]
        assert values == [type(values[0])(text) for text in texts]


def test_without_pyarrow_there_is_the_csv_alone(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    write_predictions(tmp_path / "new", RUN)
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["predictions.csv"]


def changed(column, text, row=0):
    """The small table with another text in one place."""
    rows = list(csv.reader(io.StringIO(CONTENT.decode())))
    rows[1 + row][COLUMNS.index(column)] = text
    return "\n".join(",".join(row) for row in rows)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (changed("p", "1.5"), "row 1: p is '1.5': must be a number from 0 to 1"),
        (changed("p", "nan", 3), "row 4: p is 'nan'"),
        (changed("p", ""), "row 1: p is ''"),
        (changed("label", "2"), "label is '2': must be a whole number from 0 to 1"),
        (changed("label", "0.5"), "label is '0.5'"),
        (changed("subject", "9" * 5000), "subject '999.*must be 1 to 100 printable"),
        (changed("subject", ""), "subject '': must be 1 to 100 printable"),
        (changed("subject", " 1"), "subject ' 1': .*without spaces at its ends"),
        (changed("fold", "7"), "a window's targets are not of the same fold"),
        (changed("clip", "7"), "a window's targets are not of the same clip"),
        (changed("window", "1"), "2 predictions are missing or there twice"),
        (changed("target", "joy"), "its targets are 'arousal', 'joy', 'valence'"),
        (changed("target", "arousal"), "2 predictions are missing or there twice"),
        (changed("method", "other"), "more than one method, such as 'other', 'method'"),
        (changed("seed", "1"), "more than one seed"),
        (changed("dataset", "other"), "more than one dataset"),
        (changed("simulated", "false"), "more than one simulated"),
        (CONTENT.decode().replace("loso", "kfold"), "protocol 'kfold'"),
        (CONTENT.decode().replace("true", "perhaps"), "simulated 'perhaps'"),
        (CONTENT.decode()[:-50], "fields where there are 15 columns"),
        (CONTENT.decode().rsplit("\n", 2)[0], "1 prediction is missing or there twice"),
    ],
)
def test_a_broken_file_is_refused_in_a_line(content, said, path):
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=said) as error:
        read_predictions(path)
    assert_one_line(error.value, path)


def test_labels_that_change_within_a_trial_are_refused(path):
    run = make_run()
    run.predictions.labels[0] = 1 - run.predictions.labels[0]
    path.write_bytes(predictions_csv(run))
    with pytest.raises(DataError, match="windows of one trial have different labels"):
        read_predictions(path)


@given(content=spoiled(CONTENT))
def test_spoilt_bytes_are_read_or_refused_in_a_line(path, content):
    path.write_bytes(content)
    try:
        found = read_predictions(path)
    except DataError as error:
        assert_one_line(error, path)
    else:
        path.write_bytes(predictions_csv(found))
        assert same_run(read_predictions(path), found)


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


def test_methods_that_had_another_name_are_read_by_todays(tmp_path):
    path = tmp_path / "predictions.csv"
    path.write_bytes(predictions_csv(replace(RUN, method="best-possible")))
    assert same_run(read_predictions(path), replace(RUN, method="ideal-observer"))


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
