"""Fixtures of predictions and qualities that no session made."""

import dataclasses

import pytest

from rtdreamer.headset import EPOC
from rtdreamer.live.model_facts import ModelFacts
from rtdreamer.prediction import Affect, OverTime, Prediction, Quality
from rtdreamer.signal.features import Spec
from rtdreamer.window import WINDOW

FACTS = ModelFacts("a-model", False, "trained on 23 people", (0.5, 0.75), Spec())


@pytest.fixture
def make_quality():
    """Quality of 1 without a flaw, but for the channels named: ``F7=("flat", 0.0)``."""

    def make(**flaws):
        found = [flaws.get(name, ("", 1.0)) for name in EPOC.ch_names]
        return Quality(
            tuple(value for _, value in found), tuple(flaw for flaw, _ in found), EPOC.ch_names
        )

    return make


@pytest.fixture
def make_prediction(make_quality):
    good = Prediction(
        timestamp=110.0,
        sample=WINDOW - 1,
        affect=Affect(valence=0.58, arousal=0.31),
        reason="",
        quality=make_quality(),
        excluded=(),
        hop=WINDOW,
        skipped=2,
        missing=1,
        driver_interpolated=0,
        compute_ms=17.6,
        model="a-model",
        simulated_model=False,
        over_time=OverTime(Affect(valence=0.71, arousal=0.22), 42.4),
    )

    def make(**changes):
        return dataclasses.replace(good, **changes)

    return make


@pytest.fixture
def make_withheld(make_prediction, make_quality):
    """A prediction whose signal is too poor for a verdict."""
    quality = make_quality(**dict.fromkeys(EPOC.ch_names[:10], ("flat", 0.0)))

    def make(**changes):
        reason = "4 of 14 electrodes are good, 7 are needed: flat"
        values = {
            "affect": None,
            "over_time": None,
            "reason": reason,
            "quality": quality,
            "excluded": quality.bad,
        }
        return make_prediction(**values | changes)

    return make
