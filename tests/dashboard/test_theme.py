import itertools
from dataclasses import fields

import numpy as np
import pytest

from rtdreamer.dashboard.legend import DE_FULL, de_colour
from rtdreamer.dashboard.status import BADGES, CHECK
from rtdreamer.dashboard.theme import (
    DARK,
    LIGHT,
    MIN_CONTRAST,
    THEMES,
    contrast,
    ink_on,
    luminance,
    mixed,
    style_sheet,
)
from rtdreamer.pictures.picture import COLOURS

TEXTS = ("text", "muted", "valence", "arousal", "busy", "notice", "bad", "information")
GROUNDS = ("background", "panel")

# Machado, Oliveira & Fernandes, IEEE Transactions on Visualization and Computer Graphics 15
# (2009), severity 1.
SEEN_BY = {
    "everybody": np.eye(3),
    "protanopes": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopes": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}


def linear(colour):
    shares = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIELAB of linear sRGB under D65."""
    matrix = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    x, y, z = matrix @ np.clip(rgb, 0, 1) / [0.9505, 1.0, 1.089]
    fx, fy, fz = (
        np.cbrt(v) if v > (6 / 29) ** 3 else v * (29 / 6) ** 2 / 3 + 4 / 29 for v in (x, y, z)
    )
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


def distance(one, other, who):
    """How far apart two colours look to someone; 2.3 is just noticeable."""
    seen = SEEN_BY[who]
    return np.linalg.norm(lab(seen @ linear(one)) - lab(seen @ linear(other)))


def hue(colour):
    _, a, b = lab(linear(colour))
    return np.degrees(np.arctan2(b, a))


def test_contrast_is_the_one_of_the_guidelines():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#123456", "#123456") == 1
    # Worked examples known from the guidelines' tools.
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert luminance("#ff0000") == pytest.approx(0.2126)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("name", TEXTS)
def test_all_that_is_written_can_be_read_on_every_ground(theme, name):
    for ground in GROUNDS:
        assert contrast(getattr(theme, name), getattr(theme, ground)) >= MIN_CONTRAST


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_badges_banner_and_buttons_can_be_read(theme):
    for _, name in (*BADGES.values(), CHECK):
        ground = getattr(theme, name)
        assert contrast(ink_on(ground), ground) >= MIN_CONTRAST


def test_on_any_ground_black_or_white_can_be_read():
    rng = np.random.default_rng(0)
    for red, green, blue in rng.integers(0, 256, (300, 3)):
        ground = f"#{red:02x}{green:02x}{blue:02x}"
        assert contrast(ink_on(ground), ground) >= MIN_CONTRAST


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_lines_and_marks_stand_out_from_their_ground(theme):
    """At least 3 to 1: the guidelines' criterion 1.4.11, of graphics that mean something."""
    for name in ("trace", "valence", "arousal", "information", "de_low", "de_high", "good"):
        for ground in GROUNDS:
            assert contrast(getattr(theme, name), getattr(theme, ground)) >= 3


@pytest.mark.parametrize("who", SEEN_BY)
@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_what_must_not_be_confused_differs_for_everybody(theme, who):
    for one, other in [
        ("valence", "arousal"),
        ("de_low", "de_high"),
        ("trace", "notice"),
        ("good", "bad"),
        ("de_high", "notice"),
    ]:
        assert distance(getattr(theme, one), getattr(theme, other), who) > 10


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_valence_and_arousal_differ_in_grey_too(theme):
    assert contrast(theme.valence, theme.arousal) > 1.2


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("quantity", ["valence", "arousal"])
def test_the_hues_are_those_of_reports(theme, quantity):
    difference = hue(getattr(theme, quantity)) - hue(COLOURS[quantity])
    assert abs((difference + 180) % 360 - 180) < 25


def test_mixed_leads_from_one_colour_to_the_other():
    assert mixed("#102030", "#f0e0d0", 0.0) == "#102030"
    assert mixed("#102030", "#f0e0d0", 1.0) == "#f0e0d0"
    assert mixed("#000000", "#ffffff", 0.5) == "#808080"


def test_disc_colours_end_at_full_shift_and_lie_between():
    for theme in THEMES.values():
        assert de_colour(0.0, theme).name() == theme.de_even
        assert de_colour(9.0, theme).name() == theme.de_high
        assert de_colour(-DE_FULL, theme).name() == theme.de_low


def test_themes_have_a_colour_for_everything_and_differ():
    for field in fields(DARK):
        if field.name != "name":
            for theme in THEMES.values():
                assert len(getattr(theme, field.name)) == 7
                assert luminance(getattr(theme, field.name)) >= 0
    assert luminance(DARK.background) < luminance(LIGHT.background)
    for one, other in itertools.combinations(THEMES.values(), 2):
        assert style_sheet(one) != style_sheet(other)
