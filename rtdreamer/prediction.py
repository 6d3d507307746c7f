"""What a prediction is, from the network's answer to the line that is printed."""

from dataclasses import dataclass

UNDECIDED = (0.45, 0.55)
"""Between these probabilities neither class is named."""


@dataclass(frozen=True, slots=True)
class Affect:
    """A network's answer for one window: probabilities, 0–1, of the high class."""

    valence: float
    arousal: float

    @property
    def emotion_class(self) -> int:
        """Quadrant 0–3 = 2·(arousal high) + (valence high)."""
        return 2 * (self.arousal >= 0.5) + (self.valence >= 0.5)


@dataclass(frozen=True, slots=True)
class Prediction:
    """One prediction of a running session.

    Attributes
    ----------
    timestamp : float
        LSL time of the window's last sample, seconds.
    sample : int
        Index of that sample since the stream was opened, from 0; lost samples are counted in.
    affect : Affect
        The network's answer.
    quality : float
        Signal quality of the window, 0 (unusable) to 1.
    hop : int
        Samples since the last prediction (since the stream was opened, for the first).
    skipped, lost : int
        Predictions skipped and samples lost so far.
    compute_ms : float
        Spent on the window: features, network and quality.
    model : str
        The model's name.
    simulated_model : bool
        Whether the model was trained on simulated people.
    """

    timestamp: float
    sample: int
    affect: Affect
    quality: float
    hop: int
    skipped: int
    lost: int
    compute_ms: float
    model: str
    simulated_model: bool


def in_words(quantity: str, probability: float) -> str:
    """Say what a probability, 0–1, of the high class of ``quantity`` means.

    Such as ``high valence 58 %`` or ``valence undecided``.
    """
    low, high = UNDECIDED
    if low < probability < high:
        return f"{quantity} undecided"
    if probability > 0.5:
        return f"high {quantity} {100 * probability:.0f} %"
    return f"low {quantity} {100 * (1 - probability):.0f} %"
