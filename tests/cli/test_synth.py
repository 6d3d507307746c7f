import numpy as np

from rtdreamer.cli.main import run
from rtdreamer.data import dreamer_mat
from rtdreamer.data.dreamer_mat import DreamerFile
from rtdreamer.data.simulated import DEFAULT_CLIP, DEFAULT_EFFECT, SimulatedDreamer

SIZES = DEFAULT_EFFECT, DEFAULT_CLIP


def test_effect_and_clip_are_taken(tmp_path, monkeypatch, capsys):
    made = []
    monkeypatch.setattr(
        dreamer_mat, "write_dreamer", lambda path, source, tell: made.append(source)
    )
    for arguments, sizes in (("--effect 0.1 --clip 0", (0.1, 0)), ("", SIZES)):
        assert run(["synth", str(tmp_path / "D.mat"), *arguments.split()]) == 0
        assert (made[-1].effect, made[-1].clip) == sizes
    assert "effect 0.1, clip 0)" in capsys.readouterr().out


def test_the_file_holds_the_people_of_the_seed(tmp_path, capsys):
    path = tmp_path / "D.mat"
    assert run(["synth", str(path), "--subjects", "1", "--seed", "4"]) == 0
    assert "simulated DREAMER (1 subject, seed 4" in capsys.readouterr().out
    written = DreamerFile(path)
    assert written.simulated
    assert written.clips == SimulatedDreamer(1, seed=4).clips
    np.testing.assert_array_equal(
        written.trial(1, 2).eeg, SimulatedDreamer(1, seed=4).trial(1, 2).eeg
    )
