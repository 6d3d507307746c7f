"""What a process takes of the machine as it runs, and whether that grows."""

import time
from dataclasses import dataclass

import numpy as np
import psutil
from scipy import stats

N_MEANS = 12
"""Neighbouring readings are alike; the means of so many stretches are taken as independent."""

WARM_UP = 0.25
"""The share of a run, but no more than an hour, in which memory may grow."""

MOST_GROWTH_KIB = 4096.0
"""Growth over a run that is sure to be more than this is a leak."""


@dataclass(frozen=True, slots=True)
class Slope:
    """Growth of memory in KiB an hour, with its 95 % interval, over so many hours."""

    mean: float
    low: float
    high: float
    hours: float

    @property
    def is_leak(self):
        """Whether the process surely grew by more than may be."""
        return self.low * self.hours > MOST_GROWTH_KIB

    def __str__(self):
        return f"{self.mean:+.1f} KiB/h ({self.low:+.1f} to {self.high:+.1f})"


class Footprint:
    """Reads a process's memory, threads and open files now and then.

    Parameters
    ----------
    pid : int, optional
        This process if not given.
    """

    def __init__(self, pid=None):
        self._process = psutil.Process(pid)
        self._readings = []
        self._started = time.monotonic()

    def read(self, hours):
        """Take a reading, ``hours`` into the run."""
        with self._process.oneshot():
            rss = self._process.memory_info().rss / 1024
            self._readings.append((hours, rss, *self._counts()))

    def _counts(self):
        handles = getattr(self._process, "num_fds", None) or self._process.num_handles
        return self._process.num_threads(), handles()

    @property
    def first(self):
        """Hours, KiB, threads and handles at first."""
        return self._readings[0]

    @property
    def last(self):
        """The same at last."""
        return self._readings[-1]

    def growth(self):
        """Return how many threads and handles there are more than after the warm-up."""
        first, last = self.after_warm_up()[0], self.last
        return int(last[2] - first[2]), int(last[3] - first[3])

    def after_warm_up(self):
        """Return the readings after the warm-up, shape (n_readings, 4)."""
        readings = np.array(self._readings)
        hours = readings[:, 0]
        return readings[hours >= min(1.0, WARM_UP * hours[-1])]

    def slope(self):
        """Fit a line through the means of ``N_MEANS`` equal stretches after the warm-up.

        The interval is Student's for that line, with ``N_MEANS`` - 2 degrees of freedom.
        """
        means = np.array([p.mean(axis=0) for p in np.array_split(self.after_warm_up(), N_MEANS)])
        fit = stats.linregress(means[:, 0], means[:, 1])
        reach = stats.t.ppf(0.975, N_MEANS - 2) * fit.stderr
        hours = self.last[0] - self.after_warm_up()[0, 0]
        return Slope(fit.slope, fit.slope - reach, fit.slope + reach, hours)
