"""From trials to a checkpoint: fits that calibrate, the fit that is kept, and its record."""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rtdreamer.data.dataset import rating_scale
from rtdreamer.metrics.names import TARGETS
from rtdreamer.metrics.predictions import HeldOutPredictions
from rtdreamer.metrics.scores import collapsed_targets
from rtdreamer.metrics.target_metrics import target_metrics
from rtdreamer.model.checkpoint import Calibration, Checkpoint, TrainingRecord
from rtdreamer.model.registry import DEFAULT_ARCHITECTURE, find_architecture, packages_of
from rtdreamer.signal.profile import Profile
from rtdreamer.training.cache import Progress
from rtdreamer.training.calibration import (
    calibration_groups,
    carry_over,
    fit_calibration,
    probabilities,
    trial_means,
)
from rtdreamer.training.code_version import versions
from rtdreamer.training.fit import Epoch, best_epoch
from rtdreamer.training.learn import Learned, learn
from rtdreamer.training.run import Run, takes_signals, windows_of
from rtdreamer.training.runner import Arrays, run_all
from rtdreamer.training.settings import find_device
from rtdreamer.training.windows import Windows

MOST_HASHES = 30_000
"""Hashes of last windows in a checkpoint: half of what its header may hold. Of more trials, every
k-th is kept, which still is some of each person's."""

EpochProgress = Callable[[int, int, Epoch], None]
"""Told of a fit's number, of how many, and of an epoch."""


@dataclass(frozen=True, slots=True)
class TrainingRun(Run):
    """What a model is to be trained on, and how.

    Attributes
    ----------
    architecture : str
        A name in ``model.registry``.
    """

    architecture: str = DEFAULT_ARCHITECTURE

    @property
    def made_by(self) -> str:
        """The architecture."""
        return self.architecture


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A checkpoint, and the epochs of the fit that was kept; none of a linear model."""

    checkpoint: Checkpoint
    epochs: tuple[Epoch, ...]
    too_short: tuple[tuple[int, int], ...]
    folder: Path
    """What is left of the work; of no more use once the checkpoint is written."""

    def clear(self) -> None:
        """Delete ``folder``."""
        shutil.rmtree(self.folder, ignore_errors=True)


def train(
    run: TrainingRun,
    name: str,
    cache: Path,
    n_jobs: int = 1,
    dask: str | None = None,
    device: str = "cpu",
    extracting: Progress = lambda done, total: None,
    fitting: Progress = lambda done, total: None,
    epochs: EpochProgress | None = None,
    loaded: Callable[[Windows], None] = lambda windows: None,
) -> Trained:
    """Train a model, resuming an earlier call with the same run that was interrupted.

    Models are fitted with each group of subjects held out in turn; what they say of those held out
    calibrates the model that is then fitted to everyone; where people were held out to decide
    when to stop, once brought to its spread.

    Parameters
    ----------
    run : TrainingRun
        From what.
    name : str
        The model's name.
    cache : path
        Where windows, and the work until it is done, are kept.
    n_jobs : int
        Fits at a time, each in a process of its own.
    dask : str, optional
        Address of a Dask scheduler whose workers do the fits.
    device : str
        As for ``find_device``, where a fit is run.
    extracting, fitting : callable
        Told how many trials, and fits, are done, and of how many.
    epochs : callable, optional
        Told of every epoch of fits in this process.
    loaded : callable
        Given the windows before anything is learned from them.

    Raises
    ------
    DataError
        If the data cannot be used, or the fit fails.
    RtdreamerError
        If the cache cannot be written, a fit keeps dying, or a package is not installed.
    """
    find_architecture(run.architecture).check_installed()
    config = run.config
    key = run.key()
    windows = windows_of(run, key, cache, n_jobs=n_jobs, progress=extracting)
    loaded(windows)
    run = run.for_workers()
    groups = calibration_groups(windows, config.calibration_groups, config.seed)
    folder = cache / f"training-{key[:16]}"
    told = epochs if n_jobs == 1 and dask is None else None
    pieces = [(run, key, cache, folder, device, number, told) for number in range(len(groups) + 1)]
    *held_out, whole = run_all(fit_piece, pieces, folder, n_jobs, dask, fitting)
    logits = np.full((len(windows), windows.n_targets), np.nan)
    fold = np.zeros(len(windows), np.int64)
    for number, (group, found) in enumerate(zip(groups, held_out, strict=True)):
        of_group = np.isin(windows.subject, group)
        logits[of_group], fold[of_group] = found["logits"], number
    whole_epochs = tuple(Epoch.from_row(row) for row in whole["epochs"].tolist())
    return Trained(
        checkpoint=_checkpoint(name, run, windows, logits, fold, whole, whole_epochs),
        epochs=whole_epochs,
        too_short=windows.too_short,
        folder=folder,
    )


def fit_piece(
    run: TrainingRun,
    key: str,
    cache: Path,
    folder: Path,
    device: str,
    number: int,
    epochs: EpochProgress | None,
) -> Arrays:
    """Fit with one group of subjects held out, or, the last piece, with no one held out.

    Raises
    ------
    RtdreamerError
        If ``key``, the run's key where the work was handed out, differs here.
    """
    torch.set_num_threads(1)
    config, place = run.config, find_device(device)
    with_signals = takes_signals(run.architecture, run.spec)
    windows = windows_of(run, key, cache, with_signals)
    groups = calibration_groups(windows, config.calibration_groups, config.seed)
    group = groups[number] if number < len(groups) else ()
    learned = windows.of([s for s in windows.subjects if s not in group])

    def told(epoch: Epoch) -> None:
        if epochs is not None:
            epochs(number + 1, len(groups) + 1, epoch)

    state = folder / f"piece-{number:03d}.state"
    found = learn(learned, config, run.architecture, place, state, told)
    if group:
        return {"logits": found.logits(windows.of(group))}
    return _arrays(found, place)


def _arrays(found: Learned, device: str) -> dict[str, NDArray[Any]]:
    weights = {f"weight:{k}": v.numpy() for k, v in found.model.state_dict().items()}
    return weights | {
        "unlearned": found.unlearned,
        "logits": found.unlearned_logits,
        "epochs": np.array([epoch.to_row() for epoch in found.epochs], dtype=np.float64),
        "validation_subjects": np.array(found.validation_subjects, dtype=np.int64),
        "penalties": np.array(found.penalties, dtype=np.float64),
        "device": np.array(device),
    }


def _last_windows(windows: Windows) -> str:
    """For ``TrainingRecord.last_windows``."""
    found = windows.last_hashes()
    step = -(-len(found) // MOST_HASHES) or 1
    return found[::step].astype(">i8").tobytes().hex()


def _checkpoint(
    name: str,
    run: TrainingRun,
    windows: Windows,
    logits: NDArray[np.float64],
    fold: NDArray[np.int64],
    whole: Arrays,
    epochs: tuple[Epoch, ...],
) -> Checkpoint:
    config = run.config
    weights = {
        key.removeprefix("weight:"): torch.from_numpy(value)
        for key, value in whole.items()
        if key.startswith("weight:")
    }
    labels = windows.labels(config.label_threshold)
    calibration = fit_calibration(logits, labels)
    base_rate = labels.mean(axis=0, dtype=np.float64)
    said = HeldOutPredictions(
        subject=windows.subject,
        trial=windows.trial,
        fold=fold,
        labels=labels.astype(np.float64),
        probabilities=probabilities(calibration, logits),
        base_rate=np.tile(base_rate, (len(windows), 1)),
        ratings=windows.ratings,
        shown=windows.stimulus,
    )
    validation = tuple(whole["validation_subjects"].tolist())
    valence_rate, arousal_rate = base_rate.tolist()
    return Checkpoint(
        name=name,
        architecture=run.architecture,
        config=find_architecture(run.architecture).configure(run.spec),
        spec=run.spec,
        weights=weights,
        calibration=carry_over(calibration, logits[whole["unlearned"]], whole["logits"]),
        calibration_over_time=_calibration_over_time(windows, labels, logits, whole),
        average=Profile.average(list(windows.profiles.values())) if windows.profiles else None,
        record=TrainingRecord(
            data=windows.source,
            people=windows.people,
            clips=windows.clips,
            simulated=windows.simulated,
            subjects=tuple(windows.names.of("subject", s) for s in windows.subjects),
            validation_subjects=tuple(windows.names.of("subject", s) for s in validation),
            label_threshold=config.label_threshold,
            base_rate=(valence_rate, arousal_rate),
            n_windows=int((~np.isin(windows.subject, validation)).sum()),
            seed=config.seed,
            epochs=best_epoch(epochs),
            skipped_steps=epochs[-1].skipped_steps if epochs else 0,
            collapsed=collapsed_targets(said.probabilities),
            settings=_settings(run, whole),
            versions=versions() | packages_of(run.architecture),
            last_windows=_last_windows(windows),
        ),
        metrics={
            "out_of_fold_windows": {
                target: {
                    name: value
                    for name, value in target_metrics(said, k).to_json().items()
                    if name in ("auc", "auc_pooled", "ece")
                }
                for k, target in enumerate(TARGETS[: labels.shape[1]])
            }
        },
    )


def _calibration_over_time(
    windows: Windows, labels: NDArray[np.float32], logits: NDArray[np.float64], whole: Arrays
) -> Calibration:
    """The calibration of the mean over each trial's windows, which come from its last minute.

    Live windows overlap far more than these do by default, but their mean is nearly the same. Where
    the last window alone was learned from it is of that one, and so less sure than it might be.
    """
    calibration = fit_calibration(trial_means(windows, logits), trial_means(windows, labels))
    unlearned = whole["unlearned"]
    of_them = windows.take(unlearned)
    before, after = logits[unlearned], whole["logits"]
    return carry_over(calibration, trial_means(of_them, before), trial_means(of_them, after))


def _settings(run: TrainingRun, whole: Arrays) -> dict[str, Any]:
    """All that the fit went by."""
    scale = rating_scale(run.data)
    settings = asdict(run.config) | {
        "architecture": run.architecture,
        "hop": run.plan.hop,
        "scale": [scale.low, scale.high],
    }
    if not find_architecture(run.architecture).is_linear:
        return settings | {"device": whole["device"].item()}
    used = ("label_threshold", "label_softness", "amplitude_sd", "calibration_groups", "seed",
            "architecture", "hop", "scale")  # fmt: skip
    penalties = dict(zip(TARGETS[:2], whole["penalties"].tolist(), strict=True))
    return {name: settings[name] for name in used} | {"penalty": penalties}
