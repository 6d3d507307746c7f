"""What the windows of the last minute say together: one window alone is noisy."""

from collections import deque
from itertools import pairwise
from math import fsum

from rtdreamer.model.trained_model import Calibration
from rtdreamer.prediction import OVER_TIME_S


class Evidence:
    """The logits of those windows whose samples all lie within the last 60 s.

    It counts in samples, not by the clock, and knows nothing later than the newest window. What it
    says follows from the windows alone that it still holds, exactly rounded, however they came.

    Parameters
    ----------
    n_times : int
        Samples of a window.
    sfreq : float
        Samples a second.
    """

    def __init__(self, n_times: int, sfreq: float) -> None:
        self._n_times = n_times
        self._sfreq = sfreq
        self._reach = max(int(OVER_TIME_S * sfreq) - n_times, 0)
        self._said: deque[tuple[int, tuple[float, ...]]] = deque()

    def add(self, sample: int, logits: tuple[float, ...]) -> None:
        """Count a window in, and drop those that are too old by now.

        Parameters
        ----------
        sample : int
            Index of the window's last sample; missing samples included.
        logits : tuple of floats
            What was said of it, one each target.

        Raises
        ------
        ValueError
            If the window does not end after the one before.
        """
        if self._said and sample <= self._said[-1][0]:
            raise ValueError(f"a window that ends at {sample}, after one at {self._said[-1][0]}")
        self._said.append((sample, logits))
        while self._said[0][0] < sample - self._reach:
            self._said.popleft()

    def reset(self) -> None:
        """Forget all windows."""
        self._said.clear()

    @property
    def mean(self) -> tuple[float, ...]:
        """Mean of the logits, one each target; of no windows there is none."""
        columns = zip(*(logits for _, logits in self._said), strict=True)
        # Summed again each time: a running sum would also hold the rounding of what has left it.
        return tuple(fsum(column) / len(self._said) for column in columns)

    @property
    def seconds(self) -> float:
        """How much EEG lies in the windows, each second counted once: at most 60."""
        if not self._said:
            return 0.0
        steps = (later - earlier for (earlier, _), (later, _) in pairwise(self._said))
        covered = self._n_times + sum(min(step, self._n_times) for step in steps)
        return covered / self._sfreq

    def calibration(self, of_window: Calibration, of_minute: Calibration) -> Calibration:
        """What makes log odds of the mean: a window's calibration, a minute's, or one between.

        Calibrated for a minute from the first window on, it would be too sure of itself. If the
        logits of high and of low trials are normal about ± μ, and the variance of a mean over t s
        is τ², a trial's own, and σ²/t, of chance, the log odds of a mean x are 2 μ x / (τ² + σ²/t):
        the temperature is a straight line in 1/t.
        """
        least = self._n_times / self._sfreq
        if self.seconds >= OVER_TIME_S or least >= OVER_TIME_S:
            return of_minute
        share = (1 / self.seconds - 1 / OVER_TIME_S) / (1 / least - 1 / OVER_TIME_S)
        return of_window.mixed(of_minute, share)
