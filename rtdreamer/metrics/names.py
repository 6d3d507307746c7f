"""What targets, people, stimuli and trials are called that arrays hold as numbers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TARGETS = ("valence", "arousal", "dominance")
"""In their order everywhere; where there are fewer, they are the first ones."""

_WHOLE = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class Names:
    """Names of numbers, by what the numbers are of.

    Attributes
    ----------
    subject, stimulus, trial : tuple of str
        The name of number k stands at k - 1. Empty where the numbers are names already, as in
        DREAMER.
    """

    subject: tuple[str, ...] = ()
    stimulus: tuple[str, ...] = ()
    trial: tuple[str, ...] = ()

    def of(self, kind: str, number: int) -> int | str:
        """The name of a number; the number itself where it has none.

        Parameters
        ----------
        kind : str
            ``subject``, ``stimulus`` or ``trial``.
        number : int
            From 1.
        """
        names: tuple[str, ...] = getattr(self, kind)
        return names[number - 1] if names else int(number)

    def each(self, kind: str, numbers: NDArray[np.int64]) -> list[int | str]:
        """The names of several numbers."""
        return [self.of(kind, number) for number in numbers.tolist()]


def natural_order(name: str) -> tuple[bool, int, str, str]:
    """A key to sort names by: whole numbers first, by their size, then all others."""
    is_whole = name.isascii() and name.isdigit()
    digits = name.lstrip("0") if is_whole else ""  # as text: there may be any number of them
    return not is_whole, len(digits), digits, name


def numbered(names: Iterable[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """A number for each name, in their natural order.

    Names that all are whole numbers from 1 stand for themselves.

    Returns
    -------
    number_of : dict of str to int
        The number of each.
    in_order : tuple of str
        As in ``Names``.
    """
    found = sorted(set(names), key=natural_order)
    if all(_WHOLE.fullmatch(name) for name in found):
        return {name: int(name) for name in found}, ()
    return {name: number for number, name in enumerate(found, start=1)}, tuple(found)
