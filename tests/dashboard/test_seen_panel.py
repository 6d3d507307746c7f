import pytest
from PyQt5.QtCore import QPoint, QPointF, Qt
from PyQt5.QtTest import QTest

from rtdreamer.dashboard.seen_panel import SeenPanel
from rtdreamer.headset import EPOC
from rtdreamer.signal.features import Spec

O1 = EPOC.ch_names.index("O1")


@pytest.fixture
def seen(app):
    seen = SeenPanel(Spec())
    seen.resize(700, 520)
    seen.show()
    app.processEvents()
    yield seen
    seen.close()


def disc(head, electrode):
    centre, radius = head._centre_and_radius()
    x, y = EPOC.positions[electrode]
    return (centre + QPointF(x * radius, -y * radius)).toPoint()


def click(widget, at):
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at)


def test_a_click_on_a_disc_opens_that_electrode_s_spectrum_and_another_closes_it(seen):
    head = seen.heads.heads[3]
    for electrode in range(EPOC.n_channels):
        click(head, disc(head, electrode))
        assert seen.spectrum.electrode == electrode
        assert seen.spectrum.isVisible()
        assert not head.isVisible()
        assert seen.heading.text() == f"Spectrum of {EPOC.ch_names[electrode]}"
        click(seen.spectrum, QPoint(50, 50))
        assert seen.spectrum.electrode is None
        assert head.isVisible()
    assert seen.heading.text() == "What the model sees"
    assert seen.heads.open_band is None


def test_a_click_beside_the_discs_opens_the_head(seen):
    head = seen.heads.heads[1]
    centre, _ = head._centre_and_radius()
    assert head.electrode_at(centre) is None
    click(head, centre.toPoint())
    assert (seen.heads.open_band, seen.spectrum.electrode) == (1, None)


def test_a_spectrum_opened_on_a_large_head_leads_back_to_it(seen):
    seen.open_band(2)
    click(seen.heads.large, disc(seen.heads.large, O1))
    assert seen.spectrum.electrode == O1
    seen.open_electrode(O1)
    assert seen.spectrum.electrode is None
    assert seen.heads.large.isVisible()
    assert seen.heads.open_band == 2


def test_a_band_s_number_leads_from_the_spectrum_to_the_band(seen):
    seen.open_electrode(O1)
    seen.open_band(4)
    assert (seen.heads.open_band, seen.spectrum.electrode) == (4, None)
    seen.open_electrode(O1)
    seen.open_band(4)
    assert (seen.heads.open_band, seen.spectrum.electrode) == (4, None)
    seen.open_band(4)
    assert seen.heads.open_band is None


def test_the_keys_go_from_one_electrode_to_the_next_and_round(seen):
    found = []
    for act in (seen.open_next, seen.open_next, seen.open_previous, seen.open_previous):
        act()
        found.append(seen.spectrum.electrode)
    assert found == [0, 1, 0, EPOC.n_channels - 1]
    seen.close_all()
    assert not seen.is_large
    seen.open_next()
    assert seen.spectrum.electrode == EPOC.n_channels - 1


def test_pointing_at_an_electrode_says_which_it_is(seen):
    head = seen.heads.heads[0]
    assert head._tooltip(O1).startswith("<p>O1, delta: power 0")
    assert "large" in head._tooltip(head.electrode_at(QPointF(1, 1)))
