"""Late samples are told from a clock that lags."""

import pytest

from rtdreamer.stream.clock import MAX_LAG_S, SETTLE_S, SILENCE_S, LagDetector

SFREQ = 128.0
STEP = 16
"""Samples from one look to the next: 1/8 s of an even flow."""


class Flow:
    """A lag as it is seen eight times a second."""

    def __init__(self):
        self.lag = LagDetector()
        self.now, self.came = 1000.0, 0.0

    def look(self, late, silence=0.0, n_times=STEP):
        """Take in one chunk; return whether the lag was found to be the clock's."""
        self.now += STEP / SFREQ + silence
        self.came += n_times / SFREQ
        settled = self.lag.has_settled(late, self.now, self.came)
        self.lag.note(late, self.now, self.came, silence)
        return settled

    def settles_after(self, late, seconds=10.0):
        """Return after how many seconds of this lag it is found to be the clock's, or None."""
        start = self.now
        while self.now < start + seconds:
            if self.look(late(self.now - start) if callable(late) else late):
                return self.now - start
        return None


def test_a_lag_that_stays_is_the_clock_s_and_one_that_is_small_is_borne():
    assert Flow().settles_after(MAX_LAG_S) is None
    assert Flow().settles_after(1.1 * MAX_LAG_S) == pytest.approx(SETTLE_S, abs=2 * STEP / SFREQ)


def test_a_lag_that_shrinks_is_a_backlog_s():
    assert Flow().settles_after(lambda passed: 10.0 - 0.5 * passed) is None


def test_a_lag_while_too_few_samples_come_is_a_backlog_s():
    flow = Flow()
    assert not any(flow.look(3.0 + n / 16, n_times=STEP // 2) for n in range(100))
    assert flow.settles_after(10.0) is not None


def test_only_a_lag_that_comes_from_a_silence_has_paused():
    for silence in (0.0, SILENCE_S):
        flow = Flow()
        flow.look(0.2)
        flow.look(5.2, silence)
        assert flow.settles_after(5.2) is not None
        assert flow.lag.has_paused == bool(silence)
        assert flow.lag.remainder == (0.2 if silence else 0.0)


def test_before_the_first_sample_nobody_listened_and_nothing_has_paused():
    flow = Flow()
    flow.look(5.0, 3600.0)
    assert flow.settles_after(5.0) is not None
    assert not flow.lag.has_paused


def test_what_caught_up_is_forgotten():
    flow = Flow()
    flow.look(0.2)
    flow.look(5.0, 5.0)
    assert flow.lag.is_large
    flow.look(0.3)
    assert not flow.lag.is_large
    assert flow.settles_after(1.5) is not None
    assert not flow.lag.has_paused
