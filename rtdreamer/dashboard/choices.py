"""What was chosen on the screen, and how it is remembered from one run to the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from PyQt5.QtCore import QByteArray, QSettings

from rtdreamer.dashboard.theme import DARK, THEMES
from rtdreamer.dashboard.trace_buffer import Edges
from rtdreamer.dashboard.traces import SCALES_UV, SPANS_S
from rtdreamer.window import Band

T = TypeVar("T")

BROAD: Edges = (1.0, 45.0)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the traces and colours are.

    Attributes
    ----------
    scale_uv, span_s : int
        Of the traces: the scale bar, µV, and how long a time is drawn, seconds.
    pass_band : str
        A name in ``pass_bands``.
    theme : str
        A name in ``theme.THEMES``.
    """

    scale_uv: int = 100
    span_s: int = 10
    pass_band: str = "off"
    theme: str = DARK.name


def pass_bands(bands: Sequence[Band]) -> dict[str, Edges | None]:
    """Return what can be let through to the screen: all, 1–45 Hz, and each of the bands."""
    named = {band.name: (band.l_freq, band.h_freq) for band in bands}
    return {"off": None, f"{BROAD[0]:g}–{BROAD[1]:g} Hz": BROAD, **named}


def load(settings: QSettings, bands: Sequence[Band]) -> Choices:
    """Read what was chosen; what is missing, or cannot be chosen (any more), is as at first."""
    first = Choices()
    return Choices(
        _one_of(settings.value("scale_uv"), SCALES_UV, first.scale_uv),
        _one_of(settings.value("span_s"), SPANS_S, first.span_s),
        _one_of(settings.value("pass_band"), tuple(pass_bands(bands)), first.pass_band),
        _one_of(settings.value("theme"), tuple(THEMES), first.theme),
    )


def save(settings: QSettings, choices: Choices, geometry: QByteArray) -> None:
    """Write what was chosen, and where the window is."""
    settings.setValue("scale_uv", choices.scale_uv)
    settings.setValue("span_s", choices.span_s)
    settings.setValue("pass_band", choices.pass_band)
    settings.setValue("theme", choices.theme)
    settings.setValue("geometry", geometry)


def geometry(settings: QSettings) -> QByteArray | None:
    """Return where the window was; None if that is not known."""
    found = settings.value("geometry")
    return found if isinstance(found, QByteArray) else None


def _one_of(found: object, allowed: Sequence[T], otherwise: T) -> T:
    return next((value for value in allowed if str(value) == str(found)), otherwise)
