"""Streams that go, come back, freeze, or are taken for one another."""

import json
import signal
import time

import numpy as np
import pylsl
import pytest

from rtdreamer.headset import EPOC
from rtdreamer.window import WINDOW

FAST = {"true_sfreq": 8 * EPOC.sfreq, "chunk": 8, "speed": 8.0}
"""The 10 s of a first window are there after little more than one."""

WITH_COUNTER = ("Timestamp", "Counter", "Interpolate", *EPOC.ch_names)
SHUFFLED = tuple(np.random.default_rng(1).permutation(WITH_COUNTER).tolist())

BACK_S = 20.0
"""A stream is back within 3 s on a quiet machine; one that runs other tests may take longer."""

can_freeze = pytest.mark.skipif(
    not hasattr(signal, "SIGSTOP"), reason="a process cannot be frozen here"
)


def seconds_until(live, start, line):
    """How long after ``start`` a line was heard."""
    assert line in live.said
    return line["heard"] - start


def test_a_headset_that_restarts_is_followed_on_and_no_other_is_taken_for_it(
    headset, follow_live, stream_name
):
    # A channel that is dead tells, later on, that each is still found by its label.
    dead = {"values": {"O2": 0.0}}
    device = headset(**FAST, **dead)
    live = follow_live()
    before = live.prediction()
    device.kill()
    lost = live.event("disconnected", f"stream '{stream_name}' is gone; waiting for it")

    time.sleep(2.0)
    started = time.monotonic()
    device = headset(**FAST, **dead, ch_names=SHUFFLED)
    back = live.event("filling", f"following {stream_name}", live.said.index(lost))
    assert seconds_until(live, started, back) < BACK_S
    after = live.wait(lambda line: "event" not in line, live.said.index(back))
    # Two seconds and more, on the clock; nothing that was there before is in the window.
    assert after["missing"] - before["missing"] > 2 * EPOC.sfreq
    assert after["sample"] - before["sample"] > WINDOW + 2 * EPOC.sfreq
    assert list(after["flaws"]) == list(before["flaws"]) == ["O2"]

    device.kill()
    lost = live.event("disconnected", start=live.said.index(after))
    device = headset(**FAST, source_id=f"other-{stream_name}")
    offered = live.event("disconnected", f"--source-id other-{stream_name}", live.said.index(lost))
    assert f"'{stream_name}' is not back, but {stream_name} (EEG" in offered["message"]
    device.kill()

    device = headset(**FAST, ch_names=EPOC.ch_names[:-1])
    refused = live.event("disconnected", "it is back, but: ", live.said.index(offered))
    assert "lacks AF4 of the EPOC's 14 channels" in refused["message"]
    device.kill()

    started = time.monotonic()
    headset(**FAST, **dead)
    back = live.event("filling", start=live.said.index(refused))
    assert seconds_until(live, started, back) < BACK_S
    last = live.wait(lambda line: "event" not in line, live.said.index(back))
    assert list(last["flaws"]) == ["O2"]
    between = live.said[live.said.index(lost) : live.said.index(back)]
    assert all("event" in line for line in between)
    live.end()


def test_two_headsets_of_one_name_never_mix(headset, follow_live, stream_name):
    """One marks each sample as made up, and they have different dead channels."""
    kinds = {
        f"one-{stream_name}": {"values": {"F3": 0.0}, "interpolated": [(0, 10**9)]},
        f"two-{stream_name}": {"values": {"P8": 0.0}},
    }

    def start(source_ids):
        return [
            headset(source_id=source_id, ch_names=WITH_COUNTER, **FAST, **kinds[source_id])
            for source_id in source_ids
        ]

    devices = start(kinds)
    one, two = (follow_live("--source-id", source_id) for source_id in kinds)
    for live in (one, two):
        live.prediction()
    for device in devices:
        device.kill()
    lost = [live.event("disconnected") for live in (one, two)]
    start(reversed(kinds))
    for live, gone in zip((one, two), lost, strict=True):
        live.wait(lambda line: "event" not in line, live.said.index(gone))
    for live in (one, two):
        live.end()
    for live, source_id in zip((one, two), kinds, strict=True):
        assert {line["source_id"] for line in live.events if line["stream"]} == {source_id}
    assert all(list(line["flaws"]) == ["F3"] for line in one.predictions)
    assert all(list(line["flaws"]) == ["P8"] for line in two.predictions)
    assert all(
        line["driver_interpolated"] > line["sample"] - line["missing"] for line in one.predictions
    )
    assert all(line["driver_interpolated"] == 0 for line in two.predictions)


@pytest.mark.parametrize("source_id", ["", "the same"])
def test_another_headset_that_looks_the_same_is_never_followed(
    headset, follow_live, stream_name, source_id
):
    source_id = source_id and f"{source_id}-{stream_name}"
    own = {"source_id": source_id, "values": {"O2": 0.0}}
    device = headset(prefill=11.0, **own)
    live = follow_live()
    live.prediction()
    headset(source_id=source_id, values={"F3": 0.0}, **FAST)
    assert len(pylsl.resolve_byprop("name", stream_name, minimum=2, timeout=60)) == 2
    time.sleep(4.0)

    device.do(hold=6.0)
    stalled = live.event("stalled")
    back = live.event("live", start=live.said.index(stalled))
    assert all(line["phase"] != "disconnected" for line in live.events)

    device.kill()
    lost = live.event("disconnected", "is gone", live.said.index(back))
    named = live.event("disconnected", "or start again to follow it", live.said.index(lost))
    assert f"'{stream_name}' is not back, but {stream_name} (EEG" in named["message"]
    started = time.monotonic()
    headset(**own, **FAST)
    back = live.event("filling", start=live.said.index(named))
    assert seconds_until(live, started, back) < BACK_S
    live.wait(lambda line: "event" not in line, live.said.index(back))
    live.end()
    assert all(list(line["flaws"]) == ["O2"] for line in live.predictions)


@can_freeze
def test_a_headset_that_freezes_is_noticed_and_one_in_its_place_is_followed(
    headset, follow_live, stream_name
):
    device = headset(prefill=11.0)
    live = follow_live()
    line = live.prediction()
    device.freeze()
    frozen = time.monotonic()
    stalled = live.event("stalled", "no usable samples for more than 2 s")
    assert 1.0 < seconds_until(live, frozen, stalled) < BACK_S
    device.thaw()
    live.event("live", start=live.said.index(stalled))
    line = live.prediction(line["sample"] + 2 * EPOC.sfreq, live.said.index(stalled))
    assert (line["missing"], line["skipped"]) == (0, 0)

    device.freeze()
    stalled = live.event("stalled", start=live.said.index(line))
    headset(**FAST)
    lost = live.event(
        "disconnected", f"stream '{stream_name}' was restarted", live.said.index(stalled)
    )
    back = live.event("filling", "following", live.said.index(lost))
    live.wait(lambda line: "event" not in line, live.said.index(back))
    live.end()


def test_a_headset_that_is_not_there_is_waited_for_and_markers_tell_of_all(
    headset, follow_live, stream_name
):
    live = follow_live()
    (info,) = pylsl.resolve_byprop("name", f"{stream_name}-Events", timeout=60)
    markers = pylsl.StreamInlet(info)
    markers.open_stream(timeout=10)
    live.event("waiting", f"no stream '{stream_name}' yet; found: ")
    # It goes before it has sent a single sample.
    silent = headset(prefill=-1000.0)
    followed = live.event("filling")
    silent.kill()
    lost = live.event("disconnected", start=live.said.index(followed))
    headset(**FAST)
    back = live.event("filling", start=live.said.index(lost))
    live.wait(lambda line: "event" not in line, live.said.index(back))
    live.end()
    told = []
    while (marker := markers.pull_sample(timeout=1.0)[0]) is not None:
        if "repeated" not in (event := json.loads(marker[0])):
            told.append(event)
    markers.close_stream()
    assert len(told) >= 4
    for line, marker in zip(live.events[-len(told) :], told, strict=True):
        assert abs(line["timestamp"] - marker.pop("timestamp")) < 1.0
        assert marker == {key: line[key] for key in marker}
