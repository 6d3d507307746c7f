"""Clock, gaps and rate together: what comes out of whatever a source sends."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.headset import EPOC
from rtdreamer.stream.chunk import Chunk
from rtdreamer.stream.clock import ClockCorrector
from rtdreamer.stream.gaps import GapPolicy, Origin
from rtdreamer.stream.timeline import Timeline
from tests.any_chunks import streams

RATES = EPOC.sfreq, 2 * EPOC.sfreq


def stream(n_times, sfreq, first=0):
    number = first + np.arange(n_times)
    data = 4200 + np.random.default_rng(first).normal(0, 10, (14, n_times))
    stamps = 50 + number / sfreq
    return Chunk(data, stamps, number % sfreq, received=float(stamps[-1]))


def started(sfreq):
    timeline = Timeline(EPOC)
    timeline.start_source(sfreq)
    return timeline


def seen(timeline, chunks):
    """All that a timeline tells after each chunk, in values that compare bit for bit."""
    found = []
    for chunk in chunks:
        pieces = timeline.take(chunk)
        found.append((timeline.missing, timeline.jumps, timeline.driver_interpolated))
        found.append(timeline.has_doubtful_silence)
        for p in pieces:
            found += [p.data.tobytes(), p.timestamps.tobytes(), p.origin.tobytes()]
            found += [
                p.interval.tobytes(),
                p.missing,
                p.from_new_source,
                p.total_missing,
                p.contact,
            ]
    return found


class SlowClock(ClockCorrector):
    def _are_plain(self, stamps, received):
        return False


class SlowGaps(GapPolicy):
    def _is_whole(self, chunk):
        return False


def slow(sfreq):
    """A timeline that looks at every chunk with care."""
    timeline = Timeline(EPOC)
    timeline._clock, timeline._gaps = SlowClock(EPOC.sfreq), SlowGaps(EPOC.sfreq)
    timeline.start_source(sfreq)
    return timeline


@given(st.data(), st.sampled_from(RATES))
def test_the_quick_look_changes_nothing_whatever_arrives(data, sfreq):
    chunks = [chunk for chunk in data.draw(streams(sfreq)) if chunk.n_times]
    assert seen(started(sfreq), chunks) == seen(slow(sfreq), chunks)


@pytest.mark.slow
@pytest.mark.parametrize("sfreq", RATES)
@pytest.mark.parametrize("n_times", [1, 4, 31])
def test_the_quick_look_changes_nothing_of_a_stream_with_small_faults(sfreq, n_times):
    """Jitter, drift, single losses by counter, values that are none, flags, and a silence."""
    rng = np.random.default_rng(n_times)
    here = rng.random(6000) > 0.003
    here[3000:3400] = False
    whole = stream(6000, sfreq)
    stamps = whole.timestamps * 1.0001 + rng.normal(0, 0.002, 6000)
    whole.data[:, rng.random(6000) < 0.001] = np.nan
    whole = replace(whole, timestamps=stamps, interpolated=rng.random(6000) < 0.01).take(here)
    chunks = []
    for start in range(0, whole.n_times, n_times):
        part = whole.take(slice(start, start + n_times))
        chunks.append(replace(part, received=float(part.timestamps.max()) + 0.05))
    assert seen(started(sfreq), chunks) == seen(slow(sfreq), chunks)


@pytest.mark.parametrize("sfreq", RATES)
def test_a_clean_stream_is_only_looked_at_quickly(monkeypatch, sfreq):
    slow_looks = []
    monkeypatch.setattr(GapPolicy, "_missing_before", lambda *asked: slow_looks.append(1) or [0])
    monkeypatch.setattr(ClockCorrector, "_first_wrong", lambda *asked: slow_looks.append(1))
    timeline = started(sfreq)
    whole = stream(1000, sfreq)
    for start in range(0, 1000, 4):
        part = whole.take(slice(start, start + 4))
        timeline.take(replace(part, received=float(part.timestamps[-1])))
    assert len(slow_looks) == 1  # there is nothing before the first chunk


@pytest.mark.parametrize("cut", [[], [1], [1, 2, 5]])
def test_at_256_hz_a_sample_counts_as_lost_if_one_of_its_two_is(cut):
    """Short gaps are bridged, so that the pairs stay the same."""
    rng = np.random.default_rng(0)
    here = rng.random(2048) > 0.02
    here[[0, -1]] = True
    here[701:731] = False
    whole = stream(2048, 2 * EPOC.sfreq)
    made_up = rng.random(2048) < 0.02
    whole = replace(whole, interpolated=made_up).take(here)
    timeline, origin = started(2 * EPOC.sfreq), []
    bounds = [0, *(64 * k + c for k in range(28) for c in cut), whole.n_times]
    for start, stop in pairwise(bounds):
        for piece in timeline.take(whole.take(slice(start, stop))):
            origin.append(piece.origin)
            assert piece.total_missing == np.count_nonzero(np.concatenate(origin) == Origin.BRIDGED)
    lost = ~here.reshape(-1, 2).all(axis=1)
    told = (made_up & here).reshape(-1, 2).any(axis=1) & ~lost
    expected = np.where(lost, Origin.BRIDGED, np.where(told, Origin.INTERPOLATED, Origin.MEASURED))
    np.testing.assert_array_equal(np.concatenate(origin), expected)
    assert (timeline.missing, timeline.driver_interpolated) == (lost.sum(), told.sum())


@pytest.mark.parametrize("n_before", [500, 501])
@pytest.mark.parametrize("n_lost", [65, 66, 1000, 1001])
def test_at_256_hz_a_long_gap_is_as_long_as_its_time(n_before, n_lost):
    """To half a sample, which is rounded up: what has no other half is lost, too."""
    whole = stream(2000, 2 * EPOC.sfreq).take(np.r_[:n_before, n_before + n_lost : 2000])
    timeline = started(2 * EPOC.sfreq)
    first, second = timeline.take(whole)
    elapsed = second.timestamps[0] - first.timestamps[-1]
    assert 0 <= second.missing + 1 - elapsed * EPOC.sfreq <= 0.5
    assert (
        second.missing
        == timeline.missing
        == second.total_missing
        == (n_lost + n_before % 2 + 1) // 2
    )


@pytest.mark.parametrize("sfreq", RATES)
def test_what_cannot_be_used_counts_as_it_comes_and_is_in_no_piece(sfreq):
    timeline, lost = started(sfreq), []
    chunk = stream(640, sfreq)
    chunk.data[5, 101:500] = np.inf
    for start in range(0, 640, 20):
        timeline.take(chunk.take(slice(start, start + 20)))
        lost.append(timeline.missing)
    assert lost == sorted(lost)
    assert lost[10] == (220 - 101) * EPOC.sfreq // sfreq + (sfreq > EPOC.sfreq)
    assert lost[-1] == -(-399 * EPOC.sfreq // sfreq)


@pytest.mark.parametrize("rates", [RATES, RATES[::-1], RATES[:1] * 2, RATES[1:] * 2])
def test_sources_of_any_rate_follow_each_other_on_one_line(rates):
    timeline = Timeline(EPOC)
    pieces = []
    for n, sfreq in enumerate(rates):
        timeline.start_source(sfreq)
        chunk = stream(round(3 * sfreq), sfreq, first=round(10 * n * sfreq))
        pieces += timeline.take(chunk)
    first, second = pieces
    assert [piece.n_times for piece in pieces] == [384, 384]
    assert [piece.from_new_source for piece in pieces] == [True, True]
    assert (first.missing, first.total_missing) == (0, 0)
    assert (
        second.missing
        == second.total_missing
        == timeline.missing
        == pytest.approx(7 * EPOC.sfreq, abs=1)
    )


def test_the_contact_goes_with_the_samples():
    timeline, contact = started(EPOC.sfreq), np.linspace(0, 1, 14)
    whole = stream(20, EPOC.sfreq)
    heard = [None, contact, contact, None]
    for n, values in enumerate(heard):
        part = whole.take(slice(5 * n, 5 * n + 5))
        (piece,) = timeline.take(replace(part, contact=values))
        assert piece.contact is values


@pytest.mark.parametrize("sfreq", [0.0, 64.0, 127.0, 250.0, 512.0, np.nan])
def test_another_rate_is_refused(sfreq):
    with pytest.raises(ValueError, match="must be of 128 or 256 Hz"):
        Timeline(EPOC).start_source(sfreq)
