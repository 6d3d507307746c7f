"""A fit that is broken off, or killed, ends as one that is not."""

import os
import pickle
import subprocess
import sys
import textwrap
from dataclasses import replace

import pytest
import torch

from rtdreamer.errors import RtdreamerError
from rtdreamer.training.fit import (
    Learner,
    fit,
)
from tests.broken_off import interrupt_after
from tests.fits import QUICK, assert_same


@pytest.fixture(scope="module")
def windows(make_windows):
    return make_windows(n_subjects=4, n_trials=6, n_times=256)


@pytest.fixture(scope="module")
def unbroken(windows):
    """What an undisturbed fit gives, by architecture."""
    return {name: fit(windows, QUICK, name) for name in ("spectral", "gnn", "eegnet")}


@pytest.fixture
def no_more_learning(monkeypatch):
    def forbid():
        def fail(self):
            raise AssertionError("learned again")

        monkeypatch.setattr(Learner, "learn_once", fail)

    return forbid


@pytest.mark.parametrize("architecture", ["spectral", "eegnet"])
def test_broken_off_after_every_epoch_it_ends_the_same(
    architecture, windows, unbroken, tmp_path, no_more_learning
):
    state = tmp_path / "x.state"
    for number in range(1, QUICK.epochs + 1):
        with pytest.raises(KeyboardInterrupt):
            fit(windows, QUICK, architecture, state=state, progress=interrupt_after(number))
    no_more_learning()  # all of it is in the state
    told = []
    fitted = fit(windows, QUICK, architecture, state=state, progress=told.append)
    assert_same(fitted, unbroken[architecture])
    assert tuple(told) == fitted.epochs


def test_broken_off_within_an_epoch_it_ends_the_same(windows, unbroken, tmp_path, monkeypatch):
    steps = []

    def step(self, index):
        steps.append(index)
        if len(steps) == 5:  # the second of the second epoch
            raise KeyboardInterrupt
        return undisturbed(self, index)

    undisturbed = Learner.step
    monkeypatch.setattr(Learner, "step", step)
    with pytest.raises(KeyboardInterrupt):
        fit(windows, QUICK, "spectral", state=tmp_path / "x.state")
    fitted = fit(windows, QUICK, "spectral", state=tmp_path / "x.state")
    assert len(steps) == 5 + 3 * 3
    assert_same(fitted, unbroken["spectral"])


def test_killed_it_ends_the_same(windows, unbroken, tmp_path, monkeypatch):
    undisturbed = Learner.learn_once
    (tmp_path / "fit").write_bytes(pickle.dumps((windows, QUICK)))
    script = """
        import pickle, sys, time
        from pathlib import Path
        import torch
        from rtdreamer.training.fit import fit
        torch.set_num_threads(1)
        folder = Path(sys.argv[1])
        windows, config = pickle.loads((folder / "fit").read_bytes())
        def tell(epoch):
            print(epoch.number, flush=True)
            if epoch.number == 3:
                time.sleep(60)
        fit(windows, config, "spectral", state=folder / "x.state", progress=tell)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    ) as process:
        lines = [process.stdout.readline().strip() for _ in range(3)]
        process.kill()
    assert lines == ["1", "2", "3"]
    assert process.returncode != 0
    left = []
    monkeypatch.setattr(Learner, "learn_once", lambda self: left.append(1) or undisturbed(self))
    assert_same(fit(windows, QUICK, "spectral", state=tmp_path / "x.state"), unbroken["spectral"])
    assert len(left) == 1


def test_patience_survives_a_break(windows, tmp_path):
    config = replace(QUICK, epochs=30, patience=2)
    expected = fit(windows, config, "gnn")
    assert len(expected.epochs) < 30
    for number in range(1, len(expected.epochs)):
        with pytest.raises(KeyboardInterrupt):
            fit(windows, config, "gnn", "cpu", tmp_path / "x", interrupt_after(number))
    assert_same(fit(windows, config, "gnn", "cpu", tmp_path / "x"), expected)


def damage(change):
    def damaged(path, windows):
        path.write_bytes(change(path.read_bytes()))

    return damaged


def flip(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def left_by(architecture="gnn", **changes):
    """The state that another fit left."""

    def leave(path, windows):
        config = replace(QUICK, **changes)
        with pytest.raises(KeyboardInterrupt):
            fit(windows, config, architecture, "cpu", path, interrupt_after(2))

    return leave


def left_by_other_windows(path, windows):
    left_by()(path, replace(windows, ratings=6 - windows.ratings))


BROKEN = {
    "truncated": damage(lambda content: content[: len(content) // 2]),
    "flipped": damage(flip),
    "empty": damage(lambda content: b""),
    "text": damage(lambda content: b"no state at all\n" * 10),
    "a checkpoint of torch": lambda path, windows: torch.save({"spectral": {}}, path),
    "another architecture": left_by("vae"),
    "the whole network": left_by("spectral"),
    "another seed": left_by(seed=1),
    "another learning rate": left_by(lr=1e-3),
    "other windows": left_by_other_windows,
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_what_is_not_this_fits_state_is_ignored(broken, windows, unbroken, tmp_path):
    state = tmp_path / "x.state"
    left_by()(state, windows)
    broken(state, windows)
    told = []
    assert_same(fit(windows, QUICK, "gnn", "cpu", state, told.append), unbroken["gnn"])
    assert [epoch.number for epoch in told] == [1, 2, 3, 4]


def test_a_state_that_cannot_be_written_ends_the_fit_in_one_line(windows, tmp_path):
    (tmp_path / "x.state").mkdir()
    with pytest.raises(RtdreamerError, match=r"x\.state: cannot be written"):
        fit(windows, QUICK, "gnn", state=tmp_path / "x.state")
