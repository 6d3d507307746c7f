import pytest

from replay.player import MAX_LAG_S, TargetClock


class Time:
    """A clock whose sleeps always take a little longer than asked."""

    now = 100.0

    def clock(self):
        return self.now

    def sleep(self, seconds, extra=0.0007):
        self.now += seconds + extra


def test_an_hour_of_late_sleeps_adds_up_to_nothing():
    time = Time()
    target = TargetClock(128.0, time.clock)
    for sample in range(3, 3600 * 128, 4):
        if (wait := target.wait_for(sample)) > 0:
            time.sleep(wait)
    assert time.now - 100 == pytest.approx(3600, abs=0.01)
    assert target.stamp(3600 * 128) == pytest.approx(3700)


def test_stamps_are_evenly_spaced_at_any_speed():
    target = TargetClock(128 * 8.0, Time().clock)
    assert target.stamp(1024) - target.stamp(0) == pytest.approx(1.0)


def test_a_short_delay_is_caught_up_with():
    time = Time()
    target = TargetClock(128.0, time.clock)
    time.now += 0.5
    assert target.wait_for(0) == pytest.approx(-0.5)
    assert target.wait_for(128) == pytest.approx(0.5)


def test_after_a_long_sleep_of_the_machine_it_goes_on_from_now():
    time = Time()
    target = TargetClock(128.0, time.clock)
    time.now += 600 + MAX_LAG_S
    assert target.wait_for(0) == 0
    assert target.wait_for(128) == pytest.approx(1.0)
    assert target.stamp(128) == pytest.approx(time.now + 1)
