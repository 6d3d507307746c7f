"""What was rated: when screens are told of it, and in which words."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from rtdreamer.data.dataset import DREAMER_SCALE
from rtdreamer.evaluation.model_evaluation import _threshold
from rtdreamer.live.loading import high_from
from rtdreamer.live.orders import TrialPlayed
from rtdreamer.live.sink import FLOWING, Phase, State
from rtdreamer.live.truth import Truth, TruthWatch
from rtdreamer.stream.chunk import StreamDescription
from rtdreamer.stream.rated import HIGHEST, LOWEST, RatedTrial
from tests.made_up_windows import make_windows
from tests.untrained import RECORD

STREAM = StreamDescription("EPOC", "EEG", "id", "host", 128.0, 14)
TRIAL = RatedTrial(5, 3, 3, 2, False, 100.0)


class Watched:
    """A watch on a player that plays what the test says."""

    def __init__(self, monkeypatch):
        monkeypatch.setattr("rtdreamer.live.truth.LOOK_S", 0.0)
        self.played, self.asked, self.told = None, [], []
        self.watch = TruthWatch(self.find, self.told.append, lambda: 7.0)

    def find(self, stream):
        self.asked.append(stream)
        return self.played

    def enter(self, phase, stream=STREAM):
        self.watch.on_state(State(phase, "", stream))

    def play(self, trial):
        self.played = trial
        self.watch.on_samples(None)


@pytest.fixture
def watched(monkeypatch):
    return Watched(monkeypatch)


def test_each_trial_is_told_of_once_and_that_it_is_over(watched):
    watched.play(TRIAL)
    assert not watched.asked  # no stream is followed yet
    watched.enter(Phase.FILLING)
    other = replace(TRIAL, trial=4)
    for trial in (None, TRIAL, TRIAL, other, None, None):
        watched.play(trial)
    assert watched.told == [TrialPlayed(trial, 7.0) for trial in (TRIAL, other, None)]
    assert {*watched.asked} == {STREAM}


@pytest.mark.parametrize("phase", Phase)
def test_it_is_over_where_no_samples_come(watched, phase):
    watched.enter(Phase.LIVE)
    watched.play(TRIAL)
    watched.enter(phase, None if phase is Phase.WAITING else STREAM)
    assert len(watched.told) == (1 if phase in FLOWING else 2)
    assert watched.told[-1].trial == (TRIAL if phase in FLOWING else None)


def test_it_says_who_rated_and_when_in_as_many_words_as_there_is_room():
    words = Truth(TRIAL, 3.0).in_words("valence")
    assert words[0] == "rated by subject 5 afterwards: high (3 of 5)"
    assert words[-1] == "rated: high (3 of 5)"
    assert [*words] == sorted(words, key=len, reverse=True)
    simulated = Truth(replace(TRIAL, simulated=True), 3.0)
    assert simulated.in_words("arousal")[0] == (
        "rated by simulated subject 5 afterwards: low (2 of 5)"
    )
    assert simulated.in_short == (
        "rated valence high (3 of 5), arousal low (2 of 5) · simulated subject 5, trial 3"
    )


@pytest.mark.parametrize(("low", "high", "threshold"), [(1, 5, 3.0), (1, 5, 3.5), (1, 9, 5.0)])
def test_high_is_what_the_model_is_trained_and_judged_on(low, high, threshold):
    record = replace(RECORD, label_threshold=threshold, settings={"scale": [low, high]})
    found = high_from(record)
    assert found == _threshold(record, SimpleNamespace(scale=DREAMER_SCALE))
    assert (DREAMER_SCALE.low, DREAMER_SCALE.high) == (LOWEST, HIGHEST)
    assert found == (threshold if high == 5 else DREAMER_SCALE.threshold)
    windows = make_windows(n_subjects=1, n_trials=5)
    windows = replace(windows, ratings=np.tile(np.arange(1.0, 6)[:, None], 2))
    said = [Truth(replace(TRIAL, valence=r), found).of("valence") for r in range(1, 6)]
    assert [words.startswith("high") for words in said] == windows.labels(found)[:, 0].tolist()


def test_what_says_nothing_of_its_scale_learned_dreamers():
    assert high_from(replace(RECORD, label_threshold=4.0)) == 4.0
