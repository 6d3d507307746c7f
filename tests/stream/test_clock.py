from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.headset import EPOC
from rtdreamer.stream.chunk import Chunk
from rtdreamer.stream.clock import (
    EVEN,
    MAX_AGE_S,
    MAX_AHEAD_S,
    MAX_BACK_S,
    MAX_BEHIND_S,
    MAX_LAG_S,
    SETTLE_S,
    ClockCorrector,
)
from rtdreamer.stream.gaps import GapPolicy
from rtdreamer.stream.timeline import Timeline

SFREQ = 128.0
START = 5000.0
N_TIMES = 2800
LATENCY_S = 0.2
"""Of a headset that is heard over Bluetooth."""


def chunks(stamps, n_times=4, sfreq=SFREQ, latency=0.0):
    """Samples that are taken over as they come, with the timestamps their sender gave them."""
    measured = START + np.arange(len(stamps)) / sfreq
    for first in range(0, len(stamps), n_times):
        part = slice(first, first + n_times)
        data = np.tile(np.arange(len(stamps), dtype=float)[part], (14, 1))
        yield Chunk(data, stamps[part], received=float(measured[part][-1]) + latency)


def right(n_times, sfreq=SFREQ):
    return START + np.arange(n_times) / sfreq


def follow(sent):
    """Return the corrector, a timeline of the same, the age (s) after each chunk, and the parts."""
    corrector, timeline = ClockCorrector(SFREQ), Timeline(EPOC)
    ages, parts = [], []
    for chunk in sent:
        cut = corrector.split(chunk)
        timeline.take(chunk)
        ages.append(chunk.received - cut[-1].timestamps[-1])
        parts += cut
    assert timeline.jumps == corrector.jumps
    return corrector, timeline, np.array(ages), parts


def jumps_by(seconds):
    stamps = right(N_TIMES)
    stamps[1501:] += seconds
    return stamps


def jumps_to_and_fro():
    stamps = right(N_TIMES)
    for first in range(0, N_TIMES, 700):
        stamps[first + 350 : first + 700] += 1000
    return stamps


def stands_still():
    stamps = right(N_TIMES)
    stamps[1501:] = stamps[1501]
    return stamps


def goes_back(by):
    stamps = right(N_TIMES)
    stamps[1501:] = stamps[1501] - by * np.arange(N_TIMES - 1501) / SFREQ
    return stamps


def runs_at(rate):
    stamps = right(N_TIMES)
    stamps[1501:] = stamps[1501] + rate * np.arange(N_TIMES - 1501) / SFREQ
    return stamps


def is_nonsense():
    stamps = np.random.default_rng(0).uniform(-1e9, 1e9, N_TIMES)
    stamps[1000:1100] = np.nan
    stamps[1200] = np.inf
    stamps[1300:1310] = -1e308
    return stamps


WRONG = {
    "jumps ahead": jumps_by(1000.0),
    "jumps back": jumps_by(-1000.0),
    "jumps a little": jumps_by(-2.0),
    "jumps to and fro": jumps_to_and_fro(),
    "is Unix time": right(N_TIMES) + 1.7e9,
    "stands still": stands_still(),
    "goes back": goes_back(1.0),
    "goes back slowly": goes_back(0.1),
    "runs at half speed": runs_at(0.5),
    "runs at 5 times the speed": runs_at(5.0),
    "is nonsense": is_nonsense(),
}


@pytest.mark.slow
@pytest.mark.parametrize("n_times", [1, 4, 256])
@pytest.mark.parametrize("latency", [0.0, LATENCY_S])
@pytest.mark.parametrize("kind", WRONG)
def test_a_clock_that_is_wrong_loses_nothing_and_makes_nothing_old(kind, latency, n_times):
    sent = list(chunks(WRONG[kind], n_times, latency=latency))
    corrector, timeline, ages, parts = follow(sent)
    assert corrector.jumps > 0
    assert timeline.missing == 0
    assert ages.min() >= -MAX_AHEAD_S
    # A clock that lags is noticed after so long, or with the next chunk.
    assert ages.max() < 2 * MAX_BEHIND_S + latency + n_times / SFREQ
    data = np.hstack([part.data for part in parts])
    np.testing.assert_array_equal(data, np.hstack([chunk.data for chunk in sent]))


@pytest.mark.slow
@pytest.mark.parametrize("n_times", [1, 4, 256])
@pytest.mark.parametrize("sfreq", [SFREQ, 127.94, 128.06, 8 * SFREQ])
def test_a_clock_that_is_right_is_left_alone(sfreq, n_times):
    """Also one that drifts, and a recording that is played faster."""
    sent = list(chunks(right(15_000, sfreq), n_times, sfreq, LATENCY_S))
    corrector, timeline, _, parts = follow(sent)
    assert corrector.jumps == 0
    assert timeline.missing == 0
    assert all(part is chunk for part, chunk in zip(parts, sent, strict=True))


def came(stamps, received, n_times=4):
    """Samples with these timestamps that come at these times."""
    for first in range(0, len(stamps), n_times):
        part = slice(first, first + n_times)
        n = len(stamps[part])
        yield Chunk(np.zeros((14, n)), stamps[part], received=float(received[part][-1]))


def gaps_of(parts):
    """Samples lost in each gap that is too long to be bridged."""
    policy = GapPolicy(SFREQ)
    pieces = [piece for part in parts for piece in policy.split(part)]
    return [piece.missing for piece in pieces if piece.missing]


@pytest.mark.parametrize("n_times", [1, 4, 256])
@pytest.mark.parametrize("lag", [2.0, 10.0, 50.0])
def test_a_clock_that_lags_from_the_start_is_put_right_and_loses_nothing(lag, n_times):
    corrector, timeline, ages, _ = follow(chunks(right(1400) - lag, n_times, latency=LATENCY_S))
    assert corrector.jumps == 1
    assert timeline.missing == 0
    n_late = int((ages > MAX_LAG_S).sum())
    assert n_late * n_times / SFREQ <= SETTLE_S + 2 * n_times / SFREQ
    assert ages[n_late:].max() < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("counter", [False, True])
@pytest.mark.parametrize("n_times", [1, 4, 256])
@pytest.mark.parametrize("seconds", [1.7, 5.0, 70.0])
def test_a_pause_of_a_clock_that_counts_samples_is_lost_and_empties_the_ring(
    seconds, n_times, counter
):
    stamps = right(2560)
    received = stamps + LATENCY_S + seconds * (np.arange(2560) >= 1280)
    sent = [
        replace(chunk, counter=np.round((chunk.timestamps - START) * SFREQ) % SFREQ)
        if counter
        else chunk
        for chunk in came(stamps, received, n_times)
    ]
    corrector, timeline, ages, parts = follow(sent)
    assert corrector.jumps == 1
    # The counter is believed within a second: it says that none of it was left out.
    expected = SFREQ * (round(seconds) if counter else seconds)
    assert timeline.missing == pytest.approx(expected, abs=2)
    assert gaps_of(parts) == [timeline.missing]
    assert ages[-1] == pytest.approx(LATENCY_S)
    n_late = int((ages > MAX_LAG_S).sum())
    assert n_late * n_times / SFREQ <= SETTLE_S + 2 * n_times / SFREQ


def test_pauses_do_not_add_up():
    stamps = right(10_000)
    corrector, timeline, ages, parts = follow(
        came(stamps, stamps + 1.5 * (np.arange(10_000) // 1000))
    )
    assert corrector.jumps == 9
    assert gaps_of(parts) == [192] * 9
    assert timeline.missing == 9 * 192
    assert ages[-1] < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("rate", [127.5, 127.9, 128.1, 128.5])
@pytest.mark.parametrize("n_times", [32, 256])
def test_a_clock_that_drifts_is_put_right_now_and_then_and_loses_nothing(rate, n_times):
    n_samples = round(1800 * SFREQ)
    drift = abs(n_samples / rate - n_samples / SFREQ)
    received = START + np.arange(n_samples) / rate
    corrector, timeline, ages, parts = follow(came(right(n_samples), received, n_times))
    assert 1 <= corrector.jumps <= drift
    assert timeline.missing == 0
    assert np.abs(ages).max() <= max(MAX_LAG_S, MAX_AHEAD_S) + 0.1
    # Each time it is put to the present, and not only as near as it may be.
    put_right = np.abs(np.diff(ages)) > 0.5
    assert put_right.sum() == corrector.jumps
    assert np.abs(ages[1:][put_right]).max() < 0.1
    stamps = np.hstack([part.timestamps for part in parts])
    assert np.diff(stamps).min() > -MAX_BACK_S - 0.1
    assert (np.diff(stamps) < 0).sum() <= corrector.jumps


@pytest.mark.parametrize("n_times", [16, 1024])
@pytest.mark.parametrize("speed", [2.0, 100.0, np.inf])
@pytest.mark.parametrize("held_s", [1.5, 59.0, 70.0])
def test_a_backlog_that_comes_in_pieces_keeps_its_timestamps(held_s, speed, n_times):
    """As fast as the network can, or hardly faster than it is taken; other samples join it."""
    catching_up_s = held_s * speed / (speed - 1) if np.isfinite(speed) else held_s
    n_samples = 2000 + round(1.1 * catching_up_s * SFREQ)
    stamps = right(n_samples)
    sent = stamps[2000] + held_s + np.arange(n_samples - 2000) / (speed * SFREQ)
    received = stamps.copy()
    received[2000:] = np.maximum(stamps[2000:], sent)
    whole = list(came(stamps, received, n_times))
    corrector, timeline, ages, parts = follow(whole)
    assert corrector.jumps == 0
    assert timeline.missing == 0
    assert all(part is chunk for part, chunk in zip(parts, whole, strict=True))
    assert ages[-1] == 0


def test_samples_that_a_slow_network_delays_more_and_more_keep_their_timestamps():
    stamps = right(6000)
    slow = stamps[1000] + np.arange(2000) / (0.9 * EVEN * SFREQ)
    received = stamps.copy()
    received[1000:3000] = slow
    received[3000:] = np.maximum(stamps[3000:], slow[-1])
    corrector, timeline, ages, _ = follow(came(stamps, received))
    assert ages.max() > 5.0
    assert (corrector.jumps, timeline.missing) == (0, 0)
    assert ages[-1] == 0


@pytest.mark.parametrize("jump", [-1000.0, -30.0, 30.0, 1000.0])
def test_a_clock_that_jumps_in_a_long_backlog_is_put_right(jump):
    stamps = right(14_000)
    received = stamps.copy()
    received[2000:12_000] = stamps[12_000]
    sent = stamps + jump * (np.arange(14_000) >= 12_000)
    corrector, timeline, ages, _ = follow(came(sent, received, 16))
    assert corrector.jumps == 1
    assert timeline.missing == 0
    assert abs(ages[-1]) < 0.1


@pytest.mark.parametrize("held_s", [3, 30])
def test_samples_that_were_held_up_keep_their_timestamps(held_s):
    whole = list(chunks(right(10_000)))
    n_held = round(held_s * SFREQ / 4)
    end = whole[500 + n_held].received
    late = [
        Chunk(chunk.data, chunk.timestamps, received=max(chunk.received, end))
        for chunk in whole[500:]
    ]
    corrector, timeline, ages, parts = follow([*whole[:500], *late])
    assert corrector.jumps == 0
    assert timeline.missing == 0
    assert len(parts) == len(whole)
    assert ages[500] == pytest.approx(held_s)
    assert ages[-1] < 0.1


@pytest.mark.parametrize("jump", [0.0, 1000.0, -1000.0, 1.7e9])
def test_what_is_lost_in_a_silence_is_counted_whatever_the_clock_says(jump):
    stamps = right(N_TIMES)
    stamps[2000:] += jump
    sent = list(chunks(stamps))
    corrector, timeline, ages, _ = follow([*sent[:500], *sent[660:]])
    assert corrector.jumps == (jump != 0)
    assert timeline.missing == pytest.approx(160 * 4, abs=2)
    assert ages.max() < MAX_BEHIND_S


def test_after_a_jump_the_counter_still_tells_what_is_lost():
    stamps = right(2000)
    stamps[1000:] += 1000
    whole = Chunk(np.zeros((14, 2000)), stamps, np.arange(2000.0) % SFREQ, received=START)
    sent = [
        whole.take(slice(first, first + 4)) for first in range(0, 2000, 4) if first not in (4, 1000)
    ]
    timeline = Timeline(EPOC)
    for n, chunk in enumerate(sent):
        received = START + 4 * n / SFREQ
        timeline.take(Chunk(chunk.data, chunk.timestamps, chunk.counter, None, received))
    assert timeline.jumps == 1
    assert timeline.missing == 8


def test_whatever_is_sent_comes_out_in_order_and_from_the_present():
    rng = np.random.default_rng(1)
    for _ in range(100):
        corrector, latest = ClockCorrector(SFREQ), -np.inf
        received = START
        for _ in range(20):
            n_times = int(rng.choice([1, 4, 31, 256]))
            received += n_times / SFREQ * rng.choice([0.1, 1.0, 5.0])
            stamps = received + rng.normal(0, 10 ** rng.uniform(-3, 12), n_times)
            stamps[rng.uniform(size=n_times) < 0.05] = rng.choice([np.nan, np.inf, -np.inf, 0.0])
            found = np.hstack(
                [
                    part.timestamps
                    for part in corrector.split(
                        Chunk(np.zeros((14, n_times)), stamps, None, None, received)
                    )
                ]
            )
            assert len(found) == n_times
            assert found.max() <= received + MAX_AHEAD_S
            assert found.min() >= received - MAX_AGE_S - n_times / SFREQ
            before = np.maximum.accumulate(np.append(latest, found))[:-1]
            assert np.all(found >= before - MAX_BACK_S)
            latest = max(latest, found.max())


@pytest.mark.parametrize("n_times", [130, 256, 512])
def test_a_batch_s_times_may_overlap_those_of_the_one_before_by_any_length(n_times):
    """As liblsl stamps chunks that are handed over at once without times of their own."""
    stamps = right(3 * n_times)
    stamps[n_times:] -= np.repeat([1, 2], n_times) * n_times / SFREQ - 1e-4
    chunk = Chunk(np.zeros((14, len(stamps))), stamps, received=float(stamps[-1]))
    corrector = ClockCorrector(SFREQ)
    assert corrector.split(chunk) == [chunk]
    assert corrector.jumps == 0
