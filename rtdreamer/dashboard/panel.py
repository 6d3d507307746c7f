"""The frame around a view: a title, a line that explains it, and the view."""

from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from rtdreamer.dashboard.label import ElidedLabel


class Panel(QFrame):
    """A titled frame; ``corner`` is an optional small widget at the title's right."""

    def __init__(self, title: str, caption: str, view: QWidget, corner: QWidget | None = None):
        super().__init__()
        self.setObjectName("panel")
        # The window's proportions alone share out the room, not what the plots would like.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        heading = QLabel(title)
        heading.setObjectName("title")
        explanation = ElidedLabel(caption)
        explanation.setObjectName("caption")
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(heading)
        head.addWidget(explanation, 1)
        if corner is not None:
            head.addWidget(corner)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(view, 1)
