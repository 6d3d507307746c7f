"""What a module says of windows, a few hundred at a time."""

import numpy as np
import torch
from numpy.typing import NDArray

from rtdreamer.model.architecture import Module, inputs_for
from rtdreamer.model.registry import find_architecture
from rtdreamer.signal.features import Spec
from rtdreamer.training.windows import Windows

_BATCH = 256  # windows at once where nothing is learned


def takes_signals(architecture: str, spec: Spec) -> bool:
    """Whether an architecture's module takes signals, which are most of what a cache holds."""
    return "signals" in find_architecture(architecture).takes(spec)


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
