"""How a window was sampled: what of it was measured, and at what rate."""

import numpy as np
from numpy.typing import NDArray

from rtdreamer.stream.gaps import Origin

MAX_NOT_MEASURED = 0.1
"""Share of a window, bridged or interpolated by the headset, above which there is no verdict.
On 12 simulated people whom the released model never saw, runs of 1, 8 and 32 samples were bridged:
with a tenth of the window each answer for valence moved by .02 to .04 on average, at
most half of ``steady.ENTER``; with a fifth by .03 to .06, with half by .05 to .12."""

MAX_OFF = 0.25
"""Share by which a window may last longer or shorter than it should. Samples stamped when they are
handed over, 2 s at a time, make 10 s seem 7.9 to 12.1 s long; one sample in five lost unseen, 12.5.
A rate that is wrong is so by half or more."""


def not_measured(origin: NDArray[np.uint8]) -> str:
    """Say, in one line, that too little of a window was measured; empty if enough was.

    Parameters
    ----------
    origin : ndarray of uint8, shape (n_times,)
        Where each sample is from: an ``Origin``.
    """
    share = np.count_nonzero(origin) / len(origin)  # what is not measured is not 0
    if share <= MAX_NOT_MEASURED:
        return ""
    shares = {
        "missing": np.mean(origin == Origin.BRIDGED),
        "interpolated by the headset": np.mean(origin == Origin.INTERPOLATED),
    }
    parts = ", ".join(f"{100 * part:.0f} % {word}" for word, part in shares.items() if part)
    return f"{100 * share:.0f} % of the window was not measured: {parts}"


def pace(interval: NDArray[np.float64], sfreq: float) -> float:
    """How many times as fast as at ``sfreq``, Hz, samples came; 1 where they came all at once.

    Parameters
    ----------
    interval : ndarray, shape (n_times,)
        Each sample's time since the one before, seconds; that of the first is of no account.
    """
    lasted = float(interval[1:].sum())
    return (len(interval) - 1) / sfreq / lasted if lasted > 0 else 1.0


def is_slow(pace: float) -> bool:
    """Whether samples come so slowly that their rate must be another one."""
    return pace < 1 / (1 + MAX_OFF)


def is_fast(pace: float) -> bool:
    """Whether samples come so fast that their rate must be another one."""
    return pace > 1 / (1 - MAX_OFF)


def wrong_rate(pace: float, sfreq: float) -> str:
    """Say that samples do not come at ``sfreq``, Hz, as their stream says; empty if they do."""
    if is_slow(pace):
        why = "the stream names a wrong rate, or many are lost unseen"
    elif is_fast(pace):
        why = "a recording played faster?"
    else:
        return ""
    return f"samples come at {pace * sfreq:.0f} Hz, not at {sfreq:g}: {why}"
