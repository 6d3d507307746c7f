import numpy as np
import pytest

from rtdreamer.live.quality import channel_quality


@pytest.fixture
def window():
    return 4200 + np.random.default_rng(0).normal(0, 15, (14, 1280))


def test_plain_eeg_is_good_whatever_its_offset(window):
    np.testing.assert_array_equal(channel_quality(window), 1)
    np.testing.assert_array_equal(channel_quality(window - 4200), 1)


def test_a_flat_channel_is_unusable_and_no_other(window):
    window[4] = 4100.0
    quality = channel_quality(window)
    assert quality[4] == 0
    assert (np.delete(quality, 4) == 1).all()


def test_one_impossible_value_spoils_its_channel(window):
    window[2, 700] = 715_897.0
    assert channel_quality(window)[2] == 0


def test_quality_is_the_share_without_artefacts(window):
    window[0, :320] += 1000
    assert channel_quality(window)[0] == pytest.approx(0.75)
