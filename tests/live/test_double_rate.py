"""Of 256 Hz, a file and a stream are the same to a model, bit for bit."""

from dataclasses import fields
from itertools import pairwise

import numpy as np
import pytest

from rtdreamer.data.recording import read_recording
from rtdreamer.headset import EPOC
from rtdreamer.live.predictor import Predictor
from rtdreamer.live.session import Session
from rtdreamer.signal.features import Features, Spec, extract
from rtdreamer.signal.ring import RingBuffer
from rtdreamer.stream.chunk import Chunk, StreamDescription
from rtdreamer.window import WINDOW
from tests.chunk_source import Source
from tests.onlookers import Kept, LookerOn

RATE, HOP = 2 * EPOC.sfreq, 64
N_TIMES = 2 * WINDOW + 2 * 3 * HOP + 33


@pytest.fixture(scope="module")
def eeg():
    """Drifts, an offset, and more above 64 Hz than there should be."""
    rng = np.random.default_rng(0)
    return 4200 + rng.normal(0, 2, (14, N_TIMES)).cumsum(axis=1) + rng.normal(0, 5, (14, N_TIMES))


@pytest.fixture(scope="module")
def from_file(tmp_path_factory, eeg):
    """Windows of the recording, as offline evaluation cuts them."""
    path = tmp_path_factory.mktemp("recordings") / "recording.csv"
    np.savetxt(path, eeg.T, "%.17g", ",", header=",".join(EPOC.ch_names), comments="")
    data = read_recording(path, sfreq=RATE).data
    ring = RingBuffer(14, WINDOW, HOP)
    due = ring.extend(data, np.arange(data.shape[1]) / EPOC.sfreq)
    return [(window.sample, window.data.copy()) for window in due]


class Stream256(Source):
    description = StreamDescription("EPOC", "EEG", "id", "host", RATE, 14, EPOC.ch_names)


@pytest.mark.parametrize("lengths", [[1], [4], [3, 1, 50, 7]])
def test_windows_and_features_are_the_same_live_and_from_a_file(eeg, from_file, lengths):
    stamps = 1000 + np.arange(N_TIMES) / RATE
    bounds = np.minimum(np.cumsum([0, *lengths * N_TIMES]), N_TIMES)
    chunks = [
        Chunk(eeg[:, a:b], stamps[a:b], np.arange(a, b) % RATE, received=float(stamps[b - 1]))
        for a, b in pairwise(bounds[: np.argmax(bounds) + 1])
    ]
    source, looker_on, sink = Stream256(chunks), LookerOn(), Kept()
    Session(Predictor(looker_on), [sink], HOP).follow(source, lambda: not source.chunks)
    assert [p.sample for p in sink.predictions] == [sample for sample, _ in from_file]
    assert len(from_file) == 4
    for (_, window), live, features in zip(
        from_file, looker_on.windows, sink.features, strict=True
    ):
        np.testing.assert_array_equal(live, window)
        offline = extract(window, Spec()).without(sink.predictions[0].excluded)
        for field in fields(Features):
            np.testing.assert_array_equal(
                getattr(features, field.name), getattr(offline, field.name)
            )
    assert {(p.missing, p.excluded) for p in sink.predictions} == {(0, ())}
    # Not even of those that wait for the second of their pair.
    assert sink.unusable == []
