"""From a raw window to affect: what runs live, and what offline evaluation runs."""

import numpy as np
from numpy.typing import NDArray

from rtdreamer.model.evidence import Evidence
from rtdreamer.model.trained_model import TrainedModel
from rtdreamer.prediction import Affect, OverTime
from rtdreamer.signal.features import Features, Spec, extract
from rtdreamer.signal.profile import Profile, RunningProfile, network_inputs


class Classifier:
    """A trained model, ready to classify one person's windows one at a time.

    With a profile the same window always gives the same answer; without one, so do the same
    windows in the same order.

    Parameters
    ----------
    model : TrainedModel
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
        self, model: TrainedModel, profile: Profile | None = None, hop: int | None = None
    ) -> None:
        self.name = model.name
        self.simulated = model.record.simulated
        self.spec: Spec = model.spec
        self._calibration = model.calibration
        self._calibration_over_time = model.calibration_over_time
        self._evidence = Evidence(self.spec.n_times, self.spec.sfreq)
        self._inference = model.inference()
        # Replaced as a whole, never changed: other threads may look at it.
        self._now = (profile or model.average) if self.spec.standardise else None
        self._running: RunningProfile | None = None
        if profile is None and model.average is not None:
            seconds = self.spec.n_times / self.spec.sfreq
            hop_seconds = (hop or self.spec.n_times) / self.spec.sfreq
            self._running = RunningProfile(model.average, seconds, hop_seconds)

    @classmethod
    def ready(
        cls, model: TrainedModel, hop: int | None = None, profile: Profile | None = None
    ) -> "Classifier":
        """Make one whose first answer is not slower than the others."""
        classifier = cls(model, profile, hop)
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
        if self._running is not None:
            self._now = self._running.add(features)
        logits = self._logits(features, self._now)  # (2,)
        valence, arousal = logits.tolist()
        self._evidence.add(sample, (valence, arousal))
        affect = Affect(*self._calibration.apply(logits).tolist())
        calibration = self._evidence.calibration(self._calibration, self._calibration_over_time)
        over_time = Affect(*calibration.apply(self._evidence.mean).tolist())
        return affect, OverTime(over_time, self._evidence.seconds)

    @property
    def profile(self) -> Profile | None:
        """What it sees the person relative to, now."""
        return self._now

    def log_odds(self, features: Features, profile: Profile | None) -> NDArray[np.float64]:
        """Calibrated log odds of a window relative to a profile, shape (2,).

        As ``classify`` would answer, but nothing is kept of it: it may be asked in another thread.
        """
        return self._calibration.log_odds(self._logits(features, profile))

    def reset(self) -> None:
        """Forget what earlier windows said: the next one is of another stream.

        The person's baseline stays.
        """
        self._evidence.reset()

    def use_profile(self, profile: Profile) -> None:
        """Answer relative to this profile from now on, also over the last minute."""
        if self.spec.standardise:
            self._now, self._running = profile, None
            self._evidence.reset()

    def warm_up(self) -> None:
        """Answer for silence, so that the first window that counts is not the slow one."""
        # glibc gives arrays of more than 128 kB back to the system at once, until a larger one was
        # freed. That took up to half of each window's time, in page faults.
        np.empty(30 * 2**20, np.uint8)
        silence = np.zeros((len(self.spec.ch_names), self.spec.n_times))
        self._logits(self.extract(silence), self._now)

    def _logits(self, features: Features, profile: Profile | None) -> NDArray[np.float32]:
        """Logits of valence and arousal, not calibrated, shape (2,)."""
        takes = self._inference.takes
        inputs = network_inputs(
            features.de,
            features.edge_weight,
            features.spectrum,
            profile,
            features.covariance if "covariance" in takes else None,
            features.signals if "signals" in takes else None,
            self.spec,
        )
        return self._inference.logits(inputs)
