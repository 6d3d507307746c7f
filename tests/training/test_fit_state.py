import hashlib
import io
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from rtdreamer.errors import RtdreamerError
from rtdreamer.training import fit_state as module
from rtdreamer.training.config import TrainingConfig
from rtdreamer.training.fit_state import read_state, state_key, write_state

KEY, OTHER_KEY = b"a" * 32, b"b" * 32
VALUES = {
    "weights": {"w": torch.arange(6.0).view(2, 3)},
    "epochs": [(1, (0.5, float("nan")), True)],
    "none": None,
}


@pytest.fixture
def path(tmp_path):
    write_state(tmp_path / "new" / "x.state", KEY, VALUES)
    return tmp_path / "new" / "x.state"


def test_what_was_written_comes_back(path):
    found = read_state(path, KEY)
    assert torch.equal(found["weights"]["w"], VALUES["weights"]["w"])
    assert repr(found["epochs"]) == repr(VALUES["epochs"])
    assert found["none"] is None


def test_nobody_elses_state_is_read(path):
    assert read_state(path, OTHER_KEY) is None


def test_no_file_is_no_state(tmp_path):
    assert read_state(tmp_path / "x.state", KEY) is None
    assert read_state(tmp_path, KEY) is None


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 1.0])
def test_one_flipped_bit_is_noticed(path, share):
    content = bytearray(path.read_bytes())
    content[int(share * (len(content) - 1))] ^= 1
    path.write_bytes(content)
    assert read_state(path, KEY) is None


@pytest.mark.parametrize("n_bytes", [0, 1, 31, 32, 33, 500, -1])
def test_a_truncated_file_is_noticed(path, n_bytes):
    path.write_bytes(path.read_bytes()[:n_bytes])
    assert read_state(path, KEY) is None


def test_nothing_in_a_file_is_run(path, tmp_path):
    """Not even in a file that somebody made to look like ours."""
    trap = tmp_path / "sprung"

    class Trap:
        def __reduce__(self):
            return Path.touch, (trap,)

    file = io.BytesIO()
    torch.save({"weights": Trap()}, file)
    content = file.getvalue()
    path.write_bytes(hashlib.sha256(KEY + content).digest() + content)
    with pytest.raises(pickle.UnpicklingError):
        read_state(path, KEY)
    assert not trap.exists()


def test_a_state_that_cannot_be_written_is_named_in_one_line(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(RtdreamerError, match=r"x\.state: cannot be written") as no:
        write_state(tmp_path / "file" / "x.state", KEY, VALUES)
    assert "\n" not in str(no.value)


def test_the_key_changes_with_all_that_a_fit_depends_on(make_windows, monkeypatch):
    windows, config = make_windows(2, 2, n_times=128), TrainingConfig()
    spectrum, nodes, weight, covariance, signals = windows.inputs

    def changed(array):
        array = array.copy()
        array.flat[-1] += 1
        return array

    keys = [
        state_key(windows, config, "spectral"),
        state_key(windows, config, "gnn"),
        state_key(windows, replace(config, seed=1), "spectral"),
        state_key(windows, replace(config, amplitude_sd=0.2), "spectral"),
        state_key(windows.take(np.arange(3)), config, "spectral"),
        state_key(windows.take(np.arange(4)[::-1].copy()), config, "spectral"),
        state_key(replace(windows, ratings=changed(windows.ratings)), config, "spectral"),
        state_key(replace(windows, subject=changed(windows.subject)), config, "spectral"),
        state_key(replace(windows, spec=replace(windows.spec, clip=9.0)), config, "spectral"),
        *(
            state_key(replace(windows, inputs=inputs), config, "spectral")
            for inputs in (
                windows.inputs._replace(spectrum=changed(spectrum)),
                windows.inputs._replace(nodes=changed(nodes)),
                windows.inputs._replace(edge_weight=changed(weight)),
                windows.inputs._replace(covariance=changed(covariance)),
                windows.inputs._replace(signals=changed(signals)),
            )
        ),
    ]
    same = state_key(make_windows(2, 2, n_times=128), TrainingConfig(), "spectral")
    monkeypatch.setattr(module, "code_version", lambda patterns: "another")
    keys.append(state_key(windows, config, "spectral"))
    assert len(set(keys)) == len(keys)
    assert same == keys[0]
