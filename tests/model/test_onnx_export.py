"""A network in ONNX says what it says in torch."""

import functools
import sys
from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch

from rtdreamer.errors import RtdreamerError
from rtdreamer.model import onnx_export
from rtdreamer.model.checkpoint import Checkpoint
from rtdreamer.model.onnx_export import export
from rtdreamer.model.onnx_model import OnnxInference
from rtdreamer.model.registry import BUILT_IN, find_architecture
from rtdreamer.model.trained_model import Calibration, TrainingRecord
from rtdreamer.signal.features import Spec, extract
from rtdreamer.signal.profile import Profile, network_inputs

RECORD = TrainingRecord("nobody", "nobody", True, (), (), 3.0, (0.5, 0.5), 0, 0, 0)


def features(spec, seed, n=4):
    rng = np.random.default_rng(seed)
    shape = len(spec.ch_names), spec.n_times
    return [extract(rng.normal(0, 15, shape).cumsum(axis=1) / 5, spec) for _ in range(n)]


def made(name):
    """A model of an architecture, by chance; its scales are those of some windows."""
    torch.manual_seed(1)
    architecture = find_architecture(name)
    spec = Spec(standardise=architecture.standardise is not False)
    config = architecture.configure(spec)
    checkpoint = Checkpoint(
        name="chance",
        architecture=name,
        config=config,
        spec=spec,
        weights={},
        calibration=Calibration((0.8, 1.3), (0.1, -0.2)),
        calibration_over_time=Calibration(),
        average=Profile.of(features(spec, 7), 40.0) if spec.standardise else None,
        record=RECORD,
    )
    module = architecture.build(config, 2)
    for name_of, parameter in module.named_parameters():
        if name_of.startswith(("read_out", "heads", "linear")):  # begun at 0, some of them
            torch.nn.init.normal_(parameter, std=0.05)
    seen = inputs(checkpoint, 3)
    module.prepare(
        *(torch.from_numpy(np.stack([getattr(i, t) for i in seen])) for t in module.takes)
    )
    return replace(checkpoint, weights=module.state_dict())


@functools.cache
def exported():
    """A small network's program, and by how much it differs."""
    return export(made("ridge"), "abc")


def inputs(checkpoint, seed):
    return [
        network_inputs(
            w.de, w.edge_weight, w.spectrum, checkpoint.average, w.covariance, w.signals,
            checkpoint.spec,
        )
        for w in features(checkpoint.spec, seed)
    ]  # fmt: skip


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_architecture_says_the_same(name):
    checkpoint = made(name)
    program, difference = export(checkpoint, "abc")
    assert difference <= 1e-5
    there, here = OnnxInference(program), checkpoint.inference()
    assert set(there.takes) == set(here.takes)
    seen = inputs(checkpoint, 11)
    answers = np.stack([[found.logits(window) for window in seen] for found in (there, here)])
    probabilities = checkpoint.calibration.apply(answers)
    np.testing.assert_allclose(*probabilities, atol=1e-5)
    assert np.ptp(probabilities[0], axis=0).min() > 1e-3, "the windows are told apart"


def test_it_tells_what_it_is_and_nothing_of_where_it_was_made():
    program, _ = exported()
    about = {entry.key: entry.value for entry in onnx.load_from_string(program).metadata_props}
    assert about["made_from"] == OnnxInference(program).made_from == "abc"
    assert about["name"] == "chance"
    assert '"headset": "EPOC"' in about["spec"]
    assert about["temperature"] == "[0.8, 1.3]"
    for folder in {*sys.path, torch.__path__[0]} - {""}:
        assert folder.encode() not in program


def test_the_same_model_makes_the_same_program():
    assert export(made("ridge"), "abc") == exported()


def test_a_network_that_would_say_something_else_is_refused(monkeypatch):
    monkeypatch.setattr(onnx_export, "MAX_DIFFERENCE", -1.0)
    with pytest.raises(RtdreamerError, match=r"'chance': its probabilities in ONNX differ by") as e:
        export(made("ridge"), "abc")
    assert "\n" not in str(e.value)


def test_a_network_that_cannot_be_written_is_refused_in_one_line(monkeypatch):
    def fail(*what, **how):
        raise RuntimeError("no\nsuch operator")

    monkeypatch.setattr(torch.onnx, "export", fail)
    with pytest.raises(RtdreamerError, match="cannot be written in ONNX: no such operator"):
        export(made("ridge"), "abc")
