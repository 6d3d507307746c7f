from dataclasses import replace

import pytest
from PyQt5.QtGui import QColor

from rtdreamer.dashboard.legend import RING
from rtdreamer.dashboard.readout import Readout
from rtdreamer.live.answer import Answer

WIDTH = 202


@pytest.fixture
def readout(app):
    readout = Readout("arousal", "#ff0000", base_rate=0.75, window_s=10.0)
    readout.resize(WIDTH, readout.height())
    return readout


def bar(readout):
    """Colours along the middle of the bar, one for each hundredth."""
    picture = readout.grab().toImage()
    return [QColor(picture.pixel(1 + 2 * place, 36)) for place in range(101)]


@pytest.mark.parametrize("probability", [0.2, 0.95])
def test_the_bar_leads_from_the_base_rate_to_the_value(readout, probability):
    readout.show_answer(Answer("arousal", probability, 0.75), "")
    red = [place for place, colour in enumerate(bar(readout)) if colour.red() > 120 > colour.blue()]
    low, high = sorted((0.75, probability))
    assert 100 * low - 3 <= min(red) <= 100 * low + 3
    assert 100 * high - 3 <= max(red) <= 100 * high + 3


@pytest.mark.parametrize("over_time", [0.3, 0.9])
def test_the_last_minute_is_a_ring_on_the_bar_with_a_line_of_its_own(readout, over_time):
    readout.show_answer(Answer("arousal", 0.6, 0.75), "")
    without = readout.grab().toImage()
    readout.show_answer(Answer("arousal", 0.6, 0.75, over_time), "over 42 s of EEG")
    assert readout.line == f"{over_time:.2f} over 42 s of EEG"
    picture = readout.grab().toImage()
    changed = [
        (x, y)
        for x in range(picture.width())
        for y in range(picture.height())
        if picture.pixel(x, y) != without.pixel(x, y)
    ]
    on_bar = [x for x, y in changed if y < 50]
    assert min(on_bar) == pytest.approx(over_time * WIDTH - RING, abs=2.5)
    assert max(on_bar) == pytest.approx(over_time * WIDTH + RING, abs=2.5)
    assert any(y > 64 for _, y in changed)
    readout.show_answer(Answer("arousal", 0.6, 0.75), "")
    assert readout.grab().toImage() == without


def test_the_base_rate_has_its_tick_above_the_bar_too(readout):
    other = Readout("arousal", "#ff0000", base_rate=0.25, window_s=10.0)
    other.resize(readout.size())
    rows = []
    for view in (readout, other):
        view.show_answer(replace(view.answer, probability=0.5), "")
        picture = view.grab().toImage()
        rows.append([picture.pixel(x, 30) for x in range(WIDTH)])
    differing = [x for x in range(WIDTH) if rows[0][x] != rows[1][x]]
    for base_rate in (0.25, 0.75):
        assert any(abs(x - base_rate * WIDTH) < 3 for x in differing)
    assert len(differing) <= 6
