"""Compares all that a session does with what it should do, as it does it."""

import json
from collections import Counter

import numpy as np

from rtdreamer.headset import EPOC
from rtdreamer.live.sampling import MAX_NOT_MEASURED
from rtdreamer.live.session import PULL_TIMEOUT_S, STALL_S
from rtdreamer.live.sink import Phase, Sink
from rtdreamer.signal.quality import assess
from tests.soak.demand import SoakError, demand
from tests.soak.headset import sample_numbers
from tests.soak.ledger import BRIDGED, LONGEST_BRIDGE, Ledger
from tests.soak.scripted_source import true_time

TIME_TOLERANCE_S = 0.01
"""The delay and the jitter of the timestamps stay far below."""


class Watched:
    """A classifier, of which the last window can be looked at."""

    def __init__(self, classifier):
        self._classifier = classifier
        self.name, self.simulated = classifier.name, classifier.simulated
        self.spec = classifier.spec
        self.window = None

    def extract(self, window):
        self.window = window
        return self._classifier.extract(window)

    def classify(self, features, sample):
        return self._classifier.classify(features, sample)

    def reset(self):
        self._classifier.reset()


class Auditor(Sink):
    """A sink that stops the run at the first thing that is wrong.

    Parameters
    ----------
    watched : Watched
        The session's classifier.
    offline : Classifier
        Another one, of the same checkpoint and profile.
    hop, seed : int
        Of the session, and of which windows are classified once more.
    offline_share : float
        How many of the whole windows are, 0–1.
    """

    def __init__(self, watched, offline, hop, seed, offline_share):
        self.ledger = Ledger(hop)
        self._watched = watched
        self._offline = offline
        self._rng = np.random.default_rng([seed, 3])
        self._offline_share = offline_share
        self.values = None
        self._delivery = None
        self._is_owed = False
        self._made_up = np.empty(0, np.int64)
        self._last_sample = -1
        self.phases = Counter()
        self.phase = None
        self.n_piece_samples = self.n_interpolated = 0
        self.n_predicted = self.n_verdicts = self.n_whole = self.n_offline = 0
        self.n_too_little = 0
        self.worst_time_error = 0.0

    def on_delivery(self, delivery):
        """Learn the truth about the chunk that comes next."""
        self.settle()
        stalled = self.phase is Phase.STALLED
        wrong = stalled if delivery.silence < STALL_S else not stalled
        # Between the two it is a matter of how long it takes to find out.
        if not STALL_S <= delivery.silence <= 2 * STALL_S + 2 * PULL_TIMEOUT_S:
            demand(not wrong, f"{self.phase.value} after {delivery.silence:.2f} s of silence")
        self._delivery = delivery
        self.ledger.take(
            delivery.number, delivery.usable, delivery.has_counter, delivery.is_new_source
        )
        self.n_interpolated += int(delivery.made_up.sum())
        self._made_up = np.append(self._made_up, delivery.number[delivery.made_up])
        self._is_owed = self.ledger.newest is not None

    def settle(self):
        """Make sure that the last window that fell due was predicted."""
        demand(not self._is_owed, "a window was due and not predicted")

    def on_state(self, state):
        self.phases[state.phase] += 1
        self.phase = state.phase

    def on_samples(self, piece):
        self.n_piece_samples += piece.n_times

    def on_prediction(self, prediction, features):
        ledger, window = self.ledger, self._watched.window
        demand(self._is_owed, "a window was predicted that was not due")
        self._is_owed = False
        self.n_predicted += 1
        for name, found, expected in [
            ("sample", prediction.sample, ledger.newest_sample),
            ("hop", prediction.hop, ledger.newest_sample - self._last_sample),
            ("lost", prediction.missing, ledger.n_lost),
            ("skipped", prediction.skipped, ledger.n_due - self.n_predicted),
            ("interpolated", prediction.driver_interpolated, self.n_interpolated),
        ]:
            demand(found == expected, f"{name} is {found}, should be {expected}")
        self._last_sample = prediction.sample
        self._check_samples(window, ledger.newest)
        self._check_time(prediction.timestamp, int(ledger.newest[-1]))
        # A gap later in the same chunk may have emptied the ring.
        phases = {Phase.LIVE, Phase.POOR} if ledger.is_full else {Phase.FILLING}
        demand(self.phase in phases, f"a prediction while {self.phase.value}")
        self._check_measured(prediction, ledger.newest)
        self._check_verdict(prediction, window, ledger.newest)

    def _check_samples(self, window, number):
        """Each sample is the one it should be, no two moments are mixed, bridges are straight."""
        here = number != BRIDGED
        wrong = (sample_numbers(window) != number).any(axis=0) & here
        demand(not wrong.any(), f"{wrong.sum()} samples of a window are others")
        steps = np.diff(number[here])
        demand(
            steps.min() > 0 and steps.max() <= LONGEST_BRIDGE + 1,
            f"a window goes from one sample to another {steps.min()} to {steps.max()} later",
        )
        if here.all():
            return
        # The first and the last may lie on a line to a sample outside.
        (inside,) = np.nonzero(here)
        position = np.arange(inside[0], inside[-1] + 1)
        for channel in window:
            line = np.interp(position, inside, channel[inside])
            straight = np.allclose(line, channel[position], rtol=0, atol=1e-6)
            demand(straight, "what is bridged is not on a straight line")

    def _check_time(self, timestamp, number):
        if number == BRIDGED:
            return
        (at,) = np.flatnonzero(self._delivery.number == number)
        allowed = abs(self._delivery.time_error[at])
        error = abs(timestamp - true_time(number))
        if not np.isfinite(allowed):
            allowed = 0.0
        demand(
            error <= allowed + TIME_TOLERANCE_S,
            f"sample {number} is stamped {error:.3f} s wrong, not up to {allowed:.3f} s",
        )
        if allowed == 0:
            self.worst_time_error = max(self.worst_time_error, error)

    def _check_measured(self, prediction, number):
        """A verdict is withheld where too little was measured; never for a wrong rate."""
        # Windows only go forward.
        self._made_up = self._made_up[self._made_up >= number[number != BRIDGED][0]]
        n_missing = np.count_nonzero(number == BRIDGED) + np.isin(self._made_up, number).sum()
        is_too_little = n_missing > MAX_NOT_MEASURED * len(number)
        found = "of the window was not measured" in prediction.reason
        demand(found == is_too_little, f"{n_missing} not measured, but {prediction.reason!r}")
        demand("Hz" not in prediction.reason, f"the rate is right: {prediction.reason}")
        self.n_too_little += is_too_little

    def _check_verdict(self, prediction, window, number):
        self.n_verdicts += prediction.affect is not None
        if (np.diff(number) != 1).any():
            return
        self.n_whole += 1
        if self._rng.random() >= self._offline_share:
            return
        self.n_offline += 1
        truth, _ = self.values(int(number[0]), int(number[-1]) + 1)
        demand(np.array_equal(truth, window), "a whole window is not what was sent")
        quality = assess(truth, EPOC, self._delivery.contact)
        demand(quality == prediction.quality, f"{prediction.quality}, but offline {quality}")
        if prediction.affect is not None:
            features = self._offline.extract(truth).without(quality.bad)
            # Of few windows alone: what they say over time is not looked at here.
            self._offline.reset()
            affect, _ = self._offline.classify(features, prediction.sample)
            demand(affect == prediction.affect, f"{prediction.affect}, but offline {affect}")


class CountingFile:
    """A file that keeps nothing, but reads each JSON line to see whether it is one.

    Parameters
    ----------
    is_json : bool
        Whether its lines have to be JSON.
    """

    def __init__(self, is_json):
        self._is_json = is_json
        self._line = ""
        self.n_lines = 0

    def write(self, text):
        self._line += text
        while "\n" in self._line:
            line, self._line = self._line.split("\n", 1)
            self.n_lines += 1
            if self._is_json:
                json.loads(line, parse_constant=_refuse)
        return len(text)

    def flush(self):
        """Nothing."""


def _refuse(name):
    raise SoakError(f"{name} is no JSON")
