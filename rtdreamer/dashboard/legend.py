"""The marks on heads, and what they mean. Their scales are fixed, and the same in every band."""

import math

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QSizePolicy, QWidget

from rtdreamer.dashboard.drawing import font, see_through
from rtdreamer.dashboard.label import as_tooltip
from rtdreamer.dashboard.theme import DARK, Theme, mixed

EDGE_MIN = 0.3
"""Weaker edges are not drawn: 0.3 is a mutual information of 0.05 nats."""

DE_FULL = 0.3
"""Shift of the differential entropy, nats, that gets the full colour and size: power by 82 % more
or 45 % less. Between two windows of a quiet recording it differs by about 0.1 nats (one SD)."""

SMALLEST, LARGEST = 0.055, 0.115
"""Radius of a node, as a share of the head's, where power is as usual, and at ``DE_FULL``."""

MARGIN = 8

LONG_TEXTS = (
    "Line: what two electrodes share, 0 to 1 (mutual information)",
    "Disc: power against this electrode's own mean so far; ✕ left out",
    "Frame: carried the answer, ○\N{NO-BREAK SPACE}valence, ◇\N{NO-BREAK SPACE}arousal",
)
SHORTER_TEXTS = (
    "Line: information shared",
    "Disc: power, ✕ left out",
    "Frame: carried the answer, ○\N{NO-BREAK SPACE}valence ◇\N{NO-BREAK SPACE}arousal",
)
SHORTEST_TEXTS = ("Line: shared, 0 to 1", "Disc: power, ✕ out", "Carried: ○ val. ◇ ar.")
EXPLANATION = (
    "Lines: mutual information (MI, nats) of two electrodes, scaled to 0–1 as √(1 − e^(−2·MI)); "
    f"below {EDGE_MIN:g} none is drawn.",
    "Discs: power in the band against this electrode's own mean since the start. Filled: more; "
    "ring: less; the larger, the further from it.",
    "Cross: an electrode that is left out, since its signal is bad.",
    "Frames around electrodes, coloured lines, and the mark beside a band's name: what carried the "
    "answer, ○ and solid for valence, ◇ and dashed for arousal. Without it the answer would lie "
    "nearer to what is usual: the model is asked about once a second. Shown only for a model for "
    "which that was tested on people it had never seen.",
    "Click a head, or press its number, to see it large with all values.",
)


def edge_pen(weight: float, radius: float, theme: Theme = DARK) -> QPen:
    """Width and opacity for an ``edge_weight`` of 0–1 on a head of ``radius`` pixels."""
    strength = max((weight - EDGE_MIN) / (1 - EDGE_MIN), 0.0)
    colour = see_through(theme.information, 0.3 + 0.65 * strength)
    return QPen(
        colour, radius * (0.012 + 0.036 * strength), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap
    )


def de_colour(shift: float, theme: Theme = DARK) -> QColor:
    """Colour for a shift of the differential entropy in nats, from less over even to more."""
    end = theme.de_high if shift > 0 else theme.de_low
    return QColor(mixed(theme.de_even, end, min(abs(shift) / DE_FULL, 1.0)))


def node_size(shift: float) -> float:
    """Radius of the node for such a shift, as a share of the head's radius."""
    return SMALLEST + (LARGEST - SMALLEST) * min(abs(shift) / DE_FULL, 1.0)


def power_change(shift: float) -> str:
    """Say a shift of the differential entropy, nats, as a change of power: ``+35 %``.

    Of a Gaussian it is half the logarithm of the variance and a constant (Duan et al., IEEE EMBS
    NER 2013), so power changes by e^(2·shift).
    """
    percent = round(100 * math.expm1(2 * min(shift, 3.0)))
    return f"{percent:+d} %".replace("-", "−") if percent else "0 %"


def draw_node(
    painter: QPainter, at: QPointF, radius: float, shift: float | None, theme: Theme
) -> None:
    """Draw a node on a head of ``radius`` pixels: a disc, a ring, or a cross if ``shift`` is None.

    Colour, fill and size say the same thing thrice: not everybody sees all colours.
    """
    if shift is None:
        reach = SMALLEST * radius + 2
        painter.setPen(QPen(QColor(theme.notice), 2))
        painter.setBrush(QColor(theme.background))
        painter.drawEllipse(at, reach, reach)
        arm = QPointF(reach * 0.7, reach * 0.7)
        painter.drawLine(at - arm, at + arm)
        arm.setX(-arm.x())
        painter.drawLine(at - arm, at + arm)
        return
    size, colour = node_size(shift) * radius, de_colour(shift, theme)
    if shift < 0:
        width = max(size * 0.38, 1.5)
        painter.setPen(QPen(colour, width))
        painter.setBrush(QColor(theme.background))
        size -= width / 2
    else:
        painter.setPen(QPen(QColor(theme.background), 1))
        painter.setBrush(colour)
    painter.drawEllipse(at, size, size)


WRAPPED = int(Qt.AlignmentFlag.AlignLeft) | int(Qt.TextFlag.TextWordWrap)

SAMPLES_HEIGHT = 64
"""Pixels of sample lines and discs, and of the room between."""

NARROW = 150
"""Pixels of width, below which there is no room for three values beside one another."""


class HeadsLegend(QWidget):
    """Sample lines and discs with their values."""

    def __init__(self) -> None:
        super().__init__()
        self.theme = DARK
        self.has_marks = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setToolTip(as_tooltip(*EXPLANATION))

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.theme = theme
        self.update()

    def show_marks(self, has_marks: bool) -> None:
        """Explain the marks of what carried the answer, once there are some."""
        if has_marks != self.has_marks:
            self.has_marks = has_marks
            self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(11))
        line, disc, frame = self._texts(painter)
        below = self._paragraph(painter, 0.0, line)
        below = self._lines(painter, below + 3)
        below = self._paragraph(painter, below + 3, disc)
        below = self._discs(painter, below + 3)
        # Where there is no room for it, the tooltip says it.
        if self.has_marks and below + 3 + self._height(painter, frame) <= self.height():
            self._paragraph(painter, below + 3, frame)

    def _texts(self, painter: QPainter) -> tuple[str, str, str]:
        """Return the longest for which there is room."""
        for texts in (LONG_TEXTS, SHORTER_TEXTS):
            needed = sum(self._height(painter, text) for text in texts[: 2 + self.has_marks])
            if needed + SAMPLES_HEIGHT <= self.height():
                return texts
        return SHORTEST_TEXTS

    def _height(self, painter: QPainter, text: str) -> float:
        room = QRectF(0, 0, self.width() - 2 * MARGIN, 1e4)
        return painter.boundingRect(room, WRAPPED, text).height()

    def _paragraph(self, painter: QPainter, top: float, text: str) -> float:
        painter.setPen(QColor(self.theme.muted))
        room = QRectF(MARGIN, top, self.width() - 2 * MARGIN, max(self.height() - top, 0))
        bounds = painter.boundingRect(room, WRAPPED, text)
        painter.drawText(room, WRAPPED, text)
        return bounds.bottom()

    def _lines(self, painter: QPainter, top: float) -> float:
        weights = (EDGE_MIN, 0.5, 0.75, 1.0)
        for centre, weight in zip(self._columns(len(weights)), weights, strict=True):
            painter.setPen(edge_pen(weight, 100.0, self.theme))
            painter.drawLine(QPointF(centre - 11, top + 3), QPointF(centre + 11, top + 3))
            self._value(painter, centre, top + 7, f"{weight:g}")
        return top + 21

    def _discs(self, painter: QPainter, top: float) -> float:
        shifts = (-DE_FULL, 0.0, DE_FULL)
        for centre, shift in zip(self._columns(len(shifts)), shifts, strict=True):
            draw_node(painter, QPointF(centre, top + 8), 62, shift, self.theme)
            usual = "as usual" if self.width() >= NARROW else "same"
            words = power_change(shift) if shift else usual
            self._value(painter, centre, top + 16, words)
        return top + 31

    def _columns(self, n: int) -> list[float]:
        width = (self.width() - 2 * MARGIN) / n
        return [MARGIN + (place + 0.5) * width for place in range(n)]

    def _value(self, painter: QPainter, centre: float, top: float, text: str) -> None:
        painter.setPen(QColor(self.theme.text))
        box = QRectF(centre - 34, top, 68, 15)
        painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, text)
