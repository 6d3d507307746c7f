"""Noise whose windows are cached, and what tests of that share."""

import numpy as np

from rtdreamer.data.trials import dreamer_trial
from rtdreamer.signal.features import Spec
from rtdreamer.signal.profile import ARRAYS
from rtdreamer.training.cache import load_windows
from rtdreamer.training.windows import WindowPlan

SPEC = Spec(n_times=256)
PLAN = WindowPlan(hop=200)
N_TIMES = 700  # three windows


class Noise:
    """A source of noise: one level for each subject, and trials of any length."""

    name, people, clips, simulated = "noise", "nobody", "nothing", True

    def __init__(self, n_subjects=3, n_trials=2, baseline=512, lengths=None, gains=None):
        self.subjects = tuple(range(1, n_subjects + 1))
        self.trials = tuple(range(1, n_trials + 1))
        self.baseline, self.lengths, self.gains = baseline, lengths or {}, gains or {}
        self.asked = []
        self.ends_at = None

    def trial(self, subject, trial):
        if (subject, trial) == self.ends_at:
            raise KeyboardInterrupt
        self.asked.append((subject, trial))
        rng = np.random.default_rng([subject, trial])
        gain = 5 * (1 + subject) * self.gains.get(subject, 1)
        baseline = 4200 + gain * rng.normal(0, 1, (14, self.baseline))
        n_times = self.lengths.get((subject, trial), N_TIMES)
        stimuli = 4200 + gain * rng.normal(0, 1, (14, n_times))
        ratings = 1 + trial % 5, 1 + subject % 5, trial
        return dreamer_trial(subject, trial, stimuli, baseline, ratings)


def load(folder, spec=SPEC, plan=PLAN, data="noise", **kwargs):
    return load_windows(data, spec, plan, folder, **kwargs)


def assert_same(a, b, but=()):
    for name in ("source", "people", "simulated", "spec", "too_short"):
        if name not in but:
            assert getattr(a, name) == getattr(b, name), name
    for x, y in zip(arrays(a), arrays(b), strict=True):
        assert x.dtype == y.dtype
        assert np.array_equal(x, y)
    assert list(a.profiles) == list(b.profiles)


def arrays(windows):
    for profile in windows.profiles.values():
        yield from (getattr(profile, name) for name in ARRAYS)
        yield np.array(profile.seconds)
    yield from windows.inputs
    yield from (windows.ratings, windows.subject, windows.trial, windows.hash)


def inner(folder):
    (path,) = folder.glob("windows-*")
    return path
