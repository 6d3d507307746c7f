"""The fit, from windows to a checkpoint; read it top to bottom."""

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rtdreamer import __version__
from rtdreamer.epoc import CH_NAMES
from rtdreamer.errors import DataError
from rtdreamer.model.checkpoint import Checkpoint, TrainingRecord
from rtdreamer.model.losses import AffectLoss
from rtdreamer.model.network import AffectNetwork, NetworkConfig
from rtdreamer.training.calibration import fit_calibration
from rtdreamer.training.metrics import TARGETS, auc
from rtdreamer.training.windows import Windows

MAX_GRADIENT = 1.0
"""Gradients longer than this are cut to it."""


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How to fit.

    Attributes
    ----------
    epochs, patience : int
        Passes over the windows at most, and without an improvement.
    batch_size : int
        Windows in one step.
    lr, weight_decay : float
        Of AdamW (Loshchilov & Hutter, ICLR 2019).
    beta1, beta2, beta3 : float
        Weights of the focal, triplet-center and autoencoder losses.
    label_threshold : float
        A rating from here on is high.
    validation : float
        Share of the subjects that decide when to stop, and that calibrate.
    seed : int
        Of all randomness.
    """

    epochs: int = 30
    patience: int = 6
    batch_size: int = 32
    lr: float = 1e-3
    weight_decay: float = 1e-2
    beta1: float = 0.7
    beta2: float = 0.2
    beta3: float = 0.1
    label_threshold: float = 3.0
    validation: float = 0.2
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Epoch:
    """How one pass went.

    Attributes
    ----------
    epoch : int
        From 1.
    loss, focal, triplet, recon, kl : float
        Means over the training subjects' windows; ``kl`` in nats a window.
    valence_auc, arousal_auc : float
        Over the validation subjects' windows.
    best : bool
        Whether these weights are the best so far.
    skipped_steps : int
        Steps left out so far.
    """

    epoch: int
    loss: float
    focal: float
    triplet: float
    recon: float
    kl: float
    valence_auc: float
    arousal_auc: float
    best: bool
    skipped_steps: int


def fit(
    windows: Windows,
    config: TrainingConfig,
    name: str,
    progress: Callable[[Epoch], None] = lambda epoch: None,
) -> Checkpoint:
    """Fit a network to windows; the same windows, configuration and seed give the same network.

    The subjects are split once: most are learned from, the others decide which epoch is kept, and
    calibrate it.

    Raises
    ------
    DataError
        If there are too few subjects, a target has one class only, or no step had a finite loss.
    """
    learned, held_out = split_subjects(windows, config)
    train, validation = windows.of(learned), windows.of(held_out)
    labels = _labels(train, config), _labels(validation, config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        network = AffectNetwork(
            NetworkConfig(n_times=windows.spec.n_times, n_bands=len(windows.spec.bands))
        )
        network.graphs.fit_normalisation(torch.from_numpy(train.de))
        fitting = _Fitting(network, labels[0].mean(axis=0), config)
        best, kept, weights = -math.inf, 0, None
        for epoch in range(1, config.epochs + 1):
            means = fitting.run_epoch(train, labels[0])
            aucs = [auc(*column) for column in zip(labels[1].T, predict_logits(network, validation).T)]
            improved = sum(aucs) > best and not fitting.broken
            if improved:
                best, kept, weights = sum(aucs), epoch, _copy(network)
            progress(Epoch(epoch, *means, *aucs, improved, fitting.skipped_steps))
            if epoch - kept >= config.patience:
                break
    if weights is None:
        raise DataError(f"{windows.source}: no step of the fit had a finite loss: check the data")
    network.load_state_dict(weights)
    ...
