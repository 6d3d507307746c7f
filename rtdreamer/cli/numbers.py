"""Numbers on the command line."""

import math
from typing import Any

import click

COUNT = click.IntRange(1, 2**31 - 1)
"""How many of something. More is a slip of the finger, and more than libraries can count to."""

SEED = click.IntRange(0, 2**32 - 1)
"""Of random numbers: what torch, numpy and scikit-learn all take."""


class FiniteRange(click.FloatRange):
    """A range of numbers; unlike click's own it has no place for ``nan`` and ``inf``."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if not math.isfinite(click.FLOAT.convert(value, param, ctx)):
            self.fail(f"{value} is not a finite number.", param, ctx)
        number: float = super().convert(value, param, ctx)
        return number
