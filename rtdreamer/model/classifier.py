"""From a raw window to affect: what runs live, and what offline evaluation runs."""

import numpy as np
import torch
from numpy.typing import NDArray

from rtdreamer.model.checkpoint import Checkpoint
from rtdreamer.prediction import Affect
from rtdreamer.signal.features import Features, Spec, extract


class Classifier:
    """A checkpoint, ready to classify one window at a time.

    The same window always gives the same answer. Making one sets torch to a single thread in the
    whole process.

    Attributes
    ----------
    name : str
        The model's name.
    simulated : bool
        Whether the model was trained on simulated people.
    spec : Spec
        The windows it takes.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.name = checkpoint.name
        self.simulated = checkpoint.record.simulated
        self.spec: Spec = checkpoint.spec
        self._calibration = checkpoint.calibration
        self._network = checkpoint.network()
        # One window is too little work to share: a second thread gained nothing, and doubled the
        # time (tenfold in the worst twentieth) once the player and the dashboard wanted the core.
        torch.set_num_threads(1)

    def classify(self, window: NDArray[np.float64]) -> tuple[Affect, Features]:
        """Say how likely high valence and high arousal are.

        Parameters
        ----------
        window : ndarray, shape (14, n_times)
            Raw µV, offset included.

        Raises
        ------
        ValueError
            If the window's shape is not the spec's, or a value is not finite.
        """
        features = extract(window, self.spec)
        with torch.inference_mode():
            logits = self._network.predict(
                torch.from_numpy(features.signals)[None],
                torch.from_numpy(features.de).float()[None],
                torch.from_numpy(features.edge_weight).float()[None],
            )  # (1, 2)
            valence, arousal = self._calibration.apply(logits)[0].tolist()
        return Affect(valence, arousal), features

    def warm_up(self) -> None:
        """Classify silence, so that the first window that counts is not the slow one."""
        self.classify(np.zeros((len(self.spec.ch_names), self.spec.n_times)))
