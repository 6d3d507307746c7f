"""What stands around the traces: names, time axis, scale bar."""

from collections.abc import Sequence

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QPainter, QPen

from rtdreamer.dashboard.drawing import pen, see_through
from rtdreamer.dashboard.theme import Theme
from rtdreamer.prediction import Quality

LEFT, RIGHT = 78, 30
"""Pixels beside the lanes: of the names, and of the scale bar."""

TICKS = 5

CHOSEN = 0.2
"""Opacity of the ground of the name that is chosen: what is written on it can be read."""

FLAW_FROM = 27
"""Height of a lane, pixels, from which on there is room for a flaw below a name."""


def name_at(at: QPointF, room: QRectF, n_channels: int) -> int | None:
    """The channel whose name lies at a place to the left of the lanes' ``room``; None if none."""
    if at.x() >= room.left() or not room.top() <= at.y() < room.bottom():
        return None
    return int((at.y() - room.top()) * n_channels / room.height())


def draw_names(
    painter: QPainter,
    room: QRectF,
    ch_names: Sequence[str],
    quality: Quality | None,
    chosen: int | None,
    theme: Theme,
) -> None:
    """Write each name at the left of its lane, and what is wrong with it where there is room.

    Parameters
    ----------
    room : QRectF
        Of the lanes.
    chosen : int or None
        The channel that is looked at more closely: it is framed.
    """
    height = room.height() / len(ch_names)
    flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    for row, name in enumerate(ch_names):
        flaw = quality.flaws[row] if quality is not None else ""
        is_bad = quality is not None and row in quality.bad
        middle = room.top() + (row + 0.5) * height
        above = height >= FLAW_FROM and flaw and flaw != "blink"
        box = QRectF(0, middle - (15 if above else 8), room.left() - 6, 16)
        if row == chosen:
            reach = min(height, 30 if above else 16) / 2
            painter.setPen(pen(theme.text))
            painter.setBrush(see_through(theme.busy, CHOSEN))
            painter.drawRoundedRect(QRectF(1, middle - reach, room.left() - 4, 2 * reach), 3, 3)
        colour = theme.notice if is_bad else theme.muted
        painter.setPen(QColor(colour if is_bad else theme.text))
        painter.drawText(box, flags, f"✕ {name}" if is_bad else name)
        if above:
            painter.setPen(QColor(colour))
            painter.drawText(box.translated(0, 14), flags, flaw)


def draw_time_axis(
    painter: QPainter, room: QRectF, span_s: float, ago_s: float, right_end: str, theme: Theme
) -> None:
    """Write how long ago it was, below the lanes' ``room``.

    Parameters
    ----------
    span_s : float
        How long a time is drawn, seconds.
    ago_s : float
        How old the newest sample drawn is, seconds.
    right_end : str
        What is written there; it stands out unless it is "now".
    """
    painter.setPen(pen(theme.line))
    painter.drawLine(room.bottomLeft(), room.bottomRight())
    free_to = room.right() + RIGHT
    for tick in range(TICKS + 1):
        x = room.right() - tick * room.width() / TICKS
        painter.setPen(pen(theme.line))
        painter.drawLine(QPointF(x, room.bottom()), QPointF(x, room.bottom() + 4))
        earlier = time_in_words(ago_s + tick * span_s / TICKS)
        warns = not tick and right_end != "now"
        painter.setPen(QColor(theme.notice if warns else theme.muted))
        words = f"−{earlier}" if tick else right_end
        width = painter.fontMetrics().horizontalAdvance(words) + 2
        box = QRectF(x - width / 2, room.bottom() + 4, width, 16)
        if not tick:
            box.moveRight(room.right() + RIGHT - 2)
        if box.right() < free_to:
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, words)
            free_to = box.left() - 6


def draw_scale(painter: QPainter, room: QRectF, height: float, scale_uv: int, theme: Theme) -> None:
    """Draw the scale bar beside the first lane: half a lane high, whatever that stands for."""
    x, top = room.right() + 8, room.top() + height / 4
    painter.setPen(QPen(QColor(theme.text), 2))
    painter.drawLine(QPointF(x, top), QPointF(x, top + height / 2))
    painter.setPen(QColor(theme.text))
    label = QRectF(room.right() - 40, room.top() - 16, RIGHT + 40, 14)
    painter.drawText(label, Qt.AlignmentFlag.AlignRight, f"{scale_uv} µV")


def time_in_words(seconds: float) -> str:
    """Write a time in as few letters as can be."""
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60}:{whole % 60:02d} min"
