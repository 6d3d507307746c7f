"""Predictions from Python: what a script meets, whatever the stream does."""

import threading

import numpy as np
import pytest

import rtdreamer
from rtdreamer.errors import CheckpointError, DataError, NoStreamError, RtdreamerError
from rtdreamer.live import worker as worker_module
from rtdreamer.live.api import Following
from rtdreamer.live.predictor import Predictor
from rtdreamer.live.sink import Phase, State
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.released import load_live


@pytest.fixture(scope="module")
def window():
    rng = np.random.default_rng(0)
    return 4200 + 10 * rng.normal(size=(14, 1280)).cumsum(axis=1) / np.arange(1, 1281) ** 0.5


def test_a_loaded_model_answers_as_the_live_one_does(window):
    found = rtdreamer.load_model().predict(window)
    expected = Predictor(Classifier.ready(load_live())).predict(window)
    assert found.affect == expected.affect is not None
    assert found.simulated_model
    # Of channels that are flat nothing is believed.
    flat = rtdreamer.load_model("simulated-23").predict(np.full((14, 1280), 4200.0))
    assert flat.affect is None
    assert "flat" in flat.reason


def test_what_it_saw_is_there_too(window):
    features = rtdreamer.extract(window)
    assert features.de.shape == (5, 14)
    assert features.mi.shape == (5, 14, 14)


@pytest.mark.parametrize("shape", [(14, 1279), (1280, 14), (14,), ()])
def test_a_window_of_another_shape_is_refused_in_a_line(shape):
    with pytest.raises(DataError, match=r"shape \(14, 1280\)"):
        rtdreamer.load_model().predict(np.zeros(shape))


def test_what_cannot_be_loaded_is_our_own_error(tmp_path):
    with pytest.raises(CheckpointError, match="no model 'nobody'"):
        rtdreamer.load_model("nobody")
    with pytest.raises(DataError, match="no such file"):
        rtdreamer.load_model(profile=tmp_path / "me.toml")
    with pytest.raises(RtdreamerError, match="hop is 0"):
        rtdreamer.follow(hop=0)


@pytest.mark.parametrize(
    "odd",
    [
        {"hop": 2.5},
        {"hop": "16"},
        {"hop": True},
        {"timeout": float("nan")},
        {"timeout": "3"},
        {"duration": -1},
        {"stream": 5},
        {"source_id": 5},
        {"profile": 5},
        {"model": b"x"},
        {"unit": "bananas"},
        {"unit": " "},
        {"unit": 5},
        {"markers": "EPOC-Markers"},
        {"markers": [5]},
        {"record": 5},
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_followed(odd):
    (name,) = odd
    with pytest.raises(RtdreamerError, match=f"{name} is .*, must be"):
        rtdreamer.follow(**odd)


def test_where_nothing_can_be_recorded_it_is_said_at_once(tmp_path):
    with pytest.raises(RtdreamerError, match="sub is 'a b', must be letters"):
        rtdreamer.follow(record=tmp_path, sub="a b")
    (tmp_path / "sub-P001").write_text("a file where a folder is needed")
    with pytest.raises(RtdreamerError, match="sub-P001"):
        rtdreamer.follow(record=tmp_path)


@pytest.mark.parametrize("hop", [0, -5, 2.5, float("nan"), "a"])
def test_a_hop_that_is_none_is_refused(hop):
    with pytest.raises(RtdreamerError, match=r"hop is .*, must be a whole number from 1"):
        rtdreamer.load_model(hop=hop)


def test_an_empty_name_is_not_the_default_model():
    with pytest.raises(CheckpointError):
        rtdreamer.load_model("")


@pytest.mark.parametrize("odd", ["abc", [[1], [1, 2]], np.zeros((14, 1280), complex)])
def test_what_is_no_array_of_numbers_is_no_window(odd):
    with pytest.raises(DataError, match="no array of real numbers"):
        rtdreamer.load_model().predict(odd)


def test_predictions_come_in_order_and_none_is_dropped(make_prediction):
    def work(sink, should_stop):
        sink.on_state(State(Phase.WAITING, "waiting"))
        for sample in range(1000):
            sink.on_samples(None)
            sink.on_prediction(make_prediction(sample=sample), None)

    with Following(work) as predictions:
        assert [one.sample for one in predictions] == list(range(1000))
        assert predictions.state == State(Phase.WAITING, "waiting")
        assert list(predictions) == []


def test_leaving_the_block_ends_the_thread(make_prediction):
    ended = threading.Event()

    def work(sink, should_stop):
        while not should_stop():
            sink.on_prediction(make_prediction(), None)
        ended.set()

    with Following(work) as predictions:
        next(predictions)
    assert ended.is_set()
    with pytest.raises(RtdreamerError, match="call follow again"), predictions:
        pass


def test_a_session_that_does_not_end_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr(worker_module, "JOIN_S", 0.05)
    release = threading.Event()

    def work(sink, should_stop):
        release.wait(20)

    with pytest.raises(RtdreamerError, match=r"runs after 0\.05 s; it is cut off"), Following(work):
        pass
    # Not in place of what ended the block.
    with pytest.raises(ZeroDivisionError), Following(work):
        raise ZeroDivisionError
    release.set()


def failing(sink, should_stop):
    raise NoStreamError("no stream 'EPOC'")


def test_what_goes_wrong_is_raised_where_predictions_are_taken():
    with Following(failing) as predictions:
        with pytest.raises(NoStreamError, match="no stream 'EPOC'"):
            next(predictions)
        assert list(predictions) == []  # and once is enough


def test_what_goes_wrong_is_raised_at_the_end_if_no_one_asked():
    with pytest.raises(NoStreamError), Following(failing):
        pass
    with pytest.raises(ZeroDivisionError), Following(failing):
        raise ZeroDivisionError


def test_predictions_outside_of_a_block_are_refused():
    with pytest.raises(RtdreamerError, match="in a block: with follow"):
        next(Following(failing))
