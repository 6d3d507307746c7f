import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.metrics import intervals
from rtdreamer.metrics.intervals import clip_permutation_p
from rtdreamer.metrics.pairs import pairs_by_label
from rtdreamer.metrics.predictions import ROWS, HeldOutPredictions
from tests.metrics.made_up import trials


def auc(predictions):
    pairs = pairs_by_label(predictions, 0)
    return pairs.ordered.sum() / pairs.total.sum()


def with_labels(predictions, labels):
    return replace(predictions, labels=np.stack([labels.ravel()] * 2, axis=1))


def test_p_is_the_share_of_all_exchanges_that_are_as_far_from_a_half():
    predictions = trials(n_people=5, n_clips=5, effect=1)
    label = predictions.labels[:, 0].reshape(5, 5)
    far = abs(auc(predictions) - 0.5)
    every = [
        abs(auc(with_labels(predictions, label[:, list(place)])) - 0.5) >= far - 1e-12
        for place in itertools.permutations(range(5))
    ]
    assert 0.02 < np.mean(every) < 0.9
    assert clip_permutation_p(predictions, 0) == pytest.approx(np.mean(every), abs=0.04)


def test_clips_that_nothing_tells_apart_are_found_in_one_case_of_twenty(monkeypatch):
    """Clips have EEG and ratings of their own that have nothing to do with each other."""
    monkeypatch.setattr(intervals, "N_PERMUTATIONS", 99)
    rng, n_runs, n_found = np.random.default_rng(0), 150, 0
    for _ in range(n_runs):
        shape = 8, 12
        liked = rng.normal(size=(1, 12)) + rng.normal(size=shape) > 0
        p = 1 / (1 + np.exp(-rng.normal(size=(1, 12)) - rng.normal(size=shape)))
        predictions = trials(*shape)
        predictions = replace(predictions, probabilities=np.stack([p.ravel()] * 2, axis=1))
        n_found += clip_permutation_p(with_labels(predictions, 1.0 * liked), 0) <= 0.05
    assert 1 <= n_found <= 17


def test_what_is_read_is_no_chance():
    predictions = trials()
    assert clip_permutation_p(replace(predictions, probabilities=predictions.labels), 0) < 0.002


def test_reading_the_wrong_way_round_is_no_chance_either():
    predictions = trials()
    assert clip_permutation_p(replace(predictions, probabilities=1 - predictions.labels), 0) < 0.002


def test_the_same_said_of_everything_is_chance():
    predictions = trials()
    assert clip_permutation_p(replace(predictions, probabilities=predictions.base_rate), 0) == 1


def test_several_fits_owe_more_to_chance():
    predictions = trials(effect=0.2)
    # The same groups of clips and the same pairs, but each person judged by somebody else.
    several = replace(predictions, fold=predictions.subject)
    assert 0.002 < clip_permutation_p(predictions, 0) < clip_permutation_p(several, 0)


def test_labels_stay_within_the_clips_that_the_same_folds_judged():
    """Each half of the clips is judged by a fold of its own: with two in each, few exchanges."""
    predictions = trials(n_people=6, n_clips=4)
    apart = replace(predictions, fold=(predictions.trial > 2).astype(int))
    perfect = replace(apart, probabilities=np.where(apart.labels == 1, 0.9, 0.1))
    label = perfect.labels[:, 0].reshape(6, 4)
    as_far = [
        1.35 * abs(auc(with_labels(perfect, label[:, [*first, *second]])) - 0.5) >= 0.5
        for first in ((0, 1), (1, 0))
        for second in ((2, 3), (3, 2))
    ]
    assert np.mean(as_far) == 0.5
    assert clip_permutation_p(perfect, 0) == pytest.approx(0.5, abs=0.06)


def test_missing_trials_are_left_out():
    predictions = trials(effect=0.6)
    some = predictions.take(np.random.default_rng(0).permutation(len(predictions))[:90])
    assert 0 < clip_permutation_p(some, 0) < 0.5


def test_without_pairs_there_is_no_p():
    predictions = trials()
    assert math.isnan(clip_permutation_p(with_labels(predictions, np.ones(len(predictions))), 0))


def test_windows_are_refused():
    predictions = trials(2, 3)
    twice = HeldOutPredictions(*(np.concatenate([getattr(predictions, f)] * 2) for f in ROWS))
    with pytest.raises(ValueError, match="two rows"):
        clip_permutation_p(twice, 0)


def in_two_sessions(predictions, again):
    """Trials of two sessions, in both of which everybody saw all clips."""
    of_both = {
        name: np.concatenate([getattr(predictions, name), getattr(again, name)]) for name in ROWS
    }
    of_both["trial"] = np.concatenate([predictions.trial, again.trial + 100])
    return HeldOutPredictions(**of_both, shown=np.concatenate([predictions.trial, again.trial]))


def test_labels_of_a_clip_that_was_seen_twice_move_together():
    """A clip's second showing, rated as the first, says nothing new of how clips could fall."""
    once = trials(n_people=5, n_clips=5, effect=1)
    twice = in_two_sessions(once, once)
    assert auc(twice) == pytest.approx(auc(once))
    assert clip_permutation_p(twice, 0) == pytest.approx(clip_permutation_p(once, 0))
    # As if they were clips of their own, chance would come as far less often.
    apart = replace(twice, shown=None)
    assert clip_permutation_p(apart, 0) < clip_permutation_p(twice, 0) / 2
