import time

import numpy as np
import pylsl
import pytest

from rtdreamer.epoc import CH_NAMES
from rtdreamer.lsl import contact as contact_module
from rtdreamer.lsl import library
from rtdreamer.lsl.contact import ContactInlet

EMOTIVPRO = ("Timestamp", "BatteryPercent", "Overall", "Signal", *CH_NAMES)


class Sender:
    """A stream of contact quality."""

    def __init__(self, name, ch_names=EMOTIVPRO, kind="float32"):
        info = pylsl.StreamInfo(name, "Contact-Quality", len(ch_names), 2.0, kind, name)
        info.set_channel_labels(list(ch_names))
        self._ch_names = ch_names
        self._outlet = pylsl.StreamOutlet(info)
        (self.handle,) = pylsl.resolve_byprop("name", name, timeout=10)

    def send(self, timestamp=0.0, **values):
        """Send 4 for every channel but those given."""
        self._outlet.push_sample([values.get(name, 4.0) for name in self._ch_names], timestamp)

    def close(self):
        self._outlet = None


@pytest.fixture
def listen():
    """Open contact inlets that end before their senders do."""
    opened = []

    def make(sender):
        inlet = ContactInlet(sender.handle)
        opened.append((inlet, sender))
        return inlet

    yield make
    for inlet, sender in opened:
        inlet.close()
        sender.close()


def wait_for(inlet, since, fits):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = inlet.worst(since)
        if found is not None and fits(found):
            return found
        time.sleep(0.02)
    raise AssertionError(f"contact is {inlet.worst(since)}")


def test_each_electrode_counts_as_its_worst_since(listen, stream_name):
    sender = Sender(stream_name, tuple(reversed(EMOTIVPRO)))
    inlet = listen(sender)
    start = library.clock()
    assert inlet.worst(start) is None
    sender.send(AF3=0.0, O1=1.0, T8=2.0)
    expected = dict.fromkeys(CH_NAMES, 1.0) | {"AF3": 0.0, "O1": 0.25, "T8": 0.5}
    found = wait_for(inlet, start, lambda found: True)
    np.testing.assert_array_equal(found, list(expected.values()))

    later = library.clock()
    sender.send(O1=4.0, F7=0.0)
    expected |= {"F7": 0.0}
    found = wait_for(inlet, start, lambda found: found[CH_NAMES.index("F7")] == 0)
    np.testing.assert_array_equal(found, list(expected.values()))
    expected |= {"AF3": 1.0, "O1": 1.0, "T8": 1.0}
    np.testing.assert_array_equal(inlet.worst(later), list(expected.values()))


@pytest.mark.parametrize("timestamp", [1.0, 1.7e9, 1e-300])
def test_its_own_clock_does_not_matter(listen, stream_name, timestamp):
    sender = Sender(stream_name)
    inlet = listen(sender)
    start = library.clock()
    sender.send(timestamp, P7=0.0)
    found = wait_for(inlet, start, lambda found: True)
    assert found[CH_NAMES.index("P7")] == 0
    assert found.sum() == 13


@pytest.mark.parametrize(("value", "expected"), [(np.nan, 0.0), (-1.0, 0.0), (100.0, 1.0)])
def test_values_that_mean_nothing_are_bounded(listen, stream_name, value, expected):
    sender = Sender(stream_name)
    inlet = listen(sender)
    sender.send(FC6=value)
    found = wait_for(inlet, library.clock(), lambda found: True)
    assert found[CH_NAMES.index("FC6")] == expected


def test_what_was_not_heard_of_for_long_is_not_known(listen, stream_name, monkeypatch):
    sender = Sender(stream_name)
    inlet = listen(sender)
    sender.send()
    wait_for(inlet, library.clock(), lambda found: True)
    monkeypatch.setattr(contact_module, "STALE_S", 0.05)
    time.sleep(0.1)
    assert inlet.worst(library.clock() - 10) is None
    sender.send(AF4=0.0)
    wait_for(inlet, library.clock(), lambda found: found[CH_NAMES.index("AF4")] == 0)


def test_a_stream_that_ends_is_not_known_after_a_while_and_nothing_breaks(
    listen, stream_name, monkeypatch
):
    monkeypatch.setattr(contact_module, "STALE_S", 0.2)
    sender = Sender(stream_name)
    inlet = listen(sender)
    sender.send()
    wait_for(inlet, library.clock(), lambda found: True)
    sender.close()
    deadline = time.monotonic() + 10
    while inlet.worst(0.0) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    "kind",
    [
        {"ch_names": EMOTIVPRO[:-1]},
        {"ch_names": tuple(f"{i}" for i in range(14))},
    ],
    ids=["a sensor is missing", "other labels"],
)
def test_a_stream_that_does_not_tell_of_all_sensors_is_left_aside(listen, stream_name, kind):
    sender = Sender(stream_name, **kind)
    inlet = listen(sender)
    assert not inlet.is_usable
    sender.send()
    time.sleep(0.1)
    assert inlet.worst(0.0) is None


def test_a_stream_of_text_is_left_aside(listen, stream_name):
    assert not listen(Sender(stream_name, kind="string")).is_usable


def test_a_stream_that_is_gone_is_left_aside(listen, stream_name, monkeypatch):
    monkeypatch.setattr(contact_module, "DESCRIPTION_TIMEOUT_S", 0.5)
    sender = Sender(stream_name)
    sender.close()
    inlet = listen(sender)
    assert not inlet.is_usable
    assert inlet.worst(0.0) is None
