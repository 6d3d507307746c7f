import numpy as np
import pytest

from rtdreamer.dashboard.rate import RateMeter
from rtdreamer.stream.gaps import Origin
from tests.pieces import piece


def pieces(sfreq, seconds, rng):
    n_sent, n_times = 0, int(seconds * sfreq)
    while n_sent < n_times:
        n = int(rng.integers(1, 60))
        yield piece(np.zeros((14, n)), (n_sent + np.arange(n)) / sfreq)
        n_sent += n


@pytest.mark.parametrize("sfreq", [128.0, 121.7])
def test_the_rate_does_not_depend_on_how_the_stream_is_cut(sfreq):
    meter = RateMeter()
    for one in pieces(sfreq, 30, np.random.default_rng(2)):
        meter.add(one)
    assert meter.rate(30.0) == pytest.approx(sfreq, rel=1e-6)


def test_silence_has_no_rate():
    meter = RateMeter()
    assert meter.rate(0.0) is None
    for one in pieces(128.0, 5, np.random.default_rng(3)):
        meter.add(one)
    assert meter.rate(60.0) is None


def test_what_was_bridged_did_not_arrive():
    meter = RateMeter()
    for start in range(0, 640, 8):
        meter.add(piece(np.zeros((14, 4)), (start + np.arange(4)) / 128.0))
        stamps = (start + np.arange(4, 8)) / 128.0
        meter.add(piece(np.zeros((14, 4)), stamps, Origin.BRIDGED))
    assert meter.rate(5.0) == pytest.approx(64, rel=0.02)
