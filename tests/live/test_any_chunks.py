"""Whatever chunks arrive, a session goes on and loses no sample unnoticed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.live.predictor import Predictor
from rtdreamer.live.session import Session
from rtdreamer.prediction import Affect, OverTime
from rtdreamer.signal.features import Features, Spec
from tests.any_chunks import streams
from tests.chunk_source import Source
from tests.onlookers import Kept

WINDOW = 128

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

    def reset(self):
        pass


@pytest.mark.filterwarnings("error")
@given(streams(), st.integers(1, 2 * WINDOW))
def test_a_session_goes_on_whatever_arrives(chunks, hop):
    source, sink = Source(chunks), Kept()
    Session(Predictor(Classifier()), [sink], hop).follow(source, lambda: not source.chunks)
    sample, lost, skipped = -1, 0, 0
    for prediction in sink.predictions:
        assert prediction.hop == prediction.sample - sample > 0
        assert prediction.missing >= lost
        assert prediction.skipped >= skipped
        assert (prediction.affect is None) == bool(prediction.reason)
        assert (prediction.over_time is None) == (prediction.affect is None)
        assert 0 <= prediction.quality.overall <= 1
        sample, lost, skipped = prediction.sample, prediction.missing, prediction.skipped
    assert sink.missing == sorted(sink.missing)
    n_usable = sum(int(np.isfinite(chunk.data).all(axis=0).sum()) for chunk in chunks)
    # A sample's index counts every sample taken in or lost before it, and no other.
    assert sample < n_usable + lost
    if sink.predictions:
        assert sample >= WINDOW - 1
        assert n_usable + lost >= WINDOW
    assert all("\n" not in state.message for state in sink.states)
