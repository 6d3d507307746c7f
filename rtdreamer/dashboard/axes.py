"""The two plots' common ground: fixed range, fixed ticks, nothing to drag."""

from PyQt5.QtCore import QRectF, Qt
from PyQt5.QtGui import QFont
from pyqtgraph import PlotWidget, mkPen

from rtdreamer.dashboard import theme

Ticks = list[tuple[float, str]]


def fixed_plot(span: QRectF, left: Ticks, bottom: Ticks) -> PlotWidget:
    """Return an empty plot that shows ``span`` for ever, with (place, text) ticks."""
    plot = PlotWidget(background=theme.PANEL)
    plot.setMenuEnabled(False)
    plot.setMouseEnabled(x=False, y=False)
    plot.hideButtons()
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    plot.getViewBox().setRange(span, padding=0)
    for name, ticks in (("left", left), ("bottom", bottom)):
        axis = plot.getAxis(name)
        axis.setTicks([ticks])
        # The outermost labels reach beyond the axis; without this they vanish.
        axis.setStyle(tickFont=small_font(), hideOverlappingLabels=False, tickLength=-4)
        axis.setPen(mkPen(theme.LINE))
        axis.setTextPen(mkPen(theme.MUTED))
    return plot


def small_font() -> QFont:
    """Return the font of all that stands in a plot."""
    font = QFont()
    font.setPixelSize(12)
    return font


def time_ticks(span_s: int, step_s: int, end: str) -> Ticks:
    """Ticks of a time axis in seconds before its right end, which is named ``end``."""
    return [(-s, f"−{s} s" if s else end) for s in range(0, span_s + 1, step_s)]
