"""What the headset itself says about the contact of its electrodes."""

from collections import deque

import numpy as np
import pylsl
from numpy.typing import NDArray
from pylsl import util

from rtdreamer.channels import plain_label
from rtdreamer.epoc import CH_NAMES
from rtdreamer.lsl.discovery import DESCRIPTION_TIMEOUT_S, channel_values

BEST = 4.0
"""EmotivPRO sends 0, 1, 2 and 4 for no, very poor, poor and good contact."""

KEEP = 256
"""Values kept; EmotivPRO sends two a second."""

STALE_S = 5.0
"""Contact that was not heard of for longer is not known."""


class ContactInlet:
    """Reads a stream of contact quality beside the EEG. What goes wrong here never stops the EEG.

    Parameters
    ----------
    handle : StreamInfo
        The stream to open.

    Attributes
    ----------
    is_usable : bool
        Whether it answers and has all 14 sensors.
    """

    def __init__(self, handle: pylsl.StreamInfo) -> None:
        self._inlet = pylsl.StreamInlet(handle, max_buflen=KEEP, recover=False, as_numpy=True)
        self._known: deque[tuple[float, NDArray[np.float64]]] = deque(maxlen=KEEP)
        self._picks: list[int] = []
        try:
            full = self._inlet.info(timeout=DESCRIPTION_TIMEOUT_S)
            self._inlet.open_stream(timeout=DESCRIPTION_TIMEOUT_S)
        except (util.TimeoutError, util.LostError):
            self.is_usable = False
            return
        labels = [plain_label(label) for label in channel_values(full, "label", "name")]
        numbers = full.channel_format() != pylsl.cf_string
        self.is_usable = numbers and len(labels) == full.channel_count()
        self.is_usable &= set(labels).issuperset(CH_NAMES)
        if self.is_usable:
            self._picks = [labels.index(name) for name in CH_NAMES]

    def worst(self, since: float) -> NDArray[np.float64] | None:
        """Return each electrode's worst contact from ``since`` on.

        Parameters
        ----------
        since : float
            LSL time, seconds.

        Returns
        -------
        ndarray, shape (n_channels,), or None
            0 (none) to 1 (good); None if nothing was heard lately.
        """
        now = float(pylsl.local_clock())
        self._pull(now)
        if not self._known or now - self._known[-1][0] > STALE_S:
            return None
        recent = [values for at, values in self._known if at >= since]
        return np.min(recent or [self._known[-1][1]], axis=0)  # type: ignore[no-any-return]

    def close(self) -> None:
        """Leave the stream."""
        self._inlet.close_stream()

    def _pull(self, now: float) -> None:
        if not self.is_usable:
            return
        try:
            samples, timestamps = self._inlet.pull_chunk(timeout=0.0)
        except util.LostError:
            self.is_usable = False
            return
        for values in np.asarray(samples, dtype=np.float64)[: len(timestamps)]:
            contact = np.clip(values[self._picks] / BEST, 0.0, 1.0)
            # When it came, not its own timestamp: that a clock which jumps cannot spoil.
            self._known.append((now, np.nan_to_num(contact)))
