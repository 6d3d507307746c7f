import numpy as np
import pytest

from rtdreamer.dashboard.rate import RateMeter
from rtdreamer.stream.chunk import Chunk


def chunks(sfreq, seconds, rng):
    n_sent, n_times = 0, int(seconds * sfreq)
    while n_sent < n_times:
        n = int(rng.integers(1, 60))
        yield Chunk(np.zeros((14, n)), (n_sent + np.arange(n)) / sfreq)
        n_sent += n


@pytest.mark.parametrize("sfreq", [128.0, 121.7])
def test_the_rate_does_not_depend_on_how_the_stream_is_cut(sfreq):
    meter = RateMeter()
    for chunk in chunks(sfreq, 30, np.random.default_rng(2)):
        meter.add(chunk)
    assert meter.rate(30.0) == pytest.approx(sfreq, rel=1e-6)


def test_silence_has_no_rate():
    meter = RateMeter()
    assert meter.rate(0.0) is None
    for chunk in chunks(128.0, 5, np.random.default_rng(3)):
        meter.add(chunk)
    assert meter.rate(60.0) is None
