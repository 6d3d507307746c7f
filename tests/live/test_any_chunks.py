"""Whatever chunks arrive, a session goes on and loses no sample unnoticed."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.epoc import SFREQ
from rtdreamer.live.session import Session
from rtdreamer.prediction import Affect, OverTime
from rtdreamer.signal.features import Features, Spec
from rtdreamer.stream.chunk import Chunk
from tests.chunk_source import Source

WINDOW = 128

values = st.one_of(
    st.just(4200.0), st.floats(-1e9, 1e9), st.sampled_from([np.nan, np.inf, -np.inf, 0.0, 8400.0])
)
jumps = st.one_of(
    st.just(0.0), st.floats(-2e9, 2e9), st.floats(-0.5, 0.5), st.sampled_from([np.nan, np.inf])
)


@st.composite
def streams(draw):
    """Chunks of a stream in which anything may happen; and how many samples they hold."""
    has_counter, chunks, sent, now, offset = draw(st.booleans()), [], 0, 1000.0, 0.0
    for n_times in draw(st.lists(st.integers(0, 200), max_size=8)):
        sent += draw(st.sampled_from([0, 0, 0, 1, 20, 40, 500]))  # lost on the way
        offset += draw(jumps)
        number = sent + np.arange(n_times)
        sent += n_times
        now = max(now, 1000 + sent / SFREQ) + draw(st.floats(0, 5))
        data = 4200 + np.random.default_rng(sent).normal(0, 10, (14, n_times))
        if n_times:
            rows = draw(st.lists(st.integers(0, 13), max_size=14))
            start = draw(st.integers(0, n_times - 1))
            data[rows, start : start + draw(st.integers(1, 50))] = draw(values)
        stamps = 1000 + number / SFREQ + offset
        if n_times and draw(st.booleans()):
            stamps[draw(st.integers(0, n_times - 1)) :] += draw(jumps)
        counter = number % round(SFREQ) + (draw(jumps) if draw(st.booleans()) else 0)
        made_up = np.zeros(n_times, bool)
        chunks.append(
            Chunk(data, stamps, counter.astype(float) if has_counter else None, made_up, now)
        )
    return chunks


FEATURES = Features(
    np.zeros((14, WINDOW), np.float32),
    np.zeros((14, 45)),
    np.zeros((5, 14)),
    np.zeros((5, 14, 14)),
    np.zeros((5, 14, 14)),
)


class Classifier:
    name, simulated, spec = "none", True, Spec(n_times=WINDOW)

    def extract(self, window):
        assert window.shape == (14, WINDOW)
        assert np.isfinite(window).all()
        return FEATURES

    def classify(self, features, sample):
        return Affect(0.5, 0.5), OverTime(Affect(0.5, 0.5), 1.0)

    def start_anew(self):
        pass


class Sink:
    def __init__(self):
        self.predictions, self.states = [], []

    def on_state(self, state):
        self.states.append(state)

    def on_chunk(self, chunk):
        pass

    def on_prediction(self, prediction, features):
        self.predictions.append(prediction)


@given(streams(), st.integers(1, 2 * WINDOW))
def test_a_session_goes_on_whatever_arrives(chunks, hop):
    source, sink = Source(chunks), Sink()
    Session(Classifier(), [sink], hop).follow(source, lambda: not source.chunks)
    sample, lost, skipped = -1, 0, 0
    for prediction in sink.predictions:
        assert prediction.hop == prediction.sample - sample > 0
        assert prediction.lost >= lost
        assert prediction.skipped >= skipped
        assert (prediction.affect is None) == bool(prediction.reason)
        assert (prediction.over_time is None) == (prediction.affect is None)
        assert 0 <= prediction.quality.overall <= 1
        sample, lost, skipped = prediction.sample, prediction.lost, prediction.skipped
    n_usable = sum(int(np.isfinite(chunk.data).all(axis=0).sum()) for chunk in chunks)
    # A sample's index counts every sample taken in or lost before it, and no other.
    assert sample < n_usable + lost
    if sink.predictions:
        assert sample >= WINDOW - 1
        assert n_usable + lost >= WINDOW
    assert all("\n" not in state.message for state in sink.states)
