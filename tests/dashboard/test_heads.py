import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from PyQt5.QtCore import QPointF, Qt
from PyQt5.QtGui import QColor, QFontMetrics
from PyQt5.QtTest import QTest

from rtdreamer.dashboard.carried import MARK, Marks, marks_of
from rtdreamer.dashboard.drawing import font
from rtdreamer.dashboard.head import NAMED_FROM, HeadView, label_places
from rtdreamer.dashboard.heads import N_STRONGEST, HeadsView, RunningMean, strongest
from rtdreamer.dashboard.legend import (
    DE_FULL,
    EDGE_MIN,
    LARGEST,
    SMALLEST,
    HeadsLegend,
    edge_pen,
    node_size,
    power_change,
)
from rtdreamer.dashboard.theme import DARK, LIGHT
from rtdreamer.headset import EPOC
from rtdreamer.prediction import Carried, Reasons
from rtdreamer.signal.features import Spec
from rtdreamer.window import BANDS


def test_the_running_mean_is_the_mean():
    values = np.random.default_rng(1).normal(size=(50, 5, 14))
    running = RunningMean((5, 14))
    assert not running.deviation(values[0]).any()
    for value in values:
        running.add(value)
    np.testing.assert_allclose(running.deviation(values[7]), values[7] - values.mean(axis=0))


def test_the_running_mean_leaves_out_what_is_not_known():
    running = RunningMean((3,))
    running.add(np.array([1.0, np.nan, np.nan]))
    running.add(np.array([3.0, 5.0, np.nan]))
    found = running.deviation(np.array([4.0, 4.0, 4.0]))
    np.testing.assert_array_equal(found, [2.0, -1.0, 0.0])
    assert np.isnan(running.deviation(np.full(3, np.nan))).all()


@pytest.mark.parametrize(
    ("ratio", "words"), [(1.0, "0 %"), (1.35, "+35 %"), (0.5, "−50 %"), (2.0, "+100 %")]
)
def test_a_shift_of_entropy_is_said_as_a_change_of_power(ratio, words):
    # A Gaussian's differential entropy is ½ ln(2πe σ²).
    assert power_change(0.5 * math.log(ratio)) == words


def test_no_shift_is_too_large_to_be_written():
    assert power_change(1e6).endswith(" %")
    assert power_change(-1e6) == "−100 %"


def test_nodes_grow_with_the_shift_either_way_up_to_the_legend_s_end():
    shifts = np.linspace(0, DE_FULL, 10)
    sizes = [node_size(shift) for shift in shifts]
    assert sizes == sorted(set(sizes))
    assert (sizes[0], sizes[-1]) == (SMALLEST, LARGEST)
    assert [node_size(-shift) for shift in shifts] == sizes
    assert node_size(9.0) == LARGEST


def picture_of(shift):
    head = HeadView(EPOC, BANDS[0])
    head.resize(300, 318)
    head.set_current(True)
    shifts = np.zeros(EPOC.n_channels)
    shifts[6] = shift
    head.show_graph(np.zeros((EPOC.n_channels, EPOC.n_channels)), shifts)
    image = head.grab().toImage()
    radius = min(300 / 2.16, 300 / 2.13) - 2
    x, y = EPOC.positions[6]
    return image.pixelColor(
        round(150 + x * radius), round((300 + 0.13 * radius) / 2 - y * radius)
    ).name()


def test_less_is_a_ring_more_a_disc_and_left_out_a_cross(app):
    assert picture_of(DE_FULL) == DARK.de_high
    assert picture_of(-DE_FULL) == DARK.background
    assert picture_of(np.nan) == DARK.notice


def test_an_electrode_that_is_left_out_is_crossed_and_has_no_edges(
    app, make_prediction, features, shows
):
    view = HeadsView(Spec())
    view.resize(900, 600)
    view.set_current(True)
    view.show_prediction(make_prediction(), features)
    assert not shows(view.heads[0], DARK.notice)
    view.show_prediction(make_prediction(excluded=(4,)), features.without([4]))
    assert shows(view.heads[0], DARK.notice)
    assert not (view.heads[0].edges[4] >= EDGE_MIN).any()


def test_an_edge_is_drawn_from_the_threshold_up(app):
    head = HeadView(EPOC, BANDS[0])
    head.resize(300, 300)
    head.set_current(True)
    bare = head.grab().toImage()
    edges = np.zeros((EPOC.n_channels, EPOC.n_channels))
    edges[0, 13] = edges[13, 0] = EDGE_MIN - 0.01
    head.show_graph(edges, np.zeros(EPOC.n_channels))
    assert head.grab().toImage() == bare
    edges[0, 13] = edges[13, 0] = EDGE_MIN
    head.show_graph(edges, np.zeros(EPOC.n_channels))
    assert head.grab().toImage() != bare


def test_stronger_edges_are_wider_and_less_transparent():
    pens = [edge_pen(weight, 100.0) for weight in np.linspace(EDGE_MIN, 1.0, 8)]
    widths = [pen.widthF() for pen in pens]
    alphas = [pen.color().alphaF() for pen in pens]
    assert widths == sorted(set(widths))
    assert alphas == sorted(set(alphas))
    # The list of the strongest may hold weaker ones than heads do.
    assert edge_pen(0.0, 100.0).widthF() > 0


def test_the_strongest_edges_are_named_heaviest_first():
    rng = np.random.default_rng(0)
    edges = np.triu(rng.random((14, 14)), 1)
    edges[3] = np.nan
    edges[:, 3] = np.nan
    edges = edges + edges.T
    found = strongest(edges, EPOC.ch_names, 8)
    weights = [weight for _, weight in found]
    known = np.triu(np.nan_to_num(edges), 1)
    assert weights == sorted(known[known > 0], reverse=True)[:8]
    name, weight = found[0]
    one, other = (EPOC.ch_names.index(each) for each in name.split("–"))
    assert edges[one, other] == weight
    assert strongest(np.zeros((14, 14)), EPOC.ch_names, 8) == []


def test_every_band_gets_its_own_graph(app, make_prediction, features):
    view = HeadsView(Spec())
    view.show_prediction(make_prediction(), features)
    assert [head.band for head in view.heads] == list(BANDS)
    for head, edges in zip(view.heads, features.edge_weight, strict=True):
        np.testing.assert_array_equal(head.edges, edges)


def test_a_click_on_a_head_opens_it_and_another_closes_it(app, make_prediction, features):
    view = HeadsView(Spec())
    view.resize(700, 500)
    view.show()
    view.show_prediction(make_prediction(), features)
    QTest.mouseClick(view.heads[2], Qt.MouseButton.LeftButton)
    assert view.open_band == 2
    assert view.large.isVisible()
    assert view.large.title.startswith("alpha")
    np.testing.assert_array_equal(view.large.edges, features.edge_weight[2])
    assert view.edge_list.rows == strongest(features.edge_weight[2], EPOC.ch_names, N_STRONGEST)
    # What comes later is shown at the next frame.
    view.show_prediction(make_prediction(), replace(features, mi=features.mi[::-1]))
    view.refresh()
    np.testing.assert_array_equal(view.large.edges, features.edge_weight[::-1][2])
    QTest.mouseClick(view.large, Qt.MouseButton.LeftButton)
    assert view.open_band is None
    assert view.heads[0].isVisible()
    view.close()


def test_a_large_head_names_its_electrodes_with_their_values(app, shows):
    pictures = []
    for size in (2 * NAMED_FROM - 40, 2.5 * NAMED_FROM):
        head = HeadView(EPOC, BANDS[0])
        head.resize(round(size), round(size) + 18)
        head.set_current(True)
        shifts = np.full(EPOC.n_channels, 0.2)
        head.show_graph(np.zeros((EPOC.n_channels, EPOC.n_channels)), shifts)
        # Letters are the only thing in this colour, and the title stands below.
        crop = head.grab().toImage().copy(0, 0, round(size), round(size) - 10)
        colours = {
            crop.pixelColor(x, y).name() for x in range(crop.width()) for y in range(crop.height())
        }
        pictures.append(DARK.text in colours)
    assert pictures == [False, True]


@pytest.mark.parametrize("radius", [NAMED_FROM, 140, 190, 300])
@pytest.mark.parametrize("value", ["0 %", "+35 %", "−100 %", "left out"])
def test_no_label_of_an_electrode_lies_over_another(app, radius, value):
    metrics = QFontMetrics(font(11, bold=True))
    widths = [metrics.horizontalAdvance(f"{name} {value}") + 4 for name in EPOC.ch_names]
    points = [QPointF(x * radius, -y * radius) for x, y in EPOC.positions]
    places = label_places(points, widths, radius)
    for place, point in zip(places, points, strict=True):
        assert math.hypot(place.center().x() - point.x(), place.center().y() - point.y()) < 50
    assert not any(one.intersects(other) for one, other in itertools.combinations(places, 2))


def test_a_poor_window_does_not_shift_the_mean(app, make_prediction, make_withheld, features):
    view = HeadsView(Spec())
    view.show_prediction(make_prediction(), features)
    louder = replace(features, de=features.de + 3.0)
    view.show_prediction(make_withheld(), louder)
    np.testing.assert_allclose(view.heads[0].de_shift, 3.0)
    view.show_prediction(make_prediction(), features)
    np.testing.assert_allclose(view.heads[0].de_shift, 0.0, atol=1e-12)


def test_graphs_not_to_be_relied_on_are_faded(app, make_prediction, features, shows):
    view = HeadsView(Spec())
    view.resize(900, 600)
    view.show_prediction(make_prediction(), features)
    view.set_current(True)
    assert shows(view.heads[0], DARK.de_even)
    view.set_current(False)
    assert not shows(view.heads[0], DARK.de_even)


def test_the_light_theme_reaches_heads_and_legend(app, shows):
    view = HeadsView(Spec())
    view.resize(600, 500)
    view.set_theme(LIGHT)
    assert shows(view.heads[1], LIGHT.background)
    assert not shows(view.heads[1], DARK.background)
    assert shows(view.legend, LIGHT.de_high)


def test_one_head_a_frame_is_drawn_and_none_forgotten(app, make_prediction, features):
    view = HeadsView(Spec())
    view.resize(600, 400)
    view.show()
    app.processEvents()
    view.show_prediction(make_prediction(), features)
    assert [head.is_stale for head in view.heads] == [True] * 5
    for n_left in (4, 3, 2, 1, 0, 0):
        view.refresh()
        app.processEvents()
        assert sum(head.is_stale for head in view.heads) == n_left
    # Where graphs come faster than they are drawn, each has its turn.
    drawn = set()
    for _ in range(5):
        view.show_prediction(make_prediction(), features)
        view.refresh()
        app.processEvents()
        drawn |= {k for k, head in enumerate(view.heads) if not head.is_stale}
    assert drawn == set(range(5))
    view.close()


# In windows of 960×540, 1024×640, 1280×720, 1366×768 and 1920×1080.
LEGENDS = [(127, 86), (136, 111), (175, 135), (187, 148), (271, 231)]


@pytest.mark.parametrize("has_marks", [False, True])
@pytest.mark.parametrize(("width", "least"), LEGENDS)
def test_no_line_of_the_legend_is_cut_off(app, width, least, has_marks):
    legend = HeadsLegend()
    legend.show_marks(has_marks)
    for height in range(least, least + 60, 3):
        legend.resize(width, height)
        picture = legend.grab().toImage()
        assert len({picture.pixel(x, height - 1) for x in range(width)}) == 1, height


REASONS = Reasons(
    1279, Carried(1, (6, 7), (2,), ((2, 0, 5), (1, 3, 4))), Carried(-1, (0,), (4,), ((1, 1, 2),))
)


def test_each_head_marks_the_electrodes_its_own_edges_and_whether_it_is_named():
    valence, arousal = marks_of(REASONS, 1)
    assert valence == Marks("valence", (6, 7), ((3, 4),), False)
    assert arousal == Marks("arousal", (0,), ((1, 2),), False)
    assert [one.band for one in marks_of(REASONS, 2)] == [True, False]
    assert [one.band for one in marks_of(REASONS, 4)] == [False, True]
    assert marks_of(None, 1) == ()


@pytest.mark.parametrize("band", range(5))
def test_the_marks_of_a_band_that_carried_both_lie_within_its_head(
    app, make_prediction, features, band
):
    view = HeadsView(Spec())
    # As in a window of 960×540.
    view.resize(260, 270)
    view.set_current(True)
    view.show_prediction(make_prediction(sample=1279), features)
    carried = Carried(1, (0,), (band,), ())
    view.show_reasons(Reasons(1279, carried, carried))
    picture = view.heads[band].grab().toImage()
    width = picture.width()
    name = range(picture.height() - 18, picture.height())
    for quantity, is_left in (("valence", True), ("arousal", False)):
        ink = QColor(getattr(DARK, quantity)).rgb()
        found = [x for x in range(width) for y in name if picture.pixel(x, y) == ink]
        assert 0 < min(found) < max(found) < width - 1
        assert max(found) - min(found) >= MARK
        assert (max(found) < width / 2) == is_left == (min(found) < width / 2)


def test_reasons_are_drawn_while_they_hold(app, make_prediction, features, shows):
    view = HeadsView(Spec())
    view.resize(900, 600)
    view.set_current(True)
    of_now = make_prediction(sample=1279)
    view.show_prediction(of_now, features)
    bare = view.heads[2].grab().toImage()
    view.show_reasons(REASONS)
    assert view.heads[2].is_stale
    assert shows(view.heads[2], DARK.valence)
    assert shows(view.heads[0], DARK.arousal)
    assert view.legend.has_marks
    view.show_prediction(replace(of_now, sample=1279 + 5 * 128), features)
    assert shows(view.heads[2], DARK.valence)
    view.set_current(False)
    assert not shows(view.heads[2], DARK.valence)
    view.set_current(True)
    view.show_prediction(replace(of_now, sample=1280 + 5 * 128), features)
    assert not view.legend.has_marks
    view.show_prediction(of_now, features)
    assert view.heads[2].grab().toImage() == bare


def test_an_opened_head_shows_its_marks(app, make_prediction, features, shows):
    view = HeadsView(Spec())
    view.resize(900, 600)
    view.set_current(True)
    view.show_prediction(make_prediction(sample=1279), features)
    view.show_reasons(REASONS)
    view.open(2)
    assert shows(view.large, DARK.valence)
