from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.headset import EPOC
from rtdreamer.stream.chunk import Chunk
from rtdreamer.stream.gaps import MAX_BRIDGE_S, BatchStamps, Origin
from rtdreamer.stream.timeline import Timeline

SFREQ = 128.0


def stream(n_times, counter=False):
    """A ramp: sample i holds i on every channel, so that bridges can be foretold."""
    samples = np.arange(n_times, dtype=float)
    return Chunk(
        np.tile(samples, (14, 1)), 50 + samples / SFREQ, samples % SFREQ if counter else None
    )


def keep(chunk, which):
    return Chunk(
        chunk.data[:, which],
        chunk.timestamps[which],
        None if chunk.counter is None else chunk.counter[which],
    )


def run(chunk, cuts=()):
    timeline = Timeline(EPOC)
    bounds = [0, *sorted(cuts), chunk.n_times]
    pieces = [
        piece
        for start, stop in pairwise(bounds)
        for piece in timeline.take(keep(chunk, slice(start, stop)))
    ]
    return timeline, pieces


@pytest.mark.parametrize("counter", [False, True])
def test_a_whole_stream_passes_as_it_is(counter):
    chunk = stream(500, counter)
    timeline, pieces = run(chunk, [0, 1, 7, 7, 300])
    np.testing.assert_array_equal(np.hstack([piece.data for piece in pieces]), chunk.data)
    np.testing.assert_array_equal(np.hstack([p.timestamps for p in pieces]), chunk.timestamps)
    assert timeline.missing == 0
    assert not any(piece.missing for piece in pieces)


@pytest.mark.parametrize("cuts", [[], [100], [99], [50, 100, 101, 150]])
@pytest.mark.parametrize(("n_lost", "counter"), [(1, True), (20, True), (20, False), (32, False)])
def test_a_short_gap_is_bridged_in_a_straight_line_and_counted(n_lost, counter, cuts):
    whole = stream(300, counter)
    here = np.ones(300, bool)
    here[100 : 100 + n_lost] = False
    timeline, pieces = run(keep(whole, here), cuts)
    np.testing.assert_allclose(np.hstack([piece.data for piece in pieces]), whole.data, atol=1e-9)
    np.testing.assert_allclose(np.hstack([p.timestamps for p in pieces]), whole.timestamps)
    assert timeline.missing == n_lost
    assert not any(piece.missing for piece in pieces)


@pytest.mark.parametrize("cuts", [[], [100], [50, 200]])
@pytest.mark.parametrize("counter", [False, True])
@pytest.mark.parametrize("n_lost", [round(MAX_BRIDGE_S * SFREQ) + 1, 127, 128, 129, 1000])
def test_a_long_gap_is_not_bridged_but_counted(n_lost, counter, cuts):
    whole = stream(2000, counter)
    here = np.ones(2000, bool)
    here[100 : 100 + n_lost] = False
    timeline, pieces = run(keep(whole, here), cuts)
    assert timeline.missing == n_lost
    assert [piece.missing for piece in pieces if piece.missing] == [n_lost]
    np.testing.assert_array_equal(np.hstack([piece.data for piece in pieces]), whole.data[:, here])


def test_uneven_delivery_is_not_taken_for_loss():
    chunk = stream(2000)
    rng = np.random.default_rng(0)
    # Stamps of whole chunks come up to 50 ms late, as with a headset behind Bluetooth.
    late = np.repeat(rng.uniform(0, 0.05, 2000 // 16), 16)
    timeline, pieces = run(Chunk(chunk.data, chunk.timestamps + late))
    assert timeline.missing == 0
    assert sum(piece.data.shape[1] for piece in pieces) == 2000


@pytest.mark.parametrize("cuts", [[], [60], [55, 60, 62, 65, 70]])
def test_samples_that_are_not_finite_are_lost_samples(cuts):
    whole = stream(200)
    data = whole.data.copy()
    data[3, 60:65] = np.nan
    data[:, 120] = np.inf
    timeline, pieces = run(Chunk(data, whole.timestamps), cuts)
    assert timeline.missing == 6
    np.testing.assert_allclose(np.hstack([piece.data for piece in pieces]), whole.data, atol=1e-9)


def test_timestamps_that_stand_still_or_go_back_lose_nothing():
    chunk = stream(100)
    stamps = chunk.timestamps.copy()
    stamps[50:] -= 0.3
    stamps[70:75] = stamps[70]
    timeline, _ = run(Chunk(chunk.data, stamps))
    assert timeline.missing == 0


@pytest.mark.parametrize(
    "counter",
    [np.zeros(512), np.arange(512) % 129, np.repeat(np.arange(256), 2) % 128, np.full(512, np.nan)],
    ids=["constant", "wraps at 129", "each twice", "not a number"],
)
def test_a_counter_that_cannot_be_right_is_not_believed(counter):
    chunk = stream(512)
    timeline, pieces = run(Chunk(chunk.data, chunk.timestamps, counter.astype(float)))
    assert not any(piece.missing for piece in pieces)
    # A wrap at 129 looks like one lost sample a second: no gap, and nothing worse.
    assert timeline.missing <= 4


@pytest.mark.parametrize("cuts", [[], [100], [99, 101]])
def test_what_is_bridged_and_what_the_driver_made_up_is_told_apart(cuts):
    whole = stream(300, counter=True)
    made_up = np.zeros(300, bool)
    made_up[[0, 99, 120, 299]] = True
    here = np.ones(300, bool)
    here[100:120] = False
    timeline = Timeline(EPOC)
    bounds = [0, *cuts, 280]
    origin = []
    for start, stop in pairwise(bounds):
        part = replace(keep(whole, here), interpolated=made_up[here]).take(slice(start, stop))
        origin += [piece.origin for piece in timeline.take(part)]
    expected = np.where(~here, Origin.BRIDGED, np.where(made_up, Origin.INTERPOLATED, 0))
    np.testing.assert_array_equal(np.concatenate(origin), expected)
    assert (timeline.missing, timeline.driver_interpolated) == (20, 4)


@pytest.mark.parametrize("cuts", [[], [100], [50, 135, 200, 300], list(range(1, 400))])
def test_each_piece_tells_what_was_lost_until_it_began(cuts):
    whole = stream(800, counter=True)
    data = whole.data.copy()
    data[2, 130:200] = np.nan
    here = np.ones(800, bool)
    here[100:140] = here[300:370] = here[500:540] = False
    _, pieces = run(keep(replace(whole, data=data), here), cuts)
    assert [(piece.missing, piece.total_missing) for piece in pieces if piece.missing] == [
        (100, 100),
        (70, 170),
        (40, 210),
    ]
    assert [piece.total_missing for piece in pieces] == sorted(
        piece.total_missing for piece in pieces
    )


def test_a_stream_of_unusable_samples_is_counted_as_it_comes():
    chunk = stream(100)
    timeline = Timeline(EPOC)
    assert not timeline.take(Chunk(np.full((14, 60), np.nan), chunk.timestamps[:60]))
    assert timeline.missing == 60
    (piece,) = timeline.take(Chunk(chunk.data[:, 60:], chunk.timestamps[60:]))
    assert timeline.missing == 60
    assert piece.missing == 60


@pytest.mark.parametrize("counter", [False, True])
@pytest.mark.parametrize("cut", [7, 256, 2560])
@pytest.mark.parametrize("batch", [16, 32, 256])
def test_samples_that_are_stamped_when_they_are_handed_over_lose_nothing(batch, cut, counter):
    """A whole batch then has nearly one time, and the next one comes all at once."""
    chunk = stream(2560, counter)
    stamps = np.repeat(chunk.timestamps[batch - 1 :: batch], batch) + np.arange(2560) * 1e-6
    timeline, pieces = run(Chunk(chunk.data, stamps, chunk.counter), range(cut, 2560, cut))
    assert timeline.missing == 0
    np.testing.assert_array_equal(np.hstack([piece.data for piece in pieces]), chunk.data)


@pytest.mark.parametrize("n", [20, 60, 300])
def test_samples_that_were_held_up_and_stamped_late_lose_nothing(n):
    """As from a sender that stamps each sample when it sends it, and hung for a while."""
    chunk = stream(2560)
    stamps = chunk.timestamps.copy()
    stamps[1000 : 1000 + n] = stamps[1000 + n] + np.arange(n) * 1e-5
    timeline, pieces = run(Chunk(chunk.data, stamps), [400, 900, 2000])
    assert timeline.missing == 0
    np.testing.assert_array_equal(np.hstack([piece.data for piece in pieces]), chunk.data)


CONVENTIONS = {
    "the last sample's time, the others at the rate before": lambda now, n: (
        now - np.arange(n)[::-1] / SFREQ
    ),
    "one time for all": lambda now, n: np.full(n, now),
    "each when it is handed over": lambda now, n: now + np.arange(n) * 5e-6,
}


def handed_over(batch, n_held, stamp):
    """Batches of which some were held up and then handed over with the next one, at once.

    Returns the stamps, and where each pull ends.
    """
    n_batches = 1500 // batch + n_held + 3
    complete = 50 + np.arange(1, n_batches + 1) * batch / SFREQ
    first = n_batches // 2
    handed = complete.copy()
    handed[first : first + n_held] = complete[first + n_held]
    handed += 2e-5 * np.arange(n_batches)  # pushing takes its time
    pulls = np.flatnonzero(np.diff(complete, append=np.inf) > 0)
    pulls = pulls[(pulls < first) | (pulls >= first + n_held)] + 1
    return np.concatenate([stamp(now, batch) for now in handed]), pulls * batch


@given(st.integers(1, 300), st.floats(0.1, 10), st.sampled_from(list(CONVENTIONS)))
def test_after_a_pause_batches_lose_nothing_however_they_are_stamped(batch, pause, how):
    n_held = max(round(pause * SFREQ / batch), 1)
    stamps, pulls = handed_over(batch, n_held, CONVENTIONS[how])
    data = np.tile(np.arange(len(stamps), dtype=float) % 100, (14, 1))
    timeline, pieces = run(Chunk(data, stamps), pulls[:-1])
    assert timeline.missing == 0
    np.testing.assert_array_equal(np.hstack([piece.data for piece in pieces]), data)


@given(
    at=st.integers(300, 900), n_lost=st.integers(0, 120), size=st.integers(1, 64),
    how=st.sampled_from(["as liblsl deduces", "all by the last", "all by the first"]),
    cuts=st.lists(st.integers(1, 1199), max_size=20), wrap=st.sampled_from([128, 129]),
)  # fmt: skip
def test_what_is_lost_within_a_batch_is_found_by_the_counter_and_the_times_around_it(
    at, n_lost, size, how, cuts, wrap
):
    """The counter tells where, and only the step into the batch or out of it has the time."""
    number = np.arange(1200)
    number[at:] += n_lost
    first = np.arange(1200) // size * size
    last = np.minimum(first + size - 1, 1199)
    measured = {
        "as liblsl deduces": number[last] - (last - np.arange(1200)),
        "all by the last": number[last],
        "all by the first": number[first],
    }[how]
    data = np.tile(number.astype(float), (14, 1))
    timeline, pieces = run(Chunk(data, 50 + measured / SFREQ, number % float(wrap)), cuts)
    # Live takes the counter's round for a second, as EmotivPRO's is; some are a sample longer.
    least = n_lost - (wrap - 128)
    assert least <= timeline.missing
    if n_lost < 64:  # of more, a whole round may seem to be missing, too
        assert timeline.missing <= n_lost
    if least > MAX_BRIDGE_S * SFREQ:
        assert any(piece.missing for piece in pieces)


def test_what_is_lost_is_not_explained_by_a_few_that_come_at_once():
    chunk = keep(stream(2560), np.r_[:1000, 1064:2560])
    chunk.timestamps[1000:1004] = chunk.timestamps[1003]
    timeline, _ = run(chunk)
    assert timeline.missing == 64


@pytest.mark.parametrize("n_spoilt", [0, 3])
@pytest.mark.parametrize("n_lost", [0, 1, 20, 32, 500])
def test_what_lies_between_two_sources_is_counted_and_never_bridged(n_lost, n_spoilt):
    whole = stream(1000, counter=True)
    data = whole.data.copy()
    data[2, 100 + n_lost : 100 + n_lost + n_spoilt] = np.nan
    whole = replace(whole, data=data)
    timeline = Timeline(EPOC)
    timeline.take(keep(whole, slice(100)))
    second = keep(whole, slice(100 + n_lost, None))
    # The chunk that begins the source may hold nothing that can be used.
    cut = max(n_spoilt, 1)
    timeline.start_source(SFREQ)
    chunks = keep(second, slice(cut)), keep(second, slice(cut, None))
    pieces = [piece for chunk in chunks for piece in timeline.take(chunk)]
    assert timeline.missing == n_lost + n_spoilt
    assert pieces[0].missing == n_lost + n_spoilt
    assert [piece.starts_over for piece in pieces] == [True] + [False] * (len(pieces) - 1)
    np.testing.assert_array_equal(
        np.hstack([piece.data for piece in pieces]), second.data[:, n_spoilt:]
    )


BATCHES = [4, 4, 10, 1, 1, 30, 4]
"""The third and the sixth are held up for as long as it takes to sample them."""


def stamps_of(batches):
    """Each batch is stamped when its last sample is there; all in samples."""
    return np.repeat(np.cumsum(batches), batches).astype(float)


def test_all_steps_of_a_stream_in_batches_are_explained():
    steps = np.diff(stamps_of([8] * 20))
    left = steps - BatchStamps().explained(steps)
    assert left[steps > 0].max() == 1


def test_what_is_held_up_is_explained_by_what_comes_at_once():
    stamps = stamps_of(BATCHES)
    steps = np.diff(stamps)
    left = steps - BatchStamps().explained(steps)
    assert left.max() == 1


@pytest.mark.parametrize("cut", range(1, 50))
def test_batches_that_are_cut_count_in_full_before_the_next_step(cut):
    steps = np.diff(stamps_of([16] * 4))
    batch_stamps = BatchStamps()
    parts = [batch_stamps.explained(part) for part in np.split(steps, [cut])]
    assert (steps - np.concatenate(parts))[steps > 0].max() == 1


def test_a_step_without_any_such_samples_stays():
    steps = np.array([1.0, 1.0, 40.0, 1.0, 1.0])
    assert not BatchStamps().explained(steps).any()
    assert BatchStamps().explained(np.array([])).shape == (0,)


@pytest.mark.parametrize("cuts", [[], [100], [99, 101, 200], list(range(1, 270))])
def test_intervals_lead_from_each_timestamp_to_the_next_bridges_and_gaps_counted_in(cuts):
    here = np.ones(400, bool)
    here[100:120] = here[200:300] = False
    _, pieces = run(keep(stream(400), here), cuts)
    stamps = np.hstack([piece.timestamps for piece in pieces])
    interval = np.hstack([piece.interval for piece in pieces])
    assert np.isnan(interval[0])
    np.testing.assert_allclose(stamps[0] + np.cumsum(interval[1:]), stamps[1:])
    assert interval.shape == stamps.shape == (300,)


def test_a_clock_that_jumped_is_left_out_of_the_intervals():
    whole = stream(200)
    timeline = Timeline(EPOC)
    timeline.take(whole.take(slice(100)))
    later = replace(whole, timestamps=whole.timestamps + 30, clock_jumped=True)
    (piece,) = timeline.take(later.take(slice(100, None)))
    np.testing.assert_allclose(piece.interval, 1 / SFREQ)
    assert timeline.missing == 0
