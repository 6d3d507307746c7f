"""A checkpoint as one file: safetensors, and JSON in its header.

Nothing in such a file is ever run. Sizes are compared with what the configuration asks for before
anything of that size is made.
"""

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
from rtdreamer.model.checkpoint import Checkpoint
from rtdreamer.model.checkpoint_header import (
    MAX_BYTES,
    MAX_HEADER_BYTES,
    check_average,
    read_header,
    write_header,
)
from rtdreamer.model.registry import UnknownArchitectureError, find_architecture
from rtdreamer.signal.features import Spec

MAX_SECONDS = 60.0
"""No window is longer: trials are judged by their last minute."""

LEAST_HZ = 0.1
"""From 0 Hz to a band, across it, and from it to half the rate; with less, filters break down."""

MAX_WEIGHT = 1e4
"""Beyond, sums of sums may no longer be finite; what is learned stays far below."""


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write ``checkpoint``, whole or not at all.

    Raises
    ------
    CheckpointError
        If the checkpoint could not be read back.
    RtdreamerError
        If ``path`` cannot be written.
    """
    try:
        values = {"architecture": checkpoint.architecture} | asdict(checkpoint.config)
        architecture, config = _config(values)
        _check_spec(checkpoint.spec, config)
        check_average(checkpoint.average, checkpoint.spec)
        shapes = {k: tuple(w.shape) for k, w in checkpoint.weights.items()}
        _check_shapes(shapes, architecture, config)
        _check_types({k: _dtype(w) for k, w in checkpoint.weights.items()})
        _check_values(checkpoint.weights)
        texts = write_header(checkpoint, values)
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
    header = read_header(file.metadata() or {})
    architecture, config = _config(header.config, header.names_headset)
    _check_spec(header.facts["spec"], config)
    check_average(header.facts["average"], header.facts["spec"])
    slices = {key: file.get_slice(key) for key in file.keys()}  # noqa: SIM118
    _check_shapes({key: tuple(s.get_shape()) for key, s in slices.items()}, architecture, config)
    _check_types({key: s.get_dtype() for key, s in slices.items()})
    # Cloned, for a tensor that lies in the mapped file would keep it open.
    weights = {key: file.get_tensor(key).clone() for key in slices}
    _check_values(weights)
    return Checkpoint(config=config, weights=weights, **header.facts)


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


def _check_header(start: bytes) -> None:
    """From a file's first 8 bytes; those of a file without as many are safetensors' to refuse."""
    size = int.from_bytes(start, "little")
    if len(start) == 8 and size > MAX_HEADER_BYTES:
        raise ValueError(f"a header of {size} bytes: damaged, or not a safetensors file")


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
