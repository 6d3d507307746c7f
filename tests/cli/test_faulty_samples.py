"""Samples that no brain made: counted or doubted, and never judged in silence."""

import math

import numpy as np
import pytest

from rtdreamer.headset import EPOC
from rtdreamer.window import WINDOW

NAN, INF = math.nan, math.inf


def is_sound(line):
    """Whether a prediction is one: probabilities, or a reason why there are none."""
    if line["valence"] is None:
        return bool(line["reason"]) and line["arousal"] is None
    return 0 <= line["valence"] <= 1 and 0 <= line["arousal"] <= 1 and line["reason"] is None


@pytest.mark.parametrize("value", [NAN, -INF])
def test_a_few_samples_that_are_not_finite_are_bridged_and_counted(headset, follow_here, value):
    device = headset(prefill=11.0)
    live = follow_here()
    live.prediction()
    device.do(values={"FC5": value}, n=7)
    device.do(values={"*": value}, n=4)
    live.wait(lambda line: line.get("missing", 0) > 0)
    live.prediction(live.predictions[-1]["sample"] + 64)
    live.end()
    # The second may begin before the first has ended, and then takes its place.
    assert live.predictions[-1]["missing"] in range(4, 12)
    assert all(map(is_sound, live.predictions))
    assert live.events[-1]["event"] == "live"


def test_a_channel_that_is_not_finite_is_named_while_nothing_can_be_predicted(headset, follow_here):
    device = headset(prefill=11.0, values={"O1": NAN, "T8": -INF}, chunk=128)
    live = follow_here()
    stalled = live.event("stalled")
    assert stalled["message"].endswith(": O1, T8 not finite")
    device.do(values={"O1": 4200.0, "T8": 4200.0}, n=400)
    live.event("filling", "samples", live.said.index(stalled))
    assert not live.end()


@pytest.mark.parametrize("value", [0.0, 8400.0])
def test_a_channel_that_is_flat_from_the_start_is_named(headset, follow_here, value):
    headset(prefill=11.0, values={"O1": value})
    live = follow_here()
    line = live.prediction()
    assert list(line["flaws"]) == line["excluded_channels"] == ["O1"]
    assert line["valence"] is not None
    assert is_sound(line)
    live.end()


def test_where_every_channel_is_dead_no_verdict_is_guessed(headset, follow_here):
    headset(prefill=11.0, values={"*": 4200.0})
    live = follow_here()
    line = live.prediction()
    assert (line["valence"], line["arousal"], line["emotion_class"]) == (None, None, None)
    assert "everywhere" in line["reason"]
    live.event("poor signal", line["reason"])
    live.end()
    assert [line["phase"] for line in live.events].count("poor signal") == 1


def test_a_glitch_is_missing_named_and_costs_no_verdict(headset, follow_here, headset_eeg):
    device = headset(prefill=11.0)
    live = follow_here()
    live.prediction()
    first = device.do(values={"F7": 1e6, "P8": -1e6}, n=4)
    live.event("live", "4 samples so far that no EPOC can measure, last on F7, P8: counted as")
    live.prediction(first + 64)
    second = device.do(values={"T7": 1500.0}, n=1)
    live.prediction(second + 64)
    found = live.end()
    assert live.predictions[-1]["missing"] == 5
    assert all(line["valence"] is not None for line in live.predictions)
    assert all(map(is_sound, live.predictions))
    line, window = found[-1]
    numbers = np.arange(line["sample"] - WINDOW + 1, line["sample"] + 1)
    here = ~np.isin(numbers, [*range(first, first + 4), second])
    eeg = headset_eeg(EPOC.sfreq, 0)[:, numbers % (16 * 128)]
    np.testing.assert_allclose(window[:, here], eeg[:, here], atol=1e-3)
    assert np.abs(window - np.median(window, axis=1, keepdims=True)).max() < 200


def test_the_headsets_own_word_on_its_electrodes_counts(headset, follow_here):
    device = headset(prefill=11.0, true_sfreq=8 * EPOC.sfreq, speed=8.0, chunk=8, contact=4.0)
    live = follow_here()
    signal_alone = live.prediction()["channel_quality"]

    device.do(contact={"T7": 1.0, "O2": 0.0})
    line = live.wait(lambda line: line.get("channel_quality", {}).get("O2") == 0)
    assert line["channel_quality"]["T7"] <= 0.25
    assert line["channel_quality"]["AF3"] == pytest.approx(signal_alone["AF3"], abs=0.2)
    assert {"T7", "O2"} == set(line["flaws"])

    device.do(contact=dict.fromkeys(EPOC.ch_names, 0.0))
    poor = live.event("poor signal")
    line = live.wait(lambda line: "event" not in line, live.said.index(poor))
    assert line["valence"] is None
    assert line["reason"]

    # Nothing is known of the electrodes any more: the signal alone is judged again.
    device.do(contact=None)
    live.event("live", start=live.said.index(poor))
    line = live.wait(lambda line: line.get("quality", 0) > 0.9, live.said.index(poor))
    assert line["valence"] is not None
    live.end()
