import runpy
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "judge_your_own.py"


def test_the_example_runs_as_it_stands(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RTDREAMER_CACHE", str(tmp_path))
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) <= 10
    runpy.run_path(str(EXAMPLE))
    said = capsys.readouterr().out
    assert "ExtraTreesClassifier on SIMULATED people: simulated DREAMER (6 subjects" in said
    assert "arousal: AUC within a person 0." in said
