from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from rtdreamer.errors import DataError
from rtdreamer.metrics.scores import auc
from rtdreamer.model.linear import entropy_and_weights, tangent
from rtdreamer.model.registry import find_architecture
from rtdreamer.training.calibration import subject_groups
from rtdreamer.training.learn import learn
from rtdreamer.training.linear import fit_linear
from rtdreamer.training.predict import predict_logits
from rtdreamer.training.settings import training_config

SAID = {"calibration_groups": 3, "seed": 4}
CONFIG = training_config(find_architecture("ridge"), SAID)


@pytest.fixture(scope="module")
def windows(make_windows):
    return make_windows(9, 8, per_trial=2, signal=1.5)


@pytest.fixture(scope="module", params=["ridge", "tangent"])
def name(request):
    return request.param


@pytest.fixture(scope="module")
def fitted(windows, name):
    return fit_linear(windows, CONFIG, name)


def seen(windows, name):
    if name == "tangent":
        return tangent(windows.inputs.covariance)
    return entropy_and_weights(torch.from_numpy(windows.inputs.nodes)).numpy()


def test_it_is_scikit_learns_ridge_on_normalised_features(fitted, windows, name):
    x = seen(windows, name).astype(np.float64)
    x = ((x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 0.02)).clip(-5, 5)
    model = fitted.model
    logits = predict_logits(model, windows)
    for k, penalty in enumerate(fitted.penalties):
        expected = Ridge(alpha=penalty).fit(x, 2 * windows.labels(3.0)[:, k] - 1)
        np.testing.assert_allclose(model.linear.weight[k].detach(), expected.coef_, atol=1e-4)
        np.testing.assert_allclose(logits[:, k], expected.predict(x), atol=1e-3)


def test_the_same_windows_give_the_same_weights(fitted, windows, name):
    again = fit_linear(windows, CONFIG, name)
    found, expected = again.model.state_dict(), fitted.model.state_dict()
    assert all(torch.equal(found[key], w) for key, w in expected.items())
    assert again.penalties == fitted.penalties


def test_the_callers_random_numbers_are_left_alone(windows, name):
    torch.manual_seed(3)
    before = torch.get_rng_state()
    fit_linear(windows, CONFIG, name)
    assert torch.equal(torch.get_rng_state(), before)


def test_held_out_is_said_by_those_who_did_not_learn_from_a_person(fitted, windows, name):
    """With a person's ratings turned around, nothing changes in what is held out of them."""
    group = next(iter(subject_groups(windows.subjects, 3, CONFIG.seed)))
    turned = replace(windows, ratings=windows.ratings.copy())
    of_group = np.isin(windows.subject, group)
    turned.ratings[of_group] = 6 - turned.ratings[of_group]
    again = fit_linear(turned, CONFIG, name)
    for k in range(2):
        if again.penalties[k] == fitted.penalties[k]:
            found, expected = again.held_out[of_group, k], fitted.held_out[of_group, k]
            np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert not np.allclose(again.held_out[~of_group], fitted.held_out[~of_group])


def test_what_shows_is_held_out_as_well(fitted, windows):
    labels = windows.labels(3.0)
    assert min(auc(labels[:, k], fitted.held_out[:, k]) for k in (0, 1)) > 0.7


def test_it_learns_as_whatever_is_learned(fitted, windows, name):
    learned = learn(windows, CONFIG, name)
    assert (learned.epochs, learned.validation_subjects) == ((), ())
    assert learned.penalties == fitted.penalties
    assert np.array_equal(learned.unlearned_logits, fitted.held_out)
    assert len(learned.unlearned) == len(windows)


def test_one_subject_is_too_few(windows, name):
    with pytest.raises(DataError, match="1 subject to fit to: at least 2 needed"):
        fit_linear(windows.of((1,)), CONFIG, name)


def test_one_class_is_too_few(windows, name):
    spoilt = replace(windows, ratings=np.full_like(windows.ratings, 4))
    with pytest.raises(DataError, match="on one side of 3"):
        fit_linear(spoilt, CONFIG, name)
