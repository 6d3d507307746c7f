"""Predictions and changes of state as JSON objects, one a line."""

import json
import math
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from rtdreamer.live.orders import RecordingReport, Report
from rtdreamer.live.sink import Phase, Sink, State
from rtdreamer.prediction import Prediction
from rtdreamer.signal.features import Features
from rtdreamer.stream.marker import Marker

RECORDING_S = 10.0
"""So often a line says how far the recording is, where nothing goes wrong."""

FORMER_EVENTS = {Phase.DISCONNECTED: "lost"}
"""What ``event`` calls a phase that has another name by now; kept for one release."""


class JsonLines(Sink):
    """A sink that writes each prediction and each change of state at once.

    Parameters
    ----------
    output : file
        For the JSON lines and nothing else.
    messages : file
        For one plain line at each change of state.
    clock : callable
        LSL time now, seconds.

    Attributes
    ----------
    n_predictions : int
        Written so far.
    """

    def __init__(self, output: TextIO, messages: TextIO, clock: Callable[[], float]) -> None:
        self._output = output
        self._messages = messages
        self._clock = clock
        self.n_predictions = 0
        self._recording: RecordingReport | None = None
        self._recording_at = -math.inf

    def on_state(self, state: State) -> None:
        """Write the event, and say so in words."""
        print(event_json(state, self._clock()), file=self._output, flush=True)
        # The words are for those who watch; that no one does is no reason to stop.
        with suppress(OSError):
            print(state.in_words, file=self._messages, flush=True)

    def on_marker(self, marker: Marker) -> None:
        """Write the marker."""
        print(marker_json(marker), file=self._output, flush=True)

    def on_report(self, report: Report) -> None:
        """Write how far the recording is, now and then, and at once where it fails or goes on."""
        if not isinstance(report, RecordingReport) or report.path is None:
            return
        now, last = self._clock(), self._recording
        is_news = last is None or (report.path, report.problem) != (last.path, last.problem)
        if not is_news and now - self._recording_at < RECORDING_S:
            return
        self._recording, self._recording_at = report, now
        values = {
            "event": "recording",
            "timestamp": now,
            "message": report.problem or report.in_words(now),
            "file": report.path.name,
            "seconds": report.seconds(now),
            "bytes": report.size,
            "problem": report.problem or None,
        }
        print(to_json(values), file=self._output, flush=True)

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        self.n_predictions += 1
        print(prediction_json(prediction, self._clock()), file=self._output, flush=True)


def prediction_values(prediction: Prediction, now: float) -> dict[str, object]:
    """Return a prediction in plain values, as it stands ``now``, in LSL seconds."""
    affect, quality, minute = prediction.affect, prediction.quality, prediction.over_time
    excluded = [quality.ch_names[row] for row in prediction.excluded]
    named = dict(zip(quality.ch_names, quality.flaws, strict=True))
    # left_out, lost and interpolated are former names, kept for one release.
    return {
        "timestamp": prediction.timestamp,
        "sample": prediction.sample,
        "valence": None if affect is None else affect.valence,
        "arousal": None if affect is None else affect.arousal,
        "emotion_class": None if affect is None else affect.emotion_class,
        "valence_60s": None if minute is None else minute.affect.valence,
        "arousal_60s": None if minute is None else minute.affect.arousal,
        "seconds_60s": None if minute is None else minute.seconds,
        "reason": prediction.reason or None,
        "note": prediction.note or None,
        "quality": quality.overall,
        "channel_quality": dict(zip(quality.ch_names, quality.channels, strict=True)),
        "flaws": {name: flaw for name, flaw in named.items() if flaw},
        "excluded_channels": excluded,
        "left_out": excluded,
        "hop": prediction.hop,
        "skipped": prediction.skipped,
        "missing": prediction.missing,
        "lost": prediction.missing,
        "driver_interpolated": prediction.driver_interpolated,
        "interpolated": prediction.driver_interpolated,
        "latency_ms": (now - prediction.timestamp) * 1e3,
        "compute_ms": prediction.compute_ms,
        "model": prediction.model,
        "simulated_model": prediction.simulated_model,
    }


def prediction_json(prediction: Prediction, now: float) -> str:
    """Write a prediction as one JSON object in one line, as it stands ``now``, in LSL seconds."""
    return to_json(prediction_values(prediction, now))


def event_json(state: State, timestamp: float, repeated: bool = False) -> str:
    """Write a state as one JSON object in one line.

    ``timestamp`` is that of the change, in LSL seconds, also where it is ``repeated``.
    """
    stream = state.stream
    values: dict[str, object] = {
        "event": FORMER_EVENTS.get(state.phase, state.phase.value),
        "phase": state.phase.value,
        "timestamp": timestamp,
        "message": state.message,
        "stream": None if stream is None else stream.name,
        "source_id": None if stream is None else stream.source_id,
    }
    return to_json(values | ({"repeated": True} if repeated else {}))


def marker_json(marker: Marker) -> str:
    """Write another program's marker as one JSON object in one line."""
    return to_json(
        {
            "event": "marker",
            "timestamp": marker.timestamp,
            "message": marker.text,
            "stream": marker.stream,
        }
    )


def to_json(values: dict[str, object]) -> str:
    """Write an object in one line, with null for numbers that are not finite: JSON has none."""
    try:
        return json.dumps(values, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(values), allow_nan=False)


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
