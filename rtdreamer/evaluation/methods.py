"""All that can be judged: every architecture, and methods that are none."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from rtdreamer.data.dataset import Data, Dataset
from rtdreamer.data.ideal_observer import dominance_forecast, ideal_forecast
from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.data.sources import open_dreamer
from rtdreamer.errors import DataError
from rtdreamer.model.registry import find_architecture
from rtdreamer.training.calibration import (
    carry_over,
    fit_calibration,
    out_of_fold_logits,
    probabilities,
)
from rtdreamer.training.config import TrainingConfig
from rtdreamer.training.labels import checked_labels
from rtdreamer.training.learn import learn
from rtdreamer.training.windows import Windows

Array = NDArray[np.float64]

Method = Callable[[Windows, Windows, TrainingConfig, str], Array]
"""From windows to learn from, windows to judge (their ratings wiped), how to learn, and the device,
to probabilities of the high class, shape (n, n_targets)."""

REGULARISATION = 0.01
"""C of logistic regression: 70 inputs that hang together, and a few hundred independent trials."""


def base_rate(train: Windows, test: Windows, config: TrainingConfig, device: str = "cpu") -> Array:
    """The share of the high class among those learned from, whatever comes."""
    rate = train.labels(config.label_threshold).mean(axis=0, dtype=np.float64)
    return np.tile(rate, (len(test), 1))


def clip_mean(train: Windows, test: Windows, config: TrainingConfig, device: str = "cpu") -> Array:
    """How likely "high" is by what others said of the clip on average; no EEG at all."""
    return _mean_rating(train, test, config, train.stimulus, test.stimulus)


def participant_mean(
    train: Windows, test: Windows, config: TrainingConfig, device: str = "cpu"
) -> Array:
    """How likely "high" is by what the person said of other clips on average; no EEG at all."""
    return _mean_rating(train, test, config, train.subject, test.subject)


def _mean_rating(
    train: Windows,
    test: Windows,
    config: TrainingConfig,
    train_key: NDArray[np.int64],
    test_key: NDArray[np.int64],
) -> Array:
    """Regression on the mean rating of all with the same key; the base rate for a key unknown."""
    found = base_rate(train, test, config)
    known = np.isin(test_key, train_key)
    if not known.any():
        return found
    labels = train.labels(config.label_threshold)
    for target in range(train.n_targets):
        mean = {k: train.ratings[train_key == k, target].mean() for k in np.unique(train_key)}
        x = np.array([[mean[k]] for k in train_key])
        if len(np.unique(labels[:, target])) == 2:
            model = LogisticRegression().fit(x, labels[:, target])
            asked = np.array([[mean[k]] for k in test_key[known]])
            found[known, target] = model.predict_proba(asked)[:, 1]
    return found


def logistic(train: Windows, test: Windows, config: TrainingConfig, device: str = "cpu") -> Array:
    """Logistic regression on differential entropy, calibrated like what is learned."""
    model = LogisticRegression(C=REGULARISATION, max_iter=1000)
    return _of_entropy(make_pipeline(StandardScaler(), model), train, test, config)


def trees(train: Windows, test: Windows, config: TrainingConfig, device: str = "cpu") -> Array:
    """Boosted trees on differential entropy: they know a window's trial again, and show leaks."""
    model = HistGradientBoostingClassifier(random_state=config.seed)
    return _of_entropy(model, train, test, config)


def _of_entropy(model: Any, train: Windows, test: Windows, config: TrainingConfig) -> Array:
    """A classifier of scikit-learn's on differential entropy."""

    def logits(learned: Windows, judged: Windows) -> Array:
        x, asked = (w.inputs.nodes[..., 0].reshape(len(w), -1) for w in (learned, judged))
        labels = checked_labels(learned, config.label_threshold)
        return np.stack([model.fit(x, y).decision_function(asked) for y in labels.T], axis=1)

    # Calibrated on people held out of the training people, then learned from all of these.
    out_of_fold = out_of_fold_logits(train, logits, config.calibration_groups, config.seed)
    labels = checked_labels(train, config.label_threshold)
    return probabilities(fit_calibration(out_of_fold, labels), logits(train, test))


def fitted(
    architecture: str, train: Windows, test: Windows, config: TrainingConfig, device: str = "cpu"
) -> Array:
    """An architecture, fitted and calibrated as for a checkpoint."""

    def logits(learned: Windows, judged: Windows) -> NDArray[np.float32]:
        return learn(learned, config, architecture, device).logits(judged)

    out_of_fold = out_of_fold_logits(train, logits, config.calibration_groups, config.seed)
    calibration = fit_calibration(out_of_fold, train.labels(config.label_threshold))
    kept = learn(train, config, architecture, device)
    calibration = carry_over(calibration, out_of_fold[kept.unlearned], kept.unlearned_logits)
    return probabilities(calibration, kept.logits(test))


OTHER_METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "base-rate": base_rate,
        "clip-mean": clip_mean,
        "participant-mean": participant_mean,
        "logistic": logistic,
        "trees": trees,
    }
)
"""What goes through folds and is no architecture."""

IDEAL_OBSERVER = "ideal-observer"
"""It knows how the simulation works, learns nothing, and needs no fold."""


def is_architecture(name: str) -> bool:
    """Whether a method fits an architecture."""
    return name not in OTHER_METHODS and name != IDEAL_OBSERVER


def find_method(name: str) -> Method:
    """The method of this name, or an architecture's."""
    return OTHER_METHODS[name] if name in OTHER_METHODS else partial(fitted, name)


def check_method(name: str) -> None:
    """Raise ``RtdreamerError`` if a method is not there, or needs what is not installed."""
    if is_architecture(name):
        find_architecture(name).check_installed()


def ideal_observer(data: Data, test: Windows, config: TrainingConfig) -> Array:
    """What the ideal observer says, who knows the simulation and reads its state without error.

    Raises
    ------
    DataError
        If the people are not simulated by ``data`` itself.
    """
    source: Any = data if isinstance(data, Dataset) else open_dreamer(data)
    if not isinstance(source, SimulatedDreamer):
        raise DataError(f"{source.name}: the ideal observer is known of simulated:… only")
    trials = np.unique(np.stack([test.subject, test.trial], axis=1), axis=0).tolist()
    forecast = {(s, t): ideal_forecast(source, s, t, config.label_threshold) for s, t in trials}
    found = np.array([forecast[s, t] for s, t in zip(test.subject, test.trial, strict=True)])
    if test.n_targets == 3:
        found = np.insert(found, 2, dominance_forecast(config.label_threshold), axis=1)
    # Sums of probabilities end a rounding error above 1.
    return np.clip(found, 0.0, 1.0)  # type: ignore[no-any-return]
