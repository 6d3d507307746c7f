"""The line in which a marker's text is typed."""

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from rtdreamer.live.orders import MAX_MARK


class MarkField(QWidget):
    """Asks for the text of a moment that has been, from when it is opened to Enter or Escape.

    Attributes
    ----------
    line : QLineEdit
        Where it is typed.
    at : float
        The moment, LSL seconds.
    """

    given = pyqtSignal(str, float)
    """The text, and the moment that it marks."""

    opened = pyqtSignal(bool)
    """Whether it is there now."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 0.0
        self.line = QLineEdit()
        self.line.setMaxLength(MAX_MARK)
        self.line.setPlaceholderText("what happened")
        self.line.returnPressed.connect(self._give)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(QLabel("Marker, of the moment you pressed it:"))
        row.addWidget(self.line, 1)
        row.addWidget(QLabel("Enter sets it, Esc gives it up"))
        self.hide()

    def open(self, at: float) -> None:
        """Ask what happened at a moment; one that is asked for already stays the one."""
        if not self.isVisible():
            self.at = at
            self.line.clear()
            self.show()
            self.opened.emit(True)
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def give_up(self) -> None:
        """Close it, and mark nothing."""
        # What is hidden would keep the keys, where nothing else wants them.
        self.line.clearFocus()
        self.hide()
        self.opened.emit(False)

    def _give(self) -> None:
        text = self.line.text().strip()
        self.give_up()
        if text:
            self.given.emit(text, self.at)
