"""What is known of a trained model beside its weights. Imports no torch."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from rtdreamer.errors import CheckpointError
from rtdreamer.model.measured import Measured, read_measured
from rtdreamer.signal.features import Spec, encode_spec
from rtdreamer.signal.profile import Inputs, Profile


@dataclass(frozen=True, slots=True)
class Calibration:
    """From a logit to a log odds that can be believed: logit / temperature + bias.

    Attributes
    ----------
    temperature, bias : tuple of floats
        For valence, arousal and so on; a checkpoint's are two.

    Raises
    ------
    ValueError
        If there are not as many of both, or a value is beyond what single precision can hold.
    """

    temperature: tuple[float, ...] = (1.0, 1.0)
    bias: tuple[float, ...] = (0.0, 0.0)

    def __post_init__(self) -> None:
        if (
            len(self.temperature) != len(self.bias)
            or not all(1e-30 < temperature < 1e30 for temperature in self.temperature)
            or not all(abs(bias) < 1e30 for bias in self.bias)
        ):
            raise ValueError(f"a calibration cannot be {asdict(self)!r:.80}")

    def mixed(self, other: "Calibration", share: float) -> "Calibration":
        """A calibration between this one, of which it takes the share, 0–1, and another."""

        def between(mine: tuple[float, ...], others: tuple[float, ...]) -> tuple[float, ...]:
            pairs = zip(mine, others, strict=True)
            return tuple(share * own + (1 - share) * another for own, another in pairs)

        return Calibration(
            between(self.temperature, other.temperature), between(self.bias, other.bias)
        )

    def apply(self, logits: ArrayLike) -> NDArray[np.float64]:
        """Calibrated probabilities of the high class, shape (..., n_targets), as the logits."""
        return expit(self.log_odds(logits))  # type: ignore[no-any-return]

    def log_odds(self, logits: ArrayLike) -> NDArray[np.float64]:
        """Calibrated log odds of the high class, shape (..., n_targets)."""
        return np.asarray(logits, np.float64) / self.temperature + self.bias


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """Where a checkpoint comes from.

    Attributes
    ----------
    data : str
        Name of the trials' source.
    people : str
        Who its subjects are, so that no one is trained on and evaluated on.
    simulated : bool
        Whether the source simulates its people.
    subjects : tuple of int or str
        Everyone whose trials had a part in it, those who only decided when to stop included.
    validation_subjects : tuple of int or str
        Those who decided when to stop; no one where no one was held out.
    label_threshold : float
        A rating from here on is high.
    base_rate : tuple of two floats
        Share of high windows of valence and arousal among ``subjects``.
    n_windows : int
        Learned from.
    seed, epochs : int
        Of the fit; ``epochs`` is the one whose weights were kept, 0 for a linear model.
    skipped_steps : int
        Steps skipped because their loss or gradient was not finite.
    collapsed : tuple of str
        Targets for which fits like it say one class only, calibrated, of all windows of people held
        out.
    settings : mapping
        The other settings of the fit, by name.
    versions : mapping
        Of the packages that made it, by name.
    clips : str
        Which clips they watched, so that it is known which it has never seen; empty if unknown.
    last_windows : str
        Hashes of the last windows of its trials, 16 hexadecimal digits each, so that their copies
        are known.
    """

    data: str
    people: str
    simulated: bool
    subjects: tuple[int | str, ...]
    validation_subjects: tuple[int | str, ...]
    label_threshold: float
    base_rate: tuple[float, float]
    n_windows: int
    seed: int
    epochs: int
    skipped_steps: int = 0
    collapsed: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    clips: str = ""
    last_windows: str = ""


class Inference(Protocol):
    """What answers for one window."""

    @property
    def takes(self) -> tuple[str, ...]:
        """Which fields of ``Inputs`` it needs."""

    def logits(self, inputs: Inputs) -> NDArray[np.float32]:
        """Logits of valence and arousal, before calibration, shape (2,)."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TrainedModel(ABC):
    """A trained model: what it is, and what it answers for one window.

    Attributes
    ----------
    name : str
        The model's name.
    architecture : str
        A name in ``model.registry``.
    spec : Spec
        Makes its features.
    calibration : Calibration
        From a window's logits to probabilities.
    calibration_over_time : Calibration
        From the mean of the logits over a minute to probabilities.
    average : Profile or None
        Of the people it was trained on, where ``spec`` standardises; else None.
    record : TrainingRecord
        Where it comes from.
    metrics : mapping
        What was measured, as JSON values.
    """

    name: str
    architecture: str
    spec: Spec
    calibration: Calibration
    calibration_over_time: Calibration
    average: Profile | None
    record: TrainingRecord
    metrics: Mapping[str, Any] = field(default_factory=dict)

    @property
    def in_words(self) -> str:
        """Its name, and what it was trained on."""
        return f"{self.name}, {trained_on(self.record.simulated)}"

    @property
    def measured(self) -> Measured:
        """What its metrics say was measured on people it never saw."""
        return read_measured(self.metrics)

    @classmethod
    def facts(cls) -> tuple[str, ...]:
        """The names of what is known of any trained model, however it runs."""
        return tuple(field.name for field in fields(TrainedModel))

    @abstractmethod
    def inference(self) -> Inference:
        """Make what answers for windows.

        Raises
        ------
        RtdreamerError
            If it needs a package that is not installed.
        """


def trained_on(simulated: bool) -> str:
    """Say what a model was trained on, as it is said wherever the model is shown."""
    return "trained on SIMULATED people" if simulated else "trained on DREAMER"


def check_live(model: TrainedModel) -> None:
    """Check that a model can run live, and not only be evaluated.

    Live use was tried with the default spec's window and bands only; the other estimators of
    mutual information take seconds a window.

    Raises
    ------
    CheckpointError
        If its window, bands or estimator are others.
    """
    found, needed = encode_spec(model.spec), encode_spec(Spec())
    for what in ("n_times", "bands", "mi_estimator"):
        if found[what] != needed[what]:
            raise CheckpointError(
                f"model {model.name!r:.80}: its {what} {found[what]!r:.150} cannot run live, "
                f"only {needed[what]!r}: choose another model"
            )
