"""What is said of one quantity, in numbers and in words."""

from dataclasses import dataclass

from rtdreamer.live.steady import Steadied, next_side


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one quantity.

    Attributes
    ----------
    quantity : str
        ``valence`` or ``arousal``.
    probability : float
        By the last window, 0–1, that it is high.
    base_rate : float
        The share of high ratings in training, 0–1.
    over_time : float or None
        By the last minute; None where that says nothing.
    steadied : Steadied or None
        By the last seconds together; None where only this window is known.
    """

    quantity: str
    probability: float
    base_rate: float
    over_time: float | None = None
    steadied: Steadied | None = None

    @property
    def side(self) -> int:
        """Where it lies: −1 below the base rate, 0 at it, 1 above.

        It is compared with the share of high ratings in training, not with .5: where three in four
        were high, .64 says less than the base rate does.
        """
        if self.steadied is not None:
            return self.steadied.side
        return next_side(0, self.probability - self.base_rate)

    @property
    def mean(self) -> float:
        """The probability over the last seconds; of this window, where only that is known."""
        return self.probability if self.steadied is None else self.steadied.mean

    @property
    def in_words(self) -> str:
        """How it compares, such as ``arousal below base rate``."""
        return f"{self.quantity} {('at', 'above', 'below')[self.side]} base rate"

    @property
    def plainly(self) -> str:
        """The same in everybody's words, such as ``less pleasant than usual``."""
        word = {"valence": "pleasant", "arousal": "activated"}[self.quantity]
        start, than = (("about as", "as"), ("more", "than"), ("less", "than"))[self.side]
        return f"{start} {word} {than} usual"
