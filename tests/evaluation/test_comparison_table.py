import json
import math
from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.errors import DataError
from rtdreamer.evaluation import comparison_table
from rtdreamer.evaluation.comparison_table import FIGURES, compare_runs
from rtdreamer.metrics.comparison import STATISTICS, compare, holm
from rtdreamer.metrics.names import TARGETS
from rtdreamer.metrics.target_metrics import target_metrics
from rtdreamer.model.registry import DEFAULT_ARCHITECTURE
from tests.made_up_runs import make_run
from tests.one_line import assert_one_line

SKILL = {"ridge": 0.2, DEFAULT_ARCHITECTURE: 0.9, "tangent": 0.0}
RUNS = [
    make_run(method, seed, skill, n_people=6)
    for seed in (0, 1, 2)
    for method, skill in SKILL.items()
]


@pytest.fixture(scope="module")
def table():
    """Of all those runs."""
    (table,) = compare_runs(RUNS)
    return table


def test_the_network_is_compared_with_all_others_on_each_target(table):
    assert (table.reference, table.seeds, table.n_folds) == (DEFAULT_ARCHITECTURE, (0, 1, 2), 2)
    assert (table.n_people, table.n_trials) == (6, 36)
    assert [(row.target, row.method) for row in table.rows] == [
        (target, method) for target in ("valence", "arousal") for method in ("ridge", "tangent")
    ]
    of = {
        method: [run.predictions.by_trial() for run in RUNS if run.method == method]
        for method in SKILL
    }
    expected = [
        compare(of[DEFAULT_ARCHITECTURE], of[m], k) for k in (0, 1) for m in ("ridge", "tangent")
    ]
    assert [row.comparison for row in table.rows] == expected
    assert [row.p_holm for row in table.rows] == holm([found.p for found in expected])
    for row in table.rows:
        k = ("valence", "arousal").index(row.target)
        for auc, method in ((row.figure, row.method), (row.reference_figure, DEFAULT_ARCHITECTURE)):
            of_seeds = [target_metrics(trials, k).auc for trials in of[method]]
            assert auc == pytest.approx(np.mean(of_seeds))
        assert row.comparison.difference > 0
        assert row.comparison.difference == pytest.approx(row.reference_figure - row.figure)


def test_any_method_can_be_the_reference():
    (table,) = compare_runs(RUNS, "tangent")
    assert {row.method for row in table.rows} == {"ridge", DEFAULT_ARCHITECTURE}
    without = [run for run in RUNS if run.method != DEFAULT_ARCHITECTURE]
    assert compare_runs(without)[0].reference == "ridge"
    with pytest.raises(DataError, match="has no method 'magic': choose from ridge, ") as e:
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
def test_apart_is_what_both_interval_and_test_tell_apart(table, low, high, p, verdict):
    row = table.rows[0]
    row = replace(row, comparison=replace(row.comparison, low=low, high=high), p_holm=p)
    assert table.verdict(row) == verdict.replace("the network", DEFAULT_ARCHITECTURE)


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
            if run.method == DEFAULT_ARCHITECTURE
        ]
        assert row.reference_figure == pytest.approx(np.mean(of_network))
        assert row.comparison.difference == pytest.approx(row.reference_figure - row.figure)


def test_the_figures_fit_into_json(table):
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
    assert_one_line(error.value, f"made up, loso: valence, {DEFAULT_ARCHITECTURE} and ridge: ")


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


def of_method(method, *seeds):
    return [run for run in RUNS if run.method == method and run.seed in seeds]


def test_methods_are_compared_over_the_seeds_that_both_have():
    runs = [*of_method("ridge", 2, 0), *of_method("tangent", 0, 1), *of_method("tangent", 2)]
    (table,) = compare_runs(runs, "tangent")
    (same,) = compare_runs([*of_method("ridge", 0, 2), *of_method("tangent", 0, 2)], "tangent")
    assert table.rows == same.rows
    assert (table.seeds, same.seeds) == ((0, 1, 2), (0, 2))
    said = "ridge is compared over seeds 0, 2: it has 0, 2, tangent 0, 1, 2."
    assert (table.notes, same.notes) == ((said,), ())
    assert table.to_json()["notes"] == [said]


def test_a_method_that_shares_no_seed_is_left_out_of_the_table():
    runs = [
        *of_method("ridge", 0, 1),
        *of_method("tangent", 2),
        *of_method(DEFAULT_ARCHITECTURE, 1),
    ]
    (table,) = compare_runs(runs)
    assert {row.method for row in table.rows} == {"ridge"}
    assert table.notes == (
        f"ridge is compared over seeds 1: it has 0, 1, {DEFAULT_ARCHITECTURE} 1.",
        f"tangent is omitted, as no seed is shared: it has 2, {DEFAULT_ARCHITECTURE} 1.",
    )
    with pytest.raises(DataError, match="tangent has seeds 2, others have none of these") as error:
        compare_runs(runs, "tangent")
    assert_one_line(error.value, "made up, loso: ")


def test_runs_that_share_a_seed_with_each_other_alone_are_paired_too():
    (network,) = of_method(DEFAULT_ARCHITECTURE, 1)
    wrong = replace(network.predictions, fold=1 - network.predictions.fold)
    runs = [*of_method("ridge", 0), *of_method("tangent", 0, 1)]
    runs += [replace(network, predictions=wrong)]
    with pytest.raises(DataError, match=r"seed 1: tangent and .* they cannot be compared"):
        compare_runs(runs, "tangent")


def test_what_has_no_table_does_not_keep_others_from_theirs():
    alone = replace(RUNS[0], dataset="alone")
    others = [replace(run, dataset="others") for run in of_method("ridge", 0)]
    others += [replace(run, dataset="others") for run in of_method("tangent", 0)]
    said = []
    tables = compare_runs([alone, *RUNS, *others], DEFAULT_ARCHITECTURE, say=said.append)
    assert [table.dataset for table in tables] == ["made up"]
    assert [line.partition(": choose")[0] for line in said] == [
        f"{name}, loso: has no method {DEFAULT_ARCHITECTURE!r}" for name in ("alone", "others")
    ]
    said.clear()
    tables = compare_runs([alone, *RUNS, *others], say=said.append)
    assert [table.reference for table in tables] == [DEFAULT_ARCHITECTURE, "ridge"]
    assert said == [
        "alone, loso: ridge is alone: name a run of another method; there is no table of it"
    ]


def test_a_target_on_which_nobody_has_a_pair_does_not_keep_others_from_theirs():
    runs = []
    for run in RUNS:
        labels = run.predictions.labels.copy()
        labels[:, 0] = 1
        runs.append(replace(run, predictions=replace(run.predictions, labels=labels)))
    (table,) = compare_runs(runs)
    assert {row.target for row in table.rows} == {"arousal"}
    assert len(table.notes) == 2
    assert table.notes[0].startswith(f"valence, {DEFAULT_ARCHITECTURE} and ridge: no one has two ")
