import numpy as np
import pytest
import torch

from rtdreamer.data import simulated
from rtdreamer.evaluation import methods
from rtdreamer.evaluation.methods import fitted
from rtdreamer.model.registry import BUILT_IN, find_architecture
from rtdreamer.signal.features import Spec
from rtdreamer.training.learn import learn
from rtdreamer.training.run import windows_of
from rtdreamer.training.settings import training_config
from rtdreamer.training.train import TrainingRun, train
from rtdreamer.training.windows import WindowPlan

SAID = {"epochs": 1, "calibration_groups": 2, "seed": 5}


@pytest.fixture(autouse=True, scope="module")
def _short_clips():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulated, "CLIP_SECONDS", (10,) * 18)
        patch.setattr(simulated, "BASELINE_SECONDS", 10)
        yield


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("name", BUILT_IN)
def test_what_is_judged_is_what_is_shipped(name, cache, monkeypatch):
    """A fold's fit and ``train``, each given the same windows, end with the same weights."""
    kept = []

    def keep(*arguments):
        kept.append(learn(*arguments))
        return kept[-1]

    monkeypatch.setattr(methods, "learn", keep)
    config = training_config(find_architecture(name), SAID)
    data = "simulated:subjects=4,seed=3,effect=3"
    run = TrainingRun(data, Spec(), WindowPlan(), config, name)
    shipped = train(run, "shipped", cache).checkpoint
    windows = windows_of(run, run.key(), cache, with_signals=True)
    said = fitted(name, windows, windows.without_ratings(), config)
    weights = kept[-1].model.state_dict()
    assert weights.keys() == shipped.weights.keys()
    assert all(torch.equal(weights[key], shipped.weights[key]) for key in weights)
    # Calibrated alike, too.
    logits = torch.from_numpy(kept[-1].logits(windows)).double()
    assert np.allclose(shipped.calibration.apply(logits).numpy(), said, rtol=0, atol=1e-12)
