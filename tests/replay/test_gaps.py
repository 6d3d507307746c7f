"""Gaps of a file as they are played: what is sent when, and what live makes of it."""

import json
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.layout import LAYOUTS
from replay.player import Player
from replay.playlist import SHORT_GAP_S, recording_items, skip_seconds
from rtdreamer.data.recording import Recording
from rtdreamer.data.sensors import Gap, RecordedMarker
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC
from rtdreamer.signal.ring import RingBuffer
from rtdreamer.stream.chunk import Chunk
from rtdreamer.stream.gaps import MAX_BRIDGE_S
from rtdreamer.stream.timeline import Timeline
from rtdreamer.window import WINDOW

HOP = 64


class Outlet:
    """Takes what a player sends in the place of LSL."""

    has_consumers = True

    def __init__(self, *named):
        self.sent = []

    def push(self, *what):
        self.sent.append(what)

    def close(self):
        pass


class Time:
    """A clock that goes by when it is slept on, and not otherwise."""

    def __init__(self):
        self.now = 1000.0

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture(scope="module", autouse=True)
def outlets():
    with pytest.MonkeyPatch.context() as patch:
        for name in ("SignalOutlet", "MarkerOutlet", "ContactOutlet"):
            patch.setattr(f"replay.player.{name}", Outlet)
        yield


def recording(n_times, gaps=(), *, counter=None, markers=()):
    """Sensors whose every sample tells its number."""
    data = np.tile(np.arange(n_times, dtype=float), (14, 1))
    gaps = tuple(Gap(*gap) for gap in gaps)
    markers = tuple(RecordedMarker(at, f"{at}") for at in sorted(markers))
    return Recording("a.edf", data, gaps, counter=counter, markers=markers)


def sent(items, speed=1.0, layout="emotiv"):
    """Rows (n_channels, n_times) and stamps of all that a player sends, and its progress."""
    time = Time()
    player = Player("a", "id", LAYOUTS[layout], speed, time.clock, time.sleep, True)
    with closing(player):
        progress = list(player.play(items, lambda: False))
    rows, stamps = zip(*player._signals.sent, strict=True)
    return np.hstack(rows), np.concatenate(stamps), progress, player


def markers_of(player):
    """What was sent between the first marker and the last, and its stamps."""
    return zip(*player._markers.sent[1:-1], strict=True)


gap_lists = st.dictionaries(
    st.integers(1, 3999), st.floats(0.11, 100) | st.sampled_from([0.25, 1.0, 2.0, 30.0]), max_size=4
).map(lambda gaps: sorted(gaps.items()))


@given(gaps=gap_lists, speed=st.sampled_from([0.5, 1.0, 8.0]), cut=st.booleans())
def test_all_samples_are_sent_and_stamps_jump_at_the_gaps_alone(gaps, speed, cut):
    rows, stamps, progress, _ = sent(recording_items(recording(4000, gaps), cut), speed)
    np.testing.assert_array_equal(rows[3], np.arange(4000))
    steps = np.diff(stamps) - 1 / (128 * speed)
    at = [sample for sample, _ in gaps]
    np.testing.assert_allclose(np.delete(steps, [sample - 1 for sample in at]), 0, atol=1e-6)
    for sample, seconds in gaps:
        played = min(seconds, SHORT_GAP_S) if cut else seconds
        expected = max(played / speed, min(played, SHORT_GAP_S))
        assert steps[sample - 1] == pytest.approx(expected, abs=1e-6)
    lasts = 4000 / 128 + sum(min(s, SHORT_GAP_S) if cut else s for _, s in gaps)
    assert progress[-1].position == pytest.approx(lasts)
    assert progress[0].duration == pytest.approx(lasts)


COUNTERS = {
    "none": lambda n, gaps: None,
    "as if nothing were missing": lambda n, gaps: np.arange(n) % 128.0,
    "of what is missing": lambda n, gaps: (
        (np.arange(n) + sum(round(128 * s) * (np.arange(n) >= at) for at, s in gaps)) % 128.0
    ),
    "stuck": lambda n, gaps: np.zeros(n),
}


@given(
    gaps=gap_lists,
    speed=st.sampled_from([1.0, 8.0, 16.0]),
    cut=st.booleans(),
    counter=st.sampled_from(list(COUNTERS)),
    layout=st.sampled_from(["epoc", "emotiv"]),
)
def test_no_window_of_live_spans_a_gap(gaps, speed, cut, counter, layout):
    """Through what live does with samples; what is short enough it bridges, as a headset's."""
    n_times = 4000
    made = recording(n_times, gaps, counter=COUNTERS[counter](n_times, gaps))
    *_, player = sent(recording_items(made, cut), speed, layout)
    first = LAYOUTS[layout].ch_names.index("AF3")
    timeline, ring = Timeline(EPOC), RingBuffer(14, WINDOW, HOP)
    timeline.start_source(EPOC.sfreq)
    for rows, stamps in player._signals.sent:
        counted = rows[1] if layout == "emotiv" else None
        received = float(stamps[-1]) + 0.01
        chunk = Chunk(rows[first : first + 14], stamps, counted, received=received)
        for piece in timeline.take(chunk):
            if piece.starts_over:
                ring.skip(piece.missing)
            for window in ring.extend(piece.data, piece.timestamps, piece.origin):
                numbers = window.data[0]
                for at, seconds in gaps:
                    spans = numbers[0] < at <= numbers[-1]
                    # Bridged: more than one sample leads from the one to the next.
                    is_bridged = np.any((numbers > at - 1) & (numbers < at))
                    assert not spans or (is_bridged and seconds <= MAX_BRIDGE_S + 0.01)


@given(gaps=gap_lists, start=st.floats(0, 150), cut=st.booleans())
def test_a_start_is_the_same_moment_as_without_it(gaps, start, cut):
    (whole,) = recording_items(recording(4000, gaps), cut)
    times = whole.seconds
    at = np.flatnonzero(times >= start - 0.5 / 128)
    if len(at) == 0:
        with pytest.raises(DataError, match="cannot start"):
            list(skip_seconds(iter([whole]), start))
        return
    (item,) = skip_seconds(iter([whole]), start)
    np.testing.assert_array_equal(item.data[0], at)
    np.testing.assert_allclose(item.seconds, times[at] - times[at[0]], atol=1e-9)


def test_a_start_cuts_all_that_goes_with_the_samples():
    n_times = 640
    made = Recording(
        "a.csv",
        np.tile(np.arange(n_times, dtype=float), (14, 1)),
        (Gap(100, 2.0), Gap(400, 3.0)),
        np.arange(n_times) % 7 == 0,
        np.arange(n_times, dtype=float),
        np.tile(np.arange(n_times) / n_times, (14, 1)),
    )
    # 2.5 s of samples and the first gap.
    (item,) = skip_seconds(recording_items(made), 4.5)
    assert item.gaps == (Gap(80, 3.0),)
    np.testing.assert_array_equal(item.counter, np.arange(320, 640))
    np.testing.assert_array_equal(item.interpolated, np.arange(320, 640) % 7 == 0)
    np.testing.assert_array_equal(item.contact[3], np.arange(320, 640) / n_times)


def test_a_start_within_a_gap_begins_with_what_follows_it():
    (item,) = skip_seconds(recording_items(recording(256, [(128, 30.0)])), 10.0)
    assert item.data[0, 0] == 128
    assert item.gaps == ()


def test_the_counter_counts_what_is_missing_where_no_file_has_one():
    rows, *_ = sent(recording_items(recording(256, [(100, 0.5)])))
    np.testing.assert_array_equal(rows[1], (np.arange(256) + 64 * (np.arange(256) >= 100)) % 128)


def test_markers_stay_with_the_samples_around_a_gap():
    _, stamps, _, player = sent(recording_items(recording(256, [(100, 7.5)])))
    (begins, first), (ends, last) = player._markers.sent
    assert json.loads(begins)["event"] == "recording_start"
    assert json.loads(ends)["event"] == "recording_end"
    assert (first, last) == pytest.approx((stamps[0], stamps[-1]))


def test_flags_and_counter_of_the_file_are_sent():
    rng = np.random.default_rng(0)
    flags, counter = rng.random(300) < 0.3, rng.integers(0, 128, 300).astype(float)
    made = Recording("a.csv", np.zeros((14, 300)), (), flags, counter)
    rows, *_ = sent(recording_items(made))
    np.testing.assert_array_equal(rows[1], counter)
    np.testing.assert_array_equal(rows[2], flags)


marker_lists = st.lists(st.floats(-500, 4500), max_size=5)


@given(gap_lists, marker_lists, st.booleans(), st.sampled_from([1.0, 4.0]))
def test_markers_lie_between_the_samples_they_lay_between(gaps, markers, cut, speed):
    found = recording(4000, gaps, markers=markers)
    _, stamps, _, player = sent(recording_items(found, cut), speed)
    if not markers:
        return
    texts, times = markers_of(player)
    assert texts == tuple(f"{at}" for at in sorted(markers))
    at, number = np.array(sorted(markers)), np.arange(4000)
    outside = np.minimum(at, 0) + np.maximum(at - 3999, 0)
    expected = np.interp(at, number, stamps) + outside / (speed * EPOC.sfreq)
    np.testing.assert_allclose(times, expected, atol=1e-6)


def test_markers_before_the_start_are_skipped_with_what_they_marked():
    found = recording(1000, markers=(-5.0, 100.0, 256.5))
    _, stamps, _, player = sent(skip_seconds(recording_items(found), 2.0))
    ((text, time),) = player._markers.sent[1:-1]
    assert (text, time) == ("256.5", pytest.approx(stamps[0] + 0.5 / 128))
