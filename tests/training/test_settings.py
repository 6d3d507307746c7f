from dataclasses import replace

import pytest
import torch

from rtdreamer.errors import RtdreamerError
from rtdreamer.model.registry import find_architecture
from rtdreamer.signal.features import Spec
from rtdreamer.training.config import TrainingConfig
from rtdreamer.training.settings import find_device, training_config, window_plan, window_spec
from rtdreamer.training.windows import WindowPlan
from tests.made_up_architecture import MADE_UP


def test_what_is_said_goes_first_then_what_the_architecture_says():
    assert training_config(None) == TrainingConfig()
    assert training_config(MADE_UP) == TrainingConfig(epochs=2, lr=0.01)
    said = {"lr": 0.5, "seed": 3}
    assert training_config(MADE_UP, said) == TrainingConfig(epochs=2, lr=0.5, seed=3)
    assert training_config(None, said) == TrainingConfig(lr=0.5, seed=3)


def test_how_amplitudes_vary_is_a_part_of_a_linear_model():
    said = {"amplitude_sd": 0.3, "label_softness": 0.25}
    for name, sd, softness in (("ridge", 0.0, 0.0), ("read-out", 0.2, 0.5), ("tangent", 0.0, 0.0)):
        own = training_config(find_architecture(name))
        assert (own.amplitude_sd, own.label_softness) == (sd, softness)
        told = training_config(find_architecture(name), said)
        assert (told.amplitude_sd, told.label_softness) == (sd, 0.25)
    # One that says nothing of it, of others.
    silent = replace(MADE_UP, fitted_by="ridge", settings={})
    assert training_config(silent).amplitude_sd == 0
    assert training_config(MADE_UP, said).amplitude_sd == 0.3


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


no_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")


def test_the_processor_is_always_there():
    assert find_device("cpu") == "cpu"


@pytest.mark.parametrize("available", [False, True])
def test_auto_takes_a_gpu_if_there_is_one(available, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    assert find_device("auto") == ("cuda" if available else "cpu")


@pytest.mark.parametrize(
    "name",
    [
        "gpu",
        "",
        "cuda:x",
        "cpu:-1",
        "cuda:" + 60 * "9",
        "two\nlines",
        "meta",
        "hpu",
        "privateuseone",
        pytest.param("cuda", marks=no_gpu),
        pytest.param("cuda:7", marks=no_gpu),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(name):
    with pytest.raises(RtdreamerError, match="try cpu") as refused:
        find_device(name)
    message = str(refused.value)
    assert len(message.splitlines()) == 1
    assert len(message) < 250
    assert repr(name)[:40] in message
