"""A headset's contact quality as EmotivPRO sends it, beside the EEG."""

import numpy as np
import pylsl
from numpy.typing import NDArray

from rtdreamer.headset import EPOC

RATE_HZ = 2.0

BEST = 4.0
"""Good contact, as ``lsl.contact`` reads it; 0 is none."""

_BATTERY_PERCENT = 100.0
_LABELS = ("Timestamp", "BatteryPercent", "Overall", "Signal", *EPOC.ch_names)


class ContactOutlet:
    """A stream of type Contact-Quality: two samples a second.

    Parameters
    ----------
    name, source_id : str
        How the stream is found; the source_id is that of the headset's EEG.
    """

    def __init__(self, name: str, source_id: str) -> None:
        info = pylsl.StreamInfo(
            name, "Contact-Quality", len(_LABELS), RATE_HZ, pylsl.cf_double64, source_id
        )
        info.set_channel_labels(list(_LABELS))
        self._outlet: pylsl.StreamOutlet | None = pylsl.StreamOutlet(info)
        self._worst: NDArray[np.float64] | None = None
        self._heard = 0

    def push(self, contact: NDArray[np.float64], timestamps: NDArray[np.float64]) -> None:
        """Take each sample's contact, and send the worst of each half second.

        Parameters
        ----------
        contact : ndarray, shape (14, n_times)
            0 (none) to 1 (good).
        timestamps : ndarray, shape (n_times,)
            LSL time of each sample, seconds.
        """
        worst = contact.min(axis=1)
        self._worst = worst if self._worst is None else np.minimum(self._worst, worst)
        is_first = self._heard == 0
        self._heard += len(timestamps)
        if self._outlet is None or not (is_first or self._heard >= EPOC.sfreq / RATE_HZ):
            return
        quality = BEST * self._worst
        stamp = float(timestamps[-1])
        sample = [stamp, _BATTERY_PERCENT, float(quality.min()), 1.0, *quality.tolist()]
        self._outlet.push_sample(sample, stamp)
        self._worst, self._heard = None, 1

    def close(self) -> None:
        """End the stream."""
        self._outlet = None
