"""A checkpoint as one file: safetensors, and JSON in its header.

Nothing in such a file is ever run. Sizes are compared with what the configuration asks for before
anything of that size is made.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from rtdreamer.atomic import write_atomically
from rtdreamer.epoc import CH_NAMES, SFREQ
from rtdreamer.errors import CheckpointError, RtdreamerError
from rtdreamer.model.architecture import Architecture, Config
from rtdreamer.model.checkpoint import Calibration, Checkpoint, TrainingRecord
from rtdreamer.model.registry import UnknownArchitectureError, find_architecture
from rtdreamer.regular_file import check_regular
from rtdreamer.signal.features import Spec
from rtdreamer.signal.profile import Profile, check_limits

FORMAT_VERSION = "4"

MAX_BYTES = 256 * 2**20
"""No checkpoint is larger: the largest that our configurations allow is not."""

MAX_HEADER_BYTES = 2**20
"""Some 50 kB are usual. JSON takes many times its size in memory, so no file may have more."""

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
        "config": {"architecture": checkpoint.architecture} | checkpoint.config.to_json(),
        "spec": checkpoint.spec.to_json(),
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
    try:
        if path.is_dir():
            raise CheckpointError(f"{path}: is a folder: name a .safetensors file")
        check_regular(path)
        if (size := path.stat().st_size) > MAX_BYTES:
            raise CheckpointError(f"{path}: {size} bytes are too many for a checkpoint")
        with path.open("rb") as start:
            _check_header(start.read(8))
        with safe_open(path, framework="pt") as file:
            return _read(file)
    except FileNotFoundError as error:
        raise CheckpointError(f"{path}: there is no such checkpoint") from error
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror or error}") from error
    except SafetensorError as error:
        reason = _line(error)
        raise CheckpointError(f"{path}: damaged, or not a safetensors file: {reason}") from error
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
    if version != FORMAT_VERSION:
        raise ValueError(
            f"format version {version!r:.20}, this program reads {FORMAT_VERSION}; train it again"
        )
    missing = [name for name in _JSON_FIELDS if name not in header]
    if missing:
        raise ValueError(f"the header lacks {', '.join(missing)}")
    values = {name: json.loads(header[name]) for name in _JSON_FIELDS}
    architecture, config = _config(values["config"])
    spec = Spec.from_json(values["spec"])
    _check_spec(spec, config)
    average = None if values["average"] is None else Profile.from_json(values["average"])
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


def _config(values: Any) -> tuple[Architecture, Config]:
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
        return found, found.config.from_json(
            {k: v for k, v in values.items() if k != "architecture"}
        )
    except Exception as error:  # whatever another package's may raise
        raise ValueError(f"its configuration: {error}") from error


def _calibration(values: Any) -> Calibration:
    try:
        return Calibration(_pair(values["temperature"]), _pair(values["bias"]))
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise ValueError("its calibration is of the wrong kind") from error


def _subject(value: Any) -> int | str:
    """A number, or a name."""
    if isinstance(value, str) and not value.isprintable():
        raise ValueError("a name that cannot be shown")
    return value if isinstance(value, str) else int(value)


def _record(values: Any) -> TrainingRecord:
    names = {field.name for field in fields(TrainingRecord)}
    if not isinstance(values, dict) or set(values) != names:
        raise ValueError("its training record has missing or unknown fields")
    try:
        return TrainingRecord(
            data=str(values["data"]),
            people=str(values["people"]),
            simulated=_yes_or_no(values["simulated"]),
            subjects=tuple(_subject(s) for s in values["subjects"]),
            validation_subjects=tuple(_subject(s) for s in values["validation_subjects"]),
            label_threshold=float(values["label_threshold"]),
            base_rate=_rates(values["base_rate"]),
            n_windows=int(values["n_windows"]),
            seed=int(values["seed"]),
            epochs=int(values["epochs"]),
            skipped_steps=int(values["skipped_steps"]),
            collapsed=tuple(str(name) for name in values["collapsed"]),
            settings=dict(values["settings"]),
            versions=dict(values["versions"]),
            clips=str(values["clips"]),
            last_windows=_hashes(values["last_windows"]),
        )
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError("a field of its training record is of the wrong kind") from error


def _pair(values: Any) -> tuple[float, float]:
    valence, arousal = values
    return float(valence), float(arousal)


def _rates(values: Any) -> tuple[float, float]:
    rates = _pair(values)
    if not all(0 <= rate <= 1 for rate in rates):
        raise ValueError
    return rates


def _hashes(value: Any) -> str:
    if not isinstance(value, str) or len(bytes.fromhex(value)) * 2 != len(value) or len(value) % 16:
        raise ValueError
    return value


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):  # a text "false" would be true
        raise TypeError
    return value


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
    if spec.ch_names != CH_NAMES:
        raise ValueError(f"made for channels {' '.join(spec.ch_names):.60}, not for the EPOC's 14")
    if spec.sfreq != SFREQ:
        raise ValueError(f"made for {spec.sfreq:g} Hz, this program runs at {SFREQ:g} Hz")
    if spec.n_times > MAX_SECONDS * spec.sfreq:
        raise ValueError(f"its windows have {spec.n_times} samples, more than {MAX_SECONDS:g} s")
    for band in spec.bands:
        edges = (0.0, band.l_freq, band.h_freq, spec.sfreq / 2)
        if min(high - low for low, high in pairwise(edges)) < LEAST_HZ:
            raise ValueError(f"band {band.name!r:.40}: its edges are too near to others")
    of_spec = {
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
    expected = (len(spec.bands), len(spec.ch_names)), (len(spec.ch_names), spec.n_freqs)
    if average is None:
        return
    if (average.de.shape, average.spectrum.shape) != expected:
        raise ValueError("its average person does not fit its spec")
    check_limits(average)


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
