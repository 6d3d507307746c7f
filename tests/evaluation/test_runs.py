import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.errors import DataError
from rtdreamer.evaluation.predictions_file import predictions_csv
from rtdreamer.evaluation.runs import paired_runs, read_runs
from tests.made_up_runs import make_run, same_run
from tests.mutations import json_values
from tests.one_line import assert_one_line

RUNS = [make_run(method, seed) for seed in (0, 1) for method in ("spectral", "ridge")]


def write_benchmark(folder, runs):
    """A benchmark's folder as far as it is read."""
    (folder / "cells").mkdir(parents=True)
    cells = []
    for number, run in enumerate(runs):
        content = predictions_csv(run)
        (folder / "cells" / f"{number}.csv").write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        cells.append({"file": f"cells/{number}.csv", "sha256": sha256})
    (folder / "benchmark.json").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return folder


def shuffled(run, seed):
    order = np.random.default_rng(seed).permutation(len(run.window))
    return replace(run, window=run.window[order], predictions=run.predictions.take(order))


def changed(run, **arrays):
    return replace(run, predictions=replace(run.predictions, **arrays))


def test_runs_are_read_from_every_kind_of_place(tmp_path):
    found = read_runs(write_benchmark(tmp_path / "bench", RUNS))
    assert all(same_run(one, other) for one, other in zip(found, RUNS, strict=True))
    (tmp_path / "predictions.csv").write_bytes(predictions_csv(RUNS[0]))
    for path in (tmp_path, tmp_path / "predictions.csv"):
        (one,) = read_runs(path)
        assert same_run(one, RUNS[0])


def test_a_cell_that_no_benchmark_names_is_not_read(tmp_path):
    folder = write_benchmark(tmp_path / "bench", RUNS[:2])
    (folder / "cells" / "old.csv").write_bytes(predictions_csv(RUNS[2]))
    assert len(read_runs(folder)) == 2


def test_a_cell_that_was_changed_is_refused(tmp_path):
    folder = write_benchmark(tmp_path / "bench", RUNS[:2])
    path = folder / "cells" / "1.csv"
    path.write_bytes(predictions_csv(RUNS[3]))
    with pytest.raises(DataError, match=r"is not what benchmark\.json names") as error:
        read_runs(folder)
    assert_one_line(error.value, path)


def test_a_folder_without_runs_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(DataError, match=r"has no benchmark\.json and no|no such file") as error:
            read_runs(path)
        assert_one_line(error.value, path)


cells = st.lists(st.fixed_dictionaries({"file": json_values, "sha256": json_values}), max_size=2)


@given(values=json_values | st.fixed_dictionaries({"cells": json_values | cells}))
def test_a_broken_benchmark_is_refused_in_a_line(tmp_path_factory, values):
    folder = tmp_path_factory.getbasetemp() / "broken"
    folder.mkdir(exist_ok=True)
    (folder / "benchmark.json").write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(DataError) as error:
        read_runs(folder)
    assert str(folder) in str(error.value)


@given(seed=st.integers(0, 99))
def test_the_order_of_rows_does_not_matter(seed):
    expected = paired_runs(RUNS)
    found = paired_runs([shuffled(run, seed + k) for k, run in enumerate(RUNS)])
    ((key, methods),) = found.items()
    assert key == ("made up", "loso")
    for method, of_method in methods.items():
        for number, run in of_method.items():
            assert same_run(run, expected[key][method][number])


def test_data_sets_and_protocols_are_kept_apart():
    others = [replace(run, dataset="others") for run in RUNS]
    crossed = [replace(run, protocol="crossed") for run in RUNS]
    groups = paired_runs([*RUNS, *others, *crossed])
    assert list(groups) == [("made up", "loso"), ("others", "loso"), ("made up", "crossed")]
    assert all(list(methods) == ["spectral", "ridge"] for methods in groups.values())


FIRST, RIDGE = RUNS[0], RUNS[1]
ROWS = RIDGE.predictions


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ([FIRST], "spectral is alone: name a run of another method"),
        ([FIRST, RIDGE, FIRST], "spectral with seed 0 is there twice"),
        ([FIRST, make_run("ridge", n_people=5)], "did not judge the same windows"),
        ([FIRST, make_run("ridge", n_windows=1, n_people=5)], "did not judge the same trials"),
        ([FIRST, make_run("ridge", n_targets=1)], "did not judge the same windows"),
        ([FIRST, changed(RIDGE, trial=ROWS.trial + 1)], "did not judge the same windows"),
        ([FIRST, changed(RIDGE, labels=1 - ROWS.labels)], "were judged by different labels"),
        ([FIRST, changed(RIDGE, ratings=6 - ROWS.ratings)], "were judged by different labels"),
        ([FIRST, changed(RIDGE, fold=1 - ROWS.fold)], "went through different folds"),
        ([FIRST, replace(RIDGE, simulated=False)], "differ in whether people are simulated"),
    ],
)  # fmt: skip
def test_what_is_not_paired_is_refused_in_a_line(runs, said):
    with pytest.raises(DataError, match=said) as error:
        paired_runs(runs)
    assert_one_line(error.value, "made up, loso")


def test_last_windows_are_paired_with_all_windows_by_trial():
    last = make_run("ridge", n_windows=1)
    rows = ROWS.by_trial()
    taken = {name: getattr(rows, name) for name in ("subject", "trial", "fold", "labels")}
    last = changed(last, **taken, ratings=rows.ratings)
    ((_, methods),) = paired_runs([FIRST, last]).items()
    assert set(methods) == {"spectral", "ridge"}
    with pytest.raises(DataError, match="went through different folds"):
        paired_runs([FIRST, changed(last, fold=1 - rows.fold)])
    with pytest.raises(DataError, match="were judged by different labels"):
        paired_runs([FIRST, changed(last, labels=1 - rows.labels)])
