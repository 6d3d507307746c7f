import pytest
from PyQt5.QtGui import QColor, QFont, QFontMetrics

from rtdreamer.dashboard.label import ElidedLabel, as_tooltip, fitted, together

TEXT = "no stream 'EPOC' yet; found: one, another, and a third that is longer than all of them"


@pytest.fixture
def metrics(app):
    return QFontMetrics(QFont())


def test_a_text_that_fits_is_whole_and_in_one_line(metrics):
    assert fitted(TEXT, metrics, 10_000, lines=3) == [TEXT]
    assert fitted("", metrics, 100, lines=3) == []


@pytest.mark.parametrize("lines", [1, 2, 3])
@pytest.mark.parametrize("width", [60, 150, 300])
@pytest.mark.parametrize("text", [TEXT, "x" * 300, f"{'x' * 300} {TEXT}"])
def test_no_line_is_too_wide_and_what_is_left_out_is_marked(metrics, lines, width, text):
    rows = fitted(text, metrics, width, lines)
    assert len(rows) <= lines
    assert all(metrics.horizontalAdvance(row) <= width for row in rows)
    assert " ".join(rows) == text or any(row.endswith("…") for row in rows)


@pytest.mark.parametrize("amount", ["63 %", "260 ms", "5 s", "10 Hz", "100 µV"])
def test_a_number_and_its_unit_stay_on_one_line(metrics, amount):
    text = f"as much as {amount} said 3 times"
    for width in range(20, 200, 5):
        rows = fitted(text, metrics, width, lines=9)
        assert not any(row.endswith(amount.split()[0]) for row in rows)
    assert together(text).count("\N{NO-BREAK SPACE}") == 1
    assert amount.replace(" ", "\N{NO-BREAK SPACE}") in as_tooltip(text)


def test_a_long_text_widens_nothing_and_can_be_read_whole(app):
    short, long = ElidedLabel("a"), ElidedLabel(TEXT * 100)
    assert long.minimumSizeHint() == short.minimumSizeHint()
    assert TEXT * 2 in long.toolTip().replace("&#x27;", "'")


def test_the_style_sheet_s_colour_is_used_and_markup_is_plain_text(app, shows):
    label = ElidedLabel("<b>a stream</b>")
    label.setStyleSheet("color: #ff8000")
    label.resize(300, 40)
    picture = label.grab().toImage()
    colours = {
        picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(40)
    }  # fmt: skip
    assert any(QColor(colour).red() > 200 and QColor(colour).blue() < 60 for colour in colours)
    assert "&lt;b&gt;" in label.toolTip()


def test_a_tooltip_keeps_markup_as_text_and_leaves_out_what_is_empty():
    assert as_tooltip("a < b", "", "c") == "<p>a &lt; b</p><p>c</p>"
