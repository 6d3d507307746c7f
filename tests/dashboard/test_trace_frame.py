import numpy as np
import pytest
from PyQt5.QtCore import QPointF, QRectF
from PyQt5.QtGui import QImage, QPainter

from rtdreamer.dashboard.theme import DARK
from rtdreamer.dashboard.trace_frame import LEFT, draw_time_axis, name_at, time_in_words


@pytest.mark.parametrize("n_channels", [14, 19])
@pytest.mark.parametrize("height", [200.0, 505.0])
def test_each_name_is_beside_its_lane(n_channels, height):
    room = QRectF(LEFT, 16, 400, height)
    lane = height / n_channels
    for row in range(n_channels):
        for share in (0.01, 0.5, 0.99):
            at = QPointF(40, 16 + (row + share) * lane)
            assert name_at(at, room, n_channels) == row
            assert name_at(at + QPointF(40, 0), room, n_channels) is None
    for y in (15.9, 16 + height):
        assert name_at(QPointF(40, y), room, n_channels) is None


@pytest.mark.parametrize("width", [90, 150, 400])
@pytest.mark.parametrize("ago_s", [0.0, 595.0])
def test_what_is_written_at_the_time_axis_never_meets(app, width, ago_s):
    image = QImage(width + 110, 60, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = Writes(image)
    draw_time_axis(painter, QRectF(LEFT, 0, width, 30), 10.0, ago_s, "10:00 min ago", DARK)
    painter.end()
    boxes = painter.boxes
    assert boxes[0].right() <= image.width()
    assert len(boxes) > 1 or width < 400
    assert all(later.left() > earlier.right() for later, earlier in zip(boxes, boxes[1:]))  # noqa: B905, RUF007


class Writes(QPainter):
    """Remembers where words were written."""

    def __init__(self, image):
        super().__init__(image)
        self.boxes = []

    def drawText(self, box, flags, words):
        self.boxes.append(box)


def test_times_are_written_short():
    assert [time_in_words(seconds) for seconds in np.array([0.4, 119, 120, 605])] == [
        "0 s", "119 s", "2:00 min", "10:05 min",
    ]  # fmt: skip
