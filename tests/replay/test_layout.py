import numpy as np

from replay.layout import LAYOUTS
from rtdreamer.headset import EPOC


def test_the_sensors_alone_pass_as_they_are():
    layout = LAYOUTS["epoc"]
    data = np.random.default_rng(0).normal(size=(14, 5))
    assert layout.ch_names == EPOC.ch_names
    np.testing.assert_array_equal(layout.arrange(data, np.arange(5.0), 7), data)


def test_emotivpros_19_channels_and_a_counter_that_wraps_each_second():
    layout = LAYOUTS["emotiv"]
    data = np.random.default_rng(0).normal(size=(14, 6))
    stamps = np.arange(6.0)
    sent = dict(zip(layout.ch_names, layout.arrange(data, stamps, 125), strict=True))
    assert len(layout.ch_names) == len(layout.units) == 19
    np.testing.assert_array_equal(sent["Counter"], [125, 126, 127, 0, 1, 2])
    np.testing.assert_array_equal(sent["Timestamp"], stamps)
    np.testing.assert_array_equal([sent[name] for name in EPOC.ch_names], data)
    for name in ("Interpolate", "HardwareMarker", "Markers"):
        np.testing.assert_array_equal(sent[name], 0)
