"""The fit, from windows to a checkpoint; read it top to bottom."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rtdreamer import __version__
from rtdreamer.errors import DataError
from rtdreamer.model.checkpoint import Checkpoint, TrainingRecord
from rtdreamer.model.losses import AffectLoss, Loss
from rtdreamer.model.network import AffectNetwork, NetworkConfig
from rtdreamer.training.augmentation import vary_amplitude
from rtdreamer.training.calibration import fit_calibration
from rtdreamer.training.metrics import TARGETS, auc
from rtdreamer.training.windows import Windows

MAX_GRADIENT = 1.0
"""A longer gradient is cut to this length."""

_BATCH = 256  # windows at once where nothing is learned


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How to fit.

    Attributes
    ----------
    epochs, patience : int
        Passes over the windows at most, and how many of them without an improvement.
    batch_size : int
        Windows in one step.
    lr, weight_decay : float
        Of AdamW (Loshchilov & Hutter, ICLR 2019).
    beta1, beta2, beta3 : float
        Weights of the focal, triplet-center and autoencoder losses.
    amplitude_sd : float
        How much windows' log amplitudes are varied while they are learned from.
    label_threshold : float
        A rating from here on is high.
    validation : float
        Share of the subjects who decide when to stop, and who calibrate: above 0, below 1.
    seed : int
        Of all randomness.
    """

    epochs: int = 12
    patience: int = 4
    batch_size: int = 32
    lr: float = 1e-3
    weight_decay: float = 1e-2
    beta1: float = 0.7
    beta2: float = 0.2
    beta3: float = 0.1
    amplitude_sd: float = 0.2
    label_threshold: float = 3.0
    validation: float = 0.2
    seed: int = 0


class LossParts(NamedTuple):
    """The parts of ``Loss`` as numbers; ``kl`` in nats a window."""

    total: float
    focal: float
    triplet: float
    recon: float
    kl: float


@dataclass(frozen=True, slots=True)
class Epoch:
    """How one pass went.

    Attributes
    ----------
    number : int
        From 1.
    loss : LossParts
        Means over the steps; NaN if every one was skipped.
    valence_auc, arousal_auc : float
        Over the validation subjects' windows.
    best : bool
        Whether these weights are the best so far.
    skipped_steps : int
        Steps left out so far because their loss or gradient was not finite.
    """

    number: int
    loss: LossParts
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
    """Fit a network to windows; the same windows, configuration and machine give the same network.

    The subjects are split once: most are learned from, the others decide which epoch's weights are
    kept, and calibrate them.

    Parameters
    ----------
    windows : Windows
        Of at least two subjects.
    config : TrainingConfig
        How to fit.
    name : str
        The model's name.
    progress : callable
        Told of every epoch.

    Raises
    ------
    DataError
        If there are too few subjects, a target has one class only among those learned from or
        among the others, or no step had a finite loss.
    """
    learners, held_out = split_subjects(windows, config)
    train, validation = windows.of(learners), windows.of(held_out)
    train_labels, labels = _checked_labels(train, config), _checked_labels(validation, config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        learner = Learner(train, train_labels, config)
        best_epoch = _keep_best(learner, validation, labels, progress)
    logits = predict_logits(learner.network, validation)
    calibration = fit_calibration(logits, labels)
    valence_rate, arousal_rate = windows.labels(config.label_threshold).mean(axis=0).tolist()
    return Checkpoint(
        name=name,
        config=learner.network.config,
        spec=windows.spec,
        weights=learner.network.state_dict(),
        calibration=calibration,
        record=TrainingRecord(
            data=windows.source,
            people=windows.people,
            simulated=windows.simulated,
            subjects=tuple(sorted(learners + held_out)),
            validation_subjects=held_out,
            label_threshold=config.label_threshold,
            base_rate=(valence_rate, arousal_rate),
            n_windows=len(train),
            seed=config.seed,
            epochs=best_epoch,
            skipped_steps=learner.skipped_steps,
            collapsed=collapsed_targets(calibration.apply(torch.from_numpy(logits)).numpy()),
            settings=asdict(config),
            versions={"rtdreamer": __version__} | {p: version(p) for p in ("torch", "numpy")},
        ),
        metrics={
            # Flattering: these people chose the epoch.
            "validation_window_auc": {
                target: auc(labels[:, k], logits[:, k]) for k, target in enumerate(TARGETS)
            }
        },
    )


def _keep_best(
    learner: "Learner",
    validation: Windows,
    labels: NDArray[np.float32],
    progress: Callable[[Epoch], None],
) -> int:
    """Learn until it stops helping others; leave the best epoch's weights and return its number."""
    config, network = learner.config, learner.network
    best, best_epoch = -math.inf, 0
    weights: dict[str, Tensor] = {}
    for number in range(1, config.epochs + 1):
        loss = learner.learn_once()
        logits = predict_logits(network, validation)
        valence_auc, arousal_auc = (auc(labels[:, k], logits[:, k]) for k in (0, 1))
        improved = learner.steps > 0 and valence_auc + arousal_auc > best
        if improved:
            best, best_epoch = valence_auc + arousal_auc, number
            weights = {key: value.clone() for key, value in network.state_dict().items()}
        progress(Epoch(number, loss, valence_auc, arousal_auc, improved, learner.skipped_steps))
        if number - best_epoch >= config.patience:
            break
    if not weights:
        raise DataError(
            "no step of the fit had a finite loss: check the data and the learning rate"
        )
    network.load_state_dict(weights)
    return best_epoch


class Learner:
    """A network and what changes it."""

    def __init__(self, train: Windows, labels: NDArray[np.float32], config: TrainingConfig) -> None:
        self.config = config
        self.signals = torch.from_numpy(train.signals)  # (n, C, T)
        self.de = torch.from_numpy(train.de)  # (n, K, C)
        self.edge_weight = torch.from_numpy(train.edge_weight)  # (n, K, C, C)
        self.labels = torch.from_numpy(labels)  # (n, 2)
        spec = train.spec
        self.network = AffectNetwork(NetworkConfig(n_times=spec.n_times, n_bands=len(spec.bands)))
        self.network.graphs.fit_normalisation(self.de, self.edge_weight)
        # The rarer class weighs more, so that saying the other one always does not pay.
        self.loss = AffectLoss(
            self.network.n_embedding,
            alpha=1 - self.labels.mean(dim=0),
            beta1=config.beta1,
            beta2=config.beta2,
            beta3=config.beta3,
        )
        self.parameters = [*self.network.parameters(), *self.loss.parameters()]
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=config.lr, weight_decay=config.weight_decay
        )
        self.steps = 0
        self.skipped_steps = 0

    def learn_once(self) -> LossParts:
        """Learn from every window once; the mean of each part of the loss."""
        self.network.train()
        parts = []
        order = torch.randperm(len(self.labels))
        for index in torch.split(order, self.config.batch_size):
            loss = self.step(index)
            if loss is None:
                self.skipped_steps += 1
            else:
                self.steps += 1
                parts.append(torch.stack(loss).detach())
        if not parts:
            return LossParts(*[math.nan] * len(LossParts._fields))
        return LossParts(*torch.stack(parts).mean(dim=0).tolist())

    def step(self, index: Tensor) -> Loss | None:
        """Learn from some windows; nothing changes, and None comes back, if that went wrong."""
        signals, de = vary_amplitude(self.signals[index], self.de[index], self.config.amplitude_sd)
        loss: Loss = self.loss(
            self.network(signals, de, self.edge_weight[index]), signals, self.labels[index]
        )
        self.optimizer.zero_grad()
        loss.total.backward()  # type: ignore[no-untyped-call]
        length = nn.utils.clip_grad_norm_(self.parameters, MAX_GRADIENT)
        if not (loss.total.isfinite() and length.isfinite()):
            return None
        self.optimizer.step()
        return loss


def split_subjects(
    windows: Windows, config: TrainingConfig
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Who is learned from, and who decides when to stop; at least one of each.

    Raises
    ------
    DataError
        If there is one subject only.
    """
    subjects = np.unique(windows.subject)
    if len(subjects) < 2:
        raise DataError(f"{windows.source}: has {len(subjects)} subject, a fit needs at least 2")
    shuffled = np.random.default_rng(config.seed).permutation(subjects).tolist()
    n_held_out = min(max(1, round(config.validation * len(subjects))), len(subjects) - 1)
    return tuple(sorted(shuffled[n_held_out:])), tuple(sorted(shuffled[:n_held_out]))


@torch.inference_mode()
def predict_logits(network: AffectNetwork, windows: Windows) -> NDArray[np.float32]:
    """Logits before calibration, shape (n, 2), in evaluation mode."""
    network.eval()
    inputs = (torch.from_numpy(a) for a in (windows.signals, windows.de, windows.edge_weight))
    batches = zip(*(torch.split(x, _BATCH) for x in inputs), strict=True)
    return torch.cat([network.predict(*batch) for batch in batches]).numpy()


def collapsed_targets(probabilities: NDArray[np.floating]) -> tuple[str, ...]:
    """Targets for which every one of the (n, 2) calibrated probabilities says the same class."""
    high = probabilities >= 0.5
    return tuple(
        t for t, column in zip(TARGETS, high.T, strict=True) if column.all() or not column.any()
    )


def _checked_labels(windows: Windows, config: TrainingConfig) -> NDArray[np.float32]:
    labels = windows.labels(config.label_threshold)
    for target, rate in zip(TARGETS, labels.mean(axis=0), strict=True):
        if rate in (0, 1):
            who = ", ".join(map(str, np.unique(windows.subject)))
            raise DataError(
                f"{windows.source}: every {target} of subjects {who} is on one side of "
                f"{config.label_threshold:g}: take more subjects or another threshold"
            )
    return labels
