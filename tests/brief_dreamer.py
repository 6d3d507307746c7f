"""DREAMER in brief, its file, and ways to spoil that."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy import io

from rtdreamer.data.dreamer_mat import write_dreamer
from rtdreamer.data.trials import dreamer_trial


@dataclass
class Brief:
    """Two people, 18 trials of about a second."""

    name: str = "two people for a second"
    people: str = "two people"
    clips: str = "two people"
    simulated: bool = True
    subjects: tuple[int, ...] = (1, 2)
    trials: tuple[int, ...] = tuple(range(1, 19))

    def trial(self, subject, trial):
        rng = np.random.default_rng([subject, trial])
        ratings = rng.integers(1, 6, 3).tolist()
        eeg = rng.normal(4200, 20, (14, 128 + trial)), rng.normal(4200, 20, (14, 64))
        return dreamer_trial(subject, trial, *eeg, ratings)


@cache
def content():
    """What its file holds: the same for all tests."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "DREAMER.mat"
        write_dreamer(path, Brief())
        return path.read_bytes()


def spoil(path, change):
    """Read a good file, change it, and write it again in the plain manner."""
    dreamer = io.loadmat(path)["DREAMER"]
    io.savemat(path, {"DREAMER": change(dreamer)})
