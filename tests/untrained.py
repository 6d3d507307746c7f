"""Models with random weights: they know nothing, but answer."""

from dataclasses import replace

import numpy as np
import torch

from rtdreamer.model.checkpoint import Calibration, Checkpoint, TrainingRecord
from rtdreamer.model.registry import find_architecture
from rtdreamer.model.spectral import SpectralConfig
from rtdreamer.signal.features import Spec
from rtdreamer.signal.profile import Profile

SMALL = SpectralConfig(width=2, n_latent=6, n_node=3, n_graph=8)
AVERAGE = Profile(
    np.full((5, 14), 2.5),
    np.full((5, 14, 14), 0.2),
    np.full((14, 45), 1.0),
    30 * np.tile(np.eye(14), (5, 1, 1)),
    seconds=60.0,
)
RECORD = TrainingRecord("nobody", "nobody", True, (1,), (1,), 3.0, (0.5, 0.5), 0, 0, 0)


def untrained(architecture="spectral", config=None, spec=Spec(), **changes):  # noqa: B008 (frozen)
    """A checkpoint of one: a small network, or what is usual for another architecture."""
    made = find_architecture(architecture)
    config = config or (SMALL if architecture == "spectral" else made.configure(spec))
    torch.manual_seed(0)
    checkpoint = Checkpoint(
        name="tiny",
        architecture=architecture,
        config=config,
        spec=spec,
        weights=made.build(config, 2).state_dict(),
        calibration=Calibration(),
        calibration_over_time=Calibration(),
        average=AVERAGE if spec.standardise else None,
        record=RECORD,
    )
    return replace(checkpoint, **changes)
