"""What a session is told of what carried its answers, and how little it hears of it else."""

import pickle
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.live.explainer import PACE_S, Explainer, reasons
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.measured import KINDS, Deletion, Measured, write_measured
from rtdreamer.model.why import Why
from rtdreamer.prediction import Affect, Carried, Prediction, Quality, Reasons
from rtdreamer.signal.features import Spec, extract
from tests.untrained import AVERAGE, untrained

SPEC = Spec()
WINDOW = extract(np.random.default_rng(0).normal(4200, 10, (14, SPEC.n_times)), SPEC)
QUALITY = Quality((1.0,) * 14, ("",) * 14, SPEC.ch_names)


def model_with(*holds):
    """A model whose deletion test holds for some kinds of parts."""

    def both(value):
        return dict.fromkeys(KINDS, (value, value))

    difference = {kind: (1.0, 1.0) if kind in holds else (0.1, 1.0) for kind in KINDS}
    deletion = Deletion(
        ("a", "b", "c"), 3, 3, dict.fromkeys(KINDS, 3),
        both(1.0), both(0.1), difference, both(0.1), both(0.0), both(0.1),
    )  # fmt: skip
    return untrained("ridge", metrics=write_measured(Measured(deletion)))


def predicted(sample, affect=Affect(0.9, 0.1)):  # noqa: B008 (frozen)
    return Prediction(sample / 128, sample, affect, "", QUALITY, (), 16, 0, 0, 0, 1.0, "m", True)


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    """Nothing else is kept waiting here."""
    monkeypatch.setattr("rtdreamer.live.explainer.PAUSE_S", 0.005)


@contextmanager
def explaining(model, classifier=None):
    """An explainer, what it told, and in which thread."""
    told = []
    classifier = classifier or Classifier(model, AVERAGE)
    clock = iter(np.arange(0, 1e6, 2 * PACE_S)).__next__

    def tell(found):
        told.append((threading.get_ident(), found))

    with closing(Explainer(model, lambda: classifier, tell, clock)) as explainer:
        yield explainer, told


def until(explainer, is_over, first=1280):
    """Predictions, hop by hop, until it is over; how many."""
    for n in range(2000):
        if is_over():
            return n
        explainer.on_prediction(predicted(first + 16 * n), WINDOW)
        time.sleep(0.005)
    raise AssertionError("it never was")


def test_it_tells_in_the_thread_of_the_session_what_carried_the_answer_of_then():
    with explaining(model_with(*KINDS)) as (explainer, told):
        until(explainer, lambda: len(told) == 2)
    assert {thread for thread, _ in told} == {threading.get_ident()}
    first, second = (found for _, found in told)
    assert first.sample == 1280 < second.sample
    assert replace(second, sample=1280) == first
    assert (first.valence.side, first.arousal.side) == (1, -1)
    for carried in (first.valence, first.arousal):
        assert (len(carried.electrodes), len(carried.bands), len(carried.edges)) == (3, 1, 3)
    assert pickle.loads(pickle.dumps(first)) == first
    assert len(pickle.dumps(first)) < 1000


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_for_which_the_test_does_not_hold_are_not_named(kind):
    with explaining(model_with(kind)) as (explainer, told):
        until(explainer, lambda: told)
    valence = told[0][1].valence
    assert {name for name in KINDS if getattr(valence, name)} == {kind}


@pytest.mark.parametrize("model", [untrained("ridge"), model_with()])
def test_of_a_model_without_a_test_that_holds_nothing_is_asked(model):
    with explaining(model) as (explainer, told):
        n_threads = threading.active_count()
        for n in range(5):
            explainer.on_prediction(predicted(1280 + 16 * n), WINDOW)
        assert threading.active_count() == n_threads
    assert not told


class Counting:
    """A classifier that counts how often it was asked."""

    def __init__(self, model):
        self._made = Classifier(model, AVERAGE)
        self.spec, self.n_asked = SPEC, 0

    @property
    def profile(self):
        return AVERAGE

    def log_odds(self, features, profile):
        self.n_asked += 1
        return self._made.log_odds(features, profile)


class Failing(Counting):
    """A classifier that cannot be asked twice."""

    def log_odds(self, features, profile):
        found = super().log_odds(features, profile)
        if self.n_asked == 2:
            raise RuntimeError("no")
        return found


def test_a_question_waits_for_a_prediction(monkeypatch):
    monkeypatch.setattr("rtdreamer.live.explainer.TURN_S", 60.0)
    model = model_with(*KINDS)
    asked = Counting(model)
    with explaining(model, asked) as (explainer, _):
        explainer.on_prediction(predicted(1280), WINDOW)
        time.sleep(0.1)  # some twenty pauses
        assert asked.n_asked == 0
        assert until(explainer, lambda: asked.n_asked >= 3, first=1296) >= 3


def test_a_question_that_fails_is_passed_over():
    with explaining(model_with(*KINDS), Failing(model_with(*KINDS))) as (explainer, told):
        until(explainer, lambda: told)
    assert told[0][1].sample > 1280


def test_no_question_is_under_way_once_it_is_closed():
    model = model_with(*KINDS)
    slow = Failing(model)
    with explaining(model, slow) as (explainer, told):
        explainer.on_prediction(predicted(1280), WINDOW)
        while not slow.n_asked:
            time.sleep(0.001)
    assert "reasons" not in {thread.name for thread in threading.enumerate()}
    assert not told


def test_a_withheld_answer_is_not_asked_about():
    with explaining(model_with(*KINDS)) as (explainer, told):
        explainer.on_prediction(predicted(1280, None), WINDOW)
        until(explainer, lambda: told, first=1296)
    assert told[0][1].sample == 1296


def test_what_is_named_pushed_to_where_the_answer_lies():
    why = Why(
        5,
        np.array([[0.3, -0.2, 0.1, 0.4], [0.3, -0.2, 0.1, 0.4]]),
        np.array([[0.1, 0.2], [-0.1, -0.2]]),
        ((0, 1, 2), (1, 0, 3)),
        np.array([[-0.1, 0.3], [0.2, 0.1]]),
    )
    found = reasons(why, Affect(0.7, 0.7), (0.6, 0.75), KINDS)
    assert found == Reasons(
        5, Carried(1, (3, 0, 2), (1,), ((1, 0, 3),)), Carried(-1, (1,), (1,), ())
    )
