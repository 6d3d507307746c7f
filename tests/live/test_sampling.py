import numpy as np
import pytest

from rtdreamer.headset import EPOC
from rtdreamer.live.sampling import (
    MAX_NOT_MEASURED,
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
