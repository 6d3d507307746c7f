import pytest
from PyQt5.QtCore import QByteArray, QSettings

from rtdreamer.dashboard.choices import Choices, geometry, load, pass_bands, save
from rtdreamer.window import BANDS


@pytest.fixture
def settings(tmp_path):
    def make():
        return QSettings(str(tmp_path / "dashboard.ini"), QSettings.Format.IniFormat)

    return make


def test_what_was_saved_is_loaded(settings):
    choices = Choices(500, 5, "gamma", "light")
    save(settings(), choices, QByteArray(b"where"))
    assert load(settings(), BANDS) == choices
    assert geometry(settings()) == QByteArray(b"where")


def test_at_first_there_is_nothing(settings):
    assert load(settings(), BANDS) == Choices()
    assert geometry(settings()) is None


def test_a_band_that_the_model_no_longer_has_is_not_chosen(settings):
    save(settings(), Choices(20, 30, "gamma", "dark"), QByteArray())
    assert load(settings(), BANDS[:2]) == Choices(20, 30, "off", "dark")


def test_the_model_s_own_bands_can_be_let_through():
    bands = pass_bands(BANDS)
    assert bands["off"] is None
    assert bands["1–45 Hz"] == (1.0, 45.0)
    assert bands["alpha"] == (8.0, 13.0)
    assert len(bands) == 2 + len(BANDS)
