import signal
import threading
import time

import numpy as np
import pytest

from rtdreamer.errors import StreamLostError
from rtdreamer.headset import EPOC
from rtdreamer.lsl import inlet as inlet_module
from rtdreamer.lsl import library, neighbours


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    """Take silence for something sooner."""
    monkeypatch.setattr(inlet_module, "WATCH_S", 0.2)
    monkeypatch.setattr(neighbours, "SECOND_S", 0.2)
    monkeypatch.setattr(neighbours, "PATIENCE_S", 0.5)


def nothing(timeout):
    """What a connection gives whose network was gone: no samples and no error."""
    time.sleep(timeout)
    return np.empty((0, 14)), np.empty(0)


def send_and_pull(outlet, inlet, seconds):
    """Return how many samples were sent and how many arrived."""
    deadline = time.monotonic() + seconds
    sent = arrived = 0
    while time.monotonic() < deadline:
        outlet.push(np.full((14, 4), 4200.0), library.clock() + np.arange(-3, 1) / EPOC.sfreq)
        sent += 4
        arrived += inlet.pull(0.05).n_times
    return sent, arrived


def test_a_connection_that_broke_without_a_word_is_given_up(
    open_outlet, open_inlet, stream_name, monkeypatch
):
    outlet = open_outlet()
    inlet = open_inlet(stream_name)
    monkeypatch.setattr(inlet, "_pull", nothing)
    with pytest.raises(StreamLostError, match="is there, but the connection to it broke"):
        send_and_pull(outlet, inlet, 20)


def test_a_stream_that_is_silent_to_all_is_waited_for(open_outlet, open_inlet, stream_name):
    outlet = open_outlet()
    inlet = open_inlet(stream_name)
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        assert inlet.pull(0.05).n_times == 0
    sent, arrived = send_and_pull(outlet, inlet, 2)
    while arrived < sent and time.monotonic() < deadline + 12:
        arrived += inlet.pull(0.05).n_times
    assert arrived == sent


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="a process cannot be frozen here")
def test_a_stream_that_is_frozen_never_holds_up_the_one_who_listens(
    headset, open_inlet, stream_name
):
    device = headset(prefill=0.5)
    inlet = open_inlet(stream_name)
    while not inlet.pull(0.05).n_times:
        pass
    device.freeze()
    end = time.monotonic() + 4
    thaw = threading.Timer(4, device.thaw)
    thaw.start()
    slowest, n_times = 0.0, 0
    while not n_times and time.monotonic() < end + 20:
        start = time.monotonic()
        n_times = inlet.pull(0.05).n_times
        slowest = max(slowest, time.monotonic() - start)
    thaw.join()
    assert n_times
    assert slowest < 1.5
