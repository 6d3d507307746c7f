import json
import threading
import time
from contextlib import closing

import numpy as np
import pylsl
import pytest

from replay.layout import LAYOUTS
from replay.player import Player, rated_trial
from replay.playlist import recording_items, trial_items
from rtdreamer.data.recording import Recording
from rtdreamer.data.sensors import RecordedMarker
from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.headset import EPOC
from rtdreamer.lsl import library
from rtdreamer.stream.rated import RatedTrial

SPEED = 8.0
MARKERS = (RecordedMarker(0.0, "begin"), RecordedMarker(257.5, "stimulus"))


@pytest.fixture
def items():
    rng = np.random.default_rng(0)
    return [
        item
        for name in ("a", "b")
        for item in recording_items(
            Recording(name, 4200 + rng.normal(0, 15, (14, 515)), markers=MARKERS)
        )
    ]


def listen(name):
    (info,) = pylsl.resolve_byprop("name", name, timeout=30)
    inlet = pylsl.StreamInlet(info, as_numpy=True)
    inlet.open_stream(timeout=30)
    return inlet


def play(name, items, *, stop=None):
    """Play in a thread of its own once someone listens, and return what was shown meanwhile."""
    stop = stop or threading.Event()
    shown = []

    def run():
        player = Player(name, f"id-{name}", LAYOUTS["epoc"], SPEED, library.clock, stop.wait)
        with closing(player):
            player.wait_for_consumer(stop.is_set)
            shown.extend(player.play(items, stop.is_set))

    # A test that fails must not wait for it for ever.
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, shown


def drain(inlet, n_times):
    samples, stamps = [], []
    deadline = time.monotonic() + 15
    while sum(map(len, stamps)) < n_times:
        assert time.monotonic() < deadline
        data, times = inlet.pull_chunk(timeout=0.2)
        samples.append(data)
        stamps.append(times)
    return np.concatenate(samples).T, np.concatenate(stamps)


def test_all_samples_arrive_evenly_stamped_and_on_time(stream_name, items):
    thread, shown = play(stream_name, items)
    inlet = listen(stream_name)
    started = library.clock()
    data, stamps = drain(inlet, 1030)
    inlet.close_stream()
    thread.join()
    np.testing.assert_array_equal(data, np.hstack([item.data for item in items]))
    np.testing.assert_allclose(np.diff(stamps), 1 / (EPOC.sfreq * SPEED), rtol=1e-3)
    assert stamps[0] == pytest.approx(started, abs=2)
    assert shown[-1].position == shown[-1].duration == pytest.approx(515 / EPOC.sfreq)
    assert shown[-1].has_consumers


def test_markers_carry_the_stamps_of_the_samples_they_announce(stream_name, items):
    thread, _ = play(stream_name, items)
    marker_inlet = listen(f"{stream_name}-Markers")
    inlet = listen(stream_name)
    _, stamps = drain(inlet, 1030)
    markers = [marker_inlet.pull_sample(timeout=10) for _ in range(8)]
    marker_inlet.close_stream()
    inlet.close_stream()
    thread.join()
    said = [text.decode() for (text,), _ in markers]
    assert said[1:3] == said[5:7] == ["begin", "stimulus"]
    assert [json.loads(text) for text in said if text.startswith("{")] == [
        {"event": event, "recording": name}
        for name in ("a", "b")
        for event in ("recording_start", "recording_end")
    ]
    within = [0, 0, 257.5, 514]
    expected = np.interp([*within, *(515 + np.array(within))], np.arange(1030), stamps)
    np.testing.assert_allclose([stamp for _, stamp in markers], expected, atol=1e-6)


def test_a_stop_ends_a_replay_at_once_even_while_it_waits(stream_name, items):
    stop = threading.Event()
    thread, shown = play(stream_name, items, stop=stop)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert not shown


def test_of_a_trial_its_own_ratings_are_said_and_of_a_recording_none(items):
    source = SimulatedDreamer(n_subjects=2)
    (item,) = trial_items(source, 2, (6,))
    ratings = source.trial(2, 6).ratings
    expected = RatedTrial(2, 6, int(ratings["valence"]), int(ratings["arousal"]), True, 12.5)
    assert rated_trial(item.start, 12.5) == expected
    assert rated_trial(items[0].start, 12.5) is None
