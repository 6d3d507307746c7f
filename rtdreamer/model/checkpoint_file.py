"""A checkpoint as one file: safetensors, and JSON in its header.

Nothing in such a file is ever run. Sizes are compared with what the configuration asks for before
anything of that size is made.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from rtdreamer.decoding import decode
from rtdreamer.errors import CheckpointError, RtdreamerError
from rtdreamer.files import reading, write_atomically
from rtdreamer.headset import EPOC
from rtdreamer.model.architecture import Architecture, Config
from rtdreamer.model.checkpoint import Calibration, Checkpoint, TrainingRecord
from rtdreamer.model.registry import UnknownArchitectureError, find_architecture
from rtdreamer.signal.features import Spec, decode_spec, encode_spec
from rtdreamer.signal.profile import Profile, check_profile

FORMAT_VERSION = "5"

_BEFORE_HEADSETS = "4"
"""The version before: channels and rate in place of a headset's name. It is read, too."""

MAX_BYTES = 256 * 2**20
"""No checkpoint is larger: the largest that our configurations allow is not."""

MAX_HEADER_BYTES = 2**20
"""Ours have some 50 kB. JSON takes many times its size in memory, so no file may have more."""

MAX_SECONDS = 60.0
"""No window is longer: trials are judged by their last minute."""

LEAST_HZ = 0.1
"""From 0 Hz to a band, across it, and from it to half the rate; with less, filters break down."""

MAX_WEIGHT = 1e4
"""Beyond, sums of sums may no longer be finite; what is learned stays far below."""

MAX_NAME = 255
"""Characters, as of a file's name."""

_FORMAT = "rtdreamer"
_JSON_FIELDS = ("name", "config", "spec", "calibration", "calibration_over_time", "average",
                "record", "metrics")  # fmt: skip


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write ``checkpoint``, whole or not at all.

    Raises
    ------
    CheckpointError
        If the checkpoint could not be read back.
    RtdreamerError
        If ``path`` cannot be written.
    """
    texts = {"format": _FORMAT, "version": FORMAT_VERSION}
    values = {
        "name": checkpoint.name,
        "config": {"architecture": checkpoint.architecture} | asdict(checkpoint.config),
        "spec": encode_spec(checkpoint.spec),
        "calibration": asdict(checkpoint.calibration),
        "calibration_over_time": asdict(checkpoint.calibration_over_time),
        "average": None if checkpoint.average is None else checkpoint.average.to_json(),
        "record": asdict(checkpoint.record),
        "metrics": dict(checkpoint.metrics),
    }
    try:
        architecture, config = _config(values["config"])
        _check_spec(checkpoint.spec, config)
        _check_average(checkpoint.average, checkpoint.spec)
        shapes = {k: tuple(w.shape) for k, w in checkpoint.weights.items()}
        _check_shapes(shapes, architecture, config)
        _check_types({k: _dtype(w) for k, w in checkpoint.weights.items()})
        _check_values(checkpoint.weights)
        _calibration(values["calibration"])
        _calibration(values["calibration_over_time"])
        _check_name(checkpoint.name)
        for name in _JSON_FIELDS:
            texts[name] = json.dumps(values[name], allow_nan=False)
        # Cloned, since a module may have a weight under two names, which safetensors refuses.
        content = save({k: w.contiguous().clone() for k, w in checkpoint.weights.items()}, texts)
        _check_header(content[:8])
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: not written: {error}") from error
    write_atomically(path, content)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint and check all of it.

    Raises
    ------
    CheckpointError
        If the file is missing, too large, not a checkpoint, of another version, damaged, or does
        not fit this program.
    """
    with reading(path, "a .safetensors file", kind=CheckpointError):
        try:
            if (size := path.stat().st_size) > MAX_BYTES:
                raise ValueError(f"{size} bytes are too many for one")
            with path.open("rb") as start:
                _check_header(start.read(8))
            with safe_open(path, framework="pt") as file:
                return _read(file)
        except SafetensorError as error:
            reason = _line(error)
            raise CheckpointError(
                f"{path}: damaged, or not a safetensors file: {reason}"
            ) from error
        except (ValueError, OverflowError, RecursionError) as error:
            raise CheckpointError(f"{path}: not a usable checkpoint: {_line(error)}") from error


def _line(error: Exception) -> str:
    """What a library says of a file, which may repeat much of what is in there."""
    return " ".join(str(error).split())[:300]


def _read(file: Any) -> Checkpoint:
    header = file.metadata() or {}
    if header.get("format") != _FORMAT:
        raise ValueError("the file was not written by rtdreamer")
    version = header.get("version")
    if version not in (FORMAT_VERSION, _BEFORE_HEADSETS):
        raise ValueError(
            f"format version {version!r:.20}, this program reads {FORMAT_VERSION}; train it again"
        )
    missing = [name for name in _JSON_FIELDS if name not in header]
    if missing:
        raise ValueError(f"the header lacks {', '.join(missing)}")
    values = {name: json.loads(header[name]) for name in _JSON_FIELDS}
    names_headset = version != _BEFORE_HEADSETS
    if not names_headset:
        values["spec"] = _with_headset(values["spec"])
    architecture, config = _config(values["config"], names_headset)
    spec = decode_spec(values["spec"])
    _check_spec(spec, config)
    average = None if values["average"] is None else decode(Profile, values["average"], "profile")
    _check_average(average, spec)
    _check_name(values["name"])
    if not isinstance(values["metrics"], dict):
        raise ValueError("its metrics are of the wrong kind")
    slices = {key: file.get_slice(key) for key in file.keys()}  # noqa: SIM118
    _check_shapes({key: tuple(s.get_shape()) for key, s in slices.items()}, architecture, config)
    _check_types({key: s.get_dtype() for key, s in slices.items()})
    # Cloned, for a tensor that lies in the mapped file would keep it open.
    weights = {key: file.get_tensor(key).clone() for key in slices}
    _check_values(weights)
    return Checkpoint(
        name=values["name"],
        architecture=architecture.name,
        config=config,
        spec=spec,
        weights=weights,
        calibration=_calibration(values["calibration"]),
        calibration_over_time=_calibration(values["calibration_over_time"]),
        average=average,
        record=_record(values["record"]),
        metrics=values["metrics"],
    )


def _with_headset(spec: Any) -> Any:
    """Name the headset whose channels and rate a spec has, in their place."""
    if not isinstance(spec, dict) or not {"sfreq", "ch_names"} <= spec.keys():
        return spec  # which is refused for what it is
    found = spec["sfreq"], spec["ch_names"]
    if found != (EPOC.sfreq, list(EPOC.ch_names)):
        raise ValueError(f"made for another headset than the EPOC: {found!r:.80}")
    others = {name: value for name, value in spec.items() if name not in ("sfreq", "ch_names")}
    return others | {"headset": EPOC.name}


def _config(values: Any, names_headset: bool = True) -> tuple[Architecture, Config]:
    name = values.get("architecture") if isinstance(values, dict) else None
    if not isinstance(name, str):
        raise ValueError(f"its architecture is {name!r:.40}, must be a name")
    try:
        found = find_architecture(name)
    except UnknownArchitectureError:
        raise ValueError(
            f"it was made by architecture {name!r:.60}, which is not installed: install the "
            "package that brings it, or choose another model"
        ) from None
    except RtdreamerError as error:
        raise ValueError(str(error)) from error
    try:
        others = {key: value for key, value in values.items() if key != "architecture"}
        if not names_headset and "headset" in {field.name for field in fields(found.config)}:
            others = {"headset": EPOC.name} | others
            others.pop("sfreq", None)
        return found, decode(found.config, others, f"{name} configuration")
    except Exception as error:  # whatever another package's may raise
        raise ValueError(str(error)) from error


def _calibration(values: Any) -> Calibration:
    calibration = decode(Calibration, values, "calibration")
    if len(calibration.bias) != 2:
        raise ValueError(f"its calibration is of {len(calibration.bias)} targets, must be of 2")
    return calibration


def _record(values: Any) -> TrainingRecord:
    record = decode(TrainingRecord, values, "training record")
    if not all(str(name).isprintable() for name in record.subjects):
        raise ValueError("the training record's subjects have names that cannot be shown")
    if not all(0 <= rate <= 1 for rate in record.base_rate):
        raise ValueError(f"the training record's base_rate is {record.base_rate}")
    if re.fullmatch("([0-9a-f]{16})*", record.last_windows) is None:
        raise ValueError("the training record's last_windows are no hashes")
    return record


def _check_header(start: bytes) -> None:
    """From a file's first 8 bytes; those of a file without as many are safetensors' to refuse."""
    size = int.from_bytes(start, "little")
    if len(start) == 8 and size > MAX_HEADER_BYTES:
        raise ValueError(f"a header of {size} bytes: damaged, or not a safetensors file")


def _check_name(name: Any) -> None:
    """It is shown on terminals and sent to other machines."""
    if not isinstance(name, str) or not name.isprintable() or len(name) > MAX_NAME:
        raise ValueError(f"its name {name!r:.40} is no short line of text")


def _check_spec(spec: Spec, config: Config) -> None:
    if spec.n_times > MAX_SECONDS * spec.sfreq:
        raise ValueError(f"its windows have {spec.n_times} samples, more than {MAX_SECONDS:g} s")
    for band in spec.bands:
        edges = (0.0, band.l_freq, band.h_freq, spec.sfreq / 2)
        if min(high - low for low, high in pairwise(edges)) < LEAST_HZ:
            raise ValueError(f"band {band.name!r:.40}: its edges are too near to others")
    of_spec = {
        "headset": spec.headset.name,
        "n_freqs": spec.n_freqs,
        "n_bands": len(spec.bands),
        "n_channels": len(spec.ch_names),
        "n_times": spec.n_times,
        "sfreq": spec.sfreq,
    }
    for name, value in of_spec.items():
        if (other := getattr(config, name, value)) != value:
            raise ValueError(
                f"its spec makes windows whose {name} is {value}, its weights are for {other}"
            )


def _check_average(average: Profile | None, spec: Spec) -> None:
    if (average is not None) != spec.standardise:
        raise ValueError("it standardises without an average person, or has one for nothing")
    if average is not None:
        check_profile(average, spec)


def _check_shapes(
    found: Mapping[str, tuple[int, ...]], architecture: Architecture, config: Config
) -> None:
    try:
        with torch.device("meta"):  # shapes without memory
            network = architecture.build(config, 2)
    except Exception as error:  # whatever another package's may raise
        raise ValueError(f"its configuration makes no model: {error}") from error
    expected = {key: tuple(w.shape) for key, w in network.state_dict().items()}
    for what, names in (
        ("lacks", expected.keys() - found.keys()),
        ("has unknown", found.keys() - expected.keys()),
    ):
        if names:
            raise ValueError(f"it {what} {len(names)} tensors, one of them {min(names)}")
    for key, shape in expected.items():
        if found[key] != shape:
            raise ValueError(f"tensor {key} has shape {found[key]}, expected {shape}")


def _dtype(weight: Tensor) -> str:
    """As safetensors names it."""
    return "F32" if weight.dtype == torch.float32 else str(weight.dtype).removeprefix("torch.")


def _check_types(found: Mapping[str, str]) -> None:
    for key, dtype in found.items():
        if dtype != "F32":
            raise ValueError(f"tensor {key} is {dtype}, expected F32")


def _check_values(weights: Mapping[str, Tensor]) -> None:
    for key, weight in weights.items():
        if not weight.isfinite().all():
            raise ValueError(f"tensor {key} holds values that are not finite")
        if (weight.abs() > MAX_WEIGHT).any():
            raise ValueError(f"tensor {key} holds values beyond ±{MAX_WEIGHT:g}")
        if key.endswith("normalisation.sd") and (weight <= 0).any():
            raise ValueError(f"tensor {key} holds standard deviations that are not above 0")
        if key.endswith("running_var") and (weight < 0).any():
            raise ValueError(f"tensor {key} holds variances below 0")
