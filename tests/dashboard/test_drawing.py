import itertools
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt5.QtCore import QPointF, QRectF
from PyQt5.QtGui import QColor, QImage, QPainter

from rtdreamer.dashboard.drawing import (
    draw_mark,
    draw_reason,
    font,
    polyline,
    runs,
    see_through,
)
from rtdreamer.dashboard.theme import MIN_FONT_PX


@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)), max_size=20))
def test_a_polyline_has_the_points_it_is_given(points):
    x, y = np.array(points, np.float64).reshape(-1, 2).T
    polygon = polyline(x, y)
    found = [(polygon.at(place).x(), polygon.at(place).y()) for place in range(polygon.size())]
    assert found == points


def test_polylines_leave_nothing_behind():
    x = np.arange(100.0)
    polyline(x, x)
    before = sys.getallocatedblocks()
    for _ in range(3000):
        polyline(x, x)
    assert sys.getallocatedblocks() - before < 300


@given(st.lists(st.booleans(), max_size=40))
def test_runs_cover_what_is_true_and_nothing_else(mask):
    found = [*runs(np.array(mask, np.bool_))]
    again = np.zeros(len(mask), np.bool_)
    for start, stop in found:
        assert start < stop
        again[start:stop] = True
    assert again.tolist() == mask
    assert all(stop < start for (_, stop), (start, _) in itertools.pairwise(found))


def test_no_letters_are_smaller_than_can_be_read(app):
    assert font(3).pixelSize() == MIN_FONT_PX
    assert font(20).pixelSize() == 20


def test_opacity_stays_between_none_and_all():
    assert [see_through("#102030", alpha).alphaF() for alpha in (-1.0, 2.0)] == [0.0, 1.0]


@pytest.fixture
def canvas(app):
    image = QImage(400, 60, QImage.Format.Format_RGB32)
    image.fill(QColor("#000000"))
    return image


def ink(image):
    """Columns that something is drawn in."""
    memory = image.constBits().asarray(image.byteCount())
    pixels = np.frombuffer(memory, np.uint32).reshape(image.height(), image.width()) & 0xFFFFFF
    return np.flatnonzero((pixels > 0).any(axis=0))


def test_a_reason_stays_in_its_room_and_words_never_meet(canvas):
    painter = QPainter(canvas)
    painter.setFont(font(11))
    painter.setBackground(QColor("#000000"))
    room = QRectF(50, 0, 300, 60)
    words = "4 of 14 electrodes are good, 7 are needed"
    ends = draw_reason(painter, QRectF(330, 0, 20, 60), room, "#ffffff", words, 50.0)
    # A second one that would be written over the first is left out.
    again = draw_reason(painter, QRectF(340, 0, 10, 60), room, "#ffffff", words, ends)
    painter.end()
    assert ends == again <= 350
    columns = ink(canvas)
    assert len(columns)
    assert columns.min() >= 50
    assert columns.max() < 350


def test_the_two_quantities_have_marks_of_different_shape(canvas):
    pictures = []
    for quantity in ("valence", "arousal"):
        canvas.fill(QColor("#000000"))
        painter = QPainter(canvas)
        painter.setBrush(QColor("#ffffff"))
        draw_mark(painter, QPointF(100, 30), 10, quantity)
        painter.end()
        pictures.append(canvas.copy())
    disc, diamond = pictures
    # A corner of the square around them: a disc fills more of it than a diamond.
    assert disc.pixelColor(106, 36).red() > 200
    assert diamond.pixelColor(107, 37).red() < 50
    assert disc != diamond
