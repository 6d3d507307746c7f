import csv
import io
import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.evaluation.benchmark_files import COLUMNS, over_seeds, results_csv, results_of
from tests.made_up_runs import make_run


@pytest.mark.parametrize("n_targets", [1, 2])
def test_what_was_written_is_read_back_to_the_last_bit(n_targets):
    results = results_of(make_run(seed=7, n_targets=n_targets))
    rows = list(csv.DictReader(io.StringIO(results_csv(results).decode())))
    assert tuple(rows[0]) == COLUMNS
    assert {result.target for result in results} == set(("valence", "arousal")[:n_targets])
    for result, row in zip(results, rows, strict=True):
        for name in ("value", "low", "high"):
            value = getattr(result, name)
            assert row[name] == "" if math.isnan(value) else float(row[name]) == value
        assert (row["metric"], row["seed"], row["n_trials"]) == (result.metric, "7", "24")
        assert not result.low > result.value
        assert not result.high < result.value


@pytest.mark.parametrize(
    ("protocol", "same"), [("crossed", "false"), ("loso", "true"), ("trial", "true")]
)
def test_each_row_says_whether_clips_stand_on_both_sides(protocol, same):
    content = results_csv(results_of(make_run(protocol=protocol))).decode()
    assert {row["same_clips"] for row in csv.DictReader(io.StringIO(content))} == {same}


@given(values=st.lists(st.floats(-1, 1), min_size=2, max_size=20))
def test_the_spread_is_that_of_the_seeds(values):
    mean, sd = over_seeds(values)
    assert mean == pytest.approx(statistics.fmean(values), abs=1e-12)
    assert sd == pytest.approx(statistics.stdev(values), abs=1e-9)


def test_one_seed_has_no_spread():
    mean, sd = over_seeds([0.5])
    assert mean == 0.5
    assert math.isnan(sd)
