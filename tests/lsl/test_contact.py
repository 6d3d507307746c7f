import signal
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pylsl
import pytest

from rtdreamer.headset import EPOC
from rtdreamer.lsl import contact as contact_module
from rtdreamer.lsl.contact import LOOK_S, STALE_S, Contact
from rtdreamer.lsl.inlet import Inlet
from rtdreamer.lsl.neighbours import Neighbours

EMOTIVPRO = ("Timestamp", "BatteryPercent", "Overall", "Signal", *EPOC.ch_names)


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

    def is_heard(self):
        return self._outlet.have_consumers()

    def close(self):
        self._outlet = None


@pytest.fixture
def listen():
    """Follow contact until the sender is heard, and leave it before the sender ends."""
    opened = []

    def make(sender):
        contact = Contact(lambda: sender.handle, EPOC)
        opened.append((contact, sender))
        deadline = time.monotonic() + 10
        while not sender.is_heard():
            assert time.monotonic() < deadline
            contact.look()
            time.sleep(0.02)
        return contact

    yield make
    for contact, sender in opened:
        contact.close()
        sender.close()


def wait_for(contact, fits):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        contact.look()
        found = contact.take()
        if found is not None and fits(found):
            return found
        time.sleep(0.02)
    raise AssertionError(f"contact is {contact.take()}")


def test_each_electrode_counts_as_its_worst_since_it_was_last_taken(listen, stream_name):
    sender = Sender(stream_name, tuple(reversed(EMOTIVPRO)))
    contact = listen(sender)
    assert contact.take() is None
    sender.send(AF3=0.0, O1=1.0, T8=2.0)
    expected = dict.fromkeys(EPOC.ch_names, 1.0) | {"AF3": 0.0, "O1": 0.25, "T8": 0.5}
    found = wait_for(contact, lambda found: True)
    np.testing.assert_array_equal(found, list(expected.values()))
    # Nothing new: what is known stands.
    assert contact.take().tolist() == found.tolist()

    sender.send(O1=4.0, F7=0.0)
    look_until_heard(contact)
    sender.send(O1=4.0, P7=2.0)
    look_until_heard(contact)
    found = contact.take()
    expected = dict.fromkeys(EPOC.ch_names, 1.0) | {"F7": 0.0, "P7": 0.5}
    np.testing.assert_array_equal(found, list(expected.values()))
    # Once taken, only the newest counts.
    expected = dict.fromkeys(EPOC.ch_names, 1.0) | {"P7": 0.5}
    np.testing.assert_array_equal(contact.take(), list(expected.values()))


def look_until_heard(contact):
    """Look until there is something new, and leave it there."""
    heard_at, deadline = contact._heard_at, time.monotonic() + 10
    while contact._heard_at == heard_at:
        assert time.monotonic() < deadline
        contact.look()
        time.sleep(0.02)


@pytest.mark.parametrize("timestamp", [1.0, 1.7e9, 1e-300])
def test_its_own_clock_does_not_matter(listen, stream_name, timestamp):
    sender = Sender(stream_name)
    contact = listen(sender)
    sender.send(timestamp, P7=0.0)
    found = wait_for(contact, lambda found: True)
    assert found[EPOC.ch_names.index("P7")] == 0
    assert found.sum() == 13


@pytest.mark.parametrize(("value", "expected"), [(np.nan, 0.0), (-1.0, 0.0), (100.0, 1.0)])
def test_values_that_mean_nothing_are_bounded(listen, stream_name, value, expected):
    sender = Sender(stream_name)
    contact = listen(sender)
    sender.send(FC6=value)
    found = wait_for(contact, lambda found: True)
    assert found[EPOC.ch_names.index("FC6")] == expected


def test_what_was_not_heard_of_for_long_is_not_known(listen, stream_name, monkeypatch):
    sender = Sender(stream_name)
    contact = listen(sender)
    sender.send()
    wait_for(contact, lambda found: True)
    monkeypatch.setattr(contact_module, "STALE_S", 0.5)
    time.sleep(0.6)
    assert contact.take() is None
    sender.send(AF4=0.0)
    wait_for(contact, lambda found: found[EPOC.ch_names.index("AF4")] == 0)


def test_a_stream_that_ends_is_not_known_after_a_while_and_nothing_breaks(
    listen, stream_name, monkeypatch
):
    monkeypatch.setattr(contact_module, "STALE_S", 1.0)
    sender = Sender(stream_name)
    contact = listen(sender)
    sender.send()
    wait_for(contact, lambda found: True)
    sender.close()
    deadline = time.monotonic() + 10
    while contact.take() is not None:
        assert time.monotonic() < deadline
        contact.look()
        time.sleep(0.02)


@pytest.mark.parametrize(
    "kind",
    [
        {"ch_names": EMOTIVPRO[:-1]},
        {"ch_names": tuple(f"{i}" for i in range(14))},
        {"kind": "string"},
    ],
    ids=["a sensor is missing", "other labels", "text"],
)
def test_a_stream_that_does_not_tell_of_all_sensors_is_left_aside(stream_name, kind):
    sender = Sender(stream_name, **kind)
    contact = Contact(lambda: sender.handle, EPOC)
    for _ in range(6):
        contact.look()
        assert not sender.is_heard()
        assert contact.take() is None
        time.sleep(LOOK_S)
    contact.close()
    sender.close()


def test_a_stream_that_is_gone_is_left_aside(stream_name):
    sender = Sender(stream_name)
    sender.close()
    contact = Contact(lambda: sender.handle, EPOC)
    for _ in range(6):
        contact.look()
        assert contact.take() is None
        time.sleep(LOOK_S)
    contact.close()


can_freeze = pytest.mark.skipif(
    not hasattr(signal, "SIGSTOP"), reason="a process cannot be frozen here"
)


@pytest.fixture
def contact_headset(headset, stream_name):
    """A process that sends the contact quality alone: 1 but for the electrodes given."""

    def start(**values):
        return headset(
            name=f"{stream_name}-Contact",
            type="Contact-Quality",
            ch_names=EMOTIVPRO,
            sfreq=2.0,
            chunk=1,
            values=values,
        )

    return start


class Following:
    """Pulls the EEG as a session does."""

    def __init__(self, inlet):
        self._inlet = inlet
        self.timestamps = []

    def until(self, fits, seconds=30.0):
        """Pull until a chunk's contact fits; whether one did."""
        start = time.monotonic()
        while time.monotonic() - start < seconds:
            chunk = self._inlet.pull(0.05)
            self.timestamps.extend(chunk.timestamps)
            if chunk.n_times and fits(chunk.contact):
                return True
        return False

    def nothing_lost(self):
        n_times = (self.timestamps[-1] - self.timestamps[0]) * EPOC.sfreq + 1
        return len(self.timestamps) == round(n_times)


def poor(*ch_names):
    """Whether these electrodes, and no others, have no contact."""
    expected = [0.0 if name in ch_names else 1.0 for name in EPOC.ch_names]
    return lambda found: found is not None and found.tolist() == expected


def unknown(found):
    return found is None


def known(found):
    return found is not None


def test_it_is_found_when_it_comes_after_the_eeg_and_again_when_it_comes_back(
    headset, contact_headset, open_inlet, stream_name
):
    headset()
    following = Following(open_inlet(stream_name))
    assert not following.until(known, seconds=2.0)
    first = contact_headset(T7=0.0)
    assert following.until(poor("T7"))
    first.kill()
    contact_headset(O2=0.0)
    assert following.until(poor("O2"))
    assert following.nothing_lost()


def freeze(device):
    device.freeze()
    return device.thaw


def fall_silent(device):
    device.do(hold=2 * STALE_S)
    return lambda: None


@can_freeze
@pytest.mark.parametrize("stop", [freeze, fall_silent])
def test_when_it_freezes_it_counts_a_while_and_then_no_more_until_it_goes_on(
    headset, contact_headset, open_inlet, stream_name, stop
):
    headset()
    device = contact_headset(F3=0.0)
    following = Following(open_inlet(stream_name))
    assert following.until(poor("F3"))
    go_on = stop(device)
    stopped = time.monotonic()
    assert following.until(unknown)
    assert time.monotonic() - stopped > STALE_S - 2.0
    assert not following.until(known, seconds=1.0)
    go_on()
    assert following.until(poor("F3"))
    assert following.nothing_lost()


@can_freeze
@pytest.mark.parametrize("is_described", [False, True])
def test_a_mute_stream_delays_nothing(contact_headset, stream_name, is_described):
    device = contact_headset(P8=0.0)
    (handle,) = pylsl.resolve_byprop("name", f"{stream_name}-Contact", timeout=10)
    contact = Contact(lambda: handle, EPOC)
    if is_described:
        contact.look()
        time.sleep(LOOK_S)
    device.freeze()
    longest = 0.0
    for _ in range(6):
        before = time.monotonic()
        contact.look()
        longest = max(longest, time.monotonic() - before)
        time.sleep(LOOK_S)
    assert longest < LOOK_S
    assert contact.take() is None
    device.thaw()
    wait_for(contact, poor("P8"))
    device.freeze()
    before = time.monotonic()
    contact.close()
    assert time.monotonic() - before < LOOK_S


@can_freeze
def test_the_eeg_does_not_wait_for_a_mute_stream(headset, contact_headset, find, stream_name):
    headset(prefill=1.0)
    device = contact_headset()
    pylsl.resolve_byprop("name", f"{stream_name}-Contact", timeout=10)
    found = find(stream_name)
    device.freeze()
    before = time.monotonic()
    with closing(Inlet(found, EPOC)) as inlet:
        following = Following(inlet)
        assert following.until(unknown)
        # liblsl takes 0.6 s for the first samples, to compare the clocks.
        assert time.monotonic() - before < 1.5
        assert not following.until(known, seconds=4.0)
    assert following.nothing_lost()


TASKS = Path("/proc/self/task")


def count_threads():
    return sum(1 for _ in TASKS.iterdir())


@pytest.mark.skipif(not TASKS.is_dir(), reason="threads cannot be counted here")
def test_nothing_outlives_its_end(headset, contact_headset, find, stream_name):
    headset()
    contact_headset(AF4=0.0)
    found = find(stream_name)
    n_threads = count_threads()
    neighbours = Neighbours(found)
    contact = Contact(neighbours.contact, EPOC)
    wait_for(contact, poor("AF4"))
    assert count_threads() > n_threads
    contact.close()
    neighbours.close()
    assert count_threads() == n_threads
