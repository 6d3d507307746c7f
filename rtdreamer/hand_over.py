"""Samples that got their timestamps when they were handed over, several at once."""

import numpy as np
from numpy.typing import NDArray

AT_ONCE = 0.05
"""Samples whose timestamps differ by less, in samples, were stamped when they were handed over. A
sender that does so one by one takes some microseconds for each, but 300 for the first one after a
wait; a recording that is played ten times as fast has a sample every 800."""


class HandOver:
    """Tells, as a stream goes by, what of the time between two samples others took up."""

    def __init__(self) -> None:
        self._run = 0

    def explained(self, steps: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return for how many samples without a time of their own there is room in each step.

        Where a sender stamps whole batches they come right before it; where something held them
        up, right after it.

        Parameters
        ----------
        steps : ndarray, shape (n_steps,)
            From one sample's timestamp to the next one's, in samples; goes on where the last
            call's ended.

        Returns
        -------
        ndarray of int, shape (n_steps,)
        """
        if len(steps) == 0:
            return np.zeros(0, np.int64)
        at_once = steps < AT_ONCE
        place = np.arange(len(steps))
        last = np.maximum.accumulate(np.where(at_once, -1 - self._run, place))
        before = np.append(self._run, place - last)
        self._run = int(before[-1])
        others = np.append(np.where(at_once, len(steps), place)[1:], len(steps))
        after = np.minimum.accumulate(others[::-1])[::-1] - place - 1
        explained: NDArray[np.int64] = np.maximum(before[:-1], after)
        return explained
