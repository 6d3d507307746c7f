"""From trials to a checkpoint: fits that calibrate, the fit that is kept, and its record."""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rtdreamer.metrics.predictions import Predictions
from rtdreamer.metrics.scores import TARGETS, collapsed_targets
from rtdreamer.metrics.target_metrics import target_metrics
from rtdreamer.model.checkpoint import Checkpoint, TrainingRecord
from rtdreamer.signal.profile import Profile
from rtdreamer.training.architectures import ARCHITECTURES, network_config
from rtdreamer.training.calibration import (
    calibration_groups,
    carry_over,
    fit_calibration,
    probabilities,
)
from rtdreamer.training.code_version import versions
from rtdreamer.training.device import find_device
from rtdreamer.training.fit import Epoch, Fitted, best_epoch, fit, predict_logits
from rtdreamer.training.order import Order, ordered_windows
from rtdreamer.training.runner import Arrays, run_all
from rtdreamer.training.windows import Windows

Progress = Callable[[int, int], None]
MOST_HASHES = 30_000
"""Of last windows, in a checkpoint: half of what its header may hold. Of more trials, every k-th is
kept, which still is some of each person's."""

EpochProgress = Callable[[int, int, Epoch], None]
"""Told of a fit's number, of how many, and of an epoch."""


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A checkpoint, and the epochs of the fit that was kept."""

    checkpoint: Checkpoint
    epochs: tuple[Epoch, ...]
    left_out: tuple[tuple[int, int], ...]
    folder: Path
    """What is left of the work; of no more use once the checkpoint is written."""

    def clear(self) -> None:
        """Delete ``folder``."""
        shutil.rmtree(self.folder, ignore_errors=True)


def train(
    order: Order,
    name: str,
    cache: Path,
    n_jobs: int = 1,
    dask: str | None = None,
    device: str = "cpu",
    extracting: Progress = lambda done, total: None,
    fitting: Progress = lambda done, total: None,
    epochs: EpochProgress | None = None,
) -> Trained:
    """Train a model, going on from where an earlier call with the same order was broken off.

    Networks are fitted with each group of subjects left out in turn; what they say of those left
    out calibrates the network that is then fitted to everybody, once brought to its spread.

    Parameters
    ----------
    order : Order
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

    Raises
    ------
    DataError
        If the data cannot be used, or the fit fails.
    RtdreamerError
        If the cache cannot be written, or a fit keeps dying.
    """
    config = order.config
    key = order.key()
    windows = ordered_windows(order, key, cache, n_jobs=n_jobs, progress=extracting)
    groups = calibration_groups(windows, config.calibration_groups, config.seed)
    folder = cache / f"training-{key[:16]}"
    told = epochs if n_jobs == 1 and dask is None else None
    pieces = [
        (order, key, cache, folder, device, number, told) for number in range(len(groups) + 1)
    ]
    *left_out, whole = run_all(fit_piece, pieces, folder, n_jobs, dask, fitting)
    logits = np.full((len(windows), windows.n_targets), np.nan)
    fold = np.zeros(len(windows), np.int64)
    for number, (group, found) in enumerate(zip(groups, left_out, strict=True)):
        of_group = np.isin(windows.subject, group)
        logits[of_group], fold[of_group] = found["logits"], number
    whole_epochs = tuple(Epoch.from_row(row) for row in whole["epochs"].tolist())
    return Trained(
        checkpoint=_checkpoint(name, order, windows, logits, fold, whole, whole_epochs),
        epochs=whole_epochs,
        left_out=windows.left_out,
        folder=folder,
    )


def fit_piece(
    order: Order,
    key: str,
    cache: Path,
    folder: Path,
    device: str,
    number: int,
    epochs: EpochProgress | None,
) -> Arrays:
    """Fit with one group of subjects left out, or, the last piece, with nobody left out.

    Raises
    ------
    RtdreamerError
        If ``key``, the order's where it was given, is another one here.
    """
    torch.set_num_threads(1)
    config, place = order.config, find_device(device)
    windows = ordered_windows(order, key, cache)
    groups = calibration_groups(windows, config.calibration_groups, config.seed)
    group = groups[number] if number < len(groups) else ()
    learned = windows.of([s for s in windows.subjects if s not in group])

    def told(epoch: Epoch) -> None:
        if epochs is not None:
            epochs(number + 1, len(groups) + 1, epoch)

    state = folder / f"piece-{number:03d}.state"
    fitted = fit(learned, config, "network", place, state, told)
    if group:
        inputs = ARCHITECTURES["network"].inputs(windows.of(group))
        return {"logits": predict_logits(fitted.network, inputs)}
    unlearned = ARCHITECTURES["network"].inputs(windows.of(fitted.validation_subjects))
    return _arrays(fitted, place) | {"logits": predict_logits(fitted.network, unlearned)}


def _arrays(fitted: Fitted, device: str) -> dict[str, NDArray[Any]]:
    weights = {f"weight:{k}": v.numpy() for k, v in fitted.network.state_dict().items()}
    return weights | {
        "epochs": np.array([epoch.to_row() for epoch in fitted.epochs], dtype=np.float64),
        "validation_subjects": np.array(fitted.validation_subjects),
        "device": np.array(device),
    }


def _last_windows(windows: Windows) -> str:
    """For ``TrainingRecord.last_windows``."""
    found = windows.last_hashes()
    step = -(-len(found) // MOST_HASHES) or 1
    return found[::step].astype(">i8").tobytes().hex()


def _checkpoint(
    name: str,
    order: Order,
    windows: Windows,
    logits: NDArray[np.float64],
    fold: NDArray[np.int64],
    whole: Arrays,
    epochs: tuple[Epoch, ...],
) -> Checkpoint:
    config = order.config
    weights = {
        key.removeprefix("weight:"): torch.from_numpy(value)
        for key, value in whole.items()
        if key.startswith("weight:")
    }
    labels = windows.labels(config.label_threshold)
    calibration = fit_calibration(logits, labels)
    base_rate = labels.mean(axis=0, dtype=np.float64)
    said = Predictions(
        subject=windows.subject,
        trial=windows.trial,
        fold=fold,
        labels=labels.astype(np.float64),
        probabilities=probabilities(calibration, logits),
        base_rate=np.tile(base_rate, (len(windows), 1)),
        ratings=windows.ratings.astype(np.float64),
    )
    validation = tuple(whole["validation_subjects"].tolist())
    unlearned = np.isin(windows.subject, validation)
    valence_rate, arousal_rate = base_rate.tolist()
    return Checkpoint(
        name=name,
        config=network_config(order.spec),
        spec=order.spec,
        weights=weights,
        calibration=carry_over(calibration, logits[unlearned], whole["logits"]),
        average=Profile.average(list(windows.profiles.values())) if windows.profiles else None,
        record=TrainingRecord(
            data=windows.source,
            people=windows.people,
            simulated=windows.simulated,
            subjects=windows.subjects,
            validation_subjects=validation,
            label_threshold=config.label_threshold,
            base_rate=(valence_rate, arousal_rate),
            n_windows=int((~unlearned).sum()),
            seed=config.seed,
            epochs=best_epoch(epochs),
            skipped_steps=epochs[-1].skipped_steps,
            collapsed=collapsed_targets(said.probabilities),
            settings=asdict(config) | {"hop": order.plan.hop, "device": whole["device"].item()},
            versions=versions(),
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
