import io
import json

from rtdreamer.cli.json_lines import JsonLines
from rtdreamer.live.state import Phase, State
from rtdreamer.prediction import Affect, Prediction


def test_predictions_and_messages_keep_apart():
    output, messages = io.StringIO(), io.StringIO()
    sink = JsonLines(output, messages, clock=lambda: 12.5)
    sink.on_state(State(Phase.LIVE, "predicting"))
    sink.on_prediction(
        Prediction(12.25, 1279, Affect(0.25, 0.75), 0.5, 16, 2, 3, 9.0, "m", False), None
    )
    assert messages.getvalue() == "live: predicting\n"
    line = json.loads(output.getvalue())
    assert line["emotion_class"] == 2
    assert line["latency_ms"] == 250
