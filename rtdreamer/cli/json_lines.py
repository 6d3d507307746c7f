"""Predictions as JSON objects, one a line."""

import json
from collections.abc import Callable
from typing import TextIO

from rtdreamer.live.state import State
from rtdreamer.prediction import Prediction


class JsonLines:
    """A sink that writes each prediction at once, and states to another stream.

    Parameters
    ----------
    output : file
        For the JSON lines and nothing else.
    messages : file
        For one plain line at each change of state.
    clock : callable
        LSL time now, seconds.
    """

    def __init__(self, output: TextIO, messages: TextIO, clock: Callable[[], float]) -> None:
        self._output = output
        self._messages = messages
        self._clock = clock

    def on_state(self, state: State) -> None:
        """Say so in words."""
        print(f"{state.phase.value}: {state.message}", file=self._messages, flush=True)

    def on_chunk(self, chunk: object) -> None:
        """Nothing: only predictions are printed."""

    def on_prediction(self, prediction: Prediction, features: object) -> None:
        """Print the prediction."""
        print(json.dumps(self._values(prediction)), file=self._output, flush=True)

    def _values(self, prediction: Prediction) -> dict[str, float | int | str | bool]:
        affect = prediction.affect
        return {
            "timestamp": prediction.timestamp,
            "sample": prediction.sample,
            "valence": affect.valence,
            "arousal": affect.arousal,
            "emotion_class": affect.emotion_class,
            "quality": prediction.quality,
            "hop": prediction.hop,
            "skipped": prediction.skipped,
            "lost": prediction.lost,
            "latency_ms": (self._clock() - prediction.timestamp) * 1e3,
            "compute_ms": prediction.compute_ms,
            "model": prediction.model,
            "simulated_model": prediction.simulated_model,
        }
