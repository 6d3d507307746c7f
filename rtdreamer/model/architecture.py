"""What an architecture is: how its module is made, what that takes, and how it is fitted."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

import torch
from torch import Tensor, nn

from rtdreamer.signal.features import Spec
from rtdreamer.signal.profile import Inputs

Tensors = tuple[Tensor, ...]
Vary = Callable[[Spec, float], Callable[..., Tensors]]

SETTINGS: Mapping[str, type[int | float]] = {
    "epochs": int,
    "patience": int,
    "batch_size": int,
    "lr": float,
    "weight_decay": float,
    "beta1": float,
    "beta2": float,
    "beta3": float,
    "amplitude_sd": float,
    "label_softness": float,
    "validation": float,
}
"""Settings of a fit by gradient that an architecture may have defaults of its own for. What decides
about folds, labels and calibration is the same for all."""

OF_RIDGE = "amplitude_sd", "label_softness"
"""Those among them that ridge regression goes by, too."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


class Config(Protocol):
    """What rebuilds a module: a frozen dataclass of numbers, texts, and True or False.

    Where it has ``headset``, ``n_freqs``, ``n_bands``, ``n_channels``, ``n_times`` or ``sfreq``,
    they are those of the windows: a file in which they differ from its spec is refused. It should
    raise ``ValueError`` on sizes beyond what anyone needs, lest a broken file ask for more memory
    than there is.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]


def check_bounds(config: Any, bounds: Mapping[str, int]) -> None:
    """Raise ``ValueError`` if a field of a configuration is not from 1 to its bound."""
    for name, most in bounds.items():
        if not 1 <= getattr(config, name) <= most:
            raise ValueError(f"{name} is {getattr(config, name)}, must be 1 to {most}")


class Autoencoded(NamedTuple):
    """What an autoencoder makes of B windows.

    Attributes
    ----------
    target, recon : Tensor, shape (B, ...)
        What it is to give back, and what it gives back.
    mu, logstd : Tensor, shape (B, n_latent)
        Of the Gaussian posterior over ``z``.
    """

    target: Tensor
    recon: Tensor
    mu: Tensor
    logstd: Tensor


class Output(NamedTuple):
    """What a module says of B windows while it learns.

    Attributes
    ----------
    logits : Tensor, shape (B, n_targets)
        Of high valence, high arousal and, of three targets, high dominance.
    embedding : Tensor, shape (B, n_embedding)
        What the heads see; the triplet-center loss draws its quadrants together.
    autoencoded : Autoencoded or None
        None of what has no autoencoder.
    """

    logits: Tensor
    embedding: Tensor
    autoencoded: Autoencoded | None = None


class Module(nn.Module):
    """What every architecture's module is; a subclass has ``forward`` at least.

    In evaluation mode the same window gives the same answer, alone or among others. No state is
    kept between calls. All parameters and buffers are float32.

    Attributes
    ----------
    takes : tuple of str
        Which fields of ``signal.profile.Inputs``, in the order of the arguments of ``forward``,
        ``predict`` and ``prepare``; each comes with a leading axis of B windows.
    n_embedding : int
        Size of ``Output.embedding``.
    linear : Linear
        From the embedding to the logits; of a module that is fitted by ridge regression alone.
    read_out : Module or None
        A part of it whose logits are added, that is fitted by ridge regression before the fit by
        gradient begins; may be missing.
    """

    takes: tuple[str, ...]
    n_embedding: int
    linear: nn.Linear
    # Without a value here, which would hide a part of that name.
    read_out: "Module | None"

    def predict(self, *inputs: Any, **named: Any) -> Tensor:
        """The logits, shape (B, n_targets)."""
        output: Output = self(*inputs, **named)
        return output.logits

    def prepare(self, *inputs: Any, **named: Any) -> None:
        """Set from the training windows' inputs whatever is not learned by gradient; nothing."""

    def variation(self, sd: float) -> Tensor | None:
        """Covariance of the embedding where amplitudes vary with this SD; None if none is known.

        Of a module that is fitted by ridge regression alone.
        """
        return None


@dataclass(frozen=True, slots=True)
class Architecture:
    """A kind of model.

    Attributes
    ----------
    name : str
        Small letters, digits and hyphens.
    summary : str
        What it is, in one line.
    config : type
        Of its configurations.
    configure : callable
        From a spec to the configuration for windows of that spec.
    build : callable
        From a configuration and the number of targets, 2 or 3, to the module.
    vary : callable or None
        From a spec and an SD of log amplitude to what changes the module's inputs at random, and
        in copies, each time they are learned from; None if they are learned from as they are.
    settings : mapping
        Its own defaults of some of ``SETTINGS``.
    windows : str or None
        ``last`` if it learns from, and is judged by, each trial's last window unless the user says
        otherwise, ``sliding`` for windows over its last 60 s; None for the default.
    standardise : bool or None
        Whether it sees each person relative to their profile unless the user says otherwise; None
        for the default.
    fitted_by : str
        ``gradient``, or ``ridge``: ridge regression of the labels on the embedding.
    check_installed : callable
        Raises ``RtdreamerError``, saying what to do, if a package is missing that it needs.

    Raises
    ------
    ValueError
        If a value cannot be used.
    """

    name: str
    summary: str
    config: type[Config]
    configure: Callable[[Spec], Any]
    build: Callable[[Any, int], Module]
    vary: Vary | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    windows: Literal["last", "sliding"] | None = None
    standardise: bool | None = None
    fitted_by: Literal["gradient", "ridge"] = "gradient"
    check_installed: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise ValueError(
                f"its name {self.name!r:.60} must be of small letters, digits and hyphens, 40 at "
                "most, a letter first"
            )
        if not self.summary or not self.summary.isprintable():
            raise ValueError(f"its summary {self.summary!r:.60} must be one line")
        if self.windows not in (None, "last", "sliding"):
            raise ValueError(f"its windows are {self.windows!r:.60}, must be last or sliding")
        if self.standardise is not None and not isinstance(self.standardise, bool):
            raise ValueError(f"its standardise is {self.standardise!r:.60}, must be True or False")
        if self.fitted_by not in ("gradient", "ridge"):
            raise ValueError(f"it is fitted by {self.fitted_by!r:.60}, must be gradient or ridge")
        for name, value in self.settings.items():
            known = OF_RIDGE if self.fitted_by == "ridge" else tuple(SETTINGS)
            if name not in known:
                can = ", ".join(known)
                raise ValueError(f"its setting {name!r:.60} cannot be set by it, only: {can}")
            least = 1 if SETTINGS[name] is int else 0
            most = 1 if name == "validation" else 1e30
            if type(value) is not SETTINGS[name] or not least <= float(value) < most:
                raise ValueError(f"its setting {name} is {value!r:.60}")

    @property
    def is_linear(self) -> bool:
        """Whether it is fitted by ridge regression: no epochs, no seed, no settings of those."""
        return self.fitted_by == "ridge"

    def takes(self, spec: Spec) -> tuple[str, ...]:
        """What its module for windows of this spec takes; see ``Module.takes``."""
        with torch.device("meta"):  # a module without memory
            return self.build(self.configure(spec), 2).takes


def inputs_for(module: Module, inputs: Inputs) -> Tensors:
    """What a module takes of the inputs of B windows, in the order of its arguments."""
    return tuple(torch.as_tensor(getattr(inputs, name)) for name in module.takes)
