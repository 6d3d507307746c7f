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
