import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pylsl
import pytest

from rtdreamer.cli.main import run
from rtdreamer.headset import EPOC
from rtdreamer.live.profile_file import read_profile, write_profile
from rtdreamer.lsl.discovery import list_streams
from rtdreamer.lsl.outlets import SignalOutlet
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.released import load_live
from rtdreamer.signal.features import Spec
from rtdreamer.signal.profile import Profile
from rtdreamer.signal.quality import assess
from rtdreamer.signal.ring import RingBuffer
from rtdreamer.stream.chunk import Chunk
from rtdreamer.stream.timeline import Timeline
from rtdreamer.window import WINDOW

FIELDS = [
    "timestamp", "sample", "valence", "arousal", "emotion_class", "valence_60s",
    "arousal_60s", "seconds_60s", "reason", "note", "quality", "channel_quality", "flaws",
    "excluded_channels", "left_out", "hop", "skipped", "missing", "lost",
    "driver_interpolated", "interpolated", "latency_ms", "compute_ms", "model", "simulated_model",
]  # fmt: skip


@pytest.fixture
def my_profile(tmp_path):
    rng = np.random.default_rng(3)
    path = tmp_path / "me.toml"
    arrays = rng.normal(1, 1, (5, 14)), rng.uniform(0, 1, (5, 14, 14)), rng.normal(0, 1, (14, 45))
    write_profile(path, Profile(*arrays, np.tile(np.eye(14), (5, 1, 1)), 60.0), Spec())
    return path


def play_and_follow(
    start, finish, lines, name, file, *options, hop, model=None, profile=None, more=()
):
    """Follow a file to its end; return what was predicted, and said on standard error."""
    player = start("replay", "--file", file, "--sfreq", 128, "--name", name, "--wait", *options)
    command = ["live", "--stream", name, "--headless", "--hop", hop, *more]
    if model is not None:
        command += ["--model", model]
    if profile is not None:
        command += ["--profile", profile]
    live = start(*command)
    with ThreadPoolExecutor(1) as reader:
        followed = reader.submit(finish, live, 180)
        assert finish(player, 120)[0] == 0
        time.sleep(1.0)
        live.send_signal(signal.SIGINT)
        code, output, messages = followed.result()
    assert code == 0, messages
    assert "Traceback" not in messages
    return lines(output), messages


def assert_equal_to_offline(predictions, data, hop, model=None, profile=None, in_torch=False):
    """What was predicted live is what the same windows give in the same order, bit for bit."""
    classifier = Classifier.ready(load_live(model, in_torch), hop, profile)
    ring, timeline = RingBuffer(14, WINDOW, hop), Timeline(EPOC)
    pieces = timeline.take(Chunk(data, np.arange(data.shape[1]) / EPOC.sfreq))
    due = (window for piece in pieces for window in ring.extend(piece.data, piece.timestamps))
    live = {found["sample"]: found for found in predictions}
    n_due = 0
    for window in due:
        n_due += 1
        # A slow machine may skip some; a running estimate then never knew them.
        if (found := live.pop(window.sample, None)) is None:
            continue
        left_out = assess(window.data, EPOC).bad
        assert found["excluded_channels"] == [EPOC.ch_names[row] for row in left_out]
        features = classifier.extract(window.data).without(left_out)
        affect, over_time = classifier.classify(features, window.sample)
        assert (found["valence"], found["arousal"]) == (affect.valence, affect.arousal)
        minute = over_time.affect
        assert (found["valence_60s"], found["arousal_60s"]) == (minute.valence, minute.arousal)
        assert found["seconds_60s"] == over_time.seconds
        assert found["emotion_class"] == affect.emotion_class
    assert not live
    assert len(predictions) + predictions[-1]["skipped"] == n_due
    assert len(predictions) > n_due / 2
    assert predictions[-1]["missing"] == timeline.missing


def test_live_equals_offline_bit_for_bit(start, finish, lines, recording_csv, stream_name):
    data, path = recording_csv
    predictions, messages = play_and_follow(
        start, finish, lines, stream_name, path, "--speed", 2, hop=37
    )
    assert "no profile: estimating this person's baseline as it goes" in messages
    assert_equal_to_offline(predictions, data, 37)


def test_a_linear_model_too(start, finish, lines, recording_csv, stream_name, linear_model):
    data, path = recording_csv
    predictions, _ = play_and_follow(
        start, finish, lines, stream_name, path, "--speed", 2, hop=37, model=linear_model
    )
    assert len({line["valence"] for line in predictions}) > 2
    assert predictions[-1]["skipped"] == 0
    assert_equal_to_offline(predictions, data, 37, linear_model)


def test_in_torch_too(start, finish, lines, recording_csv, stream_name):
    data, path = recording_csv
    predictions, _ = play_and_follow(
        start, finish, lines, stream_name, path, "--speed", 2, hop=128, more=["--torch"]
    )
    assert_equal_to_offline(predictions, data, 128, in_torch=True)


def test_json_lines_hold_what_they_promise(start, finish, lines, recording_csv, stream_name):
    _, path = recording_csv
    predictions, _ = play_and_follow(start, finish, lines, stream_name, path, hop=64)
    sample = -1
    for line in predictions:
        assert list(line) == FIELDS
        assert line["sample"] - sample == line["hop"]
        sample = line["sample"]
        assert 0 <= line["quality"] <= 1
        assert 0 < line["latency_ms"] < 5000
        assert (line["model"], line["simulated_model"]) == ("simulated-23", True)
    steps = np.diff([line["timestamp"] for line in predictions])
    np.testing.assert_allclose(
        steps, [line["hop"] / EPOC.sfreq for line in predictions[1:]], atol=0.05
    )


def test_a_real_recording_is_followed_to_its_end(start, finish, lines, real_recording, stream_name):
    predictions, _ = play_and_follow(
        start, finish, lines, stream_name, real_recording,
        "--rename", "P=P7", "--speed", 6, hop=32,
    )  # fmt: skip
    assert predictions[-1]["sample"] > 14_980 - 200
    # Rows 898, 10386, 11509 and 13179 hold glitches of up to 715,897 µV.
    assert predictions[-1]["missing"] == 4
    for line in predictions:
        assert line["reason"] is None
        assert 0 <= line["valence"] <= 1
        assert 0 <= line["arousal"] <= 1


@pytest.mark.parametrize(
    "arguments", [["--timeout", "0.5"], ["--timeout", "0"], ["--duration", "0.5"]]
)
def test_no_stream_is_exit_code_3(arguments, stream_name, capsys):
    assert run(["live", "--headless", "--stream", stream_name, *arguments]) == 3
    output, messages = capsys.readouterr()
    assert not output
    assert f"no stream '{stream_name}'" in messages.splitlines()[-1]


def test_a_stream_without_one_of_the_14_is_refused(stream_name, capsys):
    others = EPOC.ch_names[:-1]
    outlet = SignalOutlet(stream_name, stream_name, others, ("uV",) * 13, EPOC.sfreq)
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
    live = start("live", "--stream", stream_name, QT_QPA_PLATFORM="offscreen")
    (info,) = pylsl.resolve_byprop("name", f"{stream_name}-Affect", timeout=60)
    inlet = pylsl.StreamInlet(info)
    samples = [inlet.pull_sample(timeout=60) for _ in range(3)]
    inlet.close_stream()
    live.send_signal(signal.SIGINT)
    assert all(0 <= value <= 1 for values, _ in samples for value in values)
    # A slow machine may skip some.
    hops = np.diff([stamp for _, stamp in samples]) * EPOC.sfreq / 16
    assert hops.min() > 0.9
    np.testing.assert_allclose(hops, np.round(hops), atol=0.1)
    code, output, messages = finish(live)
    assert (code, output) == (0, ""), messages


def test_without_the_outlet_nothing_is_published(
    start, finish, next_prediction, recording_csv, stream_name
):
    _, path = recording_csv
    start("replay", "--file", path, "--sfreq", 128, "--name", stream_name, "--speed", 8, "--loop")
    live = start("live", "--stream", stream_name, "--headless", "--no-outlet")
    assert next_prediction(live)["sample"] >= 1279
    assert not affect_streams(stream_name)
    live.send_signal(signal.SIGINT)
    assert finish(live)[0] == 0


def test_emotivpros_19_channels_are_followed_by_label_and_counter_and_judged_by_a_profile(
    start, finish, lines, recording_csv, stream_name, tiny_model, my_profile
):
    data, path = recording_csv
    predictions, messages = play_and_follow(
        start, finish, lines, stream_name, path, "--layout", "emotiv", "--speed", 3,
        hop=64, model=tiny_model, profile=my_profile,
    )  # fmt: skip
    assert "relative to me.toml (60 s)" in messages.splitlines()
    assert "no profile" not in messages
    assert_equal_to_offline(predictions, data, 64, tiny_model, read_profile(my_profile, Spec()))


def test_a_player_that_is_killed_and_started_again_is_followed_on(
    start, finish, lines, next_prediction, recording_csv, stream_name
):
    _, path = recording_csv
    command = (
        *("replay", "--file", path, "--sfreq", 128),
        *("--name", stream_name, "--speed", 8, "--loop"),
    )
    player = start(*command)
    live = start("live", "--stream", stream_name, "--headless", "--duration", 40)
    before = next_prediction(live)
    player.kill()
    player.wait()
    time.sleep(3)
    start(*command)
    code, output, messages = finish(live)
    assert code == 0, messages
    assert f"disconnected: stream '{stream_name}' is gone; waiting for it" in messages
    after = lines(output)[-1]
    assert after["timestamp"] > before["timestamp"] + 5
    assert after["missing"] > 128


def test_models_are_listed(capsys):
    assert run(["live", "--list-models"]) == 0
    assert "simulated-23, trained on SIMULATED people (default)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("profile", "model", "said"),
    [
        ("{profile}", "{absolute}", "'absolute' does not predict relative to a person"),
        ("{folder}/nobody.toml", "{tiny}", "no such file: 'rtdreamer baseline"),
        ("{folder}", "{tiny}", "is a folder"),
        ("{tiny}", "{tiny}", "not a usable profile"),
        ("{other}", "{tiny}", "windows with n_times 640, the model's have 1280"),
    ],
)
@pytest.mark.parametrize("view", [["--headless"], []])
def test_a_profile_that_does_not_fit_is_one_line(
    profile, model, said, view, my_profile, tiny_model, absolute_model, tmp_path, capsys
):
    other = tmp_path / "other.toml"
    write_profile(other, read_profile(my_profile, Spec()), Spec(n_times=640))
    values = {
        "profile": my_profile, "folder": tmp_path, "other": other,
        "tiny": tiny_model, "absolute": absolute_model,
    }  # fmt: skip
    given = ["--profile", profile.format(**values), "--model", model.format(**values)]
    assert run(["live", *view, *given]) == 2
    output, messages = capsys.readouterr()
    assert not output
    assert messages.count("\n") == 1
    assert said in messages


def test_a_model_that_does_not_standardise_says_nothing_of_profiles(
    stream_name, absolute_model, capsys
):
    command = ["live", "--headless", "--stream", stream_name, "--timeout", "0"]
    assert run([*command, "--model", str(absolute_model)]) == 3
    assert "profile" not in capsys.readouterr().err
