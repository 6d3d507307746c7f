"""From a network in torch to the same network in ONNX."""

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from rtdreamer.errors import RtdreamerError
from rtdreamer.model.checkpoint import Checkpoint
from rtdreamer.model.onnx_model import OnnxInference, window_input
from rtdreamer.signal.features import encode_spec, extract
from rtdreamer.signal.profile import Inputs, network_inputs

MAX_DIFFERENCE = 1e-5
"""Between both networks' probabilities, of any window."""

_N_WINDOWS = 8


def export(checkpoint: Checkpoint, made_from: str) -> tuple[bytes, float]:
    """Write a model's network in ONNX, and compare it with torch's on some windows.

    Parameters
    ----------
    checkpoint : Checkpoint
        The model.
    made_from : str
        What it was made from, as it is to stand in there.

    Returns
    -------
    program : bytes
        From a window's inputs, each with a leading axis of 1, to ``logits``, shape (1, 2). Its
        metadata tell the model's name, spec and calibration, in JSON.
    difference : float
        The largest between both networks' probabilities.

    Raises
    ------
    RtdreamerError
        If the network cannot be written in ONNX, or says something else there.
    """
    windows = list(_windows(checkpoint))
    module, names = checkpoint.network().program()
    first = tuple(torch.from_numpy(window_input(windows[0], name)) for name in names)
    try:
        with warnings.catch_warnings(), _quiet():
            warnings.simplefilter("ignore")
            made = torch.onnx.export(
                module, first, input_names=list(names), output_names=["logits"],
                dynamo=True, verbose=False,
            )  # fmt: skip
        program = _with_metadata(made, checkpoint, made_from)
        compiled = OnnxInference(program)
        there = np.stack([compiled.logits(window) for window in windows])
    except Exception as error:  # whatever an exporter or a runtime may raise
        reason = " ".join(str(error).split()) or type(error).__name__
        raise RtdreamerError(
            f"model {checkpoint.name!r:.80} cannot be written in ONNX: {reason:.300}"
        ) from error
    own = checkpoint.inference()
    here = np.stack([own.logits(window) for window in windows])
    apply = checkpoint.calibration.apply
    difference = float(np.abs(apply(there) - apply(here)).max())
    if not difference <= MAX_DIFFERENCE:
        raise RtdreamerError(
            f"model {checkpoint.name!r:.80}: its probabilities in ONNX differ by {difference:.1e} "
            f"from torch's, more than {MAX_DIFFERENCE:g}"
        )
    return program, difference


def _with_metadata(
    made: "torch.onnx.ONNXProgram | None", model: Checkpoint, made_from: str
) -> bytes:
    if made is None:
        raise RtdreamerError("torch made nothing of it")
    proto = made.model_proto
    # Where each node comes from, down to the lines of source files on this machine.
    for part in (proto.graph, *proto.functions):
        for node in (part, *part.node):
            del node.metadata_props[:]
            node.doc_string = ""
        for value in part.value_info:
            del value.metadata_props[:]
    for value in (*proto.graph.input, *proto.graph.output, *proto.graph.initializer):
        del value.metadata_props[:]
    about = {
        "made_from": made_from,
        "name": model.name,
        "spec": json.dumps(encode_spec(model.spec)),
        "temperature": json.dumps(model.calibration.temperature),
        "bias": json.dumps(model.calibration.bias),
    }
    for key, value in about.items():
        proto.metadata_props.add(key=key, value=value)
    program: bytes = proto.SerializeToString(deterministic=True)
    return program


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter from telling of operators of packages that no one asked for."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _windows(model: Checkpoint) -> Iterator[Inputs]:
    """What a network may see: the same every time."""
    spec, rng = model.spec, np.random.default_rng(0)
    shape = spec.headset.n_channels, spec.n_times
    for _ in range(_N_WINDOWS):
        gain = rng.uniform(3, 30, (shape[0], 1))
        drift = rng.normal(size=shape).cumsum(axis=1) / 10
        window = extract(gain * (rng.normal(size=shape) + drift), spec)
        yield network_inputs(
            window.de,
            window.edge_weight,
            window.spectrum,
            model.average,
            window.covariance,
            window.signals,
            spec,
        )
