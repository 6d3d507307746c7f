"""Where the fit runs."""

import torch

from rtdreamer.errors import RtdreamerError


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
