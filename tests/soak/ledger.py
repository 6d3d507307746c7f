"""What a session owes for the samples that were sent to it, kept from the truth alone."""

import numpy as np

from rtdreamer.headset import EPOC
from rtdreamer.stream.gaps import JITTER_S, MAX_BRIDGE_S
from rtdreamer.window import WINDOW

BRIDGED = -1

LONGEST_BRIDGE = round(MAX_BRIDGE_S * EPOC.sfreq)
LEAST_SEEN = int(JITTER_S * EPOC.sfreq) + 1
"""Without a counter, fewer samples lost cannot be told from uneven delivery."""


class Ledger:
    """Counts what should become of every sample, from what was really taken and sent.

    Parameters
    ----------
    hop : int
        Samples from one window to the next.

    Attributes
    ----------
    sample : int
        Index of the last sample so far, lost ones counted in.
    n_taken, n_lost, n_unseen, n_due : int
        Samples taken, known to be lost, and lost without a trace; windows that fell due.
    n_bridged, n_long_gaps : int
        Samples bridged over, and gaps too long for that or between two sources.
    due : list of pairs
        Of each window that fell due in the last chunk, in order: the index of its last sample, and
        the numbers of its samples, ``BRIDGED`` for those that were not there.
    """

    def __init__(self, hop):
        self._hop = hop
        self._line = np.empty(0, np.int64)
        self._held = 0
        self._last = None
        self._last_has_counter = False
        self._unusable = 0
        self._is_new_source = False
        self.sample = -1
        self.n_taken = self.n_lost = self.n_unseen = self.n_due = 0
        self.n_bridged = self.n_long_gaps = 0
        self.due = []

    def take(self, number, usable, has_counter, is_new_source=False):
        """Book a chunk: the samples' numbers, and whether all their values are finite."""
        self.due = []
        self._is_new_source |= is_new_source
        kept = number[usable]
        spoilt = self._spoilt_before(usable)
        self.n_taken += len(kept)
        self.n_lost += len(number) - len(kept)
        if len(kept) == 0:
            return
        first = self._last is None
        left_out = np.diff(kept, prepend=kept[0] - 1 - spoilt[0] if first else self._last) - 1
        seen = np.where(left_out >= LEAST_SEEN, left_out, 0)
        counted = np.full(len(kept), has_counter)
        counted[0] &= self._last_has_counter
        missing = np.where(counted, left_out, np.maximum(spoilt, seen))
        self._last, self._last_has_counter = int(kept[-1]), has_counter
        self.n_lost += int((missing - spoilt).sum())
        self.n_unseen += int((left_out - missing).sum())
        starts = [0, *(np.flatnonzero(missing[1:]) + 1).tolist()]
        for start, stop in zip(starts, [*starts[1:], len(kept)], strict=True):
            self._skip(int(missing[start]), start == 0 and (first or self._is_new_source))
            self._hold(kept[start:stop])
        self._is_new_source = False

    def _spoilt_before(self, usable):
        spoilt = np.cumsum(~usable)[usable] + self._unusable
        self._unusable += int((~usable).sum()) - (int(spoilt[-1]) if spoilt.size else 0)
        return np.diff(spoilt, prepend=0)

    def _skip(self, missing, is_new):
        if missing > LONGEST_BRIDGE or is_new:
            self.n_long_gaps += missing > 0 or self._held > 0
            self._line, self._held = self._line[:0], 0
            self.sample += missing
        elif missing:
            self.n_bridged += missing
            self._hold(np.full(missing, BRIDGED))

    def _hold(self, number):
        before = self._due(self._held)
        self._held += len(number)
        self.sample += len(number)
        self._line = np.append(self._line, number)
        self.n_due += self._due(self._held) - before
        for nth in range(before, self._due(self._held)):
            since = self._held - WINDOW - nth * self._hop
            end = len(self._line) - since
            self.due.append((self.sample - since, self._line[end - WINDOW : end].copy()))
        self._line = self._line[-WINDOW - self._hop :]

    def _due(self, held):
        return 0 if held < WINDOW else (held - WINDOW) // self._hop + 1
