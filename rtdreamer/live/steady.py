"""What the answers of the last seconds say together, in a word that does not flicker."""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from rtdreamer.prediction import Affect

MEAN_S = 5.0
"""The word and the number rest on the mean over so long."""

SPREAD_S = 10.0
"""Where its width was not measured, the band shows where the answers of so long lay."""

ENTER = 0.08
"""How far from the base rate the mean must come to be called above or below it."""

LEAVE = 0.03
"""How near it must come again to be called at it. One edge for both would let the word flip with
every ripple: on a simulated person, 106 s at 8 answers a second, single answers and an edge of .05
flipped the word for valence 93 times a minute, and for arousal 62 times; these 6 and 5 times."""

LOWEST, HIGHEST = 0.1, 0.9
"""Quantiles of the answers at the two ends of the band."""

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Width:
    """How wide the band is, where it was measured how far answers are from where they settle.

    Attributes
    ----------
    log_odds : tuple of two floats
        To either side of the mean over ``MEAN_S``, of valence and of arousal.
    share : float
        How often the mean answer over a whole trial is to lie in it, 0–1.
    people : str
        Of whom that was measured, such as ``simulated people``.
    """

    log_odds: tuple[float, float]
    share: float
    people: str


def band_in_words(width: Width | None) -> str:
    """Say what the band is, and no more than was measured."""
    if width is None:
        return (
            f"Band: eight in ten answers of the last {SPREAD_S:g} s lay in it. It says how much "
            "the answer moves, and not how likely it is to be right."
        )
    return (
        f"Band: where the answer may settle. Over a whole film its mean lay in it "
        f"{10 * width.share:.0f} times in 10, with {width.people} it had never seen."
    )


def band_in_short(width: Width | None) -> str:
    """The same where room is short."""
    if width is None:
        return f"Band: where 8 in 10 answers of the last {SPREAD_S:g} s lay."
    return (
        f"Band: where a film's average ended {10 * width.share:.0f} times in 10 ({width.people})."
    )


def around(mean: float, log_odds: float) -> tuple[float, float]:
    """What lies so many log odds below a probability, and what as many above."""
    odds = math.exp(log_odds)
    return mean / (mean + (1 - mean) * odds), mean * odds / (1 - mean + mean * odds)


def next_side(side: int, difference: float) -> int:
    """Say on which side of the base rate a value lies: −1 below, 0 at it, 1 above.

    Parameters
    ----------
    side : int
        What was last said.
    difference : float
        The value less the base rate.
    """
    if abs(difference) >= ENTER - _ROUNDING:
        return 1 if difference > 0 else -1
    return side if side * difference > LEAVE else 0


@dataclass(frozen=True, slots=True)
class Steadied:
    """One quantity over the last seconds.

    Attributes
    ----------
    mean : float
        Over the last ``MEAN_S``, 0–1.
    side : int
        −1 below the base rate, 0 at it, 1 above.
    low, high : float
        The band: around the mean by the model's ``Width``, where it has one. Else between them lie
        eight in ten answers of the last ``SPREAD_S``. Their windows overlap, so this says how much
        the answer moves, and not how likely it is to be right: with simulated people the mean over
        a whole trial lay in it 64 times in 100.
    since : float
        When the side was entered, LSL seconds.
    """

    mean: float
    side: int
    low: float
    high: float
    since: float


class Steadier:
    """Hears answers, in constant time each, and tells what they say together.

    Parameters
    ----------
    base_rate : tuple of two floats
        Of valence and arousal: the share of high ratings in training, 0–1.
    width : Width, optional
        Of the band; without it the band is where answers lay.
    """

    def __init__(self, base_rate: tuple[float, float], width: Width | None = None) -> None:
        self._base_rate = base_rate
        self._width = width
        self._recent: deque[tuple[float, float, float]] = deque()
        self._averaged: deque[tuple[float, float, float]] = deque()
        self.forget()

    def forget(self) -> None:
        """What comes next is of another time: begin again."""
        self._recent.clear()
        self._averaged.clear()
        self._sums = [0.0, 0.0]
        self._sides = [0, 0]
        self._since = [float("nan")] * 2

    def add(self, timestamp: float, affect: Affect) -> None:
        """Take the answer of the window that ends at ``timestamp``, LSL seconds."""
        last = self._recent[-1][0] if self._recent else timestamp
        # Across a pause nothing is steady, and a clock may have been set back.
        if not 0 <= timestamp - last <= SPREAD_S:
            self.forget()
        answer = (timestamp, affect.valence, affect.arousal)
        self._recent.append(answer)
        self._averaged.append(answer)
        while timestamp - self._recent[0][0] > SPREAD_S:
            self._recent.popleft()
        self._add(answer, 1)
        while timestamp - self._averaged[0][0] > MEAN_S:
            self._add(self._averaged.popleft(), -1)
        for row, (mean, base_rate) in enumerate(zip(self._means, self._base_rate, strict=True)):
            side = next_side(self._sides[row], mean - base_rate)
            if side != self._sides[row] or len(self._recent) == 1:
                self._sides[row], self._since[row] = side, timestamp

    def steadied(self) -> tuple[Steadied, ...]:
        """Valence and arousal over the last seconds; nothing before the first answer."""
        if not self._recent:
            return ()
        rows = zip(self._means, self._sides, self._bands(), self._since, strict=True)
        return tuple(Steadied(mean, side, *band, since) for mean, side, band, since in rows)

    @property
    def means(self) -> Affect | None:
        """Both means over the last ``MEAN_S``; None before the first answer."""
        return Affect(*self._means) if self._averaged else None

    @property
    def _means(self) -> list[float]:
        return [total / len(self._averaged) for total in self._sums]

    def _bands(self) -> list[tuple[float, float]]:
        if self._width is not None:
            return [around(*row) for row in zip(self._means, self._width.log_odds, strict=True)]
        answers = np.array(self._recent)[:, 1:]
        low, high = np.quantile(answers, (LOWEST, HIGHEST), axis=0).tolist()
        return list(zip(low, high, strict=True))

    def _add(self, answer: tuple[float, float, float], sign: int) -> None:
        self._sums = [total + sign * a for total, a in zip(self._sums, answer[1:], strict=True)]
