import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rtdreamer.evaluation.comparison_table import compare_runs
from rtdreamer.evaluation.pooled_table import pool_tables
from rtdreamer.metrics.comparison import holm
from rtdreamer.metrics.names import Names
from tests.made_up_runs import make_run

SKILL = {"ridge": 0.1, "spectral": 0.9, "tangent": 0.0}


def cohort(number, methods=SKILL, seeds=(0,), **how):
    how = {"n_people": 4, "n_trials": 10, "people": number, "dataset": f"cohort {number}"} | how
    return [make_run(method, seed, SKILL.get(method, 0), **how)
            for seed in seeds for method in methods]  # fmt: skip


RUNS = [run for number in range(4) for run in cohort(number)]
TABLES = compare_runs(RUNS, "spectral")


def pooled(runs, reference="spectral"):
    return pool_tables(compare_runs(runs, reference), runs)


def without(*left_out):
    """All runs but those of these data sets' methods."""
    return [run for run in RUNS if (run.dataset, run.method) not in left_out]


def test_each_row_is_the_t_test_of_what_the_tables_show():
    (table,) = pool_tables(TABLES, RUNS)
    assert table.datasets == tuple(f"cohort {number}" for number in range(4))
    assert (table.n_people, table.n_trials) == (16, 160)
    assert [(row.target, row.method) for row in table.rows] == [
        (target, method) for target in ("valence", "arousal") for method in ("ridge", "tangent")
    ]
    assert table.notes == ()
    p = []
    for row in table.rows:
        of = [
            one
            for t in TABLES
            for one in t.rows
            if (one.target, one.method) == (row.target, row.method)
        ]
        expected = stats.ttest_1samp([one.comparison.difference for one in of], 0)
        ends = expected.confidence_interval(0.95)
        found = row.comparison
        assert (found.low, found.high) == (pytest.approx(ends.low), pytest.approx(ends.high))
        assert found.p == pytest.approx(expected.pvalue)
        assert row.figure == pytest.approx(np.mean([one.figure for one in of]))
        assert row.reference_figure == pytest.approx(np.mean([o.reference_figure for o in of]))
        assert found.difference == pytest.approx(row.reference_figure - row.figure)
        assert found.low > 0
        p.append(found.p)
    assert [row.p_holm for row in table.rows] == holm(p)
    assert {table.verdict(row) for row in table.rows} == {"spectral is better"}


@given(order=st.permutations(range(4)))
def test_the_order_of_data_sets_changes_nothing(order):
    runs = [run for number in order for run in RUNS if run.dataset == f"cohort {number}"]
    assert pool_tables([TABLES[number] for number in order], runs) == pool_tables(TABLES, RUNS)


@pytest.mark.parametrize(
    ("low", "high", "p", "verdict"),
    [
        (0.1, 0.2, 0.01, "spectral is better"),
        (-0.2, -0.1, 0.01, "spectral is worse"),
        (0.1, 0.2, 0.05, "not told apart"),
        (-0.1, 0.2, 0.01, "not told apart"),
        (0.1, 0.2, math.nan, "not told apart"),
    ],
)
def test_apart_is_what_both_interval_and_test_tell_apart(low, high, p, verdict):
    (table,) = pool_tables(TABLES, RUNS)
    row = table.rows[0]
    row = replace(row, comparison=replace(row.comparison, low=low, high=high), p_holm=p)
    assert table.verdict(row) == verdict


def test_of_two_data_sets_there_is_none():
    assert pooled(RUNS[:6]) == []
    assert len(pooled(RUNS[:9])) == 1


@pytest.mark.slow
def test_of_methods_that_know_nothing_few_are_said_to_differ():
    """t over differences of AUCs, which are means of few pairs: about 5 of 100."""
    n_draws, n_cohorts = 75, 4
    outside, p = [], []
    for draw in range(n_draws):
        runs = [
            run
            for k in range(n_cohorts)
            for run in cohort(1 + n_cohorts * draw + k, ("a", "b"), n_people=3, n_windows=1)
        ]
        (table,) = pooled(runs, "a")
        outside += [row.comparison.low > 0 or row.comparison.high < 0 for row in table.rows]
        p += [row.comparison.p for row in table.rows]
    assert len(outside) == 2 * n_draws
    # Binomial: a true 5 % lies between these 999 times in a thousand.
    least, most = stats.binom.ppf([0.0005, 0.9995], len(outside), 0.05)
    assert least <= sum(outside) <= most
    assert stats.kstest(p, "uniform").pvalue > 0.001


def test_what_a_data_set_lacks_is_left_out_in_a_line():
    (table,) = pooled(without(("cohort 1", "ridge"), ("cohort 3", "ridge")))
    assert {row.method for row in table.rows} == {"tangent"}
    assert table.notes == (
        "ridge is omitted for valence and arousal: no difference on cohort 1, cohort 3.",
    )


def test_a_figure_that_is_nan_is_left_out_in_a_line():
    row = TABLES[2].rows[0]
    nan = replace(row, comparison=replace(row.comparison, difference=math.nan))
    broken = replace(TABLES[2], rows=(nan, *TABLES[2].rows[1:]))
    (table,) = pool_tables([*TABLES[:2], broken, TABLES[3]], RUNS)
    assert [(row.target, row.method) for row in table.rows] == [
        ("valence", "tangent"), ("arousal", "ridge"), ("arousal", "tangent")
    ]  # fmt: skip
    assert table.notes == ("ridge is omitted for valence: no difference on cohort 2.",)


def test_a_data_set_without_the_reference_is_left_out_in_a_line():
    (table,) = pooled(without(("cohort 0", "spectral")))
    assert table.datasets == ("cohort 1", "cohort 2", "cohort 3")
    assert table.notes == ("cohort 0 is omitted: spectral is not compared with others there.",)
    (every,) = pooled(RUNS[3:])
    assert table.rows == every.rows


def test_unequal_seeds_are_paired_and_said():
    runs = [*RUNS, *cohort(2, ("spectral", "tangent"), seeds=(1,))]
    (table,) = pooled(runs)
    assert {row.method for row in table.rows} == {"ridge", "tangent"}
    assert table.notes == ("cohort 2: ridge is compared over seeds 0: it has 0, spectral 0, 1.",)


def test_data_sets_that_share_people_are_not_pooled():
    again = cohort(0, n_people=4, dataset="the same under another name")
    fewer = []
    for run in again:
        rows = run.predictions.subject > 2
        shifted = run.predictions.take(np.flatnonzero(rows))
        shifted = replace(shifted, subject=shifted.subject - 2)
        fewer.append(replace(run, window=run.window[rows], predictions=shifted))
    for others in (again, fewer):
        (table,) = pooled([*RUNS, *others])
        assert table.rows == ()
        (said,) = table.notes
        assert said.startswith("Not pooled: cohort 0 and the same under another name share people")


def test_people_who_were_measured_are_those_of_one_study():
    runs = [replace(run, simulated=False) for run in RUNS]
    (table,) = pooled(runs)
    assert table.rows == ()
    assert "name the same clips: they count as one study" in table.notes[0]
    # Nor are they pooled with simulated ones.
    (table,) = pooled([*runs[:3], *RUNS[3:]])
    assert table.datasets == ("cohort 1", "cohort 2", "cohort 3")


def test_studies_with_clips_of_their_own_are_pooled():
    def own_clips(run):
        names = Names(stimulus=tuple(f"{run.dataset}, {k}" for k in range(1, 19)))
        return replace(run, simulated=False, predictions=replace(run.predictions, names=names))

    (table,) = pooled([own_clips(run) for run in RUNS])
    (simulated,) = pooled(RUNS)
    assert table.rows == simulated.rows


def test_protocols_are_kept_apart():
    runs = [*RUNS, *(replace(run, protocol="window") for run in RUNS)]
    honest, leaking = pooled(runs)
    assert (honest.protocol, leaking.protocol) == ("loso", "window")
    assert (honest.leaks, leaking.leaks) == (False, True)
    assert pooled([*RUNS[:6], *(replace(run, protocol="window") for run in RUNS[6:])]) == []


def test_the_figures_fit_into_json():
    runs = [*RUNS, *(replace(run, method="twin") for run in RUNS if run.method == "spectral")]
    (table,) = pooled(runs)
    values = json.loads(json.dumps(table.to_json(), allow_nan=False))
    assert values["dataset"] == "4 data sets"
    assert values["datasets"] == list(table.datasets)
    assert values["split"] == "loso: people never seen, same clips on both sides"
    assert values["same_clips_on_both_sides"] is True
    for row, found in zip(values["rows"], table.rows, strict=True):
        assert row["difference"] == found.comparison.difference
        assert row["verdict"] == table.verdict(found)
        if found.method == "twin":
            assert (row["difference"], row["p"], row["p_holm"]) == (0, None, None)
