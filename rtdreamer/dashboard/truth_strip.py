"""When rated trials were played, and a strip that says so above the last minutes' curves."""

from collections import deque
from collections.abc import Sequence

from PyQt5.QtCore import QRectF, Qt
from PyQt5.QtGui import QColor, QPainter, QPaintEvent
from PyQt5.QtWidgets import QSizePolicy, QWidget

from rtdreamer.dashboard.drawing import font, see_through
from rtdreamer.dashboard.label import as_tooltip
from rtdreamer.dashboard.theme import DARK, Theme
from rtdreamer.dashboard.track import SPAN_S
from rtdreamer.live.orders import Report, TrialPlayed
from rtdreamer.live.truth import Truth

THIN, WITH_WORDS = 6, 16
"""Heights of the strip, pixels."""

MAX_TRIALS = 600

Played = tuple[float, float, Truth]
"""Seconds ago at which a trial began and ended, and how it was rated."""


class RatedPast:
    """Keeps which rated trials were played in the last minutes.

    Parameters
    ----------
    high_from : float
        A rating from here on is high, as the model learned it.
    """

    def __init__(self, high_from: float) -> None:
        self._high_from = high_from
        self._ended: deque[tuple[float, float, Truth]] = deque(maxlen=MAX_TRIALS)
        self._running: tuple[float, Truth] | None = None

    def hear(self, report: Report) -> None:
        """Take over what is played, if that is what is reported."""
        if not isinstance(report, TrialPlayed):
            return
        trial = report.trial
        if self._running is not None:
            began, truth = self._running
            end = report.at if trial is None else min(trial.began, report.at)
            self._ended.append((began, end, truth))
        self._running = None
        if trial is not None:
            # One that is told of again, after a silence, goes on from there.
            earlier = self._ended[-1][1] if self._ended else trial.began
            self._running = max(trial.began, earlier), Truth(trial, self._high_from)

    def stretches(self, now: float) -> list[Played]:
        """Return what was played up to ``now``, LSL seconds; oldest first."""
        found = [(now - began, now - end, truth) for began, end, truth in self._ended]
        if self._running is not None:
            began, truth = self._running
            found.append((now - began, 0.0, truth))
        return [each for each in found if each[0] > each[1] and each[1] < SPAN_S]


class RatedStrip(QWidget):
    """A strip with one bar for each rated trial; hidden where there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.theme = DARK
        self.played: Sequence[Played] = ()
        self.room = (0.0, 0.0)
        self._span_s = 1.0
        self.setFixedHeight(WITH_WORDS)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            as_tooltip(
                "Bars with a star: when a rated trial was played, and how its person rated it "
                "afterwards. No prediction: no model sees it."
            )
        )
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.theme = theme
        self.update()

    def show_played(
        self, played: Sequence[Played], span_s: float, room: tuple[float, float], has_words: bool
    ) -> None:
        """Draw these from now on.

        Parameters
        ----------
        played : sequence of Played
            Oldest first.
        span_s : float
            How long a time is drawn, seconds.
        room : tuple of two floats
            Where it begins and where now is, pixels.
        has_words : bool
            Whether there is room for words.
        """
        self.played = [each for each in played if each[1] < span_s]
        self._span_s, self.room = span_s, room
        self.setFixedHeight(WITH_WORDS if has_words else THIN)
        self.setVisible(bool(self.played))
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setFont(font(11))
        left, right = self.room
        scale = (right - left) / self._span_s
        for oldest, newest, truth in self.played:
            start = max(right - oldest * scale, left)
            bar = QRectF(start, 0, max(right - newest * scale - start - 1, 2.0), self.height() - 1)
            painter.fillRect(bar, see_through(self.theme.information, 0.22))
            painter.fillRect(QRectF(bar.left(), bar.bottom() - 2, bar.width(), 2),
                             QColor(self.theme.information))  # fmt: skip
            if self.height() < WITH_WORDS:
                continue
            painter.setPen(QColor(self.theme.text))
            room = bar.adjusted(4, 0, -2, -1)
            words = painter.fontMetrics().elidedText(
                f"★ {truth.in_short}", Qt.TextElideMode.ElideRight, int(room.width())
            )
            if room.width() >= WITH_WORDS:
                painter.drawText(room, Qt.AlignmentFlag.AlignLeft, words)
