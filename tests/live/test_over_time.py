"""What is said of the last minute, live: as offline, and of nothing that was not measured."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtdreamer.data.trials import dreamer_trial
from rtdreamer.evaluation.model_evaluation import classify_trial
from rtdreamer.headset import EPOC
from rtdreamer.live.predictor import Predictor
from rtdreamer.live.session import Session
from rtdreamer.model.checkpoint import Calibration
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.evidence import Evidence
from rtdreamer.prediction import Affect, OverTime
from rtdreamer.signal.features import Features, Spec
from rtdreamer.stream.chunk import Chunk
from tests.chunk_source import Source
from tests.onlookers import Kept
from tests.untrained import untrained

RATE = round(EPOC.sfreq)
WINDOW, HOP = 2 * RATE, 576
LAST = 60 * RATE
N_TIMES = WINDOW + 14 * HOP
"""Of 15 windows the last 13 lie within a minute."""


def follow(session, data, number, lengths):
    """Hand samples with these numbers to a session, in chunks of these lengths, over and over."""
    chunks, start = [], 0
    while start < len(number):
        part = slice(start, start + lengths[len(chunks) % len(lengths)])
        chunks.append(Chunk(data[:, part], 1000 + number[part] / EPOC.sfreq))
        start = part.stop
    source = Source(chunks)
    session.follow(source, lambda: not source.chunks)


def eeg(n_times, seed=0):
    return 4200 + np.random.default_rng(seed).normal(0, 10, (14, n_times))


CHECKPOINT = untrained(
    "ridge",
    spec=Spec(n_times=WINDOW, standardise=False),
    calibration=Calibration((0.7, 0.9), (0.1, -0.2)),
    calibration_over_time=Calibration((0.4, 0.5), (0.2, -0.3)),
)
DATA = eeg(N_TIMES)


@pytest.mark.slow
@settings(max_examples=10)
@given(st.lists(st.integers(20, 3 * HOP), min_size=1, max_size=5))
def test_live_is_offline_bit_for_bit_whatever_the_chunks(lengths):
    sink = Kept()
    follow(
        Session(Predictor(Classifier(CHECKPOINT)), [sink], HOP), DATA, np.arange(N_TIMES), lengths
    )
    offline = Classifier(CHECKPOINT)
    for found in sink.predictions:
        # With nothing at hand of what comes after it.
        window = DATA[:, : found.sample + 1][:, -WINDOW:]
        said = offline.classify(offline.extract(window), found.sample)
        assert (found.affect, found.over_time) == said
    if sink.predictions[-1].skipped == 0:
        assert sink.predictions[-1].sample == N_TIMES - 1
        trial = dreamer_trial(1, 1, DATA, eeg(WINDOW), (3, 3, 3))
        assert (found.affect, found.over_time) == classify_trial(offline, trial, HOP)[-1]
        assert len({p.over_time.affect for p in sink.predictions}) == len(sink.predictions)


class Counting:
    """Says of each window the number of its last sample."""

    name, simulated, spec = "counting", True, Spec(n_times=WINDOW)

    def __init__(self):
        self._evidence = Evidence(WINDOW, EPOC.sfreq)

    def extract(self, window):
        edges = np.zeros((5, 14, 14))
        signals = np.zeros((14, WINDOW), np.float32)
        return Features(signals, np.zeros((14, 45)), np.zeros((5, 14)), edges, edges)

    def classify(self, features, sample):
        self._evidence.add(sample, (sample, 0.0))
        mean = Affect(*self._evidence.mean)
        return Affect(sample, 0.0), OverTime(mean, self._evidence.seconds)

    def reset(self):
        self._evidence.reset()


def heard(parts, hop=64):
    """Predictions of a session that follows sources, one after the other."""
    sink = Kept()
    session = Session(Predictor(Counting()), [sink], hop)
    for data, number in parts:
        follow(session, data, number, [50])
    return sink.predictions


def assert_means(predictions, answered):
    """Each is the mean over those windows of ``answered`` that lie within its last minute."""
    for p in predictions:
        inside = [s for s in answered if p.sample - LAST + WINDOW <= s <= p.sample]
        assert p.over_time.affect.valence == pytest.approx(np.mean(inside), rel=1e-12)


def test_a_window_without_a_verdict_adds_nothing_and_gets_no_value():
    data, number = eeg(80 * RATE), np.arange(80 * RATE)
    data[:, 20 * RATE : 40 * RATE] = 4200.0
    predictions = heard([(data, number)])
    withheld = [p for p in predictions if p.reason]
    answered = [p for p in predictions if not p.reason]
    assert len(withheld) > 20
    assert all(p.over_time is None for p in withheld)
    assert_means(answered, [p.sample for p in answered])
    # Over the hole: it is no EEG of which anything is known.
    first_after = next(p for p in answered if p.sample > 40 * RATE)
    assert 20 < first_after.over_time.seconds < 23
    assert max(p.over_time.seconds for p in predictions if p.over_time) < 45


@pytest.mark.parametrize("n_lost", [10 * RATE, 70 * RATE])
def test_windows_before_a_gap_grow_older_by_what_was_lost(n_lost):
    n_times = 100 * RATE + n_lost
    number = np.arange(n_times)
    here = (number < 30 * RATE) | (number >= 30 * RATE + n_lost)
    predictions = heard([(eeg(n_times)[:, here], number[here])])
    samples = [p.sample for p in predictions]
    assert predictions[-1].missing == n_lost
    assert_means(predictions, samples)
    first_after = next(p for p in predictions if p.sample > 30 * RATE)
    assert first_after.over_time.seconds == pytest.approx(32 if n_lost < LAST else 2, abs=0.5)


@pytest.mark.parametrize("n_lost", [0, 20, 5 * RATE])
def test_another_source_starts_anew(n_lost):
    first, second = 20 * RATE, 40 * RATE
    numbers = np.arange(first), first + n_lost + np.arange(second)
    predictions = heard([(eeg(len(number)), number) for number in numbers])
    samples = [p.sample for p in predictions]
    before = [s for s in samples if s < first]
    after = [s for s in samples if s >= first]
    assert before
    assert after
    assert_means(predictions[: len(before)], before)
    assert_means(predictions[len(before) :], after)
    assert predictions[len(before)].over_time.seconds == WINDOW / EPOC.sfreq
