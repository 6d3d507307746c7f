import json

import pytest

from rtdreamer.cli.main import run
from rtdreamer.cli.train import MI_ESTIMATORS
from rtdreamer.model.checkpoint import load_checkpoint
from rtdreamer.signal.mutual_information import ESTIMATORS


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model of one pass over three people: nothing to be proud of, but whole."""
    path = tmp_path_factory.mktemp("models") / "tiny.safetensors"
    command = "train --data simulated:subjects=3,seed=7 --windows 1 --epochs 1 --out"
    assert run([*command.split(), str(path)]) == 0
    return path


def test_a_checkpoint_says_what_made_it(trained):
    record = load_checkpoint(trained).record
    assert record.simulated
    assert record.subjects == (1, 2, 3)
    assert record.settings["epochs"] == 1
    assert "seed 7" in record.data


def test_it_is_evaluated_on_other_people(trained, tmp_path, capsys):
    figures = tmp_path / "figures.json"
    command = f"evaluate --data simulated:subjects=2,seed=8 --model {trained} --json {figures}"
    assert run(command.split()) == 0
    output = capsys.readouterr().out
    assert "tiny on SIMULATED people" in output
    assert "2 people, none of them trained on; 36 trials, 216 windows" in output
    written = json.loads(figures.read_text(encoding="utf-8"))
    assert 0 <= written["valence"]["auc"] <= 1
    assert written["simulated"] is True


def test_people_trained_on_are_refused_however_their_source_is_written(trained, capsys):
    command = f"evaluate --data simulated:subjects=5,effect=0,seed=7 --model {trained}"
    assert run(command.split()) == 2
    assert "trained on subjects 1, 2, 3" in capsys.readouterr().err
    assert run([*command.split(), "--subject", "4", "--subject", "5"]) == 0


def test_every_estimator_of_mutual_information_can_be_chosen():
    assert set(MI_ESTIMATORS) == set(ESTIMATORS)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("train", "--out"),
        ("train --out nowhere/m.safetensors", "there is no folder nowhere"),
        ("train --out m.pt", "must end in .safetensors"),
        ("train --out m.safetensors --epochs 0", "--epochs"),
        ("train --out m.safetensors --data missing.mat", "missing.mat"),
        ("train --out m.safetensors --data simulated:subjects=1", "subjects"),
        ("evaluate --model nobody", "no model 'nobody'"),
        ("evaluate --subject 99", "no subject 99"),
    ],
)
def test_bad_input_is_one_line(arguments, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(arguments.split()) == 2
    messages = capsys.readouterr().err
    assert messages.count("\n") == 1
    assert said in messages
    assert not list(tmp_path.iterdir())
