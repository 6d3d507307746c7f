import json

import pytest

from rtdreamer.cli.main import run
from rtdreamer.evaluation.predictions_file import predictions_csv
from tests.made_up_runs import make_run

NAMES = ["comparison.json", "comparison.md", "comparison.png", "comparison.tex"]


@pytest.fixture
def runs(tmp_path):
    """Runs of three methods and two seeds, a file each; their paths."""
    paths = []
    for seed in (0, 1):
        for method, skill in {"ridge": 0.2, "vae-gnn": 0.8, "tangent": 0.1}.items():
            path = tmp_path / f"{method}-{seed}.csv"
            path.write_bytes(predictions_csv(make_run(method, seed, skill, n_people=6)))
            paths.append(str(path))
    return paths


def test_a_stranger_is_told_how_the_network_stands_to_others(runs, tmp_path, capsys):
    assert run(["compare", *runs, "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    words = " ".join(said.split())
    assert words.startswith("vae-gnn on SIMULATED people: made up loso: people never seen, same ")
    assert "same clips on both sides; 2 folds" in words
    assert "6 people, 36 trials; seeds 0, 1" in words
    assert "Difference: that of vae-gnn minus that of the method" in words
    assert said.count("│ ridge ") == said.count("│ tangent ") == 2
    assert all(len(line) <= 80 for line in said.splitlines()[1:-1])
    assert said.splitlines()[-1] == f"Wrote {tmp_path / 'out'}"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == NAMES
    (table,) = json.loads((tmp_path / "out" / "comparison.json").read_text(encoding="utf-8"))
    assert table["reference"] == "vae-gnn"
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
        (runs[:-1], "compare runs of the same seeds"),
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
