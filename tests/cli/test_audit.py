import json

import pytest

from rtdreamer.cli.main import run
from tests.folds_files import fold_rows, write


@pytest.fixture
def audit(tmp_path, capsys, monkeypatch):
    """Run the command in a folder with the rows' file; its one text, without line ends."""
    monkeypatch.chdir(tmp_path)

    def said(rows, *arguments, code=0):
        write(tmp_path / "folds.csv", rows)
        assert run(["audit", "folds.csv", *arguments]) == code
        printed = capsys.readouterr()
        assert printed.err == "" or code
        return " ".join((printed.err if code else printed.out).split())

    return said


def labelled(protocol, with_sides):
    rows = fold_rows(protocol, 0, with_sides)[0]
    return [row | {"label": row["trial"] % 2, "p": 0.5} for row in rows]


def test_a_split_of_windows_is_called_a_leak(audit, tmp_path):
    said = audit(labelled("window", False), "--json", "found.json")
    assert "The folds amount to 'window': " in said
    assert "LEAKS: windows that are judged stand beside windows of the same trial" in said
    assert "each fold is taken to learn from all that it does not judge" in said
    assert "Each window is judged exactly once." in said
    assert "a twin that knows only which " in said
    assert "by trial; yours 0.500." in said
    assert said.endswith("Wrote found.json")
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert (found["protocol"], found["leaks"], found["judged_once"]) == ("window", True, True)
    assert found["targets"][0]["own"]["trial"] == 0.5
    assert len(found["folds"]) == 3


def test_of_crossed_folds_no_twin_knows_anything(audit):
    said = audit(labelled("crossed", True))
    assert "The folds amount to 'crossed': " in said
    assert "LEAKS" not in said
    assert "on both sides:" not in said
    assert "without a column side" not in said.lower()
    assert "no twin knows anything: the split gives no label away." in said


def test_without_labels_it_says_how_to_see_more(audit):
    said = audit(fold_rows("loso", 0, with_sides=False, n_folds=None)[0])
    assert "The folds amount to 'loso': " in said
    assert "one clip on both sides: clip c" in said
    assert "add a column label" in said


def test_only_so_many_folds_are_shown(audit, monkeypatch):
    monkeypatch.setattr("rtdreamer.cli.audit.MOST_FOLDS", 2)
    assert "1 further folds are not shown" in audit(fold_rows("trial", 0, False)[0])


def test_what_is_wrong_is_said_with_the_figures(audit):
    rows = fold_rows("loso", 0, with_sides=False)[0]
    said = audit([*rows, rows[0], rows[1] | {"fold": 2 - rows[1]["fold"] // 2}])
    assert "1 row repeats another: counted once." in said
    assert "Not each window is judged exactly once: 0 never, 1 more than once." in said


def test_ratings_are_high_from_the_threshold_on(audit):
    rows = [row | {"rating": 1 + row["trial"] % 5} for row in fold_rows("window", 0, False)[0]]
    assert "scores 1.000" in audit(rows)
    assert "scores none" in audit(rows, "--threshold", "6")


def test_what_cannot_be_used_is_one_line(audit, tmp_path):
    rows = [row | {"fold": 0} for row in fold_rows("loso", 0, False)[0]]
    said = audit(rows, "--json", "found.json", code=2)
    assert said.startswith("rtdreamer: error: folds.csv: has one fold only")
    assert [path.name for path in tmp_path.iterdir()] == ["folds.csv"]
