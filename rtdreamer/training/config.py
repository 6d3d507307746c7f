"""How to fit, and between what. Imports next to nothing, for the commands' ``--help``."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import NamedTuple


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
    label_softness : float
        How far from it, in steps of the rating, a rating is sure to be high or low to ``fit``; 0
        for labels of 0 and 1. See ``learned_labels``.
    validation : float
        Share of the subjects who decide when to stop, below 1; 0 for no one.
    calibration_groups : int
        Groups of subjects held out in turn to calibrate the probabilities; at least 2.
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
    amplitude_sd: float = 0.1
    label_threshold: float = 3.0
    label_softness: float = 0.0
    validation: float = 0.2
    calibration_groups: int = 5
    seed: int = 0


class Range(NamedTuple):
    """From what to what a setting may be; ``below`` leaves the most itself out."""

    least: float
    most: float
    below: bool = False


_MOST = 2**31 - 1
"""Of anything that is counted: more is a slip of the finger, and more than libraries can count."""

_LARGEST = 1e30
"""Far above it, nothing that is computed is finite."""

RANGES: Mapping[str, Range] = MappingProxyType(
    {
        "epochs": Range(1, _MOST),
        "patience": Range(1, _MOST),
        "batch_size": Range(1, _MOST),
        "lr": Range(0, _LARGEST),
        "weight_decay": Range(0, _LARGEST),
        "beta1": Range(0, _LARGEST),
        "beta2": Range(0, _LARGEST),
        "beta3": Range(0, _LARGEST),
        "amplitude_sd": Range(0, 2),
        "label_threshold": Range(-math.inf, math.inf),
        "label_softness": Range(0, _LARGEST),
        "validation": Range(0, 1, below=True),
        "calibration_groups": Range(2, 1000),
        "seed": Range(0, 2**32 - 1),
    }
)
"""What may be given for each field of ``TrainingConfig``, on the command line and from Python."""


def is_whole(setting: str) -> bool:
    """Whether a setting is a whole number."""
    return {one.name: one.type for one in fields(TrainingConfig)}[setting] is int
