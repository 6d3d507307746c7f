import json
import struct
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from rtdreamer.errors import CheckpointError, RtdreamerError
from rtdreamer.model.checkpoint_file import load_checkpoint, save_checkpoint
from rtdreamer.model.released import find_model, released_models
from rtdreamer.model.trained_model import Calibration, TrainingRecord
from rtdreamer.signal.features import Spec
from rtdreamer.signal.profile import Profile
from rtdreamer.window import BANDS
from tests.untrained import SMALL, untrained

SPEC = Spec(n_times=256)
AVERAGE = Profile(
    np.random.default_rng(0).normal(1, 1, (5, 14)),
    np.random.default_rng(1).uniform(0, 1, (5, 14, 14)),
    np.random.default_rng(2).normal(0, 2, (14, 45)),
    np.random.default_rng(3).normal(0, 9, (5, 14, 14)),
    61.0,
)
RECORD = TrainingRecord(
    data="people.mat",
    people="people",
    simulated=True,
    subjects=(1, 2, 3),
    validation_subjects=(3,),
    label_threshold=3.0,
    base_rate=(0.6, 0.7),
    n_windows=12,
    seed=4,
    epochs=5,
    skipped_steps=1,
    collapsed=("valence",),
    settings={"lr": 0.001},
    versions={"torch": "2"},
    last_windows="0123456789abcdef" * 3,
)


@pytest.fixture(scope="module")
def checkpoint():
    return untrained(
        spec=SPEC,
        calibration=Calibration((1.5, 0.5), (0.1, -0.2)),
        calibration_over_time=Calibration((0.75, 0.25), (0.3, -0.4)),
        average=AVERAGE,
        record=RECORD,
        metrics={"auc": [0.5, None]},
    )


@pytest.fixture(scope="module")
def content(tmp_path_factory, checkpoint):
    path = tmp_path_factory.mktemp("models") / "tiny.safetensors"
    save_checkpoint(path, checkpoint)
    return path.read_bytes()


@pytest.fixture
def saved(tmp_path, content):
    path = tmp_path / "tiny.safetensors"
    path.write_bytes(content)
    return path


def header_of(path):
    content = path.read_bytes()
    return json.loads(content[8 : 8 + struct.unpack("<Q", content[:8])[0]])["__metadata__"]


def rewrite(path, change_header=None, change_weights=None):
    """Write the file anew, so that safetensors itself finds nothing wrong with it."""
    header, weights = header_of(path), load_file(path)
    if change_header:
        header |= change_header(header)
    if change_weights:
        weights = change_weights(weights)
    save_file(weights, path, {k: v for k, v in header.items() if v is not None})


def test_everything_survives_bit_for_bit(saved, checkpoint):
    loaded = load_checkpoint(saved)
    assert loaded.name == checkpoint.name
    assert loaded.config == SMALL
    assert loaded.spec == SPEC
    assert loaded.calibration == checkpoint.calibration
    assert loaded.calibration_over_time == checkpoint.calibration_over_time
    assert loaded.average.seconds == 61
    for array in ("de", "edge_weight", "spectrum", "covariance"):
        assert np.array_equal(getattr(loaded.average, array), getattr(AVERAGE, array))
    assert loaded.record == RECORD
    assert loaded.metrics == checkpoint.metrics
    assert loaded.weights.keys() == checkpoint.weights.keys()
    for key, weight in checkpoint.weights.items():
        assert torch.equal(loaded.weights[key], weight), key


def test_every_released_model_loads():
    names = released_models()
    assert names
    for name in names:
        record = load_checkpoint(find_model(name)).record
        assert len(record.last_windows) == 16 * 18 * len(record.subjects)
        assert record.clips


@pytest.mark.parametrize("which", ["calibration", "calibration_over_time"])
def test_a_calibration_of_three_targets_is_not_written(tmp_path, checkpoint, which):
    three = replace(checkpoint, **{which: Calibration((1.0,) * 3, (0.0,) * 3)})
    with pytest.raises(CheckpointError, match="not written: its calibration"):
        save_checkpoint(tmp_path / "three.safetensors", three)
    assert not list(tmp_path.iterdir())


def test_a_model_that_does_not_standardise_has_no_average_person(tmp_path, checkpoint):
    path = tmp_path / "absolute.safetensors"
    spec = replace(SPEC, standardise=False)
    save_checkpoint(path, replace(checkpoint, spec=spec, average=None))
    loaded = load_checkpoint(path)
    assert loaded.spec == spec
    assert loaded.average is None


def test_saving_twice_replaces_and_leaves_nothing_beside(saved, checkpoint):
    save_checkpoint(saved, replace(checkpoint, name="other"))
    assert load_checkpoint(saved).name == "other"
    assert list(saved.parent.iterdir()) == [saved]


def test_a_loaded_file_can_be_replaced(saved):
    loaded = load_checkpoint(saved)
    save_checkpoint(saved, replace(loaded, name="again"))
    assert load_checkpoint(saved).name == "again"
    assert loaded.weights["valence.bias"].isfinite().all()


def broken_header(change):
    return lambda path: rewrite(path, change_header=change)


def broken_json(name, **fields):
    def change(header):
        return {name: json.dumps(json.loads(header[name]) | fields)}

    return broken_header(change)


def broken_without(name, field):
    def change(header):
        values = json.loads(header[name])
        del values[field]
        return {name: json.dumps(values)}

    return broken_header(change)


def vast_number(name, field, number):
    """JSON can hold numbers that a float or an int of ours cannot."""

    def change(header):
        values = json.dumps(json.loads(header[name]) | {field: "HERE"})
        return {name: values.replace('"HERE"', number)}

    return broken_header(change)


def broken_weights(change):
    return lambda path: rewrite(path, change_weights=change)


def truncated(path):
    path.write_bytes(path.read_bytes()[:-100])


def no_safetensors(path):
    path.write_bytes(b"\x80\x04pickle" * 50)


def vast_header(path):
    path.write_bytes(struct.pack("<Q", 2**62) + path.read_bytes()[8:])


def sparse_giant(path):
    with path.open("r+b") as file:
        file.truncate(2**30)


BROKEN = {
    "missing": (lambda path: path.unlink(), "no such file"),
    "folder": (lambda path: (path.unlink(), path.mkdir()), "folder"),
    "truncated": (truncated, "damaged"),
    "empty": (lambda path: path.write_bytes(b""), "damaged"),
    "not safetensors": (no_safetensors, "not a safetensors file"),
    "header longer than the file": (vast_header, "damaged"),
    "too large": (sparse_giant, "too many"),
    "no header": (lambda path: save_file(load_file(path), path), "not written by rtdreamer"),
    "other program": (broken_header(lambda h: {"format": "pt"}), "not written by rtdreamer"),
    "other version": (broken_header(lambda h: {"version": "99"}), "version '99'"),
    "a version before": (
        broken_header(lambda h: {"version": "3"}),
        "'3'.* reads 6; train it again",
    ),
    "no average": (broken_header(lambda h: {"average": None}), "lacks average"),
    "an average of nothing": (broken_header(lambda h: {"average": "null"}), "average person"),
    "an average for nothing": (broken_json("spec", standardise=False), "average person"),
    "average without spectrum": (broken_without("average", "spectrum"), "exactly the fields"),
    "average of words": (broken_json("average", de=[["a"] * 14] * 5), "not a usable"),
    "average of another shape": (
        broken_json("average", spectrum=[[0.0] * 44] * 14),
        "for these windows they must be 5 × 14 and 14 × 45",
    ),
    "average that is no number": (
        broken_json("average", spectrum=[[float("nan")] * 45] * 14),
        "not finite",
    ),
    "average of no time": (broken_json("average", seconds=0), "cannot be of 0"),
    "no spec": (broken_header(lambda h: {"spec": None}), "lacks spec"),
    "no JSON": (broken_header(lambda h: {"record": "{"}), "not a usable checkpoint"),
    "deep JSON": (broken_header(lambda h: {"metrics": "[" * 100_000}), "not a usable"),
    "metrics of the wrong kind": (broken_header(lambda h: {"metrics": "[]"}), "wrong kind"),
    "vast network": (broken_json("config", width=10**9), "width is 1000000000"),
    "unknown headset": (
        broken_json("spec", headset="Muse"),
        "headset 'Muse': there is EPOC",
    ),
    "network of an unknown headset": (broken_json("config", headset="Muse"), "unknown headset"),
    "no standardise": (broken_without("spec", "standardise"), "exactly the fields"),
    "other frequencies": (
        broken_json("config", n_freqs=33),
        "n_freqs is 45, .* for 33",
    ),
    "other bands": (broken_json("spec", bands=[list(b) for b in BANDS[:4]]), "n_freqs is 30"),
    "unknown estimator": (broken_json("spec", mi_estimator="guess"), "guess"),
    "endless window": (vast_number("spec", "n_times", "1e999"), "n_times is inf, must be a whole"),
    "endless scale": (vast_number("spec", "scale_uv", "1e999"), "must be finite"),
    "clip that is no number": (vast_number("spec", "clip", "NaN"), "must be finite"),
    "vast bias": (vast_number("calibration", "bias", f"[{'9' * 400}, 0]"), "calibration"),
    "zero temperature": (broken_json("calibration", temperature=[0, 1]), "calibration"),
    "endless bias": (broken_json("calibration", bias=[float("inf"), 1]), "calibration"),
    "half a calibration": (broken_json("calibration", bias=[1]), "calibration"),
    "calibration of words": (broken_json("calibration", bias=["a", "b"]), "calibration"),
    "record without subjects": (broken_json("record", subjects=None), "training record"),
    "record with more": (broken_json("record", more=1), "training record"),
    "half a hash": (broken_json("record", last_windows="01234567"), "training record"),
    "hashes of words": (broken_json("record", last_windows="sixteen letters!"), "training record"),
    "hashes with gaps": (broken_json("record", last_windows="01 23 45 67 89 a"), "training record"),
    "hashes in a list": (broken_json("record", last_windows=["0" * 16]), "training record"),
    "three base rates": (broken_json("record", base_rate=[1, 2, 3]), "training record"),
    "missing tensor": (
        broken_weights(lambda w: {k: v for k, v in w.items() if k != "valence.bias"}),
        "lacks 1 tensors, one of them valence.bias",
    ),
    "extra tensor": (broken_weights(lambda w: w | {"more": torch.ones(1)}), "unknown .* more"),
    "other shape": (broken_weights(lambda w: w | {"valence.bias": torch.ones(2)}), "shape"),
    "other type": (
        broken_weights(lambda w: w | {"valence.bias": torch.ones(1, dtype=torch.float64)}),
        "F64",
    ),
    "not finite": (
        broken_weights(lambda w: w | {"valence.bias": torch.tensor([torch.nan])}),
        "valence.bias holds values that are not finite",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_checkpoint_is_refused_in_one_line(saved, case):
    damage, message = BROKEN[case]
    damage(saved)
    with pytest.raises(CheckpointError, match=message) as caught:
        load_checkpoint(saved)
    assert "\n" not in str(caught.value)
    assert str(saved) in str(caught.value)


@pytest.fixture(params=["ridge", "tangent"])
def linear(request):
    return untrained(request.param, spec=SPEC, average=AVERAGE)


def test_a_linear_model_survives(tmp_path, linear):
    save_checkpoint(tmp_path / "straight.safetensors", linear)
    loaded = load_checkpoint(tmp_path / "straight.safetensors")
    assert loaded.config == linear.config
    weights = loaded.network().state_dict()
    assert weights.keys() == linear.weights.keys()
    assert all(torch.equal(weights[key], weight) for key, weight in linear.weights.items())


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (broken_json("config", architecture="spectral"), "configuration has exactly the fields"),
        (broken_json("config", features="magic"), "features are 'magic', must be one of de-mi"),
        (broken_json("config", n_bands=4), "n_bands is 5, its weights are for 4"),
        (broken_json("config", n_bands=10**9), "n_bands is 1000000000"),
        (broken_json("config", n_freqs=45), "configuration has exactly the fields"),
        (broken_json("spec", bands=[list(b) for b in BANDS[:4]]), "n_bands is 4"),
        (
            broken_weights(lambda w: w | {"linear.weight": torch.ones(2, 524)}),
            r"linear.weight has shape \(2, 524\), expected \(2, 525\)",
        ),
        (
            broken_weights(lambda w: w | {"normalisation.sd": torch.zeros(525)}),
            "standard deviations that are not above 0",
        ),
        (
            broken_weights(lambda w: {k: v for k, v in w.items() if k != "normalisation.mean"}),
            "lacks 1 tensors, one of them normalisation.mean",
        ),
    ],
)
def test_a_broken_linear_model_is_refused_in_one_line(tmp_path, linear, damage, message):
    path = tmp_path / "straight.safetensors"
    save_checkpoint(path, linear)
    damage(path)
    with pytest.raises(CheckpointError, match=message) as caught:
        load_checkpoint(path)
    assert "\n" not in str(caught.value)


def test_without_pyriemann_it_loads_and_says_what_it_needs(tmp_path, linear, monkeypatch):
    path = tmp_path / "straight.safetensors"
    save_checkpoint(path, linear)
    monkeypatch.setitem(sys.modules, "pyriemann", None)
    loaded = load_checkpoint(path)
    if linear.config.features == "tangent":
        with pytest.raises(RtdreamerError, match=r'pip install "rtdreamer\[riemann\]"$'):
            loaded.network()
    else:
        assert loaded.network()


@pytest.mark.parametrize(
    "change",
    [
        {"spec": Spec(n_times=256, bands=BANDS[:4])},
        {"average": None},
        {"spec": Spec(n_times=256, standardise=False)},
        {"average": replace(AVERAGE, spectrum=AVERAGE.spectrum[:, :44])},
        {"weights": {}},
        {"metrics": {"auc": float("nan")}},
        {"metrics": {"auc": object()}},
    ],
)
def test_what_could_not_be_read_back_is_not_written(tmp_path, checkpoint, change):
    with pytest.raises(CheckpointError, match="not written"):
        save_checkpoint(tmp_path / "x.safetensors", replace(checkpoint, **change))
    assert not list(tmp_path.iterdir())


def test_a_path_that_cannot_be_written_says_so(tmp_path, checkpoint):
    (tmp_path / "file").touch()
    with pytest.raises(RtdreamerError, match="cannot be written"):
        save_checkpoint(tmp_path / "file" / "x.safetensors", checkpoint)
