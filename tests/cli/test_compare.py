import hashlib
import json
from itertools import product

import pytest

from rtdreamer.cli.main import run
from rtdreamer.evaluation.predictions_file import predictions_csv
from rtdreamer.model.registry import DEFAULT_ARCHITECTURE
from tests.made_up_runs import make_run

NAMES = ["comparison.json", "comparison.md", "comparison.png", "comparison.tex"]


@pytest.fixture
def runs(tmp_path):
    """Runs of three methods and two seeds, a file each; their paths."""
    paths = []
    for seed in (0, 1):
        for method, skill in {"ridge": 0.2, DEFAULT_ARCHITECTURE: 0.8, "tangent": 0.1}.items():
            path = tmp_path / f"{method}-{seed}.csv"
            path.write_bytes(predictions_csv(make_run(method, seed, skill, n_people=6)))
            paths.append(str(path))
    return paths


def test_a_stranger_is_told_how_the_network_stands_to_others(runs, tmp_path, capsys):
    assert run(["compare", *runs, "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    words = " ".join(said.split())
    assert words.startswith(
        f"{DEFAULT_ARCHITECTURE} on SIMULATED people: made up loso: people never seen, "
    )
    assert "same clips on both sides; 2 folds" in words
    assert "6 people, 36 trials; seeds 0, 1" in words
    assert f"Difference: that of {DEFAULT_ARCHITECTURE} minus that of the method" in words
    assert said.count("│ ridge ") == said.count("│ tangent ") == 2
    assert all(len(line) <= 80 for line in said.splitlines()[1:-1])
    assert said.splitlines()[-1] == f"Wrote {tmp_path / 'out'}"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == NAMES
    (table,) = json.loads((tmp_path / "out" / "comparison.json").read_text(encoding="utf-8"))
    assert table["reference"] == DEFAULT_ARCHITECTURE
    for name in ("comparison.md", "comparison.tex"):
        text = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert "SIMULATED" in text
        assert "loso" in text


def test_without_out_nothing_is_written(runs, tmp_path, capsys):
    before = sorted(tmp_path.iterdir())
    assert run(["compare", *runs, "--reference", "tangent"]) == 0
    assert capsys.readouterr().out.startswith("tangent on SIMULATED people")
    assert sorted(tmp_path.iterdir()) == before


def test_what_leaks_says_so(tmp_path, capsys):
    for method in ("a", "b"):
        content = predictions_csv(make_run(method, protocol="window"))
        (tmp_path / f"{method}.csv").write_bytes(content)
    assert run(["compare", *(str(tmp_path / f"{name}.csv") for name in "ab")]) == 0
    assert capsys.readouterr().out.count("LEAKS") == 2


def test_what_cannot_be_compared_is_one_line(runs, tmp_path, capsys):
    out = ["--out", str(tmp_path / "out")]
    (tmp_path / "empty").mkdir()
    for arguments, said in (
        ([], "Missing argument"),
        ([runs[0]], "ridge is alone"),
        ([runs[0], runs[0]], "ridge with seed 0 is there twice"),
        ([runs[0], runs[4]], "compare runs of the same seeds"),
        ([*runs, "--reference", "magic"], "has no method 'magic'"),
        ([*runs, str(tmp_path / "none")], "no such file"),
        ([*runs, str(tmp_path / "empty")], "has no benchmark.json and no predictions.csv"),
    ):
        assert run(["compare", *arguments, *out]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.count("\n") == 1
        assert said in printed.err
        assert not (tmp_path / "out").exists()


@pytest.fixture
def benchmark(tmp_path):
    """A folder of three data sets of three methods, where two cells failed."""
    folder = tmp_path / "bench"
    (folder / "cells").mkdir(parents=True)
    cells = []
    for number in range(3):
        for method, seed in product(("ridge", DEFAULT_ARCHITECTURE, "tangent"), (0, 1)):
            if (number, method, seed) in ((1, "ridge", 1), (2, DEFAULT_ARCHITECTURE, 0)):
                continue
            made_up = make_run(
                method, seed, n_people=6, n_trials=10, people=number, dataset=f"cohort {number}"
            )
            file = f"cells/{number}-{method}-{seed}.csv"
            content = predictions_csv(made_up)
            (folder / file).write_bytes(content)
            cells.append({"file": file, "sha256": hashlib.sha256(content).hexdigest()})
    (folder / "benchmark.json").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return folder


def test_a_benchmark_is_compared_over_its_data_sets_though_cells_failed(
    benchmark, tmp_path, capsys
):
    assert run(["compare", str(benchmark), "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr()
    words = " ".join(printed.out.split())
    both = f"ridge is compared over seeds 0: it has 0, {DEFAULT_ARCHITECTURE} 0, 1."
    assert both in words
    assert f"cohort 1: {both}" in words
    assert f"{DEFAULT_ARCHITECTURE} on SIMULATED people: 3 data sets" in words
    assert "by Student's t over the 3 data sets' differences" in words
    assert printed.err == ""
    assert all(len(line) <= 80 for line in printed.out.splitlines()[1:-1])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == NAMES
    *each, pooled = json.loads((tmp_path / "out" / "comparison.json").read_text(encoding="utf-8"))
    assert len(each) == 3
    assert pooled["datasets"] == ["cohort 0", "cohort 1", "cohort 2"]
    for name in ("comparison.md", "comparison.tex"):
        text = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert "and other methods over 3 data sets" in text
        assert both in " ".join(text.split())


def test_a_data_set_without_a_table_is_named(benchmark, runs, capsys):
    assert run(["compare", str(benchmark), runs[0]]) == 0
    printed = capsys.readouterr()
    assert printed.err == (
        "made up, loso: ridge is alone: name a run of another method; there is no table of it\n"
    )
    left_out = f"made up is omitted: {DEFAULT_ARCHITECTURE} is not compared with others there."
    assert left_out in " ".join(printed.out.split())
