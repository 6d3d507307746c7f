"""What screens say of the model that makes the predictions."""

from dataclasses import dataclass

from rtdreamer.live.steady import Width
from rtdreamer.signal.features import Spec
from rtdreamer.stream.rated import HIGH_FROM


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is said of the model that makes the predictions.

    Attributes
    ----------
    name : str
        Its name.
    simulated : bool
        Whether it was trained on simulated people.
    note : str
        One plain line on its training.
    base_rate : tuple of two floats
        Share of high ratings of valence and arousal in its training, 0–1.
    spec : Spec
        The windows it takes, and so the headset.
    baseline : str
        Whose baseline it answers relative to; empty if it does so to nobody's.
    width : Width or None
        Of the band around its answers, where that was measured.
    high_from : float
        From here on a rating of 1 to 5 is high, as it was learned.
    """

    name: str
    simulated: bool
    note: str
    base_rate: tuple[float, float]
    spec: Spec
    baseline: str = ""
    width: Width | None = None
    high_from: float = HIGH_FROM

    @property
    def in_words(self) -> str:
        """Its name, the note, and the baseline."""
        return ", ".join(filter(None, (f"{self.name} · {self.note}", self.baseline)))

    @property
    def window_s(self) -> float:
        """How long a window is, seconds."""
        return self.spec.n_times / self.spec.sfreq
