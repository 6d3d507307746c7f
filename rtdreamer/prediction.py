"""What a prediction is, from the model's answer to the line that is printed."""

from dataclasses import dataclass

OVER_TIME_S = 60.0
"""Seconds of EEG that the answer over time rests on, once there are as many."""

BAD_BELOW = 0.9
"""A channel of less quality is bad. On 12 simulated people whom the released model never saw, a
flaw of a tenth of the window on 4 of 14 channels began to move the answer: the mean valence by
−.03 where they were flat, by −.10 where the head moved. Of plain windows .3 % have a channel below
it, for blinks and bursts of muscle."""


@dataclass(frozen=True, slots=True)
class Affect:
    """A model's answer for one window: probabilities, 0–1, of the high class."""

    valence: float
    arousal: float

    @property
    def emotion_class(self) -> int:
        """Quadrant 0–3 = 2·(arousal high) + (valence high)."""
        return 2 * (self.arousal >= 0.5) + (self.valence >= 0.5)


@dataclass(frozen=True, slots=True)
class OverTime:
    """What the windows of the last ``OVER_TIME_S`` say together.

    Attributes
    ----------
    affect : Affect
        Of the mean of their logits.
    seconds : float
        How much EEG lies in them, at most ``OVER_TIME_S``.
    """

    affect: Affect
    seconds: float


@dataclass(frozen=True, slots=True)
class Quality:
    """How far a window's signals can be EEG at all.

    Attributes
    ----------
    channels : tuple of float
        One each channel: 0 (unusable) to 1.
    flaws : tuple of str
        One each channel: what is wrong with it, such as ``flat``; empty if nothing is.
    ch_names : tuple of str
        The channels, in this order.
    """

    channels: tuple[float, ...]
    flaws: tuple[str, ...]
    ch_names: tuple[str, ...]

    @property
    def overall(self) -> float:
        """Mean over the channels, 0 to 1."""
        return sum(self.channels) / len(self.channels)

    @property
    def bad(self) -> tuple[int, ...]:
        """Index of each bad channel."""
        return tuple(row for row, value in enumerate(self.channels) if value < BAD_BELOW)


@dataclass(frozen=True, slots=True)
class Carried:
    """What carried an answer of one quantity, the most important first.

    Where the model's deletion test does not hold for a kind of part, none of it is named.

    Attributes
    ----------
    side : int
        Where the answer lay: −1 below the base rate, 1 above.
    electrodes, bands : tuple of int
        By their indices.
    edges : tuple of three ints each
        A band and two electrodes.
    """

    side: int
    electrodes: tuple[int, ...] = ()
    bands: tuple[int, ...] = ()
    edges: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Reasons:
    """What carried a recent answer.

    Attributes
    ----------
    sample : int
        Index of the last sample of the window that it was asked of.
    valence, arousal : Carried
        Of each.
    """

    sample: int
    valence: Carried
    arousal: Carried


@dataclass(frozen=True, slots=True)
class Prediction:
    """One prediction of a running session.

    Attributes
    ----------
    timestamp : float
        LSL time of the window's last sample, seconds.
    sample : int
        Index of that sample since the stream was first opened, from 0, missing samples included.
    affect : Affect or None
        The model's answer; None where it is withheld.
    reason : str
        Why there is no answer, in one line; empty if there is one.
    quality : Quality
        Of the window's signals.
    excluded : tuple of int
        Index of each channel that the answer does not rest on.
    hop : int
        Samples since the last prediction (since the stream was opened, for the first).
    skipped, missing, driver_interpolated : int
        So far: predictions skipped, samples missing, bridged ones included, and samples that the
        headset's own driver interpolated.
    compute_ms : float
        Spent on the window: features, model and quality.
    model : str
        The model's name.
    simulated_model : bool
        Whether the model was trained on simulated people.
    over_time : OverTime or None
        What the last minute says, this window included; None where its own answer is withheld,
        lest an old one pass for one of now.
    note : str
        What else must be known of it, in one line, such as that its samples come at another rate
        than they should; empty if nothing.
    """

    timestamp: float
    sample: int
    affect: Affect | None
    reason: str
    quality: Quality
    excluded: tuple[int, ...]
    hop: int
    skipped: int
    missing: int
    driver_interpolated: int
    compute_ms: float
    model: str
    simulated_model: bool
    over_time: OverTime | None = None
    note: str = ""
