"""What can be done by key, and the sheet that lists it."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QFrame, QLabel, QShortcut, QVBoxLayout, QWidget


@dataclass(frozen=True, slots=True)
class Command:
    """Something that can be done.

    Attributes
    ----------
    keys : tuple of str
        Each does it, as Qt names them; none if it is listed only.
    shown : str
        How the sheet names them; empty for those that it leaves out.
    words : str
        What it does.
    act : callable
        Does it.
    """

    keys: tuple[str, ...]
    shown: str
    words: str
    act: Callable[..., None]


def bind(window: QWidget, commands: Sequence[Command]) -> list[QShortcut]:
    """Have a window's keys do what the commands say, and return them."""
    made = []
    for command in commands:
        for key in command.keys:
            shortcut = QShortcut(QKeySequence(key), window)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(command.act)
            made.append(shortcut)
    return made


class KeySheet(QFrame):
    """A sheet over the middle of the window; a click closes it."""

    def __init__(self, parent: QWidget, commands: Sequence[Command]) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        shown = [command for command in commands if command.shown]
        half = (len(shown) + 1) // 2
        pairs = zip_longest(shown[:half], shown[half:])
        rows = "".join(f"<tr>{_cells(left)}{_cells(right)}</tr>" for left, right in pairs)
        self.text = QLabel(f"<h3>Keys</h3><table>{rows}</table><p>? or Esc closes this.</p>")
        self.text.setTextFormat(Qt.TextFormat.RichText)
        column = QVBoxLayout(self)
        column.setContentsMargins(26, 12, 26, 12)
        column.addWidget(self.text)
        self.hide()

    def toggle(self) -> None:
        """Show it, or hide it."""
        self.setVisible(not self.isVisible())
        if self.isVisible():
            self.place()

    def place(self) -> None:
        """Move it to the middle of the window."""
        parent = self.parentWidget()
        if parent is not None:
            self.adjustSize()
            middle = parent.rect().center() - self.rect().center()
            self.move(max(middle.x(), 0), max(middle.y(), 0))
            self.raise_()

    def mousePressEvent(self, event: object) -> None:
        self.hide()


def _cells(command: Command | None) -> str:
    if command is None:
        return "<td></td><td></td>"
    return (
        f"<td style='padding: 2px 14px 2px 0'><b>{html.escape(command.shown)}</b></td>"
        f"<td style='padding: 2px 28px 2px 0'>{html.escape(command.words)}</td>"
    )
