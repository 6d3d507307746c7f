"""The marks of the views: on the heads, fixed scales that are the same in every band."""

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QColor, QPen

from rtdreamer.dashboard import theme

EDGE_MIN = 0.3
"""Weaker edges are not drawn: 0.3 is a mutual information of 0.05 nats."""

DE_FULL = 0.3
"""Shift of the differential entropy, nats, that gets the full colour. Between two windows of a
quiet recording it differs by about 0.1 nats (one SD)."""


RING = 5
"""Radius, pixels, of the mark of what the last minute says."""


def ring_pen() -> QPen:
    """The pen for that mark, which is drawn over others."""
    return QPen(QColor(theme.TEXT), 1.5)


def edge_pen(weight: float, radius: float) -> QPen:
    """Width and opacity for an ``edge_weight`` of 0–1 on a head of ``radius`` pixels."""
    colour = QColor(theme.INFORMATION)
    strength = (weight - EDGE_MIN) / (1 - EDGE_MIN)
    colour.setAlphaF(min(max(0.3 + 0.65 * strength, 0.0), 1.0))
    return QPen(
        colour, radius * (0.012 + 0.036 * strength), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap
    )


def de_colour(shift: float) -> QColor:
    """Colour for a shift of the differential entropy in nats: blue below 0, grey, pink above."""
    end = QColor(theme.DE_HIGH if shift > 0 else theme.DE_LOW)
    even = QColor(theme.DE_EVEN)
    share = min(abs(shift) / DE_FULL, 1.0)
    return QColor.fromRgbF(
        even.redF() + share * (end.redF() - even.redF()),
        even.greenF() + share * (end.greenF() - even.greenF()),
        even.blueF() + share * (end.blueF() - even.blueF()),
    )
