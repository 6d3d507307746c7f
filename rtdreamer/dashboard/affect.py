"""Valence and arousal now, and on their plane."""

from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from rtdreamer.dashboard.label import ElidedLabel
from rtdreamer.dashboard.plane import PlaneView
from rtdreamer.dashboard.readout import HEIGHT, SMALL, Readout
from rtdreamer.dashboard.theme import Theme
from rtdreamer.dashboard.track import Past
from rtdreamer.live.model_facts import ModelFacts
from rtdreamer.live.sink import PREDICTING
from rtdreamer.live.steady import band_in_short
from rtdreamer.live.summary import Summary

REASON_LINES = 4
EXPLAINED_FROM = 330
"""Pixels: below, what is usual is explained in tooltips only."""

NARROW = 360
"""Pixels of width: below, the explanation takes a line more."""

WITHHELD = "withheld: the signal does not allow one, for the reason at the top"


class AffectView(QWidget):
    """Everything about the answer of now. ``refresh`` draws.

    Where there is none the reason takes the place of numbers and bars.

    Parameters
    ----------
    model : ModelFacts
        The model that makes the predictions.
    """

    def __init__(self, model: ModelFacts) -> None:
        super().__init__()
        base_rate, window_s = model.base_rate, model.window_s
        more = window_s, model.width, model.high_from
        self.valence = Readout("valence", base_rate[0], *more)
        self.arousal = Readout("arousal", base_rate[1], *more)
        self.plane = PlaneView(base_rate, model.width)
        self.reason = ElidedLabel(lines=REASON_LINES)
        self.reason.setObjectName("reason")
        headline = QLabel("No answer now")
        headline.setObjectName("headline")
        nothing = QWidget()
        why = QVBoxLayout(nothing)
        why.setContentsMargins(8, 4, 8, 4)
        why.addWidget(headline)
        why.addWidget(self.reason)
        why.addStretch(1)
        self.explanation = ElidedLabel(
            "Usual: how often the people the model learned from gave a high rating "
            f"(not this person). {band_in_short(model.width)} Ring: the last minute.",
            lines=3,
        )
        self.explanation.setObjectName("caption")
        readouts = QWidget()
        both = QVBoxLayout(readouts)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(4)
        both.addWidget(self.valence)
        both.addWidget(self.arousal)
        self._readouts, self._nothing = readouts, nothing
        self._verdict = QStackedWidget()
        self._verdict.addWidget(nothing)
        self._verdict.addWidget(readouts)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._verdict, 1)
        column.addWidget(self.explanation)
        column.addWidget(self.plane, 1)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        # The same stands in tooltips.
        self.explanation.setVisible(self.height() >= EXPLAINED_FROM)
        self.explanation.set_lines(3 if self.width() >= NARROW else 4)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        for view in (self.valence, self.arousal, self.plane):
            view.set_theme(theme)

    def refresh(self, summary: Summary, past: Past) -> None:
        """Draw what is said at the summary's moment, and what was said up to then."""
        verdict, minute = summary.verdict, summary.over_time
        newest = summary.newest
        # What is wrong with the signal stands at the top, with what to do about it.
        is_withheld = summary.state.phase in PREDICTING and newest and not newest.affect
        self.reason.setText(WITHHELD if is_withheld else summary.why_not)
        for readout, answer in zip((self.valence, self.arousal), summary.answers, strict=False):
            readout.show_answer(answer, summary.span, summary.now)
        has_room = summary.truth is not None and self.height() >= EXPLAINED_FROM
        for readout in (self.valence, self.arousal):
            readout.setMinimumHeight(HEIGHT if has_room else SMALL)
            readout.show_truth(summary.truth)
        self._verdict.setCurrentWidget(self._nothing if verdict is None else self._readouts)
        current = () if verdict is None else summary.steadied
        self.plane.show_past(past, current, minute.affect if minute else None)
        self.plane.show_truth(summary.truth)
