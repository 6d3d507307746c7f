"""The fit by gradient of a module to windows; read it top to bottom."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rtdreamer.errors import DataError
from rtdreamer.model.architecture import Architecture, Module, Tensors, inputs_for
from rtdreamer.model.losses import AffectLoss, Loss
from rtdreamer.model.registry import DEFAULT_ARCHITECTURE, find_architecture
from rtdreamer.training.config import TrainingConfig
from rtdreamer.training.criterion import HeldOut, judge_held_out, split_subjects
from rtdreamer.training.fit_state import read_state, state_key, write_state
from rtdreamer.training.labels import checked_labels, learned_labels
from rtdreamer.training.linear import start_read_out
from rtdreamer.training.windows import Windows

MAX_GRADIENT = 1.0
"""A longer gradient is cut to this length."""

MOST_SKIPPED = 20
"""Steps in a row that may be skipped because something was not finite."""

_BATCH = 256
"""Windows at once where nothing is learned."""


class LossParts(NamedTuple):
    """The parts of ``Loss`` as numbers; ``kl`` in nats a window."""

    total: float
    focal: float
    triplet: float
    recon: float
    kl: float


class Epoch(NamedTuple):
    """How one pass went.

    Attributes
    ----------
    number : int
        From 1.
    loss : LossParts
        Means over the steps; NaN if every one was skipped.
    log_loss : float
        Of the validation subjects' trials: what decides which weights are kept; see ``HeldOut``.
        NaN where there are none.
    auc : tuple of floats
        Of each target, within one of them and by trial; decides nothing. Empty where there are
        none.
    best : bool
        Whether these weights are the best so far; where no one decides, whether they are finite.
    skipped_steps : int
        Steps skipped so far because their loss or gradient was not finite.
    """

    number: int
    loss: LossParts
    log_loss: float
    auc: tuple[float, ...]
    best: bool
    skipped_steps: int

    def to_row(self) -> tuple[float, ...]:
        """All of it as numbers, for a file."""
        kept = float(self.best), float(self.skipped_steps)
        return (self.number, *self.loss, self.log_loss, *kept, *self.auc)

    @classmethod
    def from_row(cls, row: Sequence[float]) -> "Epoch":
        """Rebuild an epoch from ``to_row``."""
        n = len(LossParts._fields)
        number, loss, (log_loss, best, skipped) = row[0], row[1 : n + 1], row[n + 1 : n + 4]
        auc = tuple(row[n + 4 :])
        return cls(int(number), LossParts(*loss), log_loss, auc, bool(best), int(skipped))


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A module, and how it came about.

    Attributes
    ----------
    network : Module
        With the best epoch's weights, on the CPU, in evaluation mode.
    epochs : tuple of Epoch
        All that were run.
    validation_subjects : tuple of int
        Who decided when to stop.
    """

    network: Module
    epochs: tuple[Epoch, ...]
    validation_subjects: tuple[int, ...]


def best_epoch(epochs: Sequence[Epoch]) -> int:
    """Number of the last epoch that was the best so far; 0 if none was."""
    return max((epoch.number for epoch in epochs if epoch.best), default=0)


def fit(
    windows: Windows,
    config: TrainingConfig,
    architecture: str = DEFAULT_ARCHITECTURE,
    device: str = "cpu",
    state: Path | None = None,
    progress: Callable[[Epoch], None] = lambda epoch: None,
) -> Fitted:
    """Fit a module; the same windows, configuration and machine give the same weights.

    The subjects are split once: most are learned from, the others decide which epoch's weights are
    kept. Where no one is to decide, all are learned from, and the last epoch's weights are kept. A
    module with a linear read-out starts from ridge regression's solution for it.

    Parameters
    ----------
    windows : Windows
        Of at least two subjects.
    config : TrainingConfig
        How to fit.
    architecture : str
        The name of one that is fitted by gradient.
    device : str
        As torch names it.
    state : path, optional
        Where to leave, after each epoch, all that is needed to resume. If such a state is there the
        fit resumes from it, and ends with the weights of an unbroken one; a broken one, or that of
        another fit, is ignored.
    progress : callable
        Told of every epoch; also of those before the state that was found.

    Raises
    ------
    DataError
        If there are too few subjects, a target has one class only among those learned from or
        among the others, or the steps are not finite time after time.
    RtdreamerError
        If the state cannot be written.
    """
    learners, held_out = split_subjects(windows, config)
    train, validation = windows.of(learners), windows.of(held_out)
    train_labels = learned_labels(train, config)
    labels = checked_labels(validation, config.label_threshold) if held_out else None
    target = torch.device(device)
    with torch.random.fork_rng(devices=[target] if target.type == "cuda" else []):
        torch.manual_seed(config.seed)
        learner = Learner(train, train_labels, config, find_architecture(architecture), target)
        course = _Course()
        key = b"" if state is None else state_key(windows, config, architecture)
        if state is not None and (found := read_state(state, key)) is not None:
            learner.restore(found["learner"])
            course.restore(found["course"])
        for epoch in course.epochs:
            progress(epoch)
        while not course.is_over(config):
            course.add(learner, validation, labels)
            if state is not None:
                now = {"learner": learner.snapshot(), "course": course.snapshot()}
                write_state(state, key, now)
            progress(course.epochs[-1])
    if not course.weights:
        raise DataError(
            f"{windows.source}: no epoch of the fit gave finite numbers (learning rate "
            f"{config.lr:g}): take a smaller one, or check the data"
        )
    learner.network.load_state_dict(course.weights)
    return Fitted(learner.network.cpu().eval(), tuple(course.epochs), held_out)


class _Course:
    """The epochs so far, and the best one's weights."""

    def __init__(self) -> None:
        self.epochs: list[Epoch] = []
        self.best = math.inf
        self.weights: dict[str, Tensor] = {}

    def is_over(self, config: TrainingConfig) -> bool:
        n = len(self.epochs)
        return n >= config.epochs or (n > 0 and n - best_epoch(self.epochs) >= config.patience)

    def add(
        self, learner: "Learner", validation: Windows, labels: NDArray[np.float32] | None
    ) -> None:
        loss = learner.learn_once()
        if labels is None:
            found = HeldOut(math.nan, ())
            is_best = math.isfinite(loss.total) and learner.is_finite()
        else:
            found = judge_held_out(validation, labels, learner.predict(validation))
            # What is not finite is never smaller.
            is_best = math.isfinite(loss.total) and found.log_loss < self.best
        if is_best:
            self.best = found.log_loss
            self.weights = {k: v.clone() for k, v in learner.network.state_dict().items()}
        number = len(self.epochs) + 1
        self.epochs.append(Epoch(number, loss, *found, is_best, learner.skipped_steps))

    def snapshot(self) -> dict[str, Any]:
        """All of it, in types that a file can hold."""
        rows = [epoch.to_row() for epoch in self.epochs]
        return {"epochs": rows, "best": self.best, "weights": self.weights}

    def restore(self, values: dict[str, Any]) -> None:
        """Become what ``snapshot`` saw."""
        self.epochs = [Epoch.from_row(row) for row in values["epochs"]]
        self.best, self.weights = values["best"], values["weights"]


class Learner:
    """A module and what changes it."""

    def __init__(
        self,
        train: Windows,
        labels: NDArray[np.float32],
        config: TrainingConfig,
        architecture: Architecture,
        device: torch.device,
    ) -> None:
        self.config = config
        self.device = device
        network = architecture.build(architecture.configure(train.spec), train.n_targets)
        inputs = inputs_for(network, train.inputs)
        network.prepare(*inputs)
        start_read_out(network, train, config)
        self.network = network.to(device)
        self.inputs: Tensors = tuple(x.to(device) for x in inputs)
        self.labels = torch.from_numpy(labels).to(device)  # (n, n_targets)
        self.vary: Callable[..., Tensors] = lambda *seen: seen
        if architecture.vary is not None:
            self.vary = architecture.vary(train.spec, config.amplitude_sd)
        # The rarer class weighs more, so that saying the other one always does not pay.
        self.loss = AffectLoss(
            self.network.n_embedding,
            alpha=1 - self.labels.mean(dim=0),
            beta1=config.beta1,
            beta2=config.beta2,
            beta3=config.beta3,
        ).to(device)
        self.parameters = [*self.network.parameters(), *self.loss.parameters()]
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=config.lr, weight_decay=config.weight_decay
        )
        self.skipped_steps = 0
        self.skipped_in_a_row = 0

    def learn_once(self) -> LossParts:
        """Learn from every window once; the mean of each part of the loss."""
        self.network.train()
        parts = []
        order = torch.randperm(len(self.labels)).to(self.device)
        for index in torch.split(order, self.config.batch_size):
            loss = self.step(index)
            if loss is not None:
                parts.append(torch.stack(loss).detach())
        if not parts:
            return LossParts(*[math.nan] * len(LossParts._fields))
        return LossParts(*torch.stack(parts).mean(dim=0).tolist())

    def step(self, index: Tensor) -> Loss | None:
        """Learn from some windows; nothing changes, and None comes back, if that went wrong."""
        inputs = self.vary(*(x[index] for x in self.inputs))
        buffers = [buffer.clone() for buffer in self.network.buffers()]
        loss: Loss = self.loss(self.network(*inputs), self.labels[index])
        self.optimizer.zero_grad()
        loss.total.backward()  # type: ignore[no-untyped-call]
        length = nn.utils.clip_grad_norm_(self.parameters, MAX_GRADIENT)
        if loss.total.isfinite() and length.isfinite():
            self.optimizer.step()
            self.skipped_in_a_row = 0
            return loss
        for buffer, before in zip(self.network.buffers(), buffers, strict=True):
            buffer.copy_(before)  # a running mean, once NaN, stays so
        self.skipped_steps += 1
        self.skipped_in_a_row += 1
        if self.skipped_in_a_row == MOST_SKIPPED:
            raise DataError(
                f"{MOST_SKIPPED} steps of the fit in a row had a loss or gradient that is not "
                f"finite (learning rate {self.config.lr:g}): take a smaller one, or check the data"
            )
        return None

    @torch.inference_mode()
    def is_finite(self) -> bool:
        """Whether all weights are, and what is said of some windows that were learned from."""
        self.network.eval()
        some = self.network.predict(*(x[: self.config.batch_size] for x in self.inputs))
        return all(bool(x.isfinite().all()) for x in (some, *self.network.state_dict().values()))

    def predict(self, windows: Windows) -> NDArray[np.float32]:
        """Logits, shape (n, n_targets), in evaluation mode."""
        return predict_logits(self.network, windows, self.device)

    def snapshot(self) -> dict[str, Any]:
        """All that the next epoch depends on, random numbers included."""
        on_cuda = self.device.type == "cuda"
        return {
            "network": self.network.state_dict(),
            "loss": self.loss.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "rng": torch.get_rng_state(),
            "cuda_rng": torch.cuda.get_rng_state(self.device) if on_cuda else None,
            "skipped": (self.skipped_steps, self.skipped_in_a_row),
        }

    def restore(self, values: dict[str, Any]) -> None:
        """Become what ``snapshot`` saw."""
        self.network.load_state_dict(values["network"])
        self.loss.load_state_dict(values["loss"])
        self.optimizer.load_state_dict(values["optimizer"])
        self.skipped_steps, self.skipped_in_a_row = values["skipped"]
        torch.set_rng_state(values["rng"])
        if self.device.type == "cuda" and values["cuda_rng"] is not None:
            torch.cuda.set_rng_state(values["cuda_rng"], self.device)


@torch.inference_mode()
def predict_logits(
    module: Module, windows: Windows, device: torch.device | None = None
) -> NDArray[np.float32]:
    """Logits before calibration, shape (n, n_targets), in evaluation mode.

    Parameters
    ----------
    module : Module
        On ``device``.
    windows : Windows
        With all that the module takes.
    device : torch.device, optional
        The CPU if not given.
    """
    module.eval()
    parts = zip(*(torch.split(x, _BATCH) for x in inputs_for(module, windows.inputs)), strict=True)
    logits = [module.predict(*(x.to(device) for x in part)) for part in parts]
    return torch.cat(logits).cpu().numpy()
