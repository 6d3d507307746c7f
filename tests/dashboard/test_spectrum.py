import numpy as np
import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest

from rtdreamer.dashboard.density import Excerpt, density
from rtdreamer.dashboard.spectrum import SHADES, SpectrumView
from rtdreamer.dashboard.theme import DARK, LIGHT, MIN_CONTRAST, contrast, mixed
from rtdreamer.dashboard.trace_frame import CHOSEN
from rtdreamer.headset import EPOC
from rtdreamer.window import BANDS

T7, P7 = 4, 5


@pytest.fixture
def view(app):
    view = SpectrumView(EPOC, BANDS)
    view.resize(500, 340)
    view.choose(T7)
    view.show()
    yield view
    view.close()


@pytest.fixture
def excerpt(samples):
    def make(data=samples, **more):
        values = {
            "samples": data, "n_filled_in": 0, "until": "now", "flaws": ("",) * EPOC.n_channels,
            "bad": (), "is_filtered_there": False,
        }  # fmt: skip
        return Excerpt(**values | more)

    return make


def test_the_electrode_stands_against_the_median_of_the_others(view, excerpt, samples, shows):
    view.show_samples(excerpt())
    decibels = density(samples, EPOC.sfreq).decibels
    np.testing.assert_array_equal(view.power, decibels[T7])
    others = np.delete(decibels, T7, axis=0)
    np.testing.assert_allclose(view.others, np.median(others, axis=0))
    assert (view.name, view.source) == ("T7", "raw signal · 10 s · up to now")
    assert shows(view, DARK.trace)
    assert not shows(view, DARK.notice)


def test_it_says_by_how_much_it_is_unlike_the_others(view, excerpt, samples):
    louder = samples.copy()
    louder[:] = louder[T7]
    louder[T7] = 4200 + 10 * (louder[T7] - 4200)
    view.show_samples(excerpt(louder))
    each = ", ".join(f"{band.name} +20" for band in BANDS)
    assert view.against.replace("\N{NO-BREAK SPACE}", " ") == f"against the others, dB: {each}"
    view.show_samples(excerpt(samples, bad=tuple(range(5, 14))))
    assert view.others is not None
    view.show_samples(excerpt(samples, bad=tuple(range(2, 14))))
    assert view.others is None
    assert view.against == "too few other electrodes are good to compare it with"


def test_a_gap_is_told_and_no_estimate_goes_over_it(view, excerpt, samples):
    with_gap = samples.copy()
    with_gap[:, 640:] = np.nan
    view.show_samples(excerpt(with_gap, until="14 s ago", n_filled_in=3))
    assert view.source == (
        "raw signal · 5.0 of 10 s (gaps left out) · up to 14 s ago · 3 samples filled in"
    )
    with_gap[:, ::100] = np.nan
    picture = view.grab().toImage()
    view.show_samples(excerpt(with_gap))
    assert (view.power, view.against, view.mains) == (None, "", [])
    assert view.source.startswith("raw signal · 0.0 of 10 s")
    assert view.grab().toImage() != picture


def test_that_the_display_filter_is_not_in_it_is_said(view, excerpt):
    view.show_samples(excerpt(is_filtered_there=True))
    assert view.source.startswith("raw signal, not filtered · ")


def test_a_bad_electrode_is_marked_and_a_flat_one_has_no_signal(view, excerpt, samples, shows):
    flat = samples.copy()
    flat[T7] = 4100.0
    flaws = tuple("flat" if row == T7 else "" for row in range(EPOC.n_channels))
    view.show_samples(excerpt(flat, flaws=flaws, bad=(T7,)))
    assert view.flaw == "✕ flat"
    assert view.against == "it gives no signal"
    assert shows(view, DARK.notice)
    view.choose(P7)
    view.show_samples(excerpt(flat, flaws=flaws, bad=(T7,)))
    assert view.flaw == ""
    assert not shows(view, DARK.notice)


def test_mains_are_marked_where_they_stand_out(view, excerpt, samples, shows):
    view.show_samples(excerpt())
    assert view.mains == []
    humming = samples.copy()
    humming[T7] += 50 * np.sin(2 * np.pi * 50 * np.arange(1280) / EPOC.sfreq)
    view.show_samples(excerpt(humming))
    ((hertz, excess),) = view.mains
    assert (hertz, excess > 20) == (50.0, True)
    assert shows(view, DARK.notice)


def test_the_scale_has_room_for_the_strongest(view, excerpt, samples):
    view.show_samples(excerpt())
    assert view._top == 40
    view.show_samples(excerpt(4200 + 1000 * (samples - 4200)))
    assert view._top == 80


def test_nothing_is_computed_while_none_is_chosen(view, excerpt):
    view.choose(None)
    view.show_samples(excerpt())
    assert view.power is None
    assert (view.name, view.flaw, view.source, view.against) == ("", "", "", "")
    assert not view.grab().isNull()


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_what_is_written_on_shaded_ground_can_be_read(theme):
    for shade in SHADES:
        ground = mixed(theme.background, theme.busy, shade)
        assert min(contrast(ink, ground) for ink in (theme.text, theme.notice)) >= MIN_CONTRAST
    name = mixed(theme.panel, theme.busy, CHOSEN)
    inks = (theme.text, theme.notice, theme.muted)
    assert min(contrast(ink, name) for ink in inks) >= MIN_CONTRAST


def test_a_click_is_told_and_the_light_theme_is_light(view, excerpt, shows):
    heard = []
    view.clicked.connect(lambda: heard.append(True))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton)
    assert heard == [True]
    view.show_samples(excerpt())
    view.set_theme(LIGHT)
    assert shows(view, LIGHT.trace)
    assert not shows(view, DARK.background)
