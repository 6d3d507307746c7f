"""What the windows of the last minute say together: one window alone is noisy."""

from collections import deque

from rtdreamer.model.trained_model import Calibration
from rtdreamer.prediction import OVER_TIME_S

_UNITS = 2**1074
"""In one: every float is a whole number of such units, so that sums of them are exact."""


class Evidence:
    """The logits of those windows whose samples all lie within the last 60 s.

    It counts in samples, not by the clock, and knows nothing later than the newest window. What it
    says follows from the windows alone that it still holds, exactly rounded, however they came. A
    window costs the same however many there are: at hop 1 they are thousands.

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
        self._said: deque[tuple[int, tuple[int, ...]]] = deque()
        # Of those held: the sum of their logits, in units, and samples from the first's end on.
        self._sums: list[int] = []
        self._covered = 0

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
        own = tuple(_in_units(logit) for logit in logits)
        if self._said:
            self._covered += min(sample - self._said[-1][0], self._n_times)
            self._sums = [total + one for total, one in zip(self._sums, own, strict=True)]
        else:
            self._sums = list(own)
        self._said.append((sample, own))
        while self._said[0][0] < sample - self._reach:
            last, gone = self._said.popleft()
            self._covered -= min(self._said[0][0] - last, self._n_times)
            self._sums = [total - one for total, one in zip(self._sums, gone, strict=True)]

    def reset(self) -> None:
        """Forget all windows."""
        self._said.clear()
        self._sums, self._covered = [], 0

    @property
    def mean(self) -> tuple[float, ...]:
        """Mean of the logits, one each target; of no windows there is none."""
        return tuple(total / (len(self._said) * _UNITS) for total in self._sums)

    @property
    def seconds(self) -> float:
        """How much EEG lies in the windows, each second counted once: at most 60."""
        return (self._n_times + self._covered) / self._sfreq if self._said else 0.0

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


def _in_units(value: float) -> int:
    numerator, denominator = value.as_integer_ratio()
    return numerator * (_UNITS // denominator)
