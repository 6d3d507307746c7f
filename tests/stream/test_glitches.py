"""Samples that no amplifier can have delivered are missing; artefacts and muscle stay."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import signal

from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.headset import EPOC
from rtdreamer.stream.chunk import Chunk
from rtdreamer.stream.gaps import Origin
from rtdreamer.stream.glitches import AS_BEFORE, AS_BEFORE_UV, REFILL, GlitchFilter
from rtdreamer.stream.timeline import Timeline

SFREQ = EPOC.sfreq
RATES = SFREQ, 2 * SFREQ


@pytest.fixture(scope="module")
def eeg():
    """A minute of a simulated person's, in the headset's raw values."""
    return SimulatedDreamer(6, 0).trial(1, 1).eeg[:, :7680]


def chunk_of(data, sfreq=SFREQ):
    stamps = 1000 + np.arange(data.shape[1]) / sfreq
    return Chunk(data, stamps, received=float(stamps[-1]))


def parts_of(chunk, cuts):
    bounds = [0, *sorted(cuts), chunk.n_times]
    return [chunk.take(slice(start, stop)) for start, stop in pairwise(bounds) if stop > start]


def follow(data, cuts=(), sfreq=SFREQ):
    """Return a timeline that saw the samples, and its pieces."""
    timeline = Timeline(EPOC)
    timeline.start_source(sfreq)
    pieces = [
        piece for part in parts_of(chunk_of(data, sfreq), cuts) for piece in timeline.take(part)
    ]
    return timeline, pieces


def removed(data, cuts=(), sfreq=SFREQ):
    """Return which samples a filter removed, of those that it let go of."""
    glitches = GlitchFilter(EPOC, sfreq)
    found = [k for part in parts_of(chunk_of(data, sfreq), cuts) for k in glitches.split(part)]
    data = np.hstack([part.data for part in found])
    assert glitches.removed == np.isnan(data).all(axis=0).sum() == np.isnan(data).any(axis=0).sum()
    return np.isnan(data).any(axis=0)


cuts_of_500 = st.one_of(st.just(range(1, 500)), st.lists(st.integers(1, 499), max_size=20))


@st.composite
def glitches(draw):
    """Where they are, and how they look: on some channels, away for 1 to 4 samples."""
    found, start = [], draw(st.integers(17, 60))
    while start < 470 and len(found) < 6:
        rows = draw(st.lists(st.integers(0, 13), min_size=1, max_size=14, unique=True))
        size = draw(st.one_of(st.floats(1500, 8000), st.floats(8500, 1e9)))
        signs = draw(st.lists(st.sampled_from([-1, 1]), min_size=4, max_size=4))
        found.append((start, rows, size * np.array(signs[: draw(st.integers(1, 4))])))
        start += draw(st.integers(9, 150))
    return found


def is_calm_after(whole, jumps):
    """Whether no step just after a glitch is what only muscle that set in would explain."""
    for start, _, sizes in jumps:
        stop = start + len(sizes)
        before = np.abs(np.diff(whole[:, max(0, start - 48) : start])).max(axis=1)
        after = np.abs(np.diff(whole[:, stop : stop + 5])).max(axis=1)
        if (after > AS_BEFORE * before + AS_BEFORE_UV).any():
            return False
    return True


@given(glitches(), cuts_of_500, st.sampled_from([0.0, EPOC.offset_uv]), st.integers(0, 7000))
def test_what_jumps_there_and_back_is_missing_and_bridged(eeg, jumps, cuts, offset, first):
    """With the raw offset and without."""
    whole = eeg[:, first : first + 500] - EPOC.offset_uv + offset
    assume(np.abs(np.diff(whole, axis=1)).max() < 100)
    assume(is_calm_after(whole, jumps))
    data, gone = whole.copy(), np.zeros(500, bool)
    for start, rows, sizes in jumps:
        stop = start + len(sizes)
        data[rows, start:stop] = whole[rows, start : start + 1] + sizes
        gone[start:stop] = True
    timeline, pieces = follow(data, cuts)
    assert timeline.missing == timeline.glitches == gone.sum()
    found = np.hstack([piece.data for piece in pieces])
    origin = np.hstack([piece.origin for piece in pieces])
    assert not any(piece.missing for piece in pieces)
    np.testing.assert_array_equal(origin == Origin.BRIDGED, gone)
    here = np.flatnonzero(~gone)
    expected = np.array([np.interp(np.arange(500), here, channel[here]) for channel in whole])
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("first", [176, 244, 470, 3214, 6861])
def test_glitches_in_a_row_are_found_where_the_eeg_was_calm_just_before(eeg, first):
    """Steps after a glitch that no sixteen before it had are EEG's, too."""
    data, gone = eeg[:, first : first + 500].copy(), np.zeros(500, bool)
    for start, n_times in ((37, 1), (88, 1), (137, 3), (146, 1), (155, 1), (164, 1)):
        data[0, start : start + n_times] -= 1500
        gone[start : start + n_times] = True
    np.testing.assert_array_equal(removed(data)[:480], gone[:480])


@given(st.data(), cuts_of_500, st.sampled_from(RATES))
def test_the_result_does_not_depend_on_the_chunks_whatever_the_values(data, cuts, sfreq):
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    noise = 4200 + rng.normal(0, data.draw(st.sampled_from([1, 100, 1000])), (14, 500))
    for _ in range(data.draw(st.integers(0, 8))):
        start, n = data.draw(st.integers(0, 499)), data.draw(st.integers(1, 60))
        row = data.draw(st.integers(0, 13))
        noise[row, start : start + n] += data.draw(
            st.sampled_from([1200.0, -3000.0, 9e3, -1e6, np.nan, np.inf])
        )
    glitches, apart = GlitchFilter(EPOC, sfreq), GlitchFilter(EPOC, sfreq)
    whole = chunk_of(noise, sfreq)
    found = [
        np.hstack([part.data for chunk in chunks for part in each.split(chunk)])
        for each, chunks in ((glitches, [whole]), (apart, parts_of(whole, cuts)))
    ]
    np.testing.assert_array_equal(*found)
    assert glitches.removed == apart.removed


@pytest.mark.parametrize("n_times", [1, 5, 32, 33, 100])
@pytest.mark.parametrize("first", [0, 200])
def test_what_is_beyond_the_amplifier_s_range_is_missing_for_as_long_as_a_second(
    eeg, n_times, first
):
    data = eeg[:, :600].copy()
    data[[2, 9], first : first + n_times] = [[715_897.0], [-1e5]]
    timeline, pieces = follow(data, range(7, 600, 7))
    assert timeline.missing == n_times
    assert timeline.glitch_channels == (EPOC.ch_names[2], EPOC.ch_names[9])
    is_gap = n_times > 32 or first == 0
    assert [piece.missing for piece in pieces if piece.missing] == [n_times] * is_gap
    assert max(np.abs(piece.data).max() for piece in pieces) < 8400


@pytest.mark.parametrize("sfreq", RATES)
def test_a_channel_that_is_broken_for_good_does_not_cost_the_others(eeg, sfreq):
    """Out of range for ever, or now and then: it is left to the judge of quality."""
    second = round(sfreq)
    data = eeg.copy()
    data[3, 1000:] = 1e6
    assert removed(data, sfreq=sfreq).sum() == second
    data = eeg.copy()
    data[3, 1000::2] = 1e6
    assert removed(data, sfreq=sfreq).sum() <= second + REFILL * data.shape[1]
    data[3] = np.random.default_rng(0).uniform(0, 8400, data.shape[1])
    assert removed(data, sfreq=sfreq).sum() <= 2


def test_another_offset_is_no_glitch(eeg):
    assert not removed(eeg - EPOC.offset_uv).any()
    assert not removed(eeg[:, :1000] + np.where(np.arange(1000) < 500, 0.0, 3000.0)).any()
    # Another amplifier's: the first second is doubted.
    assert removed(eeg + 20_000)[: round(SFREQ)].all()
    assert not removed(eeg + 20_000)[round(SFREQ) :].any()


def muscle(rng, rows, rms, white):
    noise = rng.normal(0, 1, (14, 7680))
    if not white:
        noise = signal.sosfilt(signal.butter(4, (20, 60), "band", fs=SFREQ, output="sos"), noise)
    bursts = np.arange(7680) // 64 % 2
    return noise / noise.std() * rms * bursts * np.isin(np.arange(14), rows)[:, None]


@pytest.mark.parametrize("white", [False, True])
@pytest.mark.parametrize("rms", [100, 300, 700])
@pytest.mark.parametrize("rows", [[0], [1, 12], range(14)], ids=len)
def test_muscle_of_any_strength_stays(eeg, rows, rms, white):
    rng = np.random.default_rng(rms)
    found = sum(removed(eeg + muscle(rng, rows, rms, white)).sum() for _ in range(5))
    # Of 300 bursts that set in from one sample to the next.
    assert found <= 1


@pytest.mark.parametrize("tau", [0.05, 0.1, 0.5, 2.0])
def test_electrodes_that_pop_blinks_and_movements_stay(eeg, tau):
    rng, now = np.random.default_rng(0), np.arange(7680)
    data = eeg.copy()
    for start in range(500, 7680, 300):
        after = np.maximum(now - start, 0) / SFREQ
        pop = rng.uniform(500, 4000) * np.exp(-after / tau) * (now >= start)
        data[rng.integers(14)] += rng.choice([-1, 1]) * pop
        data[[0, 13]] += 250 * np.exp(-0.5 * ((now - start - 100) / SFREQ / 0.1) ** 2)
    slow = signal.sosfilt(
        signal.butter(2, (0.5, 5), "band", fs=SFREQ, output="sos"), rng.normal(0, 1, data.shape)
    )
    assert not removed(data).any()
    assert not removed(np.clip(data + 700 * slow / slow.std(), *EPOC.range_uv)).any()


def test_plain_eeg_is_never_touched_nor_held_back(eeg):
    glitches = GlitchFilter(EPOC, SFREQ)
    for part in parts_of(chunk_of(eeg), range(1, 7680)):
        assert glitches.split(part) == [part]
    people = SimulatedDreamer(6, 0)
    assert not any(removed(people.trial(person, 3).eeg).any() for person in (2, 3))


def waiting(data):
    """How many samples are held back after each."""
    glitches, known, found = GlitchFilter(EPOC, SFREQ), 0, []
    for came, part in enumerate(parts_of(chunk_of(data), range(1, data.shape[1])), start=1):
        known += sum(part.n_times for part in glitches.split(part))
        found.append(came - known)
    return np.array(found)


def test_no_sample_waits_for_more_than_a_few_others(eeg):
    data = eeg[:, :600].copy()
    assert not waiting(data).any()
    data[5, 300] -= 3000
    np.testing.assert_array_equal(waiting(data)[298:307], [0, 0, 1, 2, 3, 4, 0, 0, 0])
    data[:, 300:] += np.random.default_rng(0).uniform(-3000, 3000, (14, 300))
    assert waiting(data).max() <= 4 * 4 + 4


def test_what_waits_keeps_its_time_its_flags_and_its_contact(eeg):
    data = eeg[:, :100].copy()
    data[4, 50:52] = 500.0
    contact = np.linspace(0, 1, 14)
    whole = replace(
        chunk_of(data),
        counter=np.arange(100.0),
        interpolated=np.arange(100) % 3 == 0,
        contact=contact,
    )
    for cuts in ([], [50], [51, 52, 53], range(1, 100)):
        glitches = GlitchFilter(EPOC, SFREQ)
        parts = parts_of(whole, cuts)
        parts[-1] = replace(parts[-1], clock_jumped=True)
        found = [part for chunk in parts for part in glitches.split(chunk)]
        for name in ("timestamps", "counter", "interpolated"):
            told = np.concatenate([getattr(part, name) for part in found])
            np.testing.assert_array_equal(told, getattr(whole, name))
        assert all(part.contact is contact for part in found)
        assert sum(part.clock_jumped for part in found) == 1


def test_another_source_begins_anew(eeg):
    glitches = GlitchFilter(EPOC, SFREQ)
    glitches.split(chunk_of(np.append(eeg[:, :50], eeg[:, 50:51] - 3000, axis=1)))
    glitches.start_source(2 * SFREQ)
    (part,) = glitches.split(chunk_of(eeg[:, 60:70] - 3000, 2 * SFREQ))
    assert part.n_times == 10
    assert glitches.removed == 0


def test_the_real_recording_loses_its_four_glitches_and_nothing_else(real_recording):
    table = np.genfromtxt(real_recording, delimiter=",", skip_header=1)[:, :14].T
    assert np.flatnonzero(removed(table)).tolist() == [898, 10386, 11509, 13179]
