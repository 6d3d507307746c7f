"""What a process takes of the machine as it runs, and whether that grows."""

import gc
from array import array
from dataclasses import dataclass

import numpy as np
import psutil
from scipy import stats

from tests.soak.demand import demand

N_MEANS = 12
"""Neighbouring readings are alike; the means of so many stretches are taken as independent."""

WARM_UP = 0.25
"""The share of a run, but no more than an hour, in which memory may grow."""

MOST_GROWTH_KIB = 1024.0
"""Growth over a run that is sure to be more than this is a leak."""

CACHED_BYTES = 1024
N_CACHED = 7
"""Of each size below the first NumPy keeps so many buffers that were freed, for later."""


def settle_caches():
    """Keep what is kept for later from looking like growth in this process.

    NumPy's buffers, 3.6 MiB in all, of sizes that seldom come would take days to be there. Python
    keeps 2000 freed tuples of each short length until a full collection, which almost never comes
    in a process that leaves no cycles; ``drop_free_lists`` is quick after this.
    """
    for n_bytes in range(1, CACHED_BYTES):
        buffers = [np.empty(n_bytes, np.uint8) for _ in range(N_CACHED)]
        del buffers
    gc.collect()
    gc.freeze()


def drop_free_lists():
    """Have Python give up the freed objects that it keeps for later."""
    gc.collect()


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
        # Of numbers alone: a list of tuples takes six times as much.
        self._readings = array("d")

    def read(self, hours):
        """Take a reading, ``hours`` into the run."""
        with self._process.oneshot():
            rss = self._process.memory_info().rss / 1024
            # Windows counts handles instead.
            n_files = getattr(self._process, "num_fds", None) or self._process.num_handles
            self._readings.extend((hours, rss, self._process.num_threads(), n_files()))

    def check(self):
        """Demand that no thread and no open file was left, and that memory does not grow.

        Raises
        ------
        SoakError
            Otherwise.
        """
        slope, counts = self.slope(), self._after_warm_up()[:, 2:]
        first, second = np.array_split(counts, 2)
        # Some come and go, with each loss of the stream: what stays shows in both.
        more_at_least = second.min(axis=0) - first.min(axis=0)
        more_at_most = second.max(axis=0) - first.max(axis=0)
        left = np.minimum(more_at_least, more_at_most)
        demand((left <= 0).all(), f"{left[0]:g} threads and {left[1]:g} open files were left")
        demand(not slope.is_leak, f"memory grows: {slope} over {slope.hours:.1f} h")

    def save(self, path):
        """Write all readings as text: hours, KiB, threads, open files."""
        np.savetxt(path, self._table(), "%.6g", "\t")

    def report(self):
        """Say it all in some lines."""
        readings, slope = self._table(), self.slope()
        mib, after = readings[:, 1] / 1024, self._after_warm_up()[:, 1] / 1024
        yield (
            f"memory: {mib[0]:.1f} MiB at first, {mib[-1]:.1f} at last; "
            f"after the warm-up {after.min():.1f} to {after.max():.1f}"
        )
        yield f"its slope there: {slope} over {slope.hours:.2f} h, {len(after)} readings"
        for name, counts in zip(("threads", "open files"), readings[:, 2:].T, strict=True):
            first, last, most = counts[0], counts[-1], counts.max()
            yield f"{name}: {first:g} at first, {last:g} at last, {most:g} at most"

    def slope(self):
        """Fit a line through the means of ``N_MEANS`` equal stretches after the warm-up.

        The interval is Student's for that line, with ``N_MEANS`` - 2 degrees of freedom.
        """
        readings = self._after_warm_up()
        means = np.array([part[:, :2].mean(axis=0) for part in np.array_split(readings, N_MEANS)])
        fit = stats.linregress(means[:, 0], means[:, 1])
        reach = stats.t.ppf(0.975, N_MEANS - 2) * fit.stderr
        hours = float(readings[-1, 0] - readings[0, 0])
        return Slope(fit.slope, fit.slope - reach, fit.slope + reach, hours)

    def _table(self):
        return np.reshape(self._readings, (-1, 4))

    def _after_warm_up(self):
        readings = self._table()
        hours = readings[:, 0]
        kept = readings[hours >= min(1.0, WARM_UP * hours[-1])]
        demand(len(kept) >= 2 * N_MEANS, f"{len(kept)} readings tell nothing: let it run longer")
        return kept
