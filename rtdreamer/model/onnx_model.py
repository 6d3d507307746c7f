"""A trained model that runs without torch, by ONNX Runtime."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtdreamer.model.tangent import TANGENT_SPACE, tangent
from rtdreamer.model.trained_model import Inference, TrainedModel
from rtdreamer.signal.profile import Inputs


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OnnxModel(TrainedModel):
    """A trained model whose network is in ONNX.

    Attributes
    ----------
    program : bytes
        From a window's inputs to the logits, as ``onnx_export.export`` makes it.
    """

    program: bytes

    def inference(self) -> Inference:
        """The network in ONNX Runtime, on one thread."""
        return OnnxInference(self.program)


class OnnxInference:
    """Answers by a network in ONNX, on one thread: one window is too little work to share.

    Parameters
    ----------
    program : bytes
        As ``onnx_export.export`` makes it.

    Attributes
    ----------
    made_from : str
        The SHA-256 of the checkpoint that it was made from; empty if it does not say.
    """

    def __init__(self, program: bytes) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            program, options, providers=["CPUExecutionProvider"]
        )
        self._names = tuple(taken.name for taken in self._session.get_inputs())
        self.made_from: str = self._session.get_modelmeta().custom_metadata_map.get("made_from", "")

    @property
    def takes(self) -> tuple[str, ...]:
        """Which fields of ``Inputs`` it needs."""
        return tuple("covariance" if name == TANGENT_SPACE else name for name in self._names)

    def logits(self, inputs: Inputs) -> NDArray[np.float32]:
        """Logits of valence and arousal, before calibration, shape (2,)."""
        feed = {name: window_input(inputs, name) for name in self._names}
        (logits,) = self._session.run(None, feed)
        return logits[0]  # type: ignore[no-any-return]


def window_input(inputs: Inputs, name: str) -> NDArray[np.float32]:
    """One window's input, with a leading axis of 1."""
    if name == TANGENT_SPACE:
        return tangent(inputs.covariance[None])
    return getattr(inputs, name)[None]  # type: ignore[no-any-return]
