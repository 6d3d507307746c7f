"""From a raw window to affect: what runs live, and what offline evaluation runs."""

import numpy as np
import torch
from numpy.typing import NDArray

from rtdreamer.model.checkpoint import Checkpoint
from rtdreamer.model.evidence import Evidence
from rtdreamer.prediction import Affect, OverTime
from rtdreamer.signal.features import Features, Spec, extract
from rtdreamer.signal.profile import Profile, RunningProfile, network_inputs


class Classifier:
    """A checkpoint, ready to classify one person's windows one at a time.

    With a profile the same window always gives the same answer; without one, so do the same
    windows in the same order. Making one sets torch to a single thread in the whole process.

    Parameters
    ----------
    checkpoint : Checkpoint
        The model.
    profile : Profile, optional
        Of the person. Without it, a model that wants one estimates it as windows come in,
        starting from the average person of its training.
    hop : int, optional
        Samples from one window to the next, which that estimate needs to know; a whole window if
        not given.

    Attributes
    ----------
    name : str
        The model's name.
    simulated : bool
        Whether the model was trained on simulated people.
    spec : Spec
        The windows it takes.

    Raises
    ------
    RtdreamerError
        If the model needs a package that is not installed.
    """

    def __init__(
        self, checkpoint: Checkpoint, profile: Profile | None = None, hop: int | None = None
    ) -> None:
        self.name = checkpoint.name
        self.simulated = checkpoint.record.simulated
        self.spec: Spec = checkpoint.spec
        self._calibration = checkpoint.calibration
        self._calibration_over_time = checkpoint.calibration_over_time
        self._evidence = Evidence(self.spec.n_times, self.spec.sfreq)
        self._network = checkpoint.network()
        self._profile = profile if self.spec.standardise else None
        self._running: RunningProfile | None = None
        if profile is None and checkpoint.average is not None:
            seconds = self.spec.n_times / self.spec.sfreq
            hop_seconds = (hop or self.spec.n_times) / self.spec.sfreq
            self._running = RunningProfile(checkpoint.average, seconds, hop_seconds)
        # One window is too little work to share: a second thread gained nothing, and doubled the
        # time (tenfold in the worst twentieth) once the player and the dashboard wanted the core.
        torch.set_num_threads(1)

    @classmethod
    def ready(
        cls, checkpoint: Checkpoint, hop: int | None = None, profile: Profile | None = None
    ) -> "Classifier":
        """Make one whose first answer is not slower than the others."""
        classifier = cls(checkpoint, profile, hop)
        classifier.warm_up()
        return classifier

    def extract(self, window: NDArray[np.float64]) -> Features:
        """What the model sees of a window.

        Parameters
        ----------
        window : ndarray, shape (14, n_times)
            Raw µV, offset included.

        Raises
        ------
        DataError
            If the window's shape is not the spec's, or a value is not finite.
        """
        return extract(window, self.spec)

    def classify(self, features: Features, sample: int) -> tuple[Affect, OverTime]:
        """Say how likely high valence and high arousal are, from what ``extract`` returned.

        If the model predicts relative to a person, what is not known of a window, NaN, counts as
        at the baseline.

        Parameters
        ----------
        features : Features
            Of the window.
        sample : int
            Index of its last sample in the stream, missing samples included.

        Returns
        -------
        Affect
            What this window says.
        OverTime
            What it says together with those of the last minute that were classified before it.

        Raises
        ------
        ValueError
            If the window does not end after the one before.
        """
        profile = self._profile if self._running is None else self._running.add(features)
        logits = self._logits(features, profile)  # (2,)
        valence, arousal = logits.tolist()
        self._evidence.add(sample, (valence, arousal))
        affect = Affect(*self._calibration.apply(logits).tolist())
        mean = torch.tensor(self._evidence.mean)
        calibration = self._evidence.calibration(self._calibration, self._calibration_over_time)
        over_time = Affect(*calibration.apply(mean).tolist())
        return affect, OverTime(over_time, self._evidence.seconds)

    def reset(self) -> None:
        """Forget what earlier windows said: the next one is of another stream.

        The person's baseline stays.
        """
        self._evidence.reset()

    def warm_up(self) -> None:
        """Answer for silence, so that the first window that counts is not the slow one."""
        silence = np.zeros((len(self.spec.ch_names), self.spec.n_times))
        self._logits(self.extract(silence), self._profile)

    def _logits(self, features: Features, profile: Profile | None) -> torch.Tensor:
        """Logits of valence and arousal, not calibrated, shape (2,)."""
        takes = self._network.takes
        inputs = network_inputs(
            features.de,
            features.edge_weight,
            features.spectrum,
            profile,
            features.covariance if "covariance" in takes else None,
            features.signals if "signals" in takes else None,
            self.spec,
        )
        seen = (torch.from_numpy(getattr(inputs, name))[None] for name in takes)
        with torch.inference_mode():
            return self._network.predict(*seen)[0]  # of shape (1, 2)
