"""Every stream that a headset or a bridge may send is followed as it is, or refused in a line."""

import json
import socket

import numpy as np
import pylsl
import pytest

from rtdreamer.cli.main import run
from rtdreamer.headset import EPOC
from rtdreamer.stream.decimation import N_TAPS
from rtdreamer.window import WINDOW

EMOTIVPRO = (
    "Timestamp", "Counter", "Interpolate", *EPOC.ch_names, "HardwareMarker", "Markers",
)  # fmt: skip
SHUFFLED = tuple(np.random.default_rng(1).permutation(EMOTIVPRO).tolist())


def look(follower, n_predictions):
    """Return the first predictions with their windows, and the events."""
    follower.wait(lambda line: len(follower.predictions) >= n_predictions)
    found = follower.end()
    # The headset may come late.
    return found, [line for line in follower.events if line["phase"] != "waiting"]


def assert_measured(found, eeg, atol):
    """The windows hold what the headset measured, each channel in its place."""
    for line, window in found:
        numbers = np.arange(line["sample"] - WINDOW + 1, line["sample"] + 1)
        np.testing.assert_allclose(window, eeg[:, numbers % eeg.shape[1]], atol=atol)
        assert line["missing"] == 0


@pytest.mark.parametrize(
    "kind",
    [
        {"ch_names": EMOTIVPRO, "format": "float32", "chunk": 1},
        {"ch_names": EMOTIVPRO[:-1], "format": "double64", "chunk": 4},
        {"ch_names": SHUFFLED, "format": "double64", "chunk": 256},
        {"unit": "uV", "format": "int16", "label_key": "name", "source_id": ""},
        {"unit": "volts", "scale": 1e-6, "format": "double64", "source_id": ""},
        {"ch_names": tuple(f"EEG.{name}" for name in EPOC.ch_names), "unit": ""},
        {"unit": "-6", "type": "signal", "chunk": 32},
        {"unit": "0", "scale": 1e-6, "format": "double64"},
    ],
    ids=[
        "19 channels",
        "18 channels",
        "shuffled",
        "int16",
        "volts",
        "no unit",
        "powers of ten",
        "power 0",
    ],
)
def test_each_channel_is_found_by_its_label_and_read_in_microvolts(
    headset, follow_here, headset_eeg, kind
):
    headset(prefill=11.0, **kind)
    found, events = look(follow_here(), 2)
    atol = 0.51 if kind.get("format") == "int16" else 1e-3
    assert_measured(found, headset_eeg(EPOC.sfreq, 0), atol)
    assert [line["phase"] for line in events] == ["filling", "live"]
    assert ("taken as µV" in events[0]["message"]) == (kind.get("unit") == "")
    assert ("its type is signal, taken as EEG" in events[0]["message"]) == ("type" in kind)


def test_unit_and_names_are_as_the_user_says(headset, follow_live):
    ch_names = ("P", *EPOC.ch_names[1:])
    headset(prefill=11.0, ch_names=ch_names, described=ch_names, unit="bananas")
    live = follow_live("--unit", "uV", "--rename", "P=AF3")
    event = live.event("filling", "P read as AF3; taken as uV, as you say; it says ")
    assert "bananas" in event["message"]
    line = live.prediction()
    live.end()
    # The made-up headset sends nothing on a channel that it does not know.
    assert list(line["flaws"]) == ["AF3"]
    assert line["valence"] is not None


@pytest.mark.parametrize("chunk", [1, 256])
def test_256_hz_are_halved_and_the_time_that_takes_is_said(
    headset, follow_here, headset_eeg, chunk
):
    headset(prefill=11.0, sfreq=256.0, chunk=chunk, ch_names=EMOTIVPRO)
    found, events = look(follow_here(), 3)
    # A window's sample n is the headset's 2n + 1, through a filter that answers later.
    eeg = np.roll(headset_eeg(256.0, 0), (N_TAPS - 1) // 2, axis=1)[:, 1::2]
    # At its start the filter has seen nothing before.
    assert_measured(found[1:], eeg, 0.5)
    assert "256 Hz halved to 128, which adds 51 ms to the latency" in events[0]["message"]


def test_what_comes_in_large_chunks_is_no_stall(headset, follow_here):
    headset(prefill=13.0, chunk=320)
    _, events = look(follow_here(), 3)
    assert [line["phase"] for line in events] == ["filling", "live"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ({"format": "string"}, "sends text; EEG comes as numbers"),
        ({"sfreq": 250.0}, "runs at 250 Hz; set the headset to 128 or 256 Hz"),
        (
            {"ch_names": ("P", *EPOC.ch_names[1:])},
            "lacks AF3 of the EPOC's 14 channels; it has P, F7",
        ),
        (
            {"unit": "bananas"},
            "has the unit bananas; microvolts, millivolts and volts can be read: --unit says",
        ),
        ({"described": EMOTIVPRO}, "sends 14 channels and describes 19"),
    ],
)
def test_a_stream_that_cannot_be_read_is_refused_in_one_line(
    headset, kind, said, stream_name, tiny_model, capsys
):
    headset(**kind)
    command = ["live", "--headless", "--model", str(tiny_model), "--stream", stream_name]
    assert run(command) == 2
    output, messages = capsys.readouterr()
    assert all("event" in json.loads(line) for line in output.splitlines())
    last = messages.splitlines()[-1]
    assert last.startswith("rtdreamer: error: ")
    assert said in last


def test_of_several_streams_that_match_the_source_id_picks_one(
    headset, follow_here, headset_eeg, stream_name, tiny_model, capsys
):
    for seed in (1, 2):
        headset(source_id=f"id-{stream_name}-{seed}", seed=seed, prefill=11.0)
    # Both must be there: one that is alone is followed.
    assert len(pylsl.resolve_byprop("name", stream_name, minimum=2, timeout=60)) == 2
    command = ["live", "--headless", "--model", str(tiny_model), "--stream", stream_name]
    assert run([*command, "--duration", "60"]) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert f"2 streams match '{stream_name}'" in last
    for seed in (1, 2):
        assert f"id-{stream_name}-{seed}" in last
        found, _ = look(follow_here(source_id=f"ID-{stream_name}-{seed}"), 1)
        assert_measured(found, headset_eeg(EPOC.sfreq, seed), 1e-3)


def test_the_word_epoc_finds_emotivpros_outlet_by_its_labels(
    headset, follow_here, headset_eeg, stream_name
):
    # Another one, which the word names: the source_id tells that it is not meant.
    headset(name=f"EPOC-{stream_name}", source_id=f"id-{stream_name}-other", seed=1)
    headset(ch_names=EMOTIVPRO, prefill=11.0)
    found, _ = look(follow_here("EPOC", f"id-{stream_name}"), 1)
    assert_measured(found, headset_eeg(EPOC.sfreq, 0), 1e-3)


def test_what_is_published_is_no_other_computer_s(headset, follow_here, stream_name):
    headset(prefill=11.0)
    live = follow_here()
    live.prediction()
    for name, rest in [
        (f"{stream_name}-Events", f"{stream_name}--events"),
        (f"{stream_name}-Affect", f"id-{stream_name}-looker-on"),
    ]:
        (info,) = pylsl.resolve_byprop("name", name, timeout=60)
        assert info.source_id() == f"rtdreamer-{socket.gethostname()}-{rest}"
