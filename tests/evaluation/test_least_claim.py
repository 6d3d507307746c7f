import numpy as np
import pytest

from rtdreamer.evaluation.least_claim import claims_in_words, least_claims
from rtdreamer.evaluation.protocols import make_folds


def least(windows, protocol="crossed", n_folds=None):
    folds = make_folds(protocol, windows, n_folds, 0)
    return least_claims(windows, folds, 3.0)


def test_more_people_and_clips_can_claim_less(make_windows):
    sizes = ((6, 18), (12, 18), (12, 36))
    found = [np.mean(least(make_windows(n_subjects=n, n_trials=m))) for n, m in sizes]
    assert found == sorted(found, reverse=True)
    assert 0.5 < found[-1] < 0.6 < found[0]


def test_with_23_people_and_18_clips_it_is_about_a_tenth(make_windows):
    for value in least(make_windows(n_subjects=23, n_trials=18)):
        assert value == pytest.approx(0.62, abs=0.03)


def test_it_is_known_before_anything_is_seen(make_windows):
    """Only ratings and folds count, not the EEG, nor how many windows show it."""
    one, other = (
        make_windows(n_subjects=6, n_trials=9, per_trial=k, signal=s) for k, s in ((1, 0), (1, 3.0))
    )
    assert np.array_equal(one.ratings, other.ratings)
    assert least(one) == least(other)


def test_it_is_said_in_a_line(make_windows):
    windows = make_windows(n_subjects=6, n_trials=9)
    said = claims_in_words(windows, (0.671, 0.702))
    assert said == (
        "6 people and 9 clips: an AUC within a person below some valence 0.67, arousal 0.70 "
        "cannot be told from chance, whatever is learned"
    )


def test_without_pairs_nothing_is_claimed(make_windows):
    windows = make_windows(n_subjects=6, n_trials=9)
    windows.ratings[:, 1] = 5
    valence, arousal = least(windows)
    assert 0.5 < valence < 1
    assert np.isnan(arousal)
    assert "arousal" not in claims_in_words(windows, (valence, arousal))
