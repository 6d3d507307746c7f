"""Which streams are there while none is followed, with a button for each."""

from collections.abc import Sequence
from functools import partial

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

from rtdreamer.dashboard.controls import button
from rtdreamer.dashboard.label import as_tooltip
from rtdreamer.stream.chunk import StreamDescription

MOST = 3
"""As many have a button here; all have one among what can be chosen."""

LETTERS, FEW_LETTERS = 20, 12
"""Of a name, that a button shows, and where there are many."""


def short(words: str, letters: int = LETTERS) -> str:
    """Return a name of any length as a button can show it."""
    words = " ".join(words.split()) or "no name"
    return words if len(words) <= letters else f"{words[: letters - 1]}…"


def named(stream: StreamDescription, letters: int = LETTERS) -> str:
    """Say how a stream is called, and where it comes from."""
    host = f" on {short(stream.hostname, letters)}" if stream.hostname else ""
    return f"{short(stream.name, letters)}{host}"


def in_words(stream: StreamDescription) -> str:
    """Say what a stream says of itself."""
    rate = f"{stream.sfreq:g} Hz" if stream.sfreq else "irregular"
    return f"{named(stream)} · {rate}, {stream.n_channels} channels"


def whole(stream: StreamDescription) -> str:
    """Return a tooltip with all that is known of a stream."""
    source_id = stream.source_id or "no source_id"
    return as_tooltip(f"{stream.name} ({stream.type}, {source_id}, {stream.hostname})")


class StreamStrip(QFrame):
    """A strip of buttons, there where one of them can help.

    Attributes
    ----------
    streams : tuple of StreamDescription
        Those that are there.
    buttons : list of QPushButton
        One for each of the first.
    """

    chosen = pyqtSignal(object)
    """The stream."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.streams: tuple[StreamDescription, ...] = ()
        self.buttons: list[QPushButton] = []
        self._is_waiting = False
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(10, 3, 8, 3)
        self._row.setSpacing(8)
        self._more = QLabel()
        self._row.addWidget(QLabel("Follow one of these:"))
        self._row.addWidget(self._more, 1)
        self.hide()

    def show_streams(self, streams: Sequence[StreamDescription]) -> None:
        """Offer these."""
        self.streams = tuple(streams)
        for old in self.buttons:
            self._row.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.buttons = []
        for place, stream in enumerate(self.streams[:MOST]):
            words = in_words(stream) if len(self.streams) < MOST else named(stream, FEW_LETTERS)
            made = button(words, whole(stream))
            # No lambda: it would keep the strip from ever going.
            made.clicked.connect(partial(self._choose, stream))
            self._row.insertWidget(1 + place, made, 0, Qt.AlignmentFlag.AlignLeft)
            self.buttons.append(made)
        n_more = len(self.streams) - MOST
        self._more.setText(f"and {n_more} more: O" if n_more > 0 else "")
        self._show_or_hide()

    def set_waiting(self, is_waiting: bool) -> None:
        """Say whether a stream is waited for."""
        self._is_waiting = is_waiting
        self._show_or_hide()

    def _choose(self, stream: StreamDescription, *_: object) -> None:
        self.chosen.emit(stream)

    def _show_or_hide(self) -> None:
        self.setVisible(self._is_waiting and bool(self.streams))
