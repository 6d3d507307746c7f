"""Late samples, clocks that are wrong, and a follower that is too slow."""

from itertools import pairwise

import pytest

from rtdreamer.headset import EPOC

SECOND = round(EPOC.sfreq)
PLAUSIBLE_MS = (-1500, 5000)
"""A clock that is wrong is noticed once it is off by a second; the machine may be slow."""


def assert_plausible(live, lost=0):
    low, high = PLAUSIBLE_MS
    for line in live.predictions:
        assert low < line["latency_ms"] < high
    assert live.predictions[-1]["missing"] == lost


def test_a_burst_after_a_stall_is_predicted_whole_and_leaves_no_backlog(headset, follow_here):
    device = headset(prefill=11.0)
    live = follow_here()
    # What came at once at the start looks like a stream of large chunks, whose silence is borne.
    first = live.prediction(12 * SECOND)
    device.do(hold=4.0)
    stalled = live.event("stalled", "no usable samples for more than 2 s")
    live.event("live", start=live.said.index(stalled))
    last = live.prediction(first["sample"] + 6 * SECOND)
    live.end()
    for before, line in pairwise(live.predictions):
        assert line["sample"] - before["sample"] == line["hop"] == 16
        assert line["skipped"] == 0
    assert last["latency_ms"] < 3000
    assert_plausible(live)


@pytest.mark.parametrize("clock", [1.7e9, -1e6])
def test_another_clocks_timestamps_are_put_right(headset, follow_here, clock):
    """Unix time, for one."""
    headset(prefill=11.0, clock=clock)
    live = follow_here()
    live.event("filling", "the stream's clock was wrong, once so far: its samples count")
    live.prediction(12 * SECOND)
    live.end()
    assert_plausible(live)


def assert_keeps_up(live, sample):
    """From some sample on, nothing is late."""
    low, high = PLAUSIBLE_MS
    after = [line for line in live.predictions if line["sample"] >= sample]
    assert after
    assert all(low < line["latency_ms"] < high for line in after)


def test_a_clock_that_lags_from_the_start_is_put_right_and_loses_nothing(headset, follow_here):
    headset(prefill=11.0, clock=-10.0)
    live = follow_here()
    said = live.wait(lambda line: "the stream's clock was wrong" in line.get("message", ""))
    live.prediction(16 * SECOND)
    live.end()
    assert_keeps_up(live, 15 * SECOND)
    assert said["phase"] != "stalled"
    assert live.predictions[-1]["missing"] == 0
    assert [line["phase"] for line in live.events].count("filling") <= 2


def test_a_pause_that_the_timestamps_leave_out_is_lost_and_starts_anew(headset, follow_here):
    device = headset(prefill=11.0)
    live = follow_here()
    first = live.prediction(12 * SECOND)
    sample = device.do(pause=5.0)
    live.event("stalled")
    live.event("poor signal", "whether time was lost in it is not known yet")
    live.wait(lambda line: "the stream's clock was wrong, once" in line.get("message", ""))
    live.event("filling", "so far: starting again")
    lost = live.prediction(sample + 15 * SECOND)["missing"]
    live.end()
    # What was measured before it was put right is no part of the new window.
    before = [line for line in live.predictions if line["missing"] == 0]
    assert before[-1]["sample"] < sample + 3 * SECOND
    across = [line for line in before if line["sample"] >= sample]
    assert across
    assert all(line["valence"] is None for line in across)
    assert lost == pytest.approx(5 * SECOND, abs=SECOND / 4)
    assert_keeps_up(live, sample + 15 * SECOND)
    assert first["missing"] == 0


def test_a_clock_that_jumps_loses_nothing_and_it_is_said(headset, follow_here):
    device = headset(prefill=11.0)
    live = follow_here()
    live.prediction()
    for n, seconds in enumerate((1000.0, -1000.0, 1.7e9, -1.7e9)):
        sample = device.do(jump=seconds)
        live.prediction(sample + 32)
        if n in (0, 1, 3):
            times = f"{n + 1} times" if n else "once"
            said = live.event("live", f"the stream's clock was wrong, {times} so far")
            assert said["source_id"] == device.source_id
    live.end()
    assert_plausible(live)
    assert [line["phase"] for line in live.events].count("filling") == 1


@pytest.mark.parametrize("stamps", ["equal", "backward", "nan"])
def test_a_clock_that_stops_or_goes_back_loses_nothing_and_it_is_said(headset, follow_here, stamps):
    device = headset(prefill=11.0)
    live = follow_here()
    live.prediction()
    sample = device.do(stamps=stamps)
    live.event("live", "the stream's clock was wrong")
    live.prediction(sample + 3 * SECOND)
    sample = device.do(stamps="right")
    live.prediction(sample + 64)
    live.end()
    assert_plausible(live)
    assert [line["phase"] for line in live.events].count("filling") == 1


def test_a_follower_that_is_too_slow_predicts_the_newest_and_counts_the_rest(headset, follow_here):
    headset(prefill=11.0)
    live = follow_here(hop=1, seconds=0.3)
    live.prediction(15 * SECOND)
    live.end()
    assert all(
        line["hop"] == 1 + line["skipped"] - before["skipped"]
        for before, line in pairwise(live.predictions)
    )
    assert live.predictions[-1]["skipped"] > 2 * SECOND
    assert live.predictions[-1]["latency_ms"] < 3000
    assert_plausible(live)
