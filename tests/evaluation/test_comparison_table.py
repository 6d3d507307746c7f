import json
import math
from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.errors import DataError
from rtdreamer.evaluation import comparison_table
from rtdreamer.evaluation.comparison_table import FIGURES, compare_runs
from rtdreamer.metrics.comparison import STATISTICS, compare, holm
from rtdreamer.metrics.scores import TARGETS
from rtdreamer.metrics.target_metrics import target_metrics
from tests.made_up_runs import make_run
from tests.one_line import assert_one_line

SKILL = {"ridge": 0.2, "vae-gnn": 0.9, "tangent": 0.0}
RUNS = [
    make_run(method, seed, skill, n_people=6)
    for seed in (0, 1, 2)
    for method, skill in SKILL.items()
]


def test_the_network_is_compared_with_all_others_on_each_target():
    (table,) = compare_runs(RUNS)
    assert (table.reference, table.seeds, table.n_folds) == ("vae-gnn", (0, 1, 2), 2)
    assert (table.n_people, table.n_trials) == (6, 36)
    assert [(row.target, row.method) for row in table.rows] == [
        (target, method) for target in ("valence", "arousal") for method in ("ridge", "tangent")
    ]
    of = {
        method: [run.predictions.by_trial() for run in RUNS if run.method == method]
        for method in SKILL
    }
    expected = [compare(of["vae-gnn"], of[m], k) for k in (0, 1) for m in ("ridge", "tangent")]
    assert [row.comparison for row in table.rows] == expected
    assert [row.p_holm for row in table.rows] == holm([found.p for found in expected])
    for row in table.rows:
        k = ("valence", "arousal").index(row.target)
        for auc, method in ((row.figure, row.method), (row.reference_figure, "vae-gnn")):
            of_seeds = [target_metrics(trials, k).auc for trials in of[method]]
            assert auc == pytest.approx(np.mean(of_seeds))
        assert row.comparison.difference > 0
        assert row.comparison.difference == pytest.approx(row.reference_figure - row.figure)


def test_any_method_can_be_the_reference():
    (table,) = compare_runs(RUNS, "tangent")
    assert {row.method for row in table.rows} == {"ridge", "vae-gnn"}
    without = [run for run in RUNS if run.method != "vae-gnn"]
    assert compare_runs(without)[0].reference == "ridge"
    with pytest.raises(DataError, match="has no method 'magic': choose from ridge, vae-gnn") as e:
        compare_runs(RUNS, "magic")
    assert_one_line(e.value, "made up, loso")


@pytest.mark.parametrize("n_targets", [1, 2])
def test_as_many_targets_as_there_are(n_targets):
    runs = [make_run(method, n_targets=n_targets) for method in ("a", "b")]
    (table,) = compare_runs(runs)
    assert len(table.rows) == n_targets


@pytest.mark.parametrize(
    ("low", "high", "p", "verdict"),
    [
        (0.1, 0.2, 0.01, "vae-gnn is better"),
        (-0.2, -0.1, 0.01, "vae-gnn is worse"),
        (0.1, 0.2, 0.05, "not told apart"),
        (-0.1, 0.2, 0.01, "not told apart"),
        (0.1, 0.2, math.nan, "not told apart"),
        (math.nan, math.nan, 0.01, "not told apart"),
    ],
)
def test_apart_is_what_both_interval_and_test_tell_apart(low, high, p, verdict):
    (table,) = compare_runs(RUNS)
    row = table.rows[0]
    row = replace(row, comparison=replace(row.comparison, low=low, high=high), p_holm=p)
    assert table.verdict(row) == verdict


@pytest.mark.parametrize(("statistic", "name"), FIGURES.items())
def test_what_is_compared_is_named_and_is_that_of_the_methods(statistic, name):
    (table,) = compare_runs(RUNS, statistic=statistic)
    assert table.figure == name
    assert set(FIGURES) == set(STATISTICS)
    for row in table.rows:
        k = TARGETS.index(row.target)
        of_network = [
            getattr(target_metrics(run.predictions.by_trial(), k), statistic)
            for run in RUNS
            if run.method == "vae-gnn"
        ]
        assert row.reference_figure == pytest.approx(np.mean(of_network))
        assert row.comparison.difference == pytest.approx(row.reference_figure - row.figure)


def test_the_figures_fit_into_json():
    (table,) = compare_runs(RUNS)
    nan = replace(table.rows[0].comparison, low=math.nan, high=math.nan, p=math.nan)
    rows = replace(table.rows[0], comparison=nan, p_holm=math.nan), *table.rows[1:]
    table = replace(table, rows=rows)
    values = json.loads(json.dumps(table.to_json(), allow_nan=False))
    assert values["split"] == "loso: people never seen, same clips on both sides; 2 folds"
    assert values["simulated"] is True
    assert [values["rows"][0][name] for name in ("low", "high", "p", "p_holm")] == [None] * 4
    for row, found in zip(values["rows"], table.rows, strict=True):
        assert row["difference"] == found.comparison.difference
        assert row["verdict"] == table.verdict(found)


def test_people_without_a_pair_cannot_be_compared():
    labels = np.ones_like(RUNS[0].predictions.labels)
    runs = [replace(run, predictions=replace(run.predictions, labels=labels)) for run in RUNS]
    with pytest.raises(DataError) as error:
        compare_runs(runs)
    assert_one_line(error.value, "made up, loso, valence, vae-gnn and ridge: ")


def test_the_test_knows_whether_clips_were_kept_apart(monkeypatch):
    told = []

    def seen(a, b, target, statistic, clips_apart):
        told.append(clips_apart)
        return compare(a, b, target, statistic, clips_apart)

    monkeypatch.setattr(comparison_table, "compare", seen)
    for protocol, apart in (("loso", False), ("trial", False), ("crossed", True)):
        compare_runs([replace(run, protocol=protocol) for run in RUNS])
        assert told == [apart] * 4
        told.clear()
