import pytest
from PyQt5.QtGui import QColor, QFontMetrics

from rtdreamer.dashboard.drawing import font
from rtdreamer.dashboard.readout import GAP, HEIGHT, SMALL, TALL, WITH_TRUTH, Readout
from rtdreamer.dashboard.theme import DARK
from rtdreamer.live.answer import Answer
from rtdreamer.live.steady import Steadied
from rtdreamer.live.truth import Truth
from rtdreamer.stream.rated import RatedTrial

WIDTH = 416


@pytest.fixture
def readout(app):
    readout = Readout("arousal", base_rate=0.75, window_s=10.0)
    readout.resize(WIDTH, HEIGHT)
    return readout


def answer(mean, base_rate=0.75, low=None, high=None, over_time=None):
    low, high = (mean if low is None else low), (mean if high is None else high)
    return Answer("arousal", mean, base_rate, over_time, Steadied(mean, 0, low, high, 0.0))


def changed(one, other):
    return [
        (x, y)
        for x in range(one.width())
        for y in range(one.height())
        if one.pixel(x, y) != other.pixel(x, y)
    ]


def share(readout, x):
    return (x - readout.bar.left()) / readout.bar.width()


@pytest.mark.parametrize("mean", [0.2, 0.9])
def test_the_mark_lies_at_the_mean(readout, mean):
    readout.show_answer(answer(mean), "", 0.0)
    picture = readout.grab().toImage()
    y = round(readout.bar.center().y())
    colour = QColor(DARK.arousal).rgb()
    found = [share(readout, x) for x in range(WIDTH) if picture.pixel(x, y) == colour]
    assert sum(found) / len(found) == pytest.approx(mean, abs=0.01)


def test_the_band_leads_from_its_low_to_its_high(readout):
    readout.show_answer(answer(0.5, low=0.5, high=0.5), "", 0.0)
    without = readout.grab().toImage()
    readout.show_answer(answer(0.5, low=0.3, high=0.6), "", 0.0)
    places = [share(readout, x) for x, _ in changed(readout.grab().toImage(), without)]
    assert min(places) == pytest.approx(0.3, abs=0.01)
    assert max(places) == pytest.approx(0.6, abs=0.01)


@pytest.mark.parametrize("over_time", [0.3, 0.9])
def test_the_last_minute_is_a_ring_on_the_bar_with_a_line_of_its_own(readout, over_time):
    readout.show_answer(answer(0.6), "", 0.0)
    without = readout.grab().toImage()
    readout.show_answer(answer(0.6, over_time=over_time), "over 42 s of EEG", 0.0)
    assert readout.line.endswith(f"○ {over_time:.2f} over 42 s of EEG")
    pixels = changed(readout.grab().toImage(), without)
    on_bar = [share(readout, x) for x, y in pixels if y < readout.bar.bottom() + 2]
    assert (min(on_bar) + max(on_bar)) / 2 == pytest.approx(over_time, abs=0.01)
    assert any(y > HEIGHT - 20 for _, y in pixels)


def test_the_usual_has_its_tick_above_the_bar_too(readout):
    other = Readout("arousal", base_rate=0.25, window_s=10.0)
    other.resize(readout.size())
    rows = []
    y = round(readout.bar.top()) - 3
    for view, rate in ((readout, 0.75), (other, 0.25)):
        view.show_answer(answer(0.5, rate), "", 0.0)
        picture = view.grab().toImage()
        rows.append([picture.pixel(x, y) for x in range(WIDTH)])
    differing = [x for x in range(WIDTH) if rows[0][x] != rows[1][x]]
    for base_rate in (0.25, 0.75):
        assert any(abs(share(readout, x) - base_rate) < 0.01 for x in differing)
    assert len(differing) <= 8


@pytest.mark.parametrize("height", [HEIGHT, TALL])
@pytest.mark.parametrize("width", [200, 240, 300, 416, 640])
@pytest.mark.parametrize("quantity", ["valence", "arousal"])
def test_words_never_meet_the_number(app, quantity, width, height):
    view = Readout(quantity, 0.5, 10.0)
    view.resize(width, height)
    size, room = view.words_size()
    metrics = QFontMetrics(font(size, bold=True))
    number = metrics.horizontalAdvance("0.00")
    assert size >= 11
    assert room + GAP + number <= width - 16
    if width >= 300:
        # None of the words is cut off at the sizes that windows have.
        for mean in (0.0, 0.5, 1.0):
            words = Answer(quantity, mean, 0.5).plainly.capitalize()
            assert metrics.horizontalAdvance(words) <= room


def test_how_long_it_has_been_so_is_said(readout):
    readout.show_answer(answer(0.5), "", 14.4)
    assert "so for 14 s" in readout.line
    assert "mean of 5 s" in readout.line


def test_what_the_figures_are_is_explained(readout):
    tip = readout.toolTip()
    for words in ("75 % of the ratings", "not this person", "not how likely it is to be right"):
        assert words in tip


@pytest.mark.parametrize("width", [200, WIDTH])
@pytest.mark.parametrize("height", [SMALL, HEIGHT, WITH_TRUTH, TALL])
def test_what_was_rated_is_written_below_the_bar_and_leaves_it_as_it_is(app, height, width):
    readout = Readout("arousal", 0.75, 10.0)
    readout.resize(width, height)
    readout.show_answer(answer(0.5, over_time=0.6), "over 42 s of EEG", 0.0)
    before = readout.grab().toImage()
    readout.show_truth(Truth(RatedTrial(5, 3, 4, 2, True, 0.0), 3.0))
    picture = readout.grab().toImage()
    ink = QColor(DARK.information).rgb()
    found = [(x, y) for x, y in changed(picture, before) if picture.pixel(x, y) == ink]
    assert min(y for _, y in found) > readout.bar.bottom()
    assert max(y for _, y in found) < height - 1
    # Nothing is cut off.
    assert max(x for x, _ in found) < width - 8
    assert all(y > readout.bar.bottom() for _, y in changed(picture, before))
    readout.show_truth(None)
    assert readout.grab().toImage() == before


def test_from_where_on_a_rating_is_high_is_explained(app):
    tip = Readout("valence", 0.5, 10.0, high_from=4.0).toolTip()
    assert "4 or more of 5" in tip
    assert "no prediction" in tip
