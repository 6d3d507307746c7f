import pytest
from PyQt5.QtGui import QColor

from rtdreamer.dashboard.readout import Readout

WIDTH = 202


@pytest.fixture
def readout(app):
    readout = Readout("arousal", "#ff0000", base_rate=0.75)
    readout.resize(WIDTH, readout.height())
    return readout


def bar(readout):
    """Colours along the middle of the bar, one for each hundredth."""
    picture = readout.grab().toImage()
    return [QColor(picture.pixel(1 + 2 * place, 36)) for place in range(101)]


def test_the_words_compare_with_what_is_usual(readout):
    readout.show_value(0.64)
    assert readout.text == "arousal below usual"
    readout.show_value(0.9)
    assert readout.text == "arousal above usual"
    readout.show_value(0.74)
    assert readout.text == "arousal as usual"


@pytest.mark.parametrize("probability", [0.2, 0.95])
def test_the_bar_leads_from_what_is_usual_to_the_value(readout, probability):
    readout.show_value(probability)
    red = [place for place, colour in enumerate(bar(readout)) if colour.red() > 120 > colour.blue()]
    low, high = sorted((0.75, probability))
    assert 100 * low - 3 <= min(red) <= 100 * low + 3
    assert 100 * high - 3 <= max(red) <= 100 * high + 3


def test_what_is_usual_has_its_tick_above_the_bar_too(readout):
    other = Readout("arousal", "#ff0000", base_rate=0.25)
    other.resize(readout.size())
    rows = []
    for view in (readout, other):
        view.show_value(0.5)
        picture = view.grab().toImage()
        rows.append([picture.pixel(x, 30) for x in range(WIDTH)])
    differing = [x for x in range(WIDTH) if rows[0][x] != rows[1][x]]
    for base_rate in (0.25, 0.75):
        assert any(abs(x - base_rate * WIDTH) < 3 for x in differing)
    assert len(differing) <= 6
