"""The sensors of one device in XDF, and where their samples lie in time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data.counted_axis import RATES, counted_axis
from rtdreamer.data.sensors import SensorData
from rtdreamer.data.session_axis import Axis, make_axis
from rtdreamer.data.xdf_moments import Arrivals
from rtdreamer.data.xdf_streams import XdfStream
from rtdreamer.stream.numbering import Numbered

Array = NDArray[np.float64]

UNKNOWN_PAUSES = (
    "when its samples arrived was not recorded: a pause that their time stamps do not tell would "
    "shift what follows against its markers"
)


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """Samples on an axis of time.

    Attributes
    ----------
    axis : Axis
        Where they lie.
    counted : Numbered or None
        As live counted while it went on; None where that cannot be found.
    notes : tuple of str
        What was assumed.
    """

    axis: Axis
    counted: Numbered | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class XdfSensors:
    """The 14 sensors of one device.

    Attributes
    ----------
    data : SensorData
        What it sent.
    stamps : ndarray, shape (n_times,)
        When each sample was measured, seconds, as recorded; of what was played at another speed,
        as if it had been played at its own.
    stream : XdfStream
        The first of its streams.
    sent : ndarray, shape (n_times,)
        The stamps as they are in the file, which may be any numbers, and none.
    counter : ndarray, shape (n_times,), or None
        The headset's own.
    arrivals : Arrivals or None
        When samples were taken over, where that is known.
    assumed : tuple of str
        What is assumed where it is not.
    """

    data: SensorData
    stamps: Array
    stream: XdfStream
    sent: Array
    counter: Array | None = None
    arrivals: Arrivals | None = None
    assumed: tuple[str, ...] = ()

    def at_its_speed(self, moments: Array) -> Array:
        """When something recorded beside it would have been if it had been played at its own speed.

        Parameters
        ----------
        moments : ndarray
            Seconds, as recorded.
        """
        return at_its_speed(moments, float(self.stamps[0]), self.stream.speed)

    def lay(self, sfreq: float, scales: Array) -> Laid:
        """Lay its samples on an axis, by what live counted where that is known.

        Parameters
        ----------
        sfreq : float
            Hz.
        scales : ndarray, shape (14,)
            From its units to µV.
        """
        if self.arrivals is not None and sfreq in RATES and self.stream.speed == 1:
            values = self.data.data * scales[:, None]
            return Laid(*counted_axis(values, self.sent, self.counter, self.arrivals, sfreq))
        taken = None if self.arrivals is None else self.at_its_speed(self.arrivals.of_each)
        axis, notes = make_axis(self.stamps, self.data.gaps, sfreq, taken)
        return Laid(axis, None, (*self.assumed, *notes))


def at_its_speed(moments: Array, origin: float, speed: float) -> Array:
    """The same moments, seconds, if what began at ``origin`` had been played at its own speed."""
    return moments if speed == 1 else origin + (moments - origin) * speed
