"""What this program sends: a fake headset's signals, markers, ratings, and predictions.

liblsl ends a stream when the last reference to its outlet goes, so each class drops its own in
``close``.
"""

import numpy as np
import pylsl
from numpy.typing import NDArray

from rtdreamer.stream.rated import HIGHEST, LOWEST, RatedTrial

RATINGS = "Ratings"
"""The type of a player's stream of ratings, and its channels."""

RATING_CHANNELS = ("subject", "trial", "valence", "arousal", "simulated", "began")

RATINGS_EVERY_S = 0.5
"""Those who begin to listen in the middle of a trial know by then how it was rated."""


class SignalOutlet:
    """A stream of type EEG.

    Parameters
    ----------
    name, source_id : str
        How the stream is found, and found again after a break.
    ch_names, units : sequence of str
        One each a channel; all channels are typed EEG, as EmotivPRO does.
    sfreq : float
        Nominal rate, Hz.
    speed : float
        How many times as fast it is sent; told in the stream's description where it is not 1.
    """

    def __init__(
        self,
        name: str,
        source_id: str,
        ch_names: tuple[str, ...],
        units: tuple[str, ...],
        sfreq: float,
        speed: float = 1.0,
    ) -> None:
        info = pylsl.StreamInfo(name, "EEG", len(ch_names), sfreq, pylsl.cf_double64, source_id)
        info.set_channel_labels(list(ch_names))
        info.set_channel_units(list(units))
        info.set_channel_types("EEG")
        if speed != 1:
            info.desc().append_child("replay").append_child_value("speed", repr(speed))
        self._outlet: pylsl.StreamOutlet | None = pylsl.StreamOutlet(info)

    @property
    def has_consumers(self) -> bool:
        """Whether someone listens."""
        return self._outlet is not None and bool(self._outlet.have_consumers())

    def push(self, data: NDArray[np.float64], timestamps: NDArray[np.float64]) -> None:
        """Send samples.

        Parameters
        ----------
        data : ndarray, shape (n_channels, n_times)
        timestamps : ndarray, shape (n_times,)
            LSL time of each sample, seconds.
        """
        if self._outlet is not None and len(timestamps):
            samples = np.ascontiguousarray(data.T, dtype=np.float64)
            self._outlet.push_chunk(samples, timestamps.tolist())

    def close(self) -> None:
        """End the stream."""
        self._outlet = None


class MarkerOutlet:
    """A stream of type Markers: one string at an irregular rate."""

    def __init__(self, name: str, source_id: str) -> None:
        info = pylsl.StreamInfo(
            name, "Markers", 1, pylsl.IRREGULAR_RATE, pylsl.cf_string, source_id
        )
        self._outlet: pylsl.StreamOutlet | None = pylsl.StreamOutlet(info)

    @property
    def uid(self) -> str:
        """What tells this very stream from all others; empty once it is closed."""
        return "" if self._outlet is None else str(self._outlet.get_info().uid())

    @property
    def has_consumers(self) -> bool:
        """Whether someone listens."""
        return self._outlet is not None and bool(self._outlet.have_consumers())

    def push(self, text: str, timestamp: float) -> None:
        """Send one marker, stamped with its LSL time in seconds."""
        if self._outlet is not None:
            self._outlet.push_sample([text], timestamp)

    def close(self) -> None:
        """End the stream."""
        self._outlet = None


class RatingsOutlet:
    """A stream of type Ratings: again and again, while a trial is played, how it was rated.

    A description cannot change while a stream is there, and markers reach only those who listen
    already; so it is said every half second. While nothing is said, no rated trial is played.

    Parameters
    ----------
    name, source_id : str
        How the stream is found; the source_id is that of the EEG that is played.
    """

    def __init__(self, name: str, source_id: str) -> None:
        info = pylsl.StreamInfo(
            name, RATINGS, len(RATING_CHANNELS), pylsl.IRREGULAR_RATE, pylsl.cf_double64, source_id
        )
        info.set_channel_labels(list(RATING_CHANNELS))
        info.desc().append_child("replay").append_child_value("scale", f"{LOWEST} to {HIGHEST}")
        self._outlet: pylsl.StreamOutlet | None = pylsl.StreamOutlet(info)
        self._said: RatedTrial | None = None
        self._due = 0.0

    def push(self, trial: RatedTrial, timestamp: float) -> None:
        """Say what is played at an LSL time, in seconds, unless that was said just before."""
        if self._outlet is None or (trial == self._said and timestamp < self._due):
            return
        self._said, self._due = trial, timestamp + RATINGS_EVERY_S
        values = [float(getattr(trial, channel)) for channel in RATING_CHANNELS]
        self._outlet.push_sample(values, timestamp)

    def close(self) -> None:
        """End the stream."""
        self._outlet = None


class AffectOutlet:
    """A stream of type Affect: predictions, channels valence and arousal, 0–1.

    Parameters
    ----------
    name, source_id : str
        How the stream is found, and found again after a restart.
    model : str
        Who predicts; told in the stream's description.
    simulated_model : bool
        Whether it was trained on simulated people; told there too.
    """

    def __init__(self, name: str, source_id: str, model: str, simulated_model: bool) -> None:
        info = pylsl.StreamInfo(
            name, "Affect", 2, pylsl.IRREGULAR_RATE, pylsl.cf_double64, source_id
        )
        info.set_channel_labels(["valence", "arousal"])
        info.set_channel_units(["probability", "probability"])
        info.set_channel_types("Affect")
        model_element = info.desc().append_child("model")
        model_element.append_child_value("name", model)
        model_element.append_child_value("simulated", str(simulated_model).lower())
        self._outlet: pylsl.StreamOutlet | None = pylsl.StreamOutlet(info)

    def push(self, values: tuple[float, float], timestamp: float) -> None:
        """Send valence and arousal, stamped with an LSL time in seconds."""
        if self._outlet is not None:
            self._outlet.push_sample(list(values), timestamp)

    def close(self) -> None:
        """End the stream."""
        self._outlet = None
