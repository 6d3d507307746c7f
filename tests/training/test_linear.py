from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from rtdreamer.errors import DataError
from rtdreamer.metrics.scores import auc
from rtdreamer.model.architecture import inputs_for
from rtdreamer.model.linear import entropy_and_weights, tangent
from rtdreamer.model.registry import find_architecture
from rtdreamer.training.calibration import subject_groups
from rtdreamer.training.fit import predict_logits
from rtdreamer.training.learn import learn
from rtdreamer.training.linear import fit_linear, start_read_out
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


# The read-out of a network


def fresh(windows, architecture="vae-gnn", seed=0):
    made = find_architecture(architecture)
    torch.manual_seed(seed)
    module = made.build(made.configure(windows.spec), windows.n_targets).eval()
    module.prepare(*inputs_for(module, windows.inputs))
    return module


@pytest.fixture(scope="module")
def with_signals(make_windows):
    return make_windows(6, 8, signal=1.5, n_times=256)


@pytest.fixture(scope="module")
def read_out(with_signals):
    return fit_linear(
        with_signals, training_config(find_architecture("read-out"), SAID), "read-out"
    )


def test_before_any_step_a_network_says_twice_what_ridge_regression_does(with_signals, read_out):
    module = fresh(with_signals)
    before = {name: x.clone() for name, x in module.state_dict().items()}
    start_read_out(module, with_signals, training_config(find_architecture("vae-gnn"), SAID))
    said = predict_logits(module, with_signals)
    expected = 2 * predict_logits(read_out.model, with_signals)
    np.testing.assert_allclose(said, expected, atol=1e-5)
    assert said.std() > 0.1
    for name, x in module.state_dict().items():
        assert torch.equal(x, before[name]) == (not name.startswith("read_out.linear")), name


def test_its_weights_are_twice_those_of_the_read_out_alone(with_signals, read_out):
    module = fresh(with_signals)
    start_read_out(module, with_signals, training_config(find_architecture("vae-gnn"), SAID))
    alone = read_out.model.state_dict()
    for name, x in module.read_out.state_dict().items():
        factor = 2 if name.startswith("linear") else 1
        assert torch.equal(x, factor * alone[name]), name


def test_the_read_out_goes_by_variation_and_soft_labels(with_signals, read_out):
    x = read_out.model(torch.from_numpy(with_signals.inputs.nodes)).embedding.double().numpy()
    root = np.linalg.cholesky(read_out.model.variation(0.2).numpy() + 1e-9 * np.eye(525))
    y = 2 / (1 + np.exp(-(with_signals.ratings - 2.5) / 0.5)) - 1
    rows = np.vstack([x - x.mean(axis=0), np.sqrt(len(x)) * root.T])
    for k, penalty in enumerate(read_out.penalties):
        targets = np.concatenate([y[:, k] - y[:, k].mean(), np.zeros(525)])
        expected = Ridge(alpha=penalty, fit_intercept=False).fit(rows, targets).coef_
        found = read_out.model.linear.weight[k].detach().numpy()
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_network_without_one_is_left_as_it_is(with_signals):
    for architecture in ("gnn", "vae-gnn-no-read-out", "eegnet"):
        module = fresh(with_signals, architecture)
        before = {name: x.clone() for name, x in module.state_dict().items()}
        start_read_out(module, with_signals, CONFIG)
        assert all(torch.equal(x, before[name]) for name, x in module.state_dict().items())


def test_of_one_person_the_penalty_is_chosen_by_trials(with_signals):
    one = with_signals.of((2,))
    module = fresh(one)
    start_read_out(module, one, CONFIG)
    assert module.read_out.linear.weight.isfinite().all()
    assert module.read_out.linear.weight.abs().sum() > 0
