"""A headset is a value: with another one in the spec, everything has its channels."""

import numpy as np
import pytest

from rtdreamer import headset
from rtdreamer.model.checkpoint_file import load_checkpoint, save_checkpoint
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.registry import BUILT_IN, find_architecture
from rtdreamer.model.trained_model import check_live
from rtdreamer.signal.features import Spec, extract
from rtdreamer.signal.profile import Profile
from tests.made_up_headset import CAP
from tests.untrained import untrained


@pytest.fixture(autouse=True)
def known(monkeypatch):
    monkeypatch.setitem(headset.HEADSETS, CAP.name, CAP)


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_architecture_can_be_of_another_headset(name, tmp_path):
    architecture = find_architecture(name)
    spec = Spec(headset=CAP, standardise=architecture.standardise is not False)
    rng = np.random.default_rng(0)
    windows = [
        extract(rng.normal(scale=20, size=(CAP.n_channels, spec.n_times)), spec) for _ in range(3)
    ]
    profile = Profile.of(windows[:2], 20.0) if spec.standardise else None
    checkpoint = untrained(name, architecture.configure(spec), spec, average=profile)
    path = tmp_path / "cap.safetensors"
    save_checkpoint(path, checkpoint)
    loaded = load_checkpoint(path)
    check_live(loaded)
    assert loaded.spec.headset == CAP
    answers = {Classifier(made, profile).classify(windows[0], 0) for made in (checkpoint, loaded)}
    ((affect, _),) = answers
    assert 0 < affect.valence < 1
    assert 0 < affect.arousal < 1
