"""``rtdreamer.evaluate``: a method judged on a data set, in Python as by the command line."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rtdreamer.arguments import check_number, check_whole
from rtdreamer.counting import are, counted
from rtdreamer.data.dataset import Dataset
from rtdreamer.errors import RtdreamerError
from rtdreamer.evaluation.evaluation import Evaluation, cross_validate
from rtdreamer.evaluation.fold_judge import EvaluationRun
from rtdreamer.evaluation.own_method import Features, OwnMethod, check_estimator
from rtdreamer.evaluation.predictions_file import prediction_columns, run_of, write_tables
from rtdreamer.evaluation.protocols import PROTOCOLS
from rtdreamer.files import cache_folder
from rtdreamer.metrics.people import PersonFigures
from rtdreamer.metrics.target_metrics import TargetMetrics
from rtdreamer.model.architecture import Architecture
from rtdreamer.model.registry import RESERVED, architecture_names, current_name, find_architecture
from rtdreamer.signal.features import Spec
from rtdreamer.training.settings import find_device, training_config, window_plan, window_spec


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationResult:
    """How good a method is on what it had never seen.

    Attributes
    ----------
    method, protocol, data : str
        What was judged, how it was split, and on what.
    figures : mapping of str to TargetMetrics
        By target, over trials: ``figures["valence"].auc`` is the AUC within a person, ``auc_ci``
        its 95 % interval over people and stimuli, ``auc_p`` how often chance is as far from .5.
    base_rate : mapping of str to float
        By target: the mean share of high among what was learned from.
    people : mapping of str to ndarray, shape (n_targets * n_people,)
        A table of how it went with each person: its columns by name, ``target`` and ``subject``,
        ``n_trials``, ``auc``, ``n_pairs``, ``mean_p``, ``base_rate``, ``brier``.
    predictions : mapping of str to ndarray, shape (n_windows * n_targets,)
        The columns of ``predictions.csv``, by name.
    notes : tuple of str
        What must be said of these figures.
    evaluation : Evaluation
        All there is to know.
    """

    method: str
    protocol: str
    data: str
    figures: Mapping[str, TargetMetrics]
    base_rate: Mapping[str, float]
    people: Mapping[str, NDArray[Any]]
    predictions: Mapping[str, NDArray[Any]]
    notes: tuple[str, ...]
    evaluation: Evaluation = field(repr=False)

    def __str__(self) -> str:
        found = self.evaluation
        kind = "SIMULATED people: " if found.simulated else ""
        n_windows = len(found.predictions)
        lines = [
            f"{self.method} on {kind}{self.data}",
            f"{self.protocol}: {found.split}",
            f"{found.who}, {counted(len(found.trials), 'trial')}, {counted(n_windows, 'window')}",
        ]
        for target, figures in self.figures.items():
            p = "" if math.isnan(figures.auc_p) else f", p {figures.auc_p:.3f}"
            low, high = figures.auc_ci
            lines.append(
                f"{target}: AUC within a person {figures.auc:.3f} [{low:.3f}, {high:.3f}]{p}; "
                f"base rate {self.base_rate[target]:.3f}"
            )
        return "\n".join([*lines, *self.notes])

    __repr__ = __str__

    def save(self, folder: Path | str) -> None:
        """Write ``predictions.csv``, ``folds.csv`` and ``people.csv`` for ``rtdreamer compare``.

        Where pyarrow is installed, ``predictions.parquet`` holds the predictions, too.

        Parameters
        ----------
        folder : path
            Made if missing.

        Raises
        ------
        RtdreamerError
            If they cannot be written.
        """
        write_tables(Path(folder), self.evaluation)


def evaluate(
    dataset: Dataset,
    method: Any,
    protocol: str = "crossed",
    *,
    features: Features | None = None,
    name: str | None = None,
    calibrate: bool = True,
    n_folds: int | None = None,
    n_targets: int = 2,
    seed: int = 0,
    threshold: float | None = None,
    hop: int | None = None,
    standardise: bool | None = None,
    settings: Mapping[str, float] | None = None,
    n_jobs: int = 1,
    device: str = "cpu",
    cache: Path | str | None = None,
) -> EvaluationResult:
    """Judge a method on people, stimuli or trials that it has never seen.

    The same as ``rtdreamer evaluate``: the same folds, checked for leaks, calibration and
    intervals. Windows of 10 s over each trial's last minute are learned from and judged.

    Parameters
    ----------
    dataset : Dataset
        The people, what they saw and what they said of it.
    method : str or object
        A name that the command takes, such as ``"ridge"``, ``"vae-gnn"`` or ``"base-rate"``; or
        anything with scikit-learn's ``fit(X, y)`` and ``predict_proba(X)``, copied for each fold
        and target. ``X`` has shape (n_windows, n_features): differential entropy and mutual
        information of all bands, relative to the person's own mean; ``y`` is 1 where the rating is
        high, else 0.
    protocol : str
        What was never seen: ``crossed`` people and stimuli, ``loso`` people, ``trial`` trials of
        known people; ``window`` leaks, to show it.
    features : callable, optional
        With an object: from a raw window, shape (14, 1280), µV, to a vector, which is ``X``
        instead, as it is.
    name : str, optional
        What an object is called in tables; its class's name if not given.
    calibrate : bool
        With an object: whether its probabilities are calibrated, as those of all other methods, on
        people held out of those learned from, which fits it six times as often.
    n_folds : int, optional
        Into how many groups things are split; the protocol's own number if not given.
    n_targets : int
        2 for valence and arousal, 3 for dominance too.
    seed : int
        Of the folds and the fits.
    threshold : float, optional
        A rating from here on is high; the data set's own if not given.
    hop : int, optional
        Samples from one window to the next, at 128 Hz; a whole window if not given.
    standardise : bool, optional
        Whether each person is seen relative to their own mean; as the method has it if not given.
    settings : mapping of str to float, optional
        Of the fit, by the names of ``TrainingConfig``: ``{"epochs": 3}``. Each within the range
        that the command takes.
    n_jobs : int
        Processes at a time.
    device : str
        For networks: ``cpu``, ``cuda`` or ``auto``.
    cache : path, optional
        Where windows and finished folds of named methods are kept; what the environment variable
        ``RTDREAMER_CACHE`` names, or the user's cache folder, if not given.

    Raises
    ------
    LeakError
        If trials are copies of others that must be kept apart.
    DataError
        If the data cannot be used, or are too few for the protocol.
    RtdreamerError
        If the method or a parameter makes no sense, or the cache cannot be written. What an own
        object or function raises is passed on.
    """
    if not isinstance(dataset, Dataset):
        raise RtdreamerError(
            f"data set {dataset!r:.60}: must be a Dataset: make one of trials, or by Dataset.open"
        )
    architecture, own = _method(method, calibrate)
    _check(protocol, features, own)
    n_targets, n_jobs = check_whole("n_targets", n_targets, 2, 3), check_whole("n_jobs", n_jobs, 1)
    n_folds = None if n_folds is None else check_whole("n_folds", n_folds, 1)
    hop = None if hop is None else check_whole("hop", hop, 1)
    scale = dataset.scale
    high = scale.threshold if threshold is None else check_number("threshold", threshold, -math.inf)
    given = _settings(settings) | {"seed": seed, "label_threshold": high}
    spec = window_spec(architecture, Spec(), standardise)
    run = EvaluationRun(
        data=dataset,
        spec=spec,
        plan=window_plan(architecture, spec, None, hop),
        config=training_config(architecture, given),
        protocol=protocol,
        n_folds=n_folds,
        method=current_name(method) if own is None else name or type(method).__name__,
        n_targets=n_targets,
        own=own,
    )
    folder, place = cache_folder(None if cache is None else Path(cache)), find_device(device)
    n_threads = torch.get_num_threads()
    try:
        found = cross_validate(run, folder, n_jobs, device=place, features=features)
    finally:
        torch.set_num_threads(n_threads)  # a fold takes one, in this process too
    return result_of(found)


def result_of(evaluation: Evaluation) -> EvaluationResult:
    """What an evaluation found, as arrays and plain numbers."""
    rows = [
        {"target": target} | {one.name: getattr(person, one.name) for one in fields(person)}
        for target, people in evaluation.people.items()
        for person in people
    ]
    columns = ("target", *(one.name for one in fields(PersonFigures)))
    rates = evaluation.trials.base_rate.mean(axis=0).tolist()
    return EvaluationResult(
        method=evaluation.method,
        protocol=evaluation.protocol,
        data=evaluation.data,
        figures={target: levels["trial"] for target, levels in evaluation.metrics.items()},
        base_rate=dict(zip(evaluation.targets, rates, strict=True)),
        people={column: np.array([row[column] for row in rows]) for column in columns},
        predictions=prediction_columns(run_of(evaluation)),
        notes=_notes(evaluation),
        evaluation=evaluation,
    )


def _notes(evaluation: Evaluation) -> tuple[str, ...]:
    found = [] if evaluation.note is None else [evaluation.note]
    if evaluation.leaks:
        found.append("LEAKS: windows of one trial were learned from and judged: not honest.")
    elif evaluation.same_clips:
        found += [
            f"{target}: the same stimuli stand on both sides, which alone gives an AUC of "
            f"{alone.auc:.3f}."
            for target, alone in zip(evaluation.targets, evaluation.clips_alone, strict=False)
        ]
    if evaluation.too_short:
        n = len(evaluation.too_short)
        found.append(f"{counted(n, 'trial')} {are(n)} shorter than a window: skipped.")
    return tuple(found)


def _method(method: Any, calibrate: bool) -> tuple[Architecture | None, OwnMethod | None]:
    if not isinstance(method, str):
        check_estimator(method)
        return None, OwnMethod(method, calibrate)
    if current_name(method) in RESERVED:
        return None, None
    if method not in architecture_names():
        names = ", ".join((*architecture_names(), *RESERVED))
        raise RtdreamerError(f"method {method!r:.60}: choose from {names}; or give an object")
    return find_architecture(method), None


def _check(protocol: Any, features: Any, own: OwnMethod | None) -> None:
    if not isinstance(protocol, str) or protocol not in PROTOCOLS:
        raise RtdreamerError(f"protocol {protocol!r:.60}: choose from {', '.join(PROTOCOLS)}")
    if features is not None and not callable(features):
        raise RtdreamerError(f"features are {features!r:.40}: must be a function of a window")
    if features is not None and own is None:
        raise RtdreamerError("features are for an object's fit: methods by name have their own")


def _settings(settings: Mapping[str, float] | None) -> dict[str, float]:
    if not isinstance(settings, Mapping | None):
        raise RtdreamerError(f"settings are {settings!r:.40}: must be a mapping: {{'epochs': 3}}")
    for name, parameter in (("seed", "seed"), ("label_threshold", "threshold")):
        if name in (settings or {}):
            raise RtdreamerError(f"setting {name}: say {parameter}=… instead")
    return dict(settings or {})
