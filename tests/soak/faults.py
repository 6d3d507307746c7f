"""What goes wrong in a day, and when: drawn from a seed before the day begins."""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from rtdreamer.headset import EPOC

CALM_S = 2.5
"""Between faults that only together would be ambiguous; longer than an ordinary chunk."""

WEIGHTS = {
    "nothing": 4, "losses": 6, "stutter": 1, "hold": 3, "source lost": 1, "clock jumps": 1,
    "stamps equal": 1, "stamps back": 1, "stamps late": 1, "stamps not finite": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes
    ----------
    kind : str
        ``dropped``, ``not finite``, ``glitch``, ``dead``, ``interpolated``; ``hold``: nothing
        comes, then all at once; ``source lost``; ``clock jumps``: for good, ``size`` in s;
        ``stamps equal``, ``stamps back`` by ``size`` samples, ``stamps late`` by up to ``size`` s
        a chunk, ``stamps not finite``.
    start, stop : int
        Sample numbers.
    size : float
        As the kind has it.
    channels : tuple of int
        Which, where only some are hit.
    """

    kind: str
    start: int
    stop: int
    size: float = 0.0
    channels: tuple[int, ...] = ()


class Timeline:
    """Faults in order of their start, to be looked up."""

    def __init__(self, faults):
        self.faults = sorted(faults, key=lambda fault: fault.start)
        self._starts = [fault.start for fault in self.faults]
        self._longest = max((fault.stop - fault.start for fault in self.faults), default=0)

    def overlapping(self, start, stop):
        """Yield those that hit samples ``start`` to ``stop``, each with its place there."""
        first = bisect_left(self._starts, start - self._longest)
        for fault in self.faults[first : bisect_left(self._starts, stop)]:
            if fault.stop > start:
                yield fault, slice(max(fault.start, start) - start, min(fault.stop, stop) - start)


def draw_faults(seed, n_samples):
    """Draw the faults of delivery and those of the signals."""
    rng = np.random.default_rng([seed, 1])
    return Timeline(_of_delivery(rng, n_samples)), Timeline(_of_signals(rng, n_samples))


def _of_delivery(rng, n_samples):
    faults = []
    at = _samples(rng, 12, 20)
    kinds, weights = list(WEIGHTS), np.array(list(WEIGHTS.values()), float)
    while at < n_samples:
        kind = str(rng.choice(kinds, p=weights / weights.sum()))
        if kind == "nothing":  # long enough to fill a window
            at += _samples(rng, 10, 40)
            continue
        drawn = _draw(rng, kind, at)
        faults += drawn
        at = max(fault.stop for fault in drawn) + _samples(rng, CALM_S, 4 * CALM_S)
    return [fault for fault in faults if fault.stop < n_samples]


def _draw(rng, kind, at):
    if kind == "losses":
        return _losses(rng, at, _samples(rng, 0.1, 10), int(rng.integers(1, 5)))
    if kind == "stutter":
        return _stutter(rng, at, _samples(rng, 5, 20))
    if kind == "hold":
        length = round(EPOC.sfreq * 10 ** rng.uniform(-0.3, 2))
        losses = _losses(rng, at, length, int(rng.integers(4)))
        return [Fault(kind, at, at + length), *(f for f in losses if f.stop <= at + length)]
    if kind == "source lost":
        return [Fault(kind, at, at + round(EPOC.sfreq * 10 ** rng.uniform(-1, 1.7)))]
    if kind == "clock jumps":
        seconds = 10 ** rng.uniform(0.7, 3.6)
        return [Fault(kind, at, at + 1, float(rng.choice([-1, 1]) * seconds))]
    length, size = {
        "stamps equal": (int(rng.integers(2, 12)), 0.0),
        "stamps back": (int(rng.integers(1, 60)), float(rng.integers(1, 12))),
        "stamps late": (_samples(rng, 1, 20), 0.05),
        "stamps not finite": (int(rng.integers(1, 60)), 0.0),
    }[kind]
    return [Fault(kind, at, at + length, size)]


def _losses(rng, at, span, n_losses):
    """Samples dropped or spoilt, now and then side by side or one in the other."""
    losses = []
    for _ in range(n_losses):
        start = at + int(rng.integers(span))
        length = int(rng.integers(1, 60))
        if rng.random() < 0.5:
            size = float(rng.choice([np.nan, np.inf, -np.inf]))
            losses.append(Fault("not finite", start, start + length, size, _channels(rng, 14)))
        else:
            length = int(rng.integers(33, 1500)) if rng.random() < 0.3 else length
            losses.append(Fault("dropped", start, start + length))
    return losses


def _stutter(rng, at, span):
    """Short gaps at equal distances: each is bridged, and little may be left."""
    length, every = int(rng.integers(13, 33)), int(rng.integers(64, 300))
    return [Fault("dropped", start, start + length) for start in range(at, at + span, every)]


def _of_signals(rng, n_samples):
    faults = []
    at = 0
    while (at := at + _samples(rng, 1, 60)) < n_samples:
        kind = str(rng.choice(["glitch", "dead", "interpolated"], p=[0.5, 0.2, 0.3]))
        if kind == "glitch":
            # Smaller than what counts as missing, which may be held back for a few samples.
            size = float(rng.choice([-1, 1]) * 2 ** rng.integers(6, 10))
            faults.append(Fault(kind, at, at + int(rng.integers(1, 4)), size, _channels(rng, 3)))
        elif kind == "dead":
            faults.append(Fault(kind, at, at + _samples(rng, 5, 60), 0.0, _channels(rng, 14)))
        else:
            longest = 30 if rng.random() < 0.8 else 500
            faults.append(Fault(kind, at, at + int(rng.integers(1, longest))))
    return faults


def _channels(rng, most):
    return tuple(rng.permutation(EPOC.n_channels)[: rng.integers(1, most + 1)].tolist())


def _samples(rng, shortest, longest):
    return round(EPOC.sfreq * rng.uniform(shortest, longest))
