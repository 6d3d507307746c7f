"""The buttons and boxes: what can be done and chosen by mouse."""

from collections.abc import Iterable

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QComboBox, QPushButton


def button(text: str, tooltip: str, checkable: bool = False) -> QPushButton:
    """Return a button that leaves the keyboard to the window's keys."""
    made = QPushButton(text)
    made.setToolTip(tooltip)
    made.setCheckable(checkable)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return made


def chooser(values: Iterable[tuple[str, object]], tooltip: str) -> QComboBox:
    """Return a box of (text, value) that leaves the keyboard to the window's keys."""
    box = QComboBox()
    box.setToolTip(tooltip)
    box.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    for text, value in values:
        box.addItem(text, value)
    return box


def step(box: QComboBox, by: int, around: bool = False) -> None:
    """Choose the value so many places further; at an end stop there, or begin again."""
    place = box.currentIndex() + by
    box.setCurrentIndex(place % box.count() if around else min(max(place, 0), box.count() - 1))
