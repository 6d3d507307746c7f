"""A trained model that rebuilds itself in torch."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rtdreamer.model.architecture import Config, Module
from rtdreamer.model.registry import find_architecture
from rtdreamer.model.trained_model import Inference, TrainedModel
from rtdreamer.signal.profile import Inputs


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Checkpoint(TrainedModel):
    """A trained model, and what rebuilds its network.

    Attributes
    ----------
    config : Config
        Rebuilds it.
    weights : mapping of str to Tensor
        Its ``state_dict``, float32.
    """

    config: Config
    weights: Mapping[str, Tensor]

    def network(self) -> Module:
        """The model with these weights, in evaluation mode.

        Raises
        ------
        RtdreamerError
            If it needs a package that is not installed.
        """
        architecture = find_architecture(self.architecture)
        architecture.check_installed()
        network = architecture.build(self.config, 2)
        network.load_state_dict(dict(self.weights))
        return network.eval()

    def inference(self) -> Inference:
        """The network in torch, on one thread."""
        return TorchInference(self.network())


class TorchInference:
    """Answers by a network in torch.

    It sets torch's threads, of the whole process, to one: one window is too little work to share. A
    second thread gained nothing, and doubled the time (tenfold in the worst twentieth) once the
    player and the dashboard wanted the core.
    """

    def __init__(self, network: Module) -> None:
        torch.set_num_threads(1)
        self._network = network

    @property
    def takes(self) -> tuple[str, ...]:
        """Which fields of ``Inputs`` it needs."""
        return self._network.takes

    def logits(self, inputs: Inputs) -> NDArray[np.float32]:
        """Logits of valence and arousal, before calibration, shape (2,)."""
        seen = (torch.from_numpy(getattr(inputs, name))[None] for name in self.takes)
        with torch.inference_mode():
            return self._network.predict(*seen)[0].numpy()
