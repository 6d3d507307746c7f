import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from rtdreamer.errors import StreamError, StreamLostError
from rtdreamer.headset import EPOC
from rtdreamer.lsl import inlet as inlet_module
from rtdreamer.lsl import library
from rtdreamer.lsl.discovery import with_channels
from rtdreamer.lsl.inlet import Inlet

OUTLET = """
import sys, time
from rtdreamer.headset import EPOC
from rtdreamer.lsl.outlets import SignalOutlet
outlet = SignalOutlet(sys.argv[1], sys.argv[1], EPOC.ch_names, ("uV",) * 14, 128.0)
time.sleep(60)
"""


def pull_for(inlet, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        inlet.pull(0.1)


def settles_at(count, n_most):
    """Whether so few are left, at once or soon: liblsl ends some of its threads by itself."""
    deadline = time.monotonic() + 10
    while (n_left := count()) > n_most and time.monotonic() < deadline:
        time.sleep(0.1)
    return n_left <= n_most


def ramp(n_channels, n_times):
    return np.arange(n_channels)[:, None] * 100.0 + np.arange(n_times)


def test_samples_arrive_as_they_were_sent(open_outlet, open_inlet, pull, stream_name):
    outlet = open_outlet()
    inlet = open_inlet(stream_name)
    data = 4200 + np.random.default_rng(0).normal(0, 15, (14, 3000))
    stamps = library.clock() + np.arange(3000) / EPOC.sfreq
    outlet.push(data, stamps)
    found, timestamps = pull(inlet, 3000)
    np.testing.assert_array_equal(found, data)
    np.testing.assert_allclose(timestamps, stamps, atol=0.02)


def test_the_14_are_picked_by_label_in_any_order(open_outlet, open_inlet, pull, stream_name):
    ch_names = (
        "Timestamp",
        "COUNTER",
        *(f"EEG.{name.lower()}" for name in reversed(EPOC.ch_names)),
    )
    outlet = open_outlet(ch_names=ch_names)
    inlet = open_inlet(stream_name)
    outlet.push(ramp(16, 10), library.clock() + np.arange(10) / EPOC.sfreq)
    found, _ = pull(inlet, 10)
    np.testing.assert_array_equal(found, ramp(16, 10)[:1:-1])


def test_the_counter_comes_along(open_outlet, open_inlet, stream_name):
    outlet = open_outlet(ch_names=("Counter", *EPOC.ch_names))
    inlet = open_inlet(stream_name)
    outlet.push(ramp(15, 10), library.clock() + np.arange(10) / EPOC.sfreq)
    chunk = inlet.pull(5.0)
    np.testing.assert_array_equal(chunk.counter, np.arange(10)[: chunk.n_times])


@pytest.mark.parametrize(
    ("unit", "scale"), [("uV", 1), ("", 1), ("µV", 1), ("millivolts", 1e3), ("V", 1e6)]
)
def test_units_become_microvolts(open_outlet, open_inlet, pull, stream_name, unit, scale):
    outlet = open_outlet(unit=unit)
    inlet = open_inlet(stream_name)
    outlet.push(ramp(14, 4), library.clock() + np.arange(4) / EPOC.sfreq)
    found, _ = pull(inlet, 4)
    np.testing.assert_allclose(found, ramp(14, 4) * scale)


@pytest.mark.parametrize(
    ("silence", "sizes", "waits"),
    [
        (0.05, [16, 20], []),
        (0.3, [16, 20, 20, 5, 99], [0.02] * 3),
        (0.9, [16, 20, 20, 15, 99], [0.06] * 3),
    ],
)
def test_what_was_held_up_is_taken_as_one_as_long_as_it_comes_fast(
    open_outlet, open_inlet, stream_name, monkeypatch, silence, sizes, waits
):
    """Up to a piece that is no more than twice what is measured meanwhile."""
    open_outlet()
    inlet, waited, coming = open_inlet(stream_name), [], iter(sizes)
    inlet._heard_at = -silence
    clock = SimpleNamespace(monotonic=lambda: sum(waited), sleep=waited.append)
    monkeypatch.setattr(inlet_module, "time", clock)
    monkeypatch.setattr(inlet, "_pull", lambda _: (np.zeros((n := next(coming), 14)), np.zeros(n)))
    assert inlet.pull(1.0).n_times == sum(sizes[: 1 + len(waits)])
    assert waited == waits


def test_nothing_yet_is_an_empty_chunk(open_outlet, open_inlet, stream_name):
    open_outlet()
    chunk = open_inlet(stream_name).pull(0.01)
    assert chunk.data.shape == (14, 0)
    assert chunk.n_times == 0


def test_a_missing_channel_is_named(open_outlet, open_inlet, stream_name):
    open_outlet(ch_names=(*EPOC.ch_names[:5], "P", *EPOC.ch_names[6:]))
    with pytest.raises(StreamError, match=r"lacks P7 .* it has AF3, F7, F3, FC5, T7, P, O1"):
        open_inlet(stream_name)


def test_another_rate_is_refused(open_outlet, open_inlet, stream_name):
    open_outlet(sfreq=250.0)
    with pytest.raises(StreamError, match="runs at 250 Hz; set the headset to 128 or 256 Hz"):
        open_inlet(stream_name)


def test_256_hz_arrive_as_they_are_and_the_halving_is_noted(
    open_outlet, open_inlet, pull, stream_name
):
    outlet = open_outlet(sfreq=256.0)
    inlet = open_inlet(stream_name)
    stamps = library.clock() + np.arange(1000) / 256
    outlet.push(ramp(14, 1000), stamps)
    found, timestamps = pull(inlet, 1000)
    np.testing.assert_array_equal(found, ramp(14, 1000))
    np.testing.assert_allclose(timestamps, stamps, atol=0.02)
    assert inlet.description.sfreq == 256
    assert inlet.note == "256 Hz halved to 128, which adds 51 ms to the latency"


def test_an_unknown_unit_is_refused(open_outlet, open_inlet, stream_name):
    open_outlet(unit="bananas")
    with pytest.raises(StreamError, match="has the unit bananas"):
        open_inlet(stream_name)


def test_a_channel_that_is_there_twice_is_refused(open_outlet, open_inlet, stream_name):
    open_outlet(ch_names=(*EPOC.ch_names, "EEG.AF3"))
    with pytest.raises(StreamError, match="more than one channel AF3"):
        open_inlet(stream_name)


@pytest.mark.parametrize(("unit", "note"), [("", "it names no unit: taken as µV"), ("uV", "")])
def test_what_had_to_be_assumed_is_noted(open_outlet, open_inlet, stream_name, unit, note):
    open_outlet(unit=unit)
    assert open_inlet(stream_name).note == note


def test_closing_leaves_no_thread_and_no_open_file(open_outlet, find, stream_name):
    process = psutil.Process()
    # Windows counts handles instead.
    n_files = process.num_fds if hasattr(process, "num_fds") else process.num_handles
    open_outlet()
    found = find(stream_name)
    Inlet(found, EPOC).close()
    threads_before, files_before = process.num_threads(), n_files()
    inlets = [Inlet(found, EPOC) for _ in range(3)]
    inlets[0].pull(0.5)
    assert n_files() > files_before
    for inlet in inlets:
        inlet.close()
    assert settles_at(process.num_threads, threads_before)
    assert settles_at(n_files, files_before)


def test_a_stream_that_cannot_come_back_is_lost(open_outlet, open_inlet, stream_name):
    outlet = open_outlet(source_id="")
    inlet = open_inlet(stream_name)
    outlet.close()
    with pytest.raises(StreamLostError, match="is gone"):
        pull_for(inlet, 20)


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="a process cannot be frozen here")
def test_a_frozen_stream_is_announced_and_does_not_answer(find, stream_name):
    outlet = subprocess.Popen([sys.executable, "-c", OUTLET, stream_name])
    try:
        found = find(stream_name)
        outlet.send_signal(signal.SIGSTOP)
        # On a busy machine it answers for a moment longer.
        os.waitid(os.P_PID, outlet.pid, os.WSTOPPED | os.WNOWAIT)
        assert with_channels(found).description.ch_names == ()
        with pytest.raises(StreamError, match="announced but does not answer"):
            Inlet(found, EPOC)
    finally:
        outlet.kill()
        outlet.wait()
