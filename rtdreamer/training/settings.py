"""What a fit goes by: what the user said, then the architecture's own, then the defaults.

And the device it runs on.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from rtdreamer.arguments import check_number, check_whole
from rtdreamer.errors import RtdreamerError
from rtdreamer.model.architecture import Architecture
from rtdreamer.signal.features import Spec
from rtdreamer.training.config import RANGES, TrainingConfig, is_whole
from rtdreamer.training.windows import WindowPlan


def training_config(
    architecture: Architecture | None, said: Mapping[str, Any] | None = None
) -> TrainingConfig:
    """How to fit.

    Parameters
    ----------
    architecture : Architecture or None
        What is fitted; None for what is no architecture.
    said : mapping of str to float, optional
        What the user said, by the names in ``RANGES``. How amplitudes are varied is for fits by
        gradient: of a linear model it is a part, which the architecture alone decides.

    Raises
    ------
    RtdreamerError
        If there is no such setting, or it cannot have that value.
    """
    own: Mapping[str, Any] = {} if architecture is None else architecture.settings
    given = {name: _checked(name, value) for name, value in (said or {}).items()}
    if architecture is not None and architecture.is_linear:
        own = {"amplitude_sd": 0.0, **own}
        given.pop("amplitude_sd", None)
    return TrainingConfig(**{**own, **given})


def _checked(name: str, value: Any) -> float:
    """A setting's value."""
    if name not in RANGES:
        raise RtdreamerError(f"setting {name!r:.60}: choose from {', '.join(RANGES)}")
    least, most, below = RANGES[name]
    if is_whole(name):
        return check_whole(f"setting {name}", value, int(least), int(most))
    return check_number(f"setting {name}", value, least, most, below)


def window_spec(architecture: Architecture | None, spec: Spec, standardise: bool | None) -> Spec:
    """What makes the windows' features.

    Parameters
    ----------
    architecture : Architecture or None
        As for ``training_config``.
    spec : Spec
        The defaults, and all that is the same for every architecture.
    standardise : bool or None
        What the user said of it.
    """
    own = None if architecture is None else architecture.standardise
    said = (x for x in (standardise, own, spec.standardise) if x is not None)
    return replace(spec, standardise=next(said))


def window_plan(
    architecture: Architecture | None, spec: Spec, windows: str | None, hop: int | None
) -> WindowPlan:
    """Which windows are learned from and judged.

    Parameters
    ----------
    architecture : Architecture or None
        As for ``training_config``.
    spec : Spec
        Gives the windows' length.
    windows : str or None
        ``last`` or ``sliding`` if the user said so.
    hop : int or None
        Samples from one sliding window to the next if the user said so.
    """
    own = None if architecture is None else architecture.windows
    if (windows or own) == "last":
        return WindowPlan(None)
    return WindowPlan(spec.n_times if hop is None else hop)


def find_device(wanted: str) -> str:
    """The device's name for torch: ``auto`` is a GPU if there is one.

    Raises
    ------
    RtdreamerError
        If torch does not know it, or it is not there.
    """
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(wanted)
        torch.zeros(1, device=device).item()  # a device that only keeps shapes has no value
    except (RuntimeError, AssertionError, ImportError) as error:
        reason = " ".join(str(error).split())[:120]
        raise RtdreamerError(f"device {wanted!r:.40} cannot be used ({reason}): try cpu") from error
    return str(device)
