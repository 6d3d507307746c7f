import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.model.evidence import Evidence
from rtdreamer.model.trained_model import Calibration
from rtdreamer.prediction import OVER_TIME_S
from rtdreamer.training.windows import LAST_SECONDS

SFREQ = 2
LAST = round(OVER_TIME_S) * SFREQ
"""Samples in 60 s."""


def samples_of(sample, n_times):
    """Numbers of a window's samples."""
    return set(range(sample - n_times + 1, sample + 1))


@given(
    st.integers(1, LAST),
    st.lists(st.tuples(st.integers(1, 90), st.floats(-30, 30)), min_size=1, max_size=40),
)
def test_those_windows_count_that_lie_within_the_last_minute(n_times, steps):
    evidence, windows, sample = Evidence(n_times, SFREQ), [], n_times
    for step, logit in steps:
        sample += step
        windows.append((sample, logit))
        evidence.add(sample, (logit, -2 * logit))
        minute = samples_of(sample, LAST)
        inside = [(s, x) for s, x in windows if samples_of(s, n_times) <= minute]
        mean = np.mean([x for _, x in inside])
        assert evidence.mean == pytest.approx((mean, -2 * mean), abs=1e-12)
        covered = set().union(*(samples_of(s, n_times) for s, _ in inside))
        assert evidence.seconds == len(covered) / SFREQ <= OVER_TIME_S


@given(st.lists(st.floats(-1e30, 1e30), min_size=1, max_size=30))
def test_what_has_left_it_leaves_no_rounding_behind(old):
    used, new = Evidence(10, SFREQ), Evidence(10, SFREQ)
    for sample, logit in enumerate(old):
        used.add(sample, (logit,))
    for k, logit in enumerate((0.1, 0.2, 0.3)):
        for evidence in (used, new):
            evidence.add(len(old) + LAST + k, (logit,))
        assert (used.mean, used.seconds) == (new.mean, new.seconds)


def test_a_window_alone_says_what_it_says():
    evidence = Evidence(10, SFREQ)
    evidence.add(10, (0.1, -0.7))
    assert (evidence.mean, evidence.seconds) == ((0.1, -0.7), 5)


SURE, UNSURE = Calibration((0.25, 0.5), (1.0, -1.0)), Calibration((0.75, 2.0), (0.0, 3.0))


def test_the_calibration_goes_from_the_windows_to_the_minutes_by_one_over_seconds():
    evidence, all_found = Evidence(10 * SFREQ, SFREQ), []
    for number in range(8):
        evidence.add(10 * SFREQ * number, (0.0, 0.0))
        found = evidence.calibration(UNSURE, SURE)
        slope = np.polyfit([1 / 10, 1 / 60], [UNSURE.temperature, SURE.temperature], 1)
        line = slope[0] / evidence.seconds + slope[1]
        assert found.temperature == pytest.approx(line)
        all_found.append(found)
    assert all_found[0] == UNSURE
    assert all_found[5] == all_found[7] == SURE


def test_a_window_of_a_minute_has_the_minutes_calibration():
    evidence = Evidence(LAST, SFREQ)
    evidence.add(LAST, (0.0, 0.0))
    assert evidence.calibration(UNSURE, SURE) == SURE


def test_started_anew_it_knows_nothing():
    evidence = Evidence(10, SFREQ)
    evidence.add(100, (1.0, 2.0))
    evidence.reset()
    assert (evidence.mean, evidence.seconds) == ((), 0)
    evidence.add(10, (3.0, 4.0))
    assert evidence.mean == (3.0, 4.0)


@pytest.mark.parametrize("sample", [100, 99])
def test_a_window_that_is_no_later_is_refused(sample):
    evidence = Evidence(10, SFREQ)
    evidence.add(100, (1.0,))
    with pytest.raises(ValueError, match=f"ends at {sample}, after one at 100"):
        evidence.add(sample, (1.0,))


def test_live_and_trials_are_judged_over_the_same_time():
    assert OVER_TIME_S == LAST_SECONDS
