import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.headset import EPOC
from rtdreamer.live.sampling import (
    MAX_NOT_MEASURED,
    PACE_S,
    Pace,
    ahead,
    is_fast,
    is_slow,
    not_measured,
    pace,
    wrong_rate,
)
from rtdreamer.stream.gaps import Origin
from rtdreamer.window import WINDOW


def origin(n_lost, n_made_up, n_times=1000):
    """That of a window with so many samples bridged and made up."""
    whence = np.full(n_times, Origin.MEASURED, np.uint8)
    whence[:n_lost] = Origin.BRIDGED
    whence[n_lost : n_lost + n_made_up] = Origin.INTERPOLATED
    return whence


@pytest.mark.parametrize(
    ("n_lost", "n_made_up", "said"),
    [
        (
            300,
            20,
            "32 % of the window was not measured: 30 % missing, 2 % interpolated by the headset",
        ),
        (500, 0, "50 % of the window was not measured: 50 % missing"),
        (0, 1000, "100 % of the window was not measured: 100 % interpolated by the headset"),
    ],
)
def test_what_was_not_measured_is_said(n_lost, n_made_up, said):
    assert not_measured(origin(n_lost, n_made_up)) == said


def test_either_kind_counts_up_to_one_bound():
    most = round(1000 * MAX_NOT_MEASURED)
    for n_lost in (0, most // 2, most):
        assert not_measured(origin(n_lost, most - n_lost)) == ""
        assert not_measured(origin(n_lost, most - n_lost + 1)) != ""


@pytest.mark.parametrize("times", [0.25, 0.5, 0.75, 1.5, 2.0, 8.0])
def test_a_wrong_rate_is_said(times):
    found = pace(np.full(WINDOW, 1 / (times * EPOC.sfreq)), EPOC.sfreq)
    assert found == pytest.approx(times)
    assert (is_slow(found), is_fast(found)) == (times < 1, times > 1)
    said = wrong_rate(found, 2 * EPOC.sfreq)
    assert said.startswith(f"samples come at {256 * times:.0f} Hz, not at 256: ")
    assert ("faster" in said) == (times > 1)


@pytest.mark.parametrize("chunk", [1, 4, 16, 100, 128, 200, 243, 255, 256])
def test_samples_stamped_when_they_are_handed_over_have_the_right_rate(chunk):
    """In chunks of 2 s at most, each handed over up to a tenth of a second late."""
    rng = np.random.default_rng(chunk)
    n_chunks = 10 * WINDOW // chunk
    handed_over = np.arange(1, n_chunks + 1) * chunk / EPOC.sfreq + rng.uniform(0, 0.1, n_chunks)
    stamps = np.repeat(handed_over, chunk)
    for first in range(0, len(stamps) - WINDOW, 7):
        assert (
            wrong_rate(
                pace(np.diff(stamps[first : first + WINDOW], prepend=np.nan), EPOC.sfreq),
                EPOC.sfreq,
            )
            == ""
        )


def test_one_sample_in_five_may_be_lost_unseen_and_no_more():
    for lost, is_said in ((5, False), (4, True)):
        number = np.arange(2 * WINDOW)
        stamps = 50 + number[number % lost != 0][:WINDOW] / EPOC.sfreq
        assert (
            bool(wrong_rate(pace(np.diff(stamps, prepend=np.nan), EPOC.sfreq), EPOC.sfreq))
            == is_said
        )


def test_what_came_all_at_once_has_no_rate_that_could_be_wrong():
    assert wrong_rate(pace(np.zeros(WINDOW), EPOC.sfreq), EPOC.sfreq) == ""


@given(st.floats(0.05, 20), st.sampled_from([1.0, 0.25, 2.0, 10.0]))
def test_a_rate_is_wrong_unless_the_stream_says_so(times, speed):
    """Between real time and the speed it says, it may be of any speed."""
    found = pace(np.full(WINDOW, 1 / (times * EPOC.sfreq)), EPOC.sfreq)
    slowest, fastest = min(speed, 1) / 1.25, max(speed, 1) / 0.75
    assert bool(wrong_rate(found, EPOC.sfreq, speed)) == (not slowest <= found <= fastest)


@given(st.sampled_from([0.5, 1.0, 2.0]), st.sampled_from([1, 4, 32, 256]), st.integers(0, 3))
def test_the_pace_of_a_minute_is_that_of_the_samples(times, chunk, n_held):
    """By their stamps, and by when they came where the clock was wrong; pauses change neither."""
    minute, n_chunks = Pace(EPOC.sfreq), round(40 * EPOC.sfreq * times / chunk)
    handed = np.arange(n_chunks) * chunk / EPOC.sfreq / times
    handed[n_chunks // 2 : n_chunks // 2 + n_held] = handed[n_chunks // 2 + n_held]
    last = np.nan
    for n, now in enumerate(handed):
        stamps = np.full(chunk, now)
        minute.add(chunk, np.diff(stamps, prepend=last))
        minute.arrive(chunk, now, jumps=int(n > n_chunks / 2))
        last = now
    assert minute.by_stamps() == pytest.approx(times, rel=0.1 + chunk / 1280)
    assert minute.by_arrival() == pytest.approx(times, rel=0.1)


@given(
    times=st.sampled_from([0.8, 1.0, 1.2, 2.0, 4.0]),
    chunk=st.sampled_from([1, 4, 32, 128, 256]),
    ahead=st.floats(0, 1),
)
def test_a_wrong_clock_s_double_rate_is_known_once_a_window_is_full(times, chunk, ahead):
    """And no batch of 2 s makes a right rate seem so before."""
    minute = Pace(EPOC.sfreq)
    n_first = round(ahead * 256 / chunk)  # up to 2 s were held up before
    for n in range(-(-WINDOW // chunk)):
        handed = max(n + 1 - n_first, 0) * chunk / EPOC.sfreq / times
        minute.arrive(chunk, handed, jumps=int(n > 0))
        if times <= 1.2:
            assert not is_fast(minute.by_arrival() / times)
    assert is_fast(minute.by_arrival()) == (times >= 2)


def test_when_samples_came_counts_only_where_the_clock_was_wrong():
    minute = Pace(EPOC.sfreq)
    assert minute.by_arrival() == minute.by_stamps() == 1
    for n in range(200):
        minute.arrive(128, n / 2, jumps=0)
    assert minute.by_arrival() == 1
    minute.arrive(128, 100.0, jumps=1)
    assert minute.by_arrival() == pytest.approx(2, rel=0.05)
    assert 100 - PACE_S > 0


def test_stamps_that_are_ahead_are_said():
    assert ahead(12.0, 12.0) == ahead(12.0, np.inf) == ahead(12.01, 12.0) == ""
    assert ahead(12.3, 12.0) == "its samples are stamped 300 ms ahead of when they come"
