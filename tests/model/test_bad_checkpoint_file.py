"""Checkpoints spoiled in bulk: whole and able to answer, or refused in one line."""

import json
import pickle
import struct
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.errors import CheckpointError
from rtdreamer.model.checkpoint_file import load_checkpoint, save_checkpoint
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.eegnet import EEGNetConfig
from rtdreamer.model.linear import LinearConfig
from rtdreamer.model.spectral import SpectralConfig
from rtdreamer.signal.features import Spec, extract
from tests.mutations import json_values, places, replaced, spoiled
from tests.one_line import assert_one_line
from tests.untrained import untrained

SPEC = Spec(n_times=256)
EEG = np.random.default_rng(0).normal(4200, 20, (2, 14, 256))


CONFIGS = {
    "spectral": SpectralConfig(width=1, n_latent=2, n_node=1, n_graph=2),
    "eegnet": EEGNetConfig(n_times=256),
    "ridge": LinearConfig("de-mi"),
    "tangent": LinearConfig("tangent"),
}


@pytest.fixture(scope="module", params=CONFIGS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def whole(tmp_path_factory, kind):
    """A small model, whose answers mean nothing."""
    path = tmp_path_factory.mktemp("models") / "x.safetensors"
    save_checkpoint(path, untrained(kind, CONFIGS[kind], SPEC, name="x", metrics={"auc": 0.5}))
    return path


@pytest.fixture(scope="module")
def content(whole):
    return whole.read_bytes()


@pytest.fixture(scope="module")
def parts(content):
    """The header as JSON, its own JSON texts read too, and the weights."""
    end = 8 + struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:end])
    texts = header.pop("__metadata__")
    plain = ("format", "version")
    read = {name: text if name in plain else json.loads(text) for name, text in texts.items()}
    return header, read, content[end:]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("spoiled") / "x.safetensors"


@cache
def features_of(sample, spec):
    """Of one of the windows, which are the same whatever the file."""
    return extract(EEG[sample, :, : spec.n_times], spec)


def put_together(header, texts, weights):
    plain = ("format", "version")
    metadata = {
        name: text if name in plain and isinstance(text, str) else json.dumps(text)
        for name, text in texts.items()
    }
    written = json.dumps(header | {"__metadata__": metadata}).encode("utf-8", "replace")
    return struct.pack("<Q", len(written)) + written + weights


def load_or_refuse(path, content):
    """Load the file; what loads must answer. None if it was refused."""
    path.write_bytes(content)
    try:
        found = load_checkpoint(path)
    except CheckpointError as error:
        assert_one_line(error, path)
        return None
    assert found.name.isprintable()
    if found.spec.n_times <= EEG.shape[2]:
        classifier = Classifier(found)
        for sample in range(len(EEG)):
            affect, over_time = classifier.classify(features_of(sample, found.spec), sample)
            for said in (affect, over_time.affect):
                assert 0 <= said.valence <= 1
                assert 0 <= said.arousal <= 1
    return found


def test_what_is_put_together_anew_is_the_same(path, parts):
    found = load_or_refuse(path, put_together(*parts))
    assert found.name == "x"
    assert found.metrics == {"auc": 0.5}


@given(data=st.data())
def test_spoiled_bytes(path, content, parts, data):
    load_or_refuse(path, data.draw(spoiled(content, len(content) - len(parts[2]))))


@given(data=st.data())
def test_spoiled_weights(path, parts, data):
    header, texts, weights = parts
    spoilt = data.draw(spoiled(weights))[: len(weights)]
    load_or_refuse(path, put_together(header, texts, spoilt.ljust(len(weights), b"\0")))


@given(data=st.data())
def test_values_of_the_header_replaced(path, parts, data):
    header, texts, weights = parts
    field = data.draw(st.sampled_from([name for name in texts if name != "average"]))
    place = data.draw(st.sampled_from([(field, *inner) for inner in [(), *places(texts[field])]]))
    load_or_refuse(
        path, put_together(header, replaced(texts, place, data.draw(json_values)), weights)
    )


@given(data=st.data())
def test_values_of_the_average_person_replaced(path, parts, data):
    header, texts, weights = parts
    where = places(texts["average"])
    for place in data.draw(st.lists(st.sampled_from(where), min_size=1, max_size=3)):
        try:
            texts = replaced(texts, ("average", *place), data.draw(json_values))
        except (KeyError, IndexError, TypeError):  # an outer one is another already
            continue
    load_or_refuse(path, put_together(header, texts, weights))


@given(data=st.data())
def test_what_the_header_says_of_tensors_replaced(path, parts, data):
    header, texts, weights = parts
    place = data.draw(st.sampled_from(places(header)))
    spoilt = replaced(header, place, data.draw(json_values))
    load_or_refuse(path, put_together(spoilt, texts, weights))


class _Payload:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


def write_pickle(value, path):
    path.write_bytes(pickle.dumps(value))


@pytest.mark.parametrize("write", [torch.save, write_pickle])
def test_a_file_that_carries_code_is_refused_and_not_run(tmp_path, write):
    path, mark = tmp_path / "x.safetensors", tmp_path / "it ran"
    write(_Payload(mark), path)
    with pytest.raises(CheckpointError):
        load_checkpoint(path)
    assert not mark.exists()


@pytest.mark.parametrize(
    "metrics",
    [
        '{"a": ' + "[" * 600_000 + "]" * 600_000 + "}",
        '{"a": [' + "[]," * 1_000_000 + "[]]}",
        '{"a": ' + "9" * 1_200_000 + "}",
    ],
    ids=["deep", "wide", "a vast number"],
)
def test_a_header_far_larger_than_any_is_refused_unread(path, parts, metrics):
    header, texts, weights = parts
    content = put_together(header, texts | {"metrics": "HERE"}, weights)
    size = struct.unpack("<Q", content[:8])[0]
    head = content[8 : 8 + size].replace(b'"\\"HERE\\""', json.dumps(metrics).encode())
    path.write_bytes(struct.pack("<Q", len(head)) + head + weights)
    with pytest.raises(CheckpointError, match="header"):
        load_checkpoint(path)


@pytest.mark.parametrize("n_times", [10**6, 10**12, 2**63])
def test_a_window_that_no_trial_can_fill_is_refused(path, parts, n_times):
    header, texts, weights = parts
    spoilt = replaced(texts, ("spec", "n_times"), n_times)
    assert load_or_refuse(path, put_together(header, spoilt, weights)) is None


def test_tensors_larger_than_the_file_are_refused(path, parts):
    header, texts, weights = parts
    vast = {"dtype": "F32", "shape": [2**20, 2**20], "data_offsets": [0, 2**42]}
    header = header | {min(header): vast}
    assert load_or_refuse(path, put_together(header, texts, weights)) is None


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("name",), "two\nlines", "no short line"),
        (("name",), "\ud800", "no short line"),
        (("name",), "\x1b[2J", "no short line"),
        (("name",), "x" * 1000, "no short line"),
        (("record", "simulated"), "false", "training record"),
        (("record", "simulated"), None, "training record"),
        (("record", "base_rate", 0), 1.5, "training record"),
        (("record", "base_rate", 0), float("nan"), "training record"),
        (("calibration", "temperature", 0), 1e-320, "calibration"),
        (("calibration", "bias", 0), 1e300, "calibration"),
        (("calibration_over_time", "temperature", 1), 0.0, "calibration"),
        (("calibration_over_time", "bias"), [0.0], "calibration"),
        (("average", "de", 0, 0), 1e308, "its de goes beyond"),
        (("average", "covariance", 0, 0, 0), 1e13, "its covariance goes beyond"),
        (
            ("config", "architecture"),
            "quadratic",
            "it was made by architecture 'quadratic', which is not installed: install the package",
        ),
        (("config", "architecture"), "base-rate", "'base-rate', which is not installed"),
        (("config", "architecture"), None, "its architecture is None"),
        (("config", "architecture"), ["ridge"], "its architecture is"),
        (("config",), [], "its architecture is None"),
        (("spec", "bands", 2, 1), 1e-320, "band 'alpha': its edges are too near"),
        (("spec", "bands", 2, 1), 12.999999, "band 'alpha': its edges are too near"),
    ],
)
def test_a_value_that_would_do_harm_later_is_refused(path, parts, place, value, said):
    header, texts, weights = parts
    path.write_bytes(put_together(header, replaced(texts, place, value), weights))
    with pytest.raises(CheckpointError, match=said):
        load_checkpoint(path)


@pytest.mark.parametrize(
    ("of_spectral", "of_eegnet", "of_linear", "value", "said"),
    [
        ("valence.bias", "heads.bias", "linear.bias", 1e30, "beyond ±10000"),
        ("vae.normalisation.sd", None, "normalisation.sd", 0.0, "not above 0"),
        (None, "features.2.running_var", None, -1.0, "variances below 0"),
    ],
)
def test_weights_that_no_training_gives_are_refused(
    path, parts, kind, of_spectral, of_eegnet, of_linear, value, said
):
    header, texts, weights = parts
    name = {"spectral": of_spectral, "eegnet": of_eegnet}.get(kind, of_linear)
    if name is None:
        return
    start = header[name]["data_offsets"][0]
    spoilt = weights[:start] + struct.pack("<f", value) + weights[start + 4 :]
    path.write_bytes(put_together(header, texts, spoilt))
    with pytest.raises(CheckpointError, match=f"tensor {name} holds .*{said}"):
        load_checkpoint(path)
