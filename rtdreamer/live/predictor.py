"""From one raw window to a prediction: what live shows, without any stream."""

import math
import time
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rtdreamer.arguments import float_array
from rtdreamer.errors import DataError
from rtdreamer.live.sampling import not_measured
from rtdreamer.live.unit_hint import unit_hint
from rtdreamer.prediction import Affect, OverTime, Prediction
from rtdreamer.signal import blas
from rtdreamer.signal.features import Features, Spec
from rtdreamer.signal.quality import MIN_CHANNELS, MIN_CHANNELS_ABSOLUTE, assess, too_poor
from rtdreamer.signal.ring import Window

HARDLY_ANY = 0.5
"""Where the mean quality is less, it is asked whether another unit would explain it."""


class WindowClassifier(Protocol):
    """What turns a raw window into an answer."""

    @property
    def name(self) -> str:
        """The model's name."""

    @property
    def simulated(self) -> bool:
        """Whether it was trained on simulated people."""

    @property
    def spec(self) -> Spec:
        """What it expects of a window."""

    def extract(self, window: NDArray[np.float64]) -> Features:
        """What the model sees of one raw window, shape (n_channels, n_times), µV."""

    def classify(self, features: Features, sample: int) -> tuple[Affect, OverTime]:
        """Answer for what it sees, and for the last minute up to ``sample``, the window's last.

        What is NaN is not known, if the spec standardises.
        """

    def reset(self) -> None:
        """Forget the windows before: the next one is of another source."""


class Predictor:
    """Assesses a window's signals, excludes bad channels, and has a model answer for the rest.

    A window with too many bad channels, or of which too little was measured, gets no verdict, and
    the reason instead. It adds nothing to what is said of the last minute.

    Parameters
    ----------
    classifier : WindowClassifier
        Answers for each window.
    clock : callable
        Seconds, to tell how long a prediction took.
    """

    def __init__(
        self, classifier: WindowClassifier, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._classifier = classifier
        self._clock = clock
        self._last_sample = -1

    @property
    def spec(self) -> Spec:
        """What it expects of a window."""
        return self._classifier.spec

    def reset(self) -> None:
        """Forget what earlier windows said: the next one is of another source."""
        self._classifier.reset()

    def predict(self, window: NDArray[np.float64]) -> Prediction:
        """Predict from one raw window by itself, which counts as following the last one.

        Parameters
        ----------
        window : ndarray, shape (n_channels, n_times)
            Raw µV, offset included, in the order and at the rate of ``spec``.

        Returns
        -------
        Prediction
            Its time is NaN, and nothing is skipped or missing.

        Raises
        ------
        DataError
            If the window's shape is not the spec's, or a value is not finite.
        """
        try:
            window = float_array(window)
        except ValueError as error:
            raise DataError(f"the window is {error}") from None
        n_times = self.spec.n_times
        origin, interval = np.zeros(n_times, np.uint8), np.full(n_times, np.nan)
        sample = self._last_sample + n_times
        return self.predict_due(Window(window, math.nan, sample, origin, interval))[0]

    def predict_due(self, window: Window, why_not: str = "") -> tuple[Prediction, Features]:
        """Predict from a stream's window.

        Parameters
        ----------
        window : Window
            Its samples are later than those of the last one.
        why_not : str
            Why its samples cannot be what they seem, in one line: then there is no verdict.

        Returns
        -------
        Prediction
            Nothing is known here of what was skipped, missing and interpolated: all 0.
        Features
            What the model sees of the window.

        Raises
        ------
        DataError
            If the window's shape is not the spec's, or a value is not finite.
        """
        with blas.one_thread():
            return self._predict(window, why_not)

    def _predict(self, window: Window, why_not: str) -> tuple[Prediction, Features]:
        start = self._clock()
        classifier, spec = self._classifier, self.spec
        seen = classifier.extract(window.data)
        quality = assess(window.data, spec.headset, window.contact)
        # Only a model that sees people relative to a baseline can do without a channel.
        excluded = quality.bad if spec.standardise else ()
        features = seen.without(excluded)
        # Where little was measured, its signals say nothing of the electrodes.
        n_needed = MIN_CHANNELS if spec.standardise else MIN_CHANNELS_ABSOLUTE
        reason = why_not or not_measured(window.origin) or too_poor(quality, n_needed)
        if quality.overall < HARDLY_ANY and (hint := unit_hint(window.data)):
            reason = f"{reason}; {hint}" if reason else hint
        affect, over_time = None, None
        if not reason:
            affect, over_time = classifier.classify(features, window.sample)
        prediction = Prediction(
            timestamp=window.timestamp,
            sample=window.sample,
            affect=affect,
            reason=reason,
            quality=quality,
            excluded=excluded,
            hop=window.sample - self._last_sample,
            skipped=0,
            missing=0,
            driver_interpolated=0,
            compute_ms=(self._clock() - start) * 1e3,
            model=classifier.name,
            simulated_model=classifier.simulated,
            over_time=over_time,
        )
        self._last_sample = window.sample
        return prediction, features
