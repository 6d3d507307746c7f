from dataclasses import replace

import numpy as np
import pytest
import torch

from rtdreamer.model.checkpoint_file import load_checkpoint, save_checkpoint
from rtdreamer.model.registry import find_architecture
from rtdreamer.training.calibration import (
    calibration_groups,
    carry_over,
    fit_calibration,
)
from rtdreamer.training.learn import learn
from rtdreamer.training.linear import fit_linear
from rtdreamer.training.train import (
    train,
)
from tests.short_training import CONFIG, RUN, BrokenOffError, assert_same, stop_at

pytestmark = pytest.mark.usefixtures("short_clips")
LINEAR = ("ridge", "tangent")


@pytest.fixture(scope="module", params=LINEAR)
def linear(request, cache, windows):
    """A linear model."""
    return train(replace(RUN, architecture=request.param), "straight", cache)


def test_a_linear_checkpoint_says_what_made_it(linear, windows, tmp_path):
    path = tmp_path / "straight.safetensors"
    save_checkpoint(path, linear.checkpoint)
    found = load_checkpoint(path)
    record, settings = found.record, dict(found.record.settings)
    assert found.config == find_architecture(settings["architecture"]).configure(RUN.spec)
    penalty = settings.pop("penalty")
    assert list(penalty) == ["valence", "arousal"]
    assert all(10 <= value <= 1e5 for value in penalty.values())
    assert settings.pop("architecture") in LINEAR
    used = "label_threshold", "label_softness", "amplitude_sd", "calibration_groups", "seed"
    assert settings == {name: getattr(CONFIG, name) for name in used} | {
        "hop": 1280,
        "scale": [1.0, 5.0],
    }
    assert (record.epochs, record.validation_subjects, record.skipped_steps) == (0, (), 0)
    assert (record.subjects, record.n_windows) == ((1, 2, 3, 4), 4 * 17)
    assert linear.epochs == ()
    assert record.versions["pyriemann"]


def test_a_linear_model_is_the_one_that_is_judged(linear, windows):
    """Through the same fits: to everybody, and with those left out that calibrate it."""
    name = linear.checkpoint.record.settings["architecture"]
    whole = fit_linear(windows, CONFIG, name)
    weights = linear.checkpoint.weights
    assert all(torch.equal(weights[key], w) for key, w in whole.model.state_dict().items())
    logits = np.full((len(windows), 2), np.nan)
    for group in calibration_groups(windows, 2, CONFIG.seed):
        others = learn(windows.of([s for s in windows.subjects if s not in group]), CONFIG, name)
        logits[np.isin(windows.subject, group)] = others.logits(windows.of(group))
    expected = fit_calibration(logits, windows.labels(3.0))
    calibration = carry_over(expected, logits, whole.held_out)
    assert linear.checkpoint.calibration == calibration
    # Each trial is one window here.
    over_time = linear.checkpoint.calibration_over_time
    assert over_time.temperature == pytest.approx(calibration.temperature)
    assert over_time.bias == pytest.approx(calibration.bias)


def test_a_linear_model_broken_off_and_repeated_ends_the_same(fresh, linear):
    name = linear.checkpoint.record.settings["architecture"]
    run = replace(RUN, architecture=name)
    with pytest.raises(BrokenOffError):
        train(run, "straight", fresh, fitting=stop_at((2,)))
    assert_same(train(run, "straight", fresh).checkpoint, linear.checkpoint)
