import json
import math
import time
from contextlib import closing

import numpy as np
import pylsl
import pytest

from rtdreamer.cli.live import load_classifier
from rtdreamer.cli.main import run
from rtdreamer.epoc import CH_NAMES, SFREQ, WINDOW
from rtdreamer.lsl.discovery import list_streams
from rtdreamer.lsl.outlets import SignalOutlet
from rtdreamer.signal.ring import RingBuffer

FIELDS = [
    "timestamp", "sample", "valence", "arousal", "emotion_class", "quality", "hop", "skipped",
    "lost", "latency_ms", "compute_ms", "model", "simulated_model",
]  # fmt: skip


def play_and_follow(start, finish, lines, name, file, *options, hop, seconds):
    player = start("replay", "--file", file, "--sfreq", 128, "--name", name, "--wait", *options)
    live = start("live", "--stream", name, "--headless", "--hop", hop, "--duration", seconds)
    code, output, messages = finish(live, seconds + 60)
    assert code == 0, messages
    assert "Traceback" not in messages
    assert finish(player)[0] == 0
    return lines(output)


def offline(data, hop):
    classifier = load_classifier(None)
    ring = RingBuffer(14, WINDOW, hop)
    stamps = np.arange(data.shape[1]) / SFREQ
    return {w.sample: classifier.classify(w.data)[0] for w in ring.extend(data, stamps)}


def test_live_equals_offline_bit_for_bit(start, finish, lines, recording_csv, stream_name):
    data, path = recording_csv
    predictions = play_and_follow(
        start, finish, lines, stream_name, path, "--speed", 2, hop=37, seconds=25
    )
    expected = offline(data, 37)
    # A slow machine may skip some: what it predicts must be the same.
    skipped = predictions[-1]["skipped"]
    assert len(predictions) + skipped == len(expected)
    assert len(predictions) > len(expected) / 2
    for found in predictions:
        affect = expected[found["sample"]]
        assert (found["valence"], found["arousal"]) == (affect.valence, affect.arousal)
        assert found["emotion_class"] == affect.emotion_class
    assert predictions[-1]["lost"] == 0


def test_json_lines_hold_what_they_promise(start, finish, lines, recording_csv, stream_name):
    _, path = recording_csv
    predictions = play_and_follow(start, finish, lines, stream_name, path, hop=64, seconds=25)
    sample = -1
    for line in predictions:
        assert list(line) == FIELDS
        assert line["sample"] - sample == line["hop"]
        sample = line["sample"]
        assert 0 <= line["quality"] <= 1
        assert 0 < line["latency_ms"] < 5000
        assert (line["model"], line["simulated_model"]) == ("simulated-23", True)
    steps = np.diff([line["timestamp"] for line in predictions])
    np.testing.assert_allclose(steps, [line["hop"] / SFREQ for line in predictions[1:]], atol=0.01)


def test_a_real_recording_is_followed_to_its_end(start, finish, lines, real_recording, stream_name):
    predictions = play_and_follow(
        start, finish, lines, stream_name, real_recording,
        "--rename", "P=P7", "--speed", 6, hop=32, seconds=34,
    )  # fmt: skip
    assert predictions[-1]["sample"] > 14_980 - 200
    assert predictions[-1]["lost"] == 0
    for line in predictions:
        assert all(math.isfinite(line[key]) for key in ("valence", "arousal", "quality"))
        assert 0 <= line["valence"] <= 1
    # Rows 898, 10386, 11509 and 13179 hold glitches of up to 715,897 µV.
    glitches = [line for line in predictions if 0 <= line["sample"] - 10_386 < WINDOW]
    assert max(line["quality"] for line in glitches) < 0.95


@pytest.mark.parametrize(
    "arguments", [["--timeout", "0.5"], ["--timeout", "0"], ["--duration", "0.5"]]
)
def test_no_stream_is_exit_code_3(arguments, stream_name, capsys):
    assert run(["live", "--headless", "--stream", stream_name, *arguments]) == 3
    output, messages = capsys.readouterr()
    assert not output
    assert f"no stream '{stream_name}'" in messages.splitlines()[-1]


def test_a_stream_without_one_of_the_14_is_refused(stream_name, capsys):
    others = CH_NAMES[:-1]
    outlet = SignalOutlet(stream_name, stream_name, others, ("uV",) * 13, SFREQ)
    with closing(outlet):
        assert run(["live", "--headless", "--stream", stream_name]) == 2
    output, messages = capsys.readouterr()
    assert not output
    assert "lacks AF4" in messages.splitlines()[-1]


def affect_streams(name):
    return [found for found in list_streams() if found.description.name == f"{name}-Affect"]


def test_behind_the_dashboard_predictions_are_made_and_published(
    stream_name, start, finish, recording_csv
):
    _, path = recording_csv
    start("replay", "--file", path, "--sfreq", 128, "--name", stream_name, "--wait", "--loop")
    live = start("live", "--stream", stream_name, "--duration", 25, QT_QPA_PLATFORM="offscreen")
    (info,) = pylsl.resolve_byprop("name", f"{stream_name}-Affect", timeout=20)
    inlet = pylsl.StreamInlet(info)
    samples = [inlet.pull_sample(timeout=20) for _ in range(3)]
    inlet.close_stream()
    assert all(0 <= value <= 1 for values, _ in samples for value in values)
    np.testing.assert_allclose(np.diff([stamp for _, stamp in samples]), 16 / SFREQ, atol=0.01)
    code, output, messages = finish(live)
    assert (code, output) == (0, ""), messages


def test_without_the_outlet_nothing_is_published(start, finish, lines, recording_csv, stream_name):
    _, path = recording_csv
    start("replay", "--file", path, "--sfreq", 128, "--name", stream_name, "--speed", 8, "--loop")
    live = start("live", "--stream", stream_name, "--headless", "--no-outlet", "--duration", 12)
    assert json.loads(live.stdout.readline())["sample"] >= 1279
    assert not affect_streams(stream_name)
    assert finish(live)[0] == 0


def test_emotivpros_19_channels_are_followed_by_label_and_counter(
    start, finish, lines, recording_csv, stream_name
):
    data, path = recording_csv
    predictions = play_and_follow(
        start, finish, lines, stream_name, path, "--layout", "emotiv", "--speed", 3,
        hop=64, seconds=18,
    )  # fmt: skip
    expected = offline(data, 64)
    assert predictions[-1]["lost"] == 0
    for found in predictions:
        assert found["valence"] == expected[found["sample"]].valence


def test_a_player_that_is_killed_and_started_again_is_followed_on(
    start, finish, lines, recording_csv, stream_name
):
    _, path = recording_csv
    command = (
        "replay",
        "--file",
        path,
        "--sfreq",
        128,
        "--name",
        stream_name,
        "--speed",
        8,
        "--loop",
    )
    player = start(*command)
    live = start("live", "--stream", stream_name, "--headless", "--duration", 40)
    before = json.loads(live.stdout.readline())
    player.kill()
    player.wait()
    time.sleep(3)
    start(*command)
    code, output, messages = finish(live)
    assert code == 0, messages
    assert "stalled: no usable samples" in messages
    after = lines(output)[-1]
    assert after["timestamp"] > before["timestamp"] + 5
    assert after["lost"] > 128


def test_models_are_listed(capsys):
    assert run(["live", "--list-models"]) == 0
    assert "simulated-23, trained on SIMULATED people (default)" in capsys.readouterr().out
