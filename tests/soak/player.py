"""A headset on LSL that can be killed and frozen: it notes which of its samples it sent.

Started as a process of its own: ``python -m tests.soak.player NAME SEED START LOG``.
"""

import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np

from replay.layout import LAYOUTS
from rtdreamer.headset import EPOC
from rtdreamer.lsl import library
from rtdreamer.lsl.outlets import SignalOutlet
from tests.soak.headset import Headset

CHUNK = 4

POLL_S = 0.01

BACKLOG_S = 10.0
"""After being frozen for no longer than this it sends all at once; after longer, nothing."""

BLOCK = 30 * round(EPOC.sfreq)
"""In each block of so many samples some are dropped, and some said to be made up."""

INTERPOLATE_ROW = 2


def stamp(number, start):
    """LSL time of a sample, seconds; ``start`` is that of the first."""
    return start + number / EPOC.sfreq


def dropped_and_made_up(seed, block):
    """Return a block's samples that are never sent, and those the driver is said to make up."""
    rng = np.random.default_rng([seed, 4, block])
    length = int(rng.integers(33, 300)) if rng.random() < 0.25 else int(rng.integers(1, 33))
    first = block * BLOCK + int(rng.integers(BLOCK - length))
    made_up = block * BLOCK + int(rng.integers(BLOCK - 10))
    return range(first, first + length), range(made_up, made_up + int(rng.integers(1, 10)))


def is_among(number, seed, which):
    """Whether each sample is dropped (``which`` 0) or made up (1)."""
    found = np.zeros(len(number), bool)
    for block in np.unique(number // BLOCK).tolist():
        samples = dropped_and_made_up(seed, block)[which]
        found |= (number >= samples.start) & (number < samples.stop)
    return found


def play(name, seed, start, log):
    """Send samples at the pace of a headset until killed."""
    headset, layout = Headset(seed), LAYOUTS["emotiv"]
    outlet = SignalOutlet(name, f"soak-{name}", layout.ch_names, layout.units, EPOC.sfreq)
    with closing(outlet), log.open("a", buffering=1) as sent:
        # What nobody hears would be noted as sent.
        while not outlet.has_consumers:
            time.sleep(POLL_S)
        number = _due(start)
        while True:
            ready = _due(start) - number
            if ready > BACKLOG_S * EPOC.sfreq:
                number += ready
            elif ready >= CHUNK:
                stop = number + ready // CHUNK * CHUNK
                # Noted first: killed between the two, they count as gone with the player.
                sent.write(f"{number} {stop}\n")
                _send(outlet, layout, headset, np.arange(number, stop), seed, start)
                number = stop
            time.sleep(max(stamp(number + CHUNK, start) - library.clock(), 0.001))


def _due(start):
    return int((library.clock() - start) * EPOC.sfreq)


def _send(outlet, layout, headset, number, seed, start):
    stamps = stamp(number, start)
    counter = number % round(EPOC.sfreq)
    made_up = is_among(number, seed, 1)
    data = layout.arrange(headset.data(number[0], number[-1] + 1), stamps, counter, made_up)
    here = ~is_among(number, seed, 0)
    outlet.push(data[:, here], stamps[here])


if __name__ == "__main__":
    play(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4]))
