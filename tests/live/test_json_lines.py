import io
import json
from pathlib import Path

import pytest

from rtdreamer.headset import EPOC
from rtdreamer.live.json_lines import JsonLines, event_json
from rtdreamer.live.orders import RecordingReport
from rtdreamer.live.sink import Phase, State
from rtdreamer.prediction import Affect, OverTime, Prediction, Quality

OF_MINUTE = ("valence_60s", "arousal_60s", "seconds_60s")
QUALITY = Quality((1.0,) * 13 + (0.0,), ("",) * 13 + ("flat",), EPOC.ch_names)


def written(affect, reason, over_time=None):
    output, messages = io.StringIO(), io.StringIO()
    sink = JsonLines(output, messages, clock=lambda: 12.5)
    sink.on_state(State(Phase.LIVE, "predicting"))
    prediction = Prediction(
        12.25, 1279, affect, reason, QUALITY, (3,), 16, 2, 3, 4, 9.0, "m", False, over_time
    )
    sink.on_prediction(prediction, None)
    assert messages.getvalue() == "live: predicting\n"
    assert sink.n_predictions == 1
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_events_and_predictions_are_one_object_a_line():
    event, line = written(Affect(0.25, 0.75), "")
    assert event == {
        "event": "live", "phase": "live", "timestamp": 12.5, "message": "predicting",
        "stream": None, "source_id": None,
    }  # fmt: skip
    assert (line["valence"], line["arousal"], line["emotion_class"]) == (0.25, 0.75, 2)
    assert line["latency_ms"] == 250
    assert (line["skipped"], line["missing"], line["driver_interpolated"]) == (2, 3, 4)


def test_former_names_stand_beside_those_of_now():
    _, line = written(Affect(0.25, 0.75), "")
    assert (line["lost"], line["interpolated"]) == (3, 4)
    assert line["left_out"] == line["excluded_channels"] == ["FC5"]
    gone = json.loads(event_json(State(Phase.DISCONNECTED, "gone"), 12.5))
    assert (gone["event"], gone["phase"]) == ("lost", "disconnected")
    for phase in set(Phase) - {Phase.DISCONNECTED}:
        event = json.loads(event_json(State(phase, "words"), 12.5))
        assert event["event"] == event["phase"] == phase.value


def test_the_quality_of_each_channel_goes_along():
    _, line = written(Affect(0.25, 0.75), "")
    assert line["quality"] == pytest.approx(13 / 14)
    assert line["channel_quality"]["AF3"] == 1
    assert line["channel_quality"]["AF4"] == 0
    assert line["flaws"] == {"AF4": "flat"}
    assert line["excluded_channels"] == ["FC5"]


def test_a_withheld_verdict_is_null_with_its_reason():
    _, line = written(None, "6 of 14 electrodes are good")
    assert (line["valence"], line["arousal"], line["emotion_class"]) == (None, None, None)
    assert line["reason"] == "6 of 14 electrodes are good"
    assert {line[name] for name in OF_MINUTE} == {None}


def test_the_last_minute_has_fields_of_its_own():
    _, line = written(Affect(0.25, 0.75), "", OverTime(Affect(0.375, 0.625), 42.5))
    assert [line[name] for name in OF_MINUTE] == [0.375, 0.625, 42.5]
    assert (line["valence"], line["arousal"]) == (0.25, 0.75)


def test_a_recording_is_told_of_now_and_then_and_at_once_where_it_fails():
    output, now = io.StringIO(), [100.0]
    sink = JsonLines(output, io.StringIO(), clock=lambda: now[0])
    for second in range(25):
        now[0] = 100.0 + second
        problem = "the disk is full" if 13 <= second < 15 else ""
        sink.on_report(RecordingReport(True, Path("a.xdf"), 40.0, problem, 1000 * second))
    lines = [json.loads(line) for line in output.getvalue().splitlines()]
    assert [line["timestamp"] for line in lines] == [100, 110, 113, 115]
    assert [line["problem"] for line in lines] == [None, None, "the disk is full", None]
    assert lines[1] == {
        "event": "recording", "timestamp": 110.0, "message": "1:10 min, 0.0 MB", "file": "a.xdf",
        "seconds": 70.0, "bytes": 10_000, "problem": None,
    }  # fmt: skip
