import numpy as np

from rtdreamer.cli.main import run
from rtdreamer.data.dreamer_mat import DreamerFile
from rtdreamer.data.simulated import SimulatedDreamer


def test_the_file_holds_the_people_of_the_seed(tmp_path, capsys):
    path = tmp_path / "D.mat"
    assert run(["synth", str(path), "--subjects", "1", "--seed", "4"]) == 0
    assert "simulated DREAMER (1 subjects, seed 4" in capsys.readouterr().out
    written = DreamerFile(path)
    assert written.simulated
    np.testing.assert_array_equal(
        written.trial(1, 2).stimuli, SimulatedDreamer(1, seed=4).trial(1, 2).stimuli
    )
