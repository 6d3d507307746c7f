"""What the headset itself says about the contact of its electrodes."""

import time
from collections.abc import Callable

import numpy as np
import pylsl
from numpy.typing import NDArray

from rtdreamer.channels import find_channels
from rtdreamer.headset import Headset
from rtdreamer.lsl.beside import Beside
from rtdreamer.lsl.discovery import channel_values

BEST = 4.0
"""EmotivPRO sends 0, 1, 2 and 4 for no, very poor, poor and good contact."""

LOOK_S = 0.5
"""EmotivPRO sends two values a second."""

STALE_S = 5.0
"""Contact that was not heard of for longer is not known."""


class Contact(Beside):
    """Follows the contact quality of a headset beside its EEG, whenever there is a stream of it.

    Nothing here waits, and what goes wrong here never stops the EEG.

    Parameters
    ----------
    find : callable
        Tells which stream it is now, if there is one.
    headset : Headset
        Whose electrodes they are.
    """

    def __init__(self, find: Callable[[], pylsl.StreamInfo | None], headset: Headset) -> None:
        super().__init__()
        self._find = find
        self._headset = headset
        self._look_at = 0.0
        self._picks: list[int] | None = None
        self._newest: NDArray[np.float64] | None = None
        self._worst: NDArray[np.float64] | None = None
        self._heard_at = 0.0

    def look(self) -> None:
        """Find the stream, open it and read it, by a step now and then; to be called often."""
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOK_S
        self._follow(self._find())

    def take(self) -> NDArray[np.float64] | None:
        """Return each electrode's worst contact since the last call; the newest if none came.

        Returns
        -------
        ndarray, shape (n_channels,), or None
            0 (none) to 1 (good); None if nothing was heard lately.
        """
        worst, self._worst = self._worst, None
        if time.monotonic() - self._heard_at > STALE_S:
            return None
        return self._newest if worst is None else worst

    def close(self) -> None:
        """Leave the stream."""
        super().close()
        self._picks = None

    def _read(self, inlet: pylsl.StreamInlet) -> None:
        if self._picks is None:
            self._picks = _rows(inlet.info(timeout=0.0), self._headset)
        if not self._picks:
            return
        # Pulling from a stream that is not open yet waits for it, whatever the timeout.
        inlet.open_stream(timeout=0.0)
        samples, timestamps = inlet.pull_chunk(timeout=0.0)
        if len(timestamps):
            contact = np.nan_to_num(np.clip(samples[:, self._picks] / BEST, 0.0, 1.0))
            self._newest = worst = contact.min(axis=0)
            self._worst = worst if self._worst is None else np.minimum(self._worst, worst)
            # When it came, not its own timestamp: that a clock which jumps cannot spoil.
            self._heard_at = time.monotonic()


def _rows(full: pylsl.StreamInfo, headset: Headset) -> list[int]:
    """Where a headset's channels are; nothing if the stream does not tell of all, in numbers."""
    labels = channel_values(full, "label", "name")
    found = find_channels(labels, headset.ch_names)
    numbers = full.channel_format() != pylsl.cf_string
    complete = len(labels) == full.channel_count() and not found.missing
    return list(found.rows) if numbers and complete else []
