import csv
import json
import math
import shutil
from dataclasses import fields, replace

import numpy as np
import pytest

from rtdreamer.cli.main import run
from rtdreamer.data import simulated
from rtdreamer.data.dreamer_mat import write_dreamer
from rtdreamer.evaluation import benchmark as benchmark_module
from rtdreamer.evaluation import methods
from rtdreamer.evaluation.methods import OTHER_METHODS
from rtdreamer.evaluation.predictions_file import read_predictions
from rtdreamer.metrics.target_metrics import TargetMetrics, target_metrics
from rtdreamer.model.registry import BUILT_IN
from tests import made_up_architecture


@pytest.fixture
def benchmark(folder, tmp_path, capsys):
    """Run the command on four people with base-rate and logistic; what it printed."""

    def judge(arguments="--methods base-rate,logistic", code=0, data="people.mat"):
        given = ["--cache", folder / "cache", "--out", tmp_path / "out", "--seeds", 2]
        words = ["benchmark", folder / data, *given, "--calibration-groups", 2]
        assert run([*map(str, words), "--protocol", "loso", *arguments.split()]) == code
        return capsys.readouterr()

    return judge


@pytest.fixture
def calls(monkeypatch):
    """The seeds that cells were asked with; each fold of logistic regression counts."""
    asked = []

    def method(train, test, config, device):
        asked.append(config.seed)
        return OTHER_METHODS["logistic"](train, test, config, device)

    monkeypatch.setattr(methods, "OTHER_METHODS", {**OTHER_METHODS, "logistic": method})
    return asked


def results(folder):
    with (folder / "out" / "results.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cells(folder):
    return sorted(path.name for path in (folder / "out" / "cells").glob("*.csv"))


def test_a_stranger_is_told_who_was_judged_and_how_well(benchmark, tmp_path):
    said = benchmark()
    words = " ".join(said.out.split())
    assert words.startswith("SIMULATED people: ")
    assert "loso: people never seen, same clips on both sides 4 people, 68 trials" in words
    assert "(always the base rate)" in words
    assert said.out.splitlines()[-1] == f"Wrote {tmp_path / 'out'}"
    rows = [line for line in said.out.splitlines() if line.startswith("│ base-rate")]
    assert rows[0].split()[3] == "2"
    assert rows[0].split()[5:8] == ["0.500", "±", "0.000"]
    assert all(len(line) <= 80 for line in said.out.splitlines()[1:-1])
    assert said.err.splitlines()[-1] == "Folds of all cells 16/16"


def test_the_tidy_table_has_every_figure_of_every_cell(benchmark, tmp_path):
    benchmark()
    rows = results(tmp_path)
    metrics = [f.name for f in fields(TargetMetrics) if not f.name.endswith("_ci")]
    assert len(rows) == 2 * 2 * 2 * 2 * len(metrics)
    assert {row["method"] for row in rows} == {"base-rate", "logistic"}
    assert {row["seed"] for row in rows} == {"0", "1"}
    values = json.loads((tmp_path / "out" / "benchmark.json").read_text(encoding="utf-8"))
    for cell in values["cells"]:
        found = read_predictions(tmp_path / "out" / cell["file"])
        assert (found.method, found.seed) == (cell["method"], cell["seed"])
        levels = {"trial": found.predictions.by_trial(), "window": found.predictions}
        for level, of_level in levels.items():
            for k, target in enumerate(("valence", "arousal")):
                expected = target_metrics(of_level, k)
                wanted = found.method, str(found.seed), target, level
                own = [
                    row
                    for row in rows
                    if (row["method"], row["seed"], row["target"], row["level"]) == wanted
                ]
                assert [row["metric"] for row in own] == metrics
                for row in own:
                    value = getattr(expected, row["metric"])
                    assert row["value"] == "" if math.isnan(value) else float(row["value"]) == value
                    ends = getattr(expected, row["metric"] + "_ci", None)
                    assert (row["low"] != "") == (ends is not None)
                    if ends is not None:
                        assert (float(row["low"]), float(row["high"])) == ends
                    assert (row["n_subjects"], row["n_trials"]) == ("4", "68")


def test_all_methods_of_a_seed_go_through_the_same_folds(benchmark, tmp_path):
    benchmark("--methods base-rate,clip-mean --folds 2")
    folds = {}
    for name in cells(tmp_path):
        found = read_predictions(tmp_path / "out" / "cells" / name)
        rows = found.predictions
        order = np.lexsort([found.window, rows.trial, rows.subject])
        folds.setdefault(found.seed, []).append(rows.fold[order].tolist())
    assert all(one == other for one, other in folds.values())
    assert folds[0][0] != folds[1][0]


def test_what_is_finished_is_not_run_again(benchmark, calls, tmp_path, monkeypatch):
    first = benchmark("--methods base-rate,logistic --seed 50")
    assert sorted(calls) == [50] * 4 + [51] * 4
    written = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*.*")}
    with monkeypatch.context() as patch:
        # Not even their windows are read.
        patch.setattr(benchmark_module, "load_windows", None)
        patch.setattr(benchmark_module, "cross_validate", None)
        again = benchmark("--methods base-rate,logistic --seed 50")
    assert again.out == first.out
    assert again.err == "Folds of all cells 16/16\n"
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*.*")} == written
    calls.clear()
    more = benchmark("--methods base-rate,logistic,clip-mean --seed 51")
    assert calls == [52] * 4
    assert more.err.startswith("Folds of all cells 8/24\n")
    assert {row["method"] for row in results(tmp_path)} == {"base-rate", "logistic", "clip-mean"}
    assert {row["seed"] for row in results(tmp_path)} == {"51", "52"}


def test_what_is_of_another_question_or_was_touched_is_run_anew(benchmark, tmp_path):
    benchmark("--methods base-rate,clip-mean")
    before = {name: (tmp_path / "out" / "cells" / name).read_bytes() for name in cells(tmp_path)}
    said = benchmark("--methods base-rate,clip-mean --folds 2")
    assert said.err.startswith("Folds of all cells 0/8\n")
    assert cells(tmp_path) == sorted(before)
    benchmark("--methods base-rate,clip-mean")
    first, second, *_ = ((tmp_path / "out" / "cells" / name) for name in before)
    first.write_bytes(first.read_bytes().replace(b",1,", b",0,"))
    second.with_suffix(".json").unlink()
    assert benchmark("--methods base-rate,clip-mean").err.startswith("Folds of all cells 8/16\n")
    for name, content in before.items():
        assert (tmp_path / "out" / "cells" / name).read_bytes() == content


def test_a_cell_that_fails_is_named_and_others_go_on(benchmark, monkeypatch, tmp_path):
    def broken(train, test, config, device):
        raise ValueError("no\nluck")

    monkeypatch.setattr(methods, "OTHER_METHODS", {**OTHER_METHODS, "trees": broken})
    said = benchmark("--methods trees,base-rate", code=2)
    lines = said.err.splitlines()
    assert lines[-3].endswith("people.mat-loso-trees-seed-0: ValueError: no luck")
    assert lines[-2].endswith("people.mat-loso-trees-seed-1: ValueError: no luck")
    assert lines[-1].startswith("rtdreamer: error: 2 of 4 cells failed, for the reasons above")
    assert "Folds of all cells 16/16" in lines
    assert {row["method"] for row in results(tmp_path)} == {"base-rate"}
    values = json.loads((tmp_path / "out" / "benchmark.json").read_text(encoding="utf-8"))
    assert [failure["why"] for failure in values["failures"]] == ["ValueError: no luck"] * 2
    monkeypatch.undo()
    assert benchmark("--methods trees,base-rate").err.startswith("Folds of all cells 8/16\n")


def test_of_several_data_sets_each_has_its_rows(benchmark, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(simulated, "CLIP_SECONDS", (10,) * 18)
    monkeypatch.setattr(simulated, "BASELINE_SECONDS", 10)
    write_dreamer(tmp_path / "others.mat", simulated.SimulatedDreamer(3, 4, 3.0))
    said = benchmark(f"--methods base-rate --seeds 1 {tmp_path / 'others.mat'}")
    assert said.out.count("SIMULATED people: ") == 2
    n_people = {row["dataset"]: row["n_subjects"] for row in results(tmp_path)}
    assert n_people == {str(folder / "people.mat"): "4", str(tmp_path / "others.mat"): "3"}


def test_compare_takes_what_was_written(benchmark, tmp_path, capsys):
    benchmark()
    assert run(["compare", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("base-rate on SIMULATED people: ")
    assert said.count("│ logistic ") == 2


def test_dominance_is_judged_if_asked_for(benchmark, tmp_path, capsys):
    said = benchmark("--methods base-rate,clip-mean --targets valence,arousal,dominance")
    assert {row["target"] for row in results(tmp_path)} == {"valence", "arousal", "dominance"}
    assert {row["same_clips"] for row in results(tmp_path)} == {"true"}
    assert all(len(line) <= 80 for line in said.out.splitlines()[1:-1])
    values = json.loads((tmp_path / "out" / "benchmark.json").read_text(encoding="utf-8"))
    assert values["settings"]["n_targets"] == 3
    assert values["same_clips_on_both_sides"] is True
    assert run(["compare", str(tmp_path / "out"), "--out", str(tmp_path / "compared")]) == 0
    assert "dominance" in capsys.readouterr().out
    (table,) = json.loads((tmp_path / "compared" / "comparison.json").read_text(encoding="utf-8"))
    assert table["same_clips_on_both_sides"] is True
    assert [row["target"] for row in table["rows"]] == ["valence", "arousal", "dominance"]


def test_each_method_goes_by_its_own_settings_and_windows(benchmark, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(BUILT_IN, "made-up", "tests.made_up_architecture:MADE_UP")
    usual = "--protocol trial --folds 2 --patience 1 --seeds 1"
    benchmark(f"{usual} --methods made-up,ridge")
    values = json.loads((tmp_path / "out" / "benchmark.json").read_text(encoding="utf-8"))
    assert values["methods"] == ["made-up", "ridge"]
    settings = values["settings"]["of_methods"]
    own = [(settings[name]["epochs"], settings[name]["lr"]) for name in values["methods"]]
    assert own == [(2, 0.01), (12, 0.001)]
    assert {of_method["patience"] for of_method in settings.values()} == {1}
    assert [settings[name]["hop"] for name in values["methods"]] == [None, 1280]
    n_rows = {}
    for name in cells(tmp_path):
        found = read_predictions(tmp_path / "out" / "cells" / name)
        n_rows.setdefault(found.method, set()).add(len(found.predictions))
    assert n_rows == {"made-up": {68}, "ridge": {76}}
    # Each trial's last window against all of its windows: trials are what is compared.
    assert run(["compare", str(tmp_path / "out"), "--reference", "made-up"]) == 0
    assert capsys.readouterr().out.count("│ ridge ") == 2
    capsys.readouterr()
    benchmark(f"{usual} --methods made-up --windows sliding --out {tmp_path / 'sliding'}")
    values = json.loads((tmp_path / "sliding" / "benchmark.json").read_text(encoding="utf-8"))
    assert values["settings"]["of_methods"]["made-up"]["hop"] == 1280


def test_each_method_sees_people_as_it_says_unless_something_else_is_said(
    benchmark, tmp_path, monkeypatch
):
    absolute = replace(made_up_architecture.MADE_UP, standardise=False)
    monkeypatch.setattr(made_up_architecture, "ABSOLUTE", absolute, raising=False)
    monkeypatch.setitem(BUILT_IN, "made-up", "tests.made_up_architecture:ABSOLUTE")
    usual = "--protocol trial --folds 2 --seeds 1 --windows last --methods ridge,made-up"

    def found(folder, said=""):
        out = folder / "out"
        benchmark(f"{usual} {said} --out {out}")
        settings = json.loads((out / "benchmark.json").read_text(encoding="utf-8"))["settings"]
        assert "standardise" not in settings["spec"]
        of_methods = settings["of_methods"]
        rows = {
            name: read_predictions(out / "cells" / name).predictions.probabilities
            for name in cells(folder)
        }
        return [of_methods[name]["standardise"] for name in ("ridge", "made-up")], rows

    own, rows = found(tmp_path / "own")
    assert own == [True, False]
    relative, of_relative = found(tmp_path / "relative", "--standardise")
    assert relative == [True, True]
    same = {name: np.array_equal(rows[name], of_relative[name]) for name in rows}
    assert {name.split("trial-")[1]: equal for name, equal in same.items()} == {
        "ridge-seed-0.csv": True,
        "made-up-seed-0.csv": False,
    }
    assert found(tmp_path / "absolute", "--no-standardise")[0] == [False, False]


def test_what_leaks_says_so(benchmark, tmp_path):
    said = benchmark("--methods base-rate --protocol window --folds 2")
    assert said.out.count("LEAKS") == 2
    values = json.loads((tmp_path / "out" / "benchmark.json").read_text(encoding="utf-8"))
    assert values["leaks"] is True


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--methods magic", "'magic' is not one of vae-gnn, as-written"),
        ("--methods ,", "'' is not one of"),
        ("", "Missing option '--methods'"),
        ("--methods trees,trees", "trees is there twice"),
        ("--methods trees --folds 1", "--folds"),
        ("--methods trees --seeds 0", "--seeds"),
        ("--methods trees --seed 4294967295", "--seeds 2: from --seed 4294967295 on"),
        ("--methods trees --data x.mat", "--data goes without DATA"),
        ("--methods trees missing.mat", "missing.mat: no such file"),
        ("--methods base-rate --folds 5", "no cell could be judged: 5 folds of 4 subjects"),
        ("--methods trees --device toaster", "device 'toaster' cannot be used"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(benchmark, arguments, said, tmp_path):
    printed = benchmark(arguments, code=2)
    assert printed.out == ""
    errors = [line for line in printed.err.splitlines() if not line.startswith("Folds of")]
    assert len(errors) == 1
    assert said in errors[0]
    assert not (tmp_path / "out").exists()


def test_the_same_data_twice_are_refused(benchmark, folder, tmp_path):
    shutil.copy(folder / "people.mat", tmp_path / "copy.mat")
    for path in (folder / "people.mat", tmp_path / "copy.mat"):
        said = benchmark(f"--methods trees {path}", code=2)
        assert f"{path}: is given twice" in said.err


def test_a_file_that_is_in_the_way_is_refused(benchmark, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "cells").touch()
    said = benchmark("--methods base-rate", code=2)
    assert "cannot be written" in said.err.splitlines()[-1]
