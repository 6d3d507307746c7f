from dataclasses import replace

import numpy as np
import pytest
from PyQt5.QtGui import QColor

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.heads import HeadsView, HeadView, RunningMean
from rtdreamer.dashboard.legend import DE_FULL, EDGE_MIN, de_colour, edge_pen
from rtdreamer.headset import EPOC
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


def test_an_electrode_that_is_left_out_is_hollow_and_has_no_edges(
    app, make_prediction, features, shows
):
    view = HeadsView(Spec())
    view.resize(900, 600)
    view.set_current(True)
    view.show_prediction(make_prediction(), features)
    assert not shows(view.heads[0], theme.NOTICE)
    view.show_prediction(make_prediction(excluded=(4,)), features.without([4]))
    assert shows(view.heads[0], theme.NOTICE)
    assert not (view.heads[0].edges[4] >= EDGE_MIN).any()


def test_an_edge_is_drawn_from_the_threshold_up(app, shows):
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


@pytest.mark.parametrize(
    ("shift", "colour"),
    [(0.0, theme.DE_EVEN), (9.0, theme.DE_HIGH), (-DE_FULL, theme.DE_LOW)],
)
def test_disc_colours_end_at_the_legend_s_values(shift, colour):
    assert de_colour(shift).name() == QColor(colour).name()


def test_every_band_gets_its_own_graph(app, make_prediction, features):
    view = HeadsView(Spec())
    view.show_prediction(make_prediction(), features)
    assert [head.band for head in view.heads] == list(BANDS)
    for head, edges in zip(view.heads, features.edge_weight, strict=True):
        np.testing.assert_array_equal(head.edges, edges)


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
    assert shows(view.heads[0], theme.DE_EVEN)
    view.set_current(False)
    assert not shows(view.heads[0], theme.DE_EVEN)
