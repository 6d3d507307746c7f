from dataclasses import replace

import pytest

from rtdreamer.signal.features import Spec
from rtdreamer.training.config import TrainingConfig
from rtdreamer.training.settings import training_config, window_plan, window_spec
from rtdreamer.training.windows import WindowPlan
from tests.made_up_architecture import MADE_UP


def test_what_is_said_goes_first_then_what_the_architecture_says():
    assert training_config(None) == TrainingConfig()
    assert training_config(MADE_UP) == TrainingConfig(epochs=2, lr=0.01)
    said = {"lr": 0.5, "seed": 3}
    assert training_config(MADE_UP, said) == TrainingConfig(epochs=2, lr=0.5, seed=3)
    assert training_config(None, said) == TrainingConfig(lr=0.5, seed=3)


@pytest.mark.parametrize(
    ("architecture", "windows", "hop", "expected"),
    [
        (None, None, None, 1280),
        (None, None, 64, 64),
        (None, "last", None, None),
        (MADE_UP, None, None, None),
        (MADE_UP, None, 64, None),  # in a benchmark, where the others slide
        (MADE_UP, "sliding", None, 1280),
        (MADE_UP, "sliding", 64, 64),
    ],
)
def test_windows_are_those_that_were_asked_for_or_the_architectures(
    architecture, windows, hop, expected
):
    assert window_plan(architecture, Spec(), windows, hop) == WindowPlan(expected)


ABSOLUTE = replace(MADE_UP, standardise=False)
RELATIVE = replace(MADE_UP, standardise=True)


@pytest.mark.parametrize(
    ("architecture", "said", "expected"),
    [
        (None, None, True),
        (None, False, False),
        (MADE_UP, None, True),
        (MADE_UP, False, False),
        (ABSOLUTE, None, False),
        (ABSOLUTE, True, True),
        (RELATIVE, None, True),
        (RELATIVE, False, False),
    ],
)
def test_people_are_seen_as_was_asked_for_or_as_the_architecture_says(architecture, said, expected):
    usual = Spec(mi_estimator="histogram")
    found = window_spec(architecture, usual, said)
    assert found == replace(usual, standardise=expected)
