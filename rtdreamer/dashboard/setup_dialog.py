"""What a session is made of, chosen from lists: stream, model, profile, folder."""

import enum
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QDialog, QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from rtdreamer.dashboard.label import ElidedLabel
from rtdreamer.dashboard.stream_strip import in_words, whole
from rtdreamer.stream.chunk import StreamDescription

ROW_PX, MOST_ROWS = 27, 4
"""Height of a stream's row, pixels, and as many are seen at once."""


class Wanted(enum.Enum):
    """What may be chosen."""

    STREAM = enum.auto()
    MODEL = enum.auto()
    MODEL_FILE = enum.auto()
    PROFILE_FILE = enum.auto()
    FOLDER = enum.auto()


class SetupDialog(QDialog):
    """Lists with a button for each choice: Tab goes from one to the next, Enter chooses.

    Parameters
    ----------
    models : sequence of str
        The names of the released models.
    model : str
        The name of the one in use.
    baseline : str
        Whose baseline it predicts relative to; empty if it does so to nobody's.
    folder : Path or None
        That is recorded into.

    Attributes
    ----------
    streams, models : list of QPushButton
        One for each that can be chosen.
    choice : tuple of Wanted and object, or None
        What was chosen, once it is closed.
    """

    def __init__(
        self,
        parent: QWidget | None,
        models: Sequence[str],
        model: str,
        baseline: str,
        folder: Path | None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("What the session is made of")
        self.setMinimumWidth(560)
        self.streams: list[QPushButton] = []
        self.choice: tuple[Wanted, object] | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 12, 18, 14)
        column.setSpacing(5)
        column.addWidget(_title("Stream"))
        inside = QWidget()
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(0, 0, 4, 0)
        self._list.setSpacing(5)
        # However many there are, the dialog fits the smallest screen.
        self._area = QScrollArea()
        self._area.setWidget(inside)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFixedHeight(ROW_PX)
        column.addWidget(self._area)
        self._none = QLabel("No stream of a headset is there; it is looked for all the time.")
        self._list.addWidget(self._none)
        column.addWidget(_title("Model"))
        self.models = [
            self._choice(f"✓ {name}, in use" if name == model else name, Wanted.MODEL, name)
            for name in models
        ]
        self.model_file = self._choice("From a file…", Wanted.MODEL_FILE)
        for made in (*self.models, self.model_file):
            column.addWidget(made)
        column.addWidget(_title("This person's baseline"))
        words = baseline or "this model predicts relative to nobody's"
        column.addWidget(ElidedLabel(words[0].upper() + words[1:] + "."))
        self.profile_file = self._choice("A profile from a file…", Wanted.PROFILE_FILE)
        column.addWidget(self.profile_file)
        column.addWidget(_title("Recordings"))
        column.addWidget(ElidedLabel(f"Into {folder}" if folder else "No folder is chosen yet."))
        self.folder = self._choice("Record into another folder…", Wanted.FOLDER)
        column.addWidget(self.folder)
        self.close_button = QPushButton("Close")
        self.close_button.clicked.connect(self.reject)
        column.addSpacing(8)
        column.addWidget(self.close_button)

    def show_streams(self, streams: Sequence[StreamDescription]) -> None:
        """Offer these."""
        had_focus = not self.isVisible() or self.focusWidget() in self.streams
        for old in self.streams:
            self._list.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.streams = []
        for stream in streams:
            made = self._choice(in_words(stream), Wanted.STREAM, stream)
            made.setToolTip(whole(stream))
            self._list.addWidget(made)
            self.streams.append(made)
        self._none.setVisible(not streams)
        self._area.setFixedHeight(ROW_PX * min(max(len(self.streams), 1), MOST_ROWS))
        if self.streams and had_focus:
            self.streams[0].setFocus()

    def _choice(self, words: str, wanted: Wanted, value: object = None) -> QPushButton:
        made = QPushButton(words)
        # No lambda: it would keep the dialog from ever going.
        made.clicked.connect(partial(self._choose, wanted, value))
        return made

    def _choose(self, wanted: Wanted, value: object, *_: object) -> None:
        self.choice = wanted, value
        self.accept()


def _title(words: str) -> QLabel:
    label = QLabel(words)
    label.setObjectName("title")
    return label
