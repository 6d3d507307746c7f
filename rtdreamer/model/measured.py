"""What was measured of a trained model on people it never saw, as its file's metrics hold it."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rtdreamer.decoding import decode, encode

Kind = Literal["electrodes", "bands", "edges"]
KINDS: tuple[Kind, ...] = ("electrodes", "bands", "edges")

DELETION, SETTLING = "deletion", "settling"
"""Where they are among the metrics."""

SURE = 3.0
"""Standard errors by which a difference must lie above 0. Of three cohorts or more: by Student's t
that is p = .05 at three, and less at more."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """The deletion test: whether what is named as having carried an answer did.

    Figures are of valence and of arousal, in log odds.

    Attributes
    ----------
    data : tuple of str
        The cohorts: people the model never saw.
    n_people, n_answers : int
        Of how many people, and how many answers.
    n_named : mapping of str to int
        How many parts were named, by kind.
    named : mapping of str to tuple of two floats
        How far an answer moved towards what is usual without the named parts, by kind.
    random : mapping
        How far it moved, either way, without as many others, drawn at random.
    difference, se : mapping
        The mean difference over cohorts, each a mean over people, and its standard error.
    later, later_se : mapping
        How much further towards what is usual the named parts move the answer of a window that has
        no sample in common with those of the answer, than random ones do; and its standard error.
        About 0 where what is named holds for the moment alone.

    Raises
    ------
    ValueError
        If a kind is missing or unknown, or a figure is not finite.
    """

    data: tuple[str, ...]
    n_people: int
    n_answers: int
    n_named: Mapping[Kind, int]
    named: Mapping[Kind, tuple[float, float]]
    random: Mapping[Kind, tuple[float, float]]
    difference: Mapping[Kind, tuple[float, float]]
    se: Mapping[Kind, tuple[float, float]]
    later: Mapping[Kind, tuple[float, float]]
    later_se: Mapping[Kind, tuple[float, float]]

    def __post_init__(self) -> None:
        figures = (self.named, self.random, self.difference, self.se, self.later, self.later_se)
        if any(set(one) != set(KINDS) for one in (self.n_named, *figures)):
            raise ValueError(f"a deletion test is of {', '.join(KINDS)}")
        if not all(math.isfinite(x) for one in figures for pair in one.values() for x in pair):
            raise ValueError("a deletion test's figures must be finite")

    def holds(self, kind: Kind) -> bool:
        """Whether what is named moves both answers more than as much at random does."""
        pairs = zip(self.difference[kind], self.se[kind], strict=True)
        return len(self.data) >= 3 and all(0 < SURE * se < difference for difference, se in pairs)


@dataclass(frozen=True, slots=True)
class Settling:
    """How far the answer of some seconds is from where it settles: a width with a known coverage.

    Attributes
    ----------
    share : float
        How often the mean answer over a whole trial is to lie within the width, 0–1.
    width : tuple of two floats
        To either side of the answer over 5 s, of valence and of arousal, log odds.
    learned_from, data : tuple of str
        On whom the width was chosen, and on whom the rest was measured: other people and clips.
    simulated : bool
        Whether these people were simulated.
    n_people, n_moments : int
        Of the latter.
    covered, low, high : tuple of two floats
        How often it lay within the width, and the 95 % interval of that over people.

    Raises
    ------
    ValueError
        If a width is no width or a share none.
    """

    share: float
    width: tuple[float, float]
    learned_from: tuple[str, ...]
    data: tuple[str, ...]
    simulated: bool
    n_people: int
    n_moments: int
    covered: tuple[float, float]
    low: tuple[float, float]
    high: tuple[float, float]

    def __post_init__(self) -> None:
        if not all(0 < width < 100 for width in self.width):
            raise ValueError(f"a width of {self.width} log odds is none")
        if not all(0 <= x <= 1 for x in (self.share, *self.covered, *self.low, *self.high)):
            raise ValueError("a share lies between 0 and 1")

    @property
    def holds(self) -> bool:
        """Whether nothing says that the width covers less than its share, of either answer."""
        return all(high >= self.share for high in self.high)


@dataclass(frozen=True, slots=True)
class Measured:
    """Both, where they were measured."""

    deletion: Deletion | None = None
    settling: Settling | None = None


def read_measured(metrics: Mapping[str, Any]) -> Measured:
    """Read what a model's metrics say was measured.

    Raises
    ------
    ValueError
        If it is there and cannot be used.
    """
    deletion, settling = metrics.get(DELETION), metrics.get(SETTLING)
    return Measured(
        None if deletion is None else decode(Deletion, deletion, "deletion test"),
        None if settling is None else decode(Settling, settling, "settling"),
    )


def write_measured(measured: Measured) -> dict[str, Any]:
    """Return what ``read_measured`` reads, to be put among the metrics."""
    both = {DELETION: measured.deletion, SETTLING: measured.settling}
    return {name: encode(one) for name, one in both.items() if one is not None}


def rounded_pair(values: Iterable[float]) -> tuple[float, float]:
    """Valence and arousal, as they stand in a file."""
    valence, arousal = (round(float(value), 4) for value in values)
    return valence, arousal
