"""The frames that views stand in, and the banner."""

from collections.abc import Sequence

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from rtdreamer.dashboard.label import ElidedLabel
from rtdreamer.live.model_facts import ModelFacts


class Panel(QFrame):
    """A titled frame; ``corner`` is what stands at the title's right.

    Attributes
    ----------
    heading : QLabel
        The title.
    caption : ElidedLabel
        What is said of the view, beside the title.
    """

    def __init__(
        self, title: str, caption: str, view: QWidget, corner: Sequence[QWidget] = ()
    ) -> None:
        super().__init__()
        self.setObjectName("panel")
        # The window's proportions alone share out the room, not what the views would like.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.heading = QLabel(title)
        self.heading.setObjectName("title")
        self.caption = ElidedLabel(caption)
        self.caption.setObjectName("caption")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.heading)
        head.addWidget(self.caption, 1)
        for widget in corner:
            head.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 6)
        column.setSpacing(3)
        column.addLayout(head)
        column.addWidget(view, 1)


def banner(model: ModelFacts) -> QLabel:
    """Say of a model of simulated people that it is one."""
    label = QLabel(
        f"Model «{model.name}» was trained on SIMULATED people: "
        "this is a demonstration, not a measurement of feelings."
    )
    label.setObjectName("banner")
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    return label
