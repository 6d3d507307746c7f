"""What becomes of a view that fails: it says so in its place, and the rest goes on."""

import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType

from PyQt5.QtCore import QObject, QTimer, pyqtSignal
from PyQt5.QtWidgets import QFrame, QGraphicsItem, QHBoxLayout, QWidget

from rtdreamer.dashboard.controls import button
from rtdreamer.dashboard.label import ElidedLabel


class FaultLine(QFrame):
    """Stands in the place of a view that failed."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.words = ElidedLabel(words, lines=2)
        self.button = button("Try again", "Show this view again (F5)")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.addWidget(self.words, 1)
        row.addWidget(self.button)


class Faults(QObject):
    """Calls views, and takes those out that raise.

    Parameters
    ----------
    views : sequence of QWidget
        The views.

    Attributes
    ----------
    failed : dict of QWidget to str
        What each said that failed.
    """

    said = pyqtSignal(str, bool)
    """A line on what failed where it is no view, and that it is a problem."""

    def __init__(self, parent: QObject, views: Sequence[QWidget]) -> None:
        super().__init__(parent)
        self.failed: dict[QWidget, str] = {}
        self._views = list(views)
        self._lines: dict[QWidget, FaultLine] = {}
        self._printed: set[tuple[object, ...]] = set()

    def call(self, view: QWidget, act: Callable[..., object], *arguments: object) -> None:
        """Have a view do something, unless it failed before."""
        if view in self.failed:
            return
        try:
            act(*arguments)
        except Exception as error:  # a fault of a view is the view's alone
            self._print(error)
            self._take_out(view, error)

    def hear(self, error: Exception) -> None:
        """Find out which view raised what nobody caught."""
        self._print(error)
        view = self._view_of(error.__traceback__)
        if view is None:
            self.said.emit(f"a part of the screen failed: {_named(error)}; the rest goes on", True)
        elif view not in self.failed:
            self._take_out(view, error)

    def try_again(self) -> None:
        """Show all views again that failed."""
        for view in list(self._lines):
            self._restore(view)

    def _take_out(self, view: QWidget, error: Exception) -> None:
        words = f"This view failed: {_named(error)}. The rest goes on."
        self.failed[view] = words
        # Not in the middle of its own drawing.
        QTimer.singleShot(0, partial(self._replace, view, words))

    def _replace(self, view: QWidget, words: str) -> None:
        parent = view.parentWidget()
        layout = None if parent is None else parent.layout()
        if layout is None:
            return
        line = FaultLine(words)
        line.button.clicked.connect(partial(self._restore, view))
        self._lines[view] = line
        layout.replaceWidget(view, line)
        view.hide()
        line.show()

    def _restore(self, view: QWidget, *_: object) -> None:
        line = self._lines.pop(view)
        parent = line.parentWidget()
        layout = None if parent is None else parent.layout()
        if layout is None:
            return
        del self.failed[view]
        layout.replaceWidget(line, view)
        line.hide()
        line.deleteLater()
        view.show()

    def _view_of(self, trace: TracebackType | None) -> QWidget | None:
        """The view that the innermost call was of."""
        frames = [frame for frame, _ in traceback.walk_tb(trace)]
        for frame in reversed(frames):
            owner = frame.f_locals.get("self")
            if isinstance(owner, QGraphicsItem):
                scene = owner.scene()
                owner = scene.views()[0] if scene is not None and scene.views() else None
            if isinstance(owner, QWidget):
                for view in self._views:
                    if owner is view or view.isAncestorOf(owner):
                        return view
        return None

    def _print(self, error: Exception) -> None:
        """Print an error, the first time that it is raised in a place."""
        innermost = traceback.extract_tb(error.__traceback__)[-1:]
        place = (type(error).__name__, *((f.filename, f.lineno or 0) for f in innermost))
        if place not in self._printed:
            self._printed.add(place)
            with suppress(OSError, AttributeError):
                sys.stderr.write("".join(traceback.format_exception(error)))


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error!s:.200}" if str(error) else type(error).__name__
