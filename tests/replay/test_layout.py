import numpy as np

from replay.layout import LAYOUTS
from rtdreamer.headset import EPOC


def test_the_sensors_alone_pass_as_they_are():
    layout = LAYOUTS["epoc"]
    data = np.random.default_rng(0).normal(size=(14, 5))
    assert layout.ch_names == EPOC.ch_names
    sent = layout.arrange(data, np.arange(5.0), np.arange(5.0), np.zeros(5, bool))
    np.testing.assert_array_equal(sent, data)


def test_emotivpros_19_channels():
    layout = LAYOUTS["emotiv"]
    data = np.random.default_rng(0).normal(size=(14, 6))
    stamps, counter = np.arange(6.0), np.array([125.0, 126, 127, 0, 1, 2])
    made_up = np.array([False, True, True, False, False, True])
    arranged = layout.arrange(data, stamps, counter, made_up)
    sent = dict(zip(layout.ch_names, arranged, strict=True))
    assert len(layout.ch_names) == len(layout.units) == 19
    np.testing.assert_array_equal(sent["Counter"], counter)
    np.testing.assert_array_equal(sent["Interpolate"], [0, 1, 1, 0, 0, 1])
    np.testing.assert_array_equal(sent["Timestamp"], stamps)
    np.testing.assert_array_equal([sent[name] for name in EPOC.ch_names], data)
    for name in ("HardwareMarker", "Markers"):
        np.testing.assert_array_equal(sent[name], 0)
