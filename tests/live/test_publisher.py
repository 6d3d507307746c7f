"""What a session publishes, as those see it who listen."""

import json
import math
from contextlib import closing
from types import SimpleNamespace

import pylsl

from rtdreamer.live.publisher import Publisher
from rtdreamer.live.sink import Phase, State
from rtdreamer.lsl import library
from rtdreamer.stream.chunk import StreamDescription


def listen(name):
    (info,) = pylsl.resolve_byprop("name", name, timeout=10)
    inlet = pylsl.StreamInlet(info, processing_flags=pylsl.proc_clocksync)
    inlet.open_stream(timeout=10)
    return inlet


def test_states_are_markers_and_withheld_verdicts_nan(stream_name, make_prediction, make_withheld):
    followed = StreamDescription(stream_name, "EEG", "id", "lab-pc", 128.0, 14)
    model = SimpleNamespace(name="a-model", simulated=True)
    with closing(Publisher(stream_name, "", model, library.clock)) as publisher:
        events = listen(f"{stream_name}-Events")
        publisher.on_state(State(Phase.WAITING, "waiting"))
        # There is no stream yet, and none of predictions: they go nowhere.
        publisher.on_prediction(make_prediction(), None)
        publisher.open_affect(followed)
        affect = listen(f"{stream_name}-Affect")
        publisher.on_prediction(make_prediction(), None)
        publisher.on_prediction(make_withheld(), None)
        (event,), _ = events.pull_sample(timeout=10)
        said, withheld = (affect.pull_sample(timeout=10)[0] for _ in range(2))
        for inlet in (events, affect):
            inlet.close_stream()
    assert json.loads(event)["phase"] == "waiting"
    assert said == [0.58, 0.31]
    assert all(map(math.isnan, withheld))


MODEL = SimpleNamespace(name="a-model", simulated=True)


def test_who_listens_late_is_told_the_current_state(stream_name):
    with closing(Publisher(stream_name, "", MODEL, library.clock)) as publisher:
        publisher.on_state(State(Phase.WAITING, "waiting"))
        publisher.on_state(State(Phase.FILLING, "following"))
        (info,) = pylsl.resolve_byprop("name", f"{stream_name}-Events", timeout=10)
        events = pylsl.StreamInlet(info)
        (text,), _ = events.pull_sample(timeout=10)
        events.close_stream()
    event = json.loads(text)
    assert (event["phase"], event["repeated"]) == ("filling", True)
    assert event["timestamp"] <= library.clock()


def test_two_that_follow_one_stream_publish_under_names_of_their_own(stream_name):
    followed = StreamDescription(stream_name, "EEG", "id", "lab-pc", 128.0, 14)
    with closing(Publisher(stream_name, "", MODEL, library.clock)) as first:
        assert first.open_affect(followed) == ""
        listen(f"{stream_name}-Events").close_stream()
        with closing(Publisher(stream_name, "", MODEL, library.clock)) as second:
            said = second.open_affect(followed)
            name = f"{stream_name}-Affect"
            assert said == f"another one publishes {name}: this is {name}-2"
            listen(f"{stream_name}-Events-2").close_stream()
            starts = f"starts-with(name,'{stream_name}')"
            found = pylsl.resolve_bypred(starts, minimum=4, timeout=10)
            assert len({(info.name(), info.source_id()) for info in found}) == 4
