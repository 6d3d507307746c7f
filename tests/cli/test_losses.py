"""Samples that never came are counted, each once, and no prediction glues two moments together."""

from itertools import accumulate

import numpy as np
import pytest

from rtdreamer.headset import EPOC
from rtdreamer.window import WINDOW

WITH_COUNTER = ("Timestamp", "Counter", "Interpolate", *EPOC.ch_names)
SECOND = round(EPOC.sfreq)
N_PREFILL = 30 * SECOND


def assert_measured(found, eeg, drops):
    """The windows hold what was measured, or a straight line over what was not sent."""
    n_times = N_PREFILL + 60 * SECOND
    numbers = np.arange(n_times)
    sent = np.ones(n_times, bool)
    for first, n in drops:
        sent[first : first + n] = False
    whole = np.array(
        [
            np.interp(numbers, numbers[sent], channel[numbers[sent] % eeg.shape[1]])
            for channel in eeg
        ]
    )
    for line, window in found:
        reach = slice(line["sample"] - WINDOW + 1, line["sample"] + 1)
        np.testing.assert_allclose(window, whole[:, reach], atol=1e-3)


@pytest.mark.parametrize(
    ("ch_names", "drops"),
    [
        (
            WITH_COUNTER,
            # One by one, and where the counter starts anew.
            [(300, 1), (3000, 1), (3070, 5), (3200 - 2, 7), (3500, 20), (3583, 1), (3600, 32)],
        ),
        (EPOC.ch_names, [(300, 20), (3000, 30), (3500, 20), (3600, 32)]),
    ],
    ids=["counter", "timestamps"],
)
def test_a_short_gap_is_bridged_and_counted(headset, follow_here, headset_eeg, ch_names, drops):
    headset(prefill=30.0, ch_names=ch_names, drops=drops)
    live = follow_here()
    live.prediction(N_PREFILL)
    found = live.end()
    assert live.predictions[-1]["missing"] == sum(n for _, n in drops)
    assert [line["phase"] for line in live.events if line["phase"] != "waiting"] == [
        "filling",
        "live",
    ]
    assert_measured(found, headset_eeg(EPOC.sfreq, 0), drops)


@pytest.mark.parametrize("ch_names", [WITH_COUNTER, EPOC.ch_names], ids=["counter", "timestamps"])
def test_a_long_gap_starts_anew_and_is_counted(headset, follow_here, headset_eeg, ch_names):
    lost = [33, 127, 128, 129, 65, 65, 500]
    drops = [(200, 33), (400, 127), (700, 128), (1000, 129), (1200, 65), (1300, 65), (2000, 500)]
    headset(prefill=30.0, ch_names=ch_names, drops=drops)
    live = follow_here()
    live.prediction(N_PREFILL)
    found = live.end()
    assert live.predictions[-1]["missing"] == sum(n for _, n in drops)
    said = [line["message"] for line in live.events if "missing in one gap" in line["message"]]
    assert said == [
        f"{n} samples missing in one gap, {total} so far: starting again"
        for n, total in zip(lost, accumulate(lost), strict=True)
    ]
    assert_measured(found, headset_eeg(EPOC.sfreq, 0), drops)


@pytest.mark.parametrize("ch_names", [WITH_COUNTER, EPOC.ch_names], ids=["counter", "timestamps"])
def test_what_is_lost_at_256_hz_is_counted_in_samples_of_128(headset, follow_here, ch_names):
    drops = [(400, 32), (1000, 64), (3000, 66), (5000, 1024)]
    headset(prefill=30.0, sfreq=2 * EPOC.sfreq, ch_names=ch_names, drops=drops)
    live = follow_here()
    live.prediction(N_PREFILL)
    live.end()
    assert live.predictions[-1]["missing"] == sum(n for _, n in drops) / 2
    said = [line["message"] for line in live.events if "missing in one gap" in line["message"]]
    assert said == [
        f"{n} samples missing in one gap, {total} so far: starting again"
        for n, total in ((33, 81), (512, 593))
    ]


def test_a_gap_while_predicting_is_said_and_no_window_spans_it(headset, follow_here):
    device = headset(true_sfreq=8 * EPOC.sfreq, speed=8.0, chunk=8)
    live = follow_here()
    live.prediction()
    # Less than a second: no stall, on a slow machine either.
    first_lost = device.do(drop=800)
    live.event("filling", "samples missing in one gap")
    live.prediction(first_lost + 400)
    live.end()
    before = [line for line in live.predictions if line["missing"] == 0]
    after = [line for line in live.predictions if line["missing"] > 0]
    assert before[-1]["sample"] < first_lost
    # Eight times as fast, timestamps show an eighth of it.
    assert after[0]["missing"] == pytest.approx(800 / 8, abs=4)
    assert after[0]["sample"] == first_lost - 1 + after[0]["missing"] + WINDOW
    assert [line["phase"] for line in live.events][-3:] == ["live", "filling", "live"]


@pytest.mark.parametrize("sfreq", [EPOC.sfreq, 2 * EPOC.sfreq])
def test_what_the_driver_made_up_is_counted_apart(headset, follow_here, sfreq):
    runs = [(100, 1), (1000, 40), (1501, 3)]
    headset(prefill=12.0, ch_names=WITH_COUNTER, sfreq=sfreq, interpolated=runs)
    live = follow_here()
    live.prediction(12 * SECOND)
    live.end()
    # Each sample of 128 Hz holds two of 256 Hz: 1 of 2, 40 of 40, 3 of 4.
    expected = 44 if sfreq == EPOC.sfreq else 1 + 20 + 2
    assert (live.predictions[-1]["driver_interpolated"], live.predictions[-1]["missing"]) == (
        expected,
        0,
    )


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ({"drops": [(64 * k + 32, 32) for k in range(1000)]}, "50 % missing"),
        ({"interpolated": [(0, 10**9)]}, "100 % interpolated by the headset"),
    ],
    ids=["lost", "made up"],
)
def test_what_was_hardly_measured_gets_no_verdict(headset, follow_here, faults, reason):
    headset(prefill=12.0, ch_names=WITH_COUNTER, **faults)
    live = follow_here()
    live.event("poor signal", f"% of the window was not measured: {reason}")
    live.prediction(12 * SECOND)
    live.end()
    assert {line["valence"] for line in live.predictions} == {None}
    assert all(line["reason"].endswith(reason) for line in live.predictions)
    assert min(line["quality"] for line in live.predictions) > 0.9


@pytest.mark.parametrize("sfreq", [EPOC.sfreq, 2 * EPOC.sfreq])
def test_a_headset_at_half_the_rate_that_it_names_gets_no_verdict(headset, follow_here, sfreq):
    headset(prefill=21.0, sfreq=sfreq, true_sfreq=sfreq / 2)
    live = follow_here()
    live.event("poor signal", f"samples come at {sfreq / 2:g} Hz, not at {sfreq:g}: ")
    assert live.prediction()["valence"] is None
    live.end()
    assert live.predictions[-1]["missing"] == 0


def test_a_headset_that_is_faster_than_it_says_gets_no_verdict(headset, follow_here):
    headset(prefill=2.0, true_sfreq=2 * EPOC.sfreq, chunk=8)
    live = follow_here()
    live.event("poor signal", "samples come at 256 Hz, not at 128: ")
    line = live.prediction()
    assert line["valence"] is None
    assert "the stream names a wrong rate" in line["reason"]
    live.end()


def test_a_player_that_says_how_fast_it_plays_is_judged(headset, follow_here):
    headset(prefill=2.0, true_sfreq=8 * EPOC.sfreq, speed=8.0, chunk=8)
    live = follow_here()
    note = "played at 8 times the speed, as the stream says"
    live.event("live", f"predicting, but {note}")
    line = live.prediction()
    assert line["valence"] is not None
    assert line["note"] == note
    live.end()


@pytest.mark.parametrize("true_sfreq", [127.94, 128.06])
def test_a_headset_whose_clock_drifts_loses_nothing(headset, follow_here, true_sfreq):
    headset(prefill=40.0, true_sfreq=true_sfreq)
    live = follow_here()
    live.prediction(41 * SECOND)
    live.end()
    assert live.predictions[-1]["missing"] == 0
