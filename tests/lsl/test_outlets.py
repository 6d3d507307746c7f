import time
from contextlib import closing

import pylsl
import pytest

from rtdreamer.lsl import library
from rtdreamer.lsl.outlets import AffectOutlet, MarkerOutlet


def listen(name):
    (info,) = pylsl.resolve_byprop("name", name, timeout=10)
    inlet = pylsl.StreamInlet(info, processing_flags=pylsl.proc_clocksync)
    inlet.open_stream(timeout=10)
    return inlet


def test_a_prediction_is_stamped_with_its_windows_last_sample(stream_name):
    stamp = library.clock() - 3
    with closing(AffectOutlet(stream_name, f"id-{stream_name}", "m", True)) as outlet:
        inlet = listen(stream_name)
        outlet.push((0.625, 0.25), stamp)
        sample, timestamp = inlet.pull_sample(timeout=10)
        info = inlet.info(timeout=10)
        inlet.close_stream()
    assert sample == [0.625, 0.25]
    assert timestamp == pytest.approx(stamp, abs=0.05)
    assert (info.type(), info.source_id()) == ("Affect", f"id-{stream_name}")
    assert info.get_channel_labels() == ["valence", "arousal"]
    assert info.desc().child("model").child_value("simulated") == "true"


def test_a_marker_is_one_string_at_an_irregular_rate(stream_name):
    with closing(MarkerOutlet(stream_name, f"id-{stream_name}")) as outlet:
        inlet = listen(stream_name)
        outlet.push('{"event": "trial_start", "clip": "My Girl · ü"}', library.clock())
        (text,), _ = inlet.pull_sample(timeout=10)
        assert (inlet.info(timeout=10).type(), inlet.info().nominal_srate()) == ("Markers", 0)
        inlet.close_stream()
    assert text == '{"event": "trial_start", "clip": "My Girl · ü"}'


def test_signals_know_whether_somebody_listens(open_outlet, stream_name):
    outlet = open_outlet()
    assert not outlet.has_consumers
    inlet = listen(stream_name)
    deadline = time.monotonic() + 10
    while not outlet.has_consumers:
        assert time.monotonic() < deadline
    inlet.close_stream()
