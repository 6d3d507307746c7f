import signal
import time
from contextlib import closing

import numpy as np
import pytest

from rtdreamer.cli.main import run
from rtdreamer.headset import EPOC
from rtdreamer.live.profile_file import read_profile
from rtdreamer.lsl.outlets import SignalOutlet
from rtdreamer.signal.features import Spec, extract
from rtdreamer.signal.profile import Profile
from rtdreamer.signal.ring import RingBuffer
from rtdreamer.stream.chunk import Chunk
from rtdreamer.stream.timeline import Timeline
from rtdreamer.window import WINDOW


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "profiles"
    folder.mkdir()
    return folder / "me.toml"


def offline(data, n_windows):
    ring = RingBuffer(14, WINDOW, WINDOW // 4)
    pieces = Timeline(EPOC).take(Chunk(data, np.arange(data.shape[1]) / EPOC.sfreq))
    due = (window for piece in pieces for window in ring.extend(piece.data, piece.timestamps))
    windows = [extract(window.data, Spec()) for window in due]
    return Profile.of(windows[:n_windows], 10 + 2.5 * (n_windows - 1))


def test_a_profile_is_that_of_the_streams_windows(
    start, finish, recording_csv, stream_name, tiny_model, out
):
    data, path = recording_csv
    start("replay", "--file", path, "--sfreq", 128, "--name", stream_name, "--speed", 2, "--wait")
    baseline = start(
        "baseline", "--stream", stream_name, "--seconds", 12, "--out", out, "--model", tiny_model
    )
    code, output, messages = finish(baseline)
    assert code == 0, messages
    assert output == f"Wrote {out}: 12.5 s of EEG in 2 windows\n"
    assert "Sit quietly" in messages
    assert f"filling: following {stream_name}" in messages
    told = [line for line in messages.splitlines() if line.startswith("Seconds of EEG")]
    assert told == [f"Seconds of EEG {done}/12" for done in (0, 10, 12)]
    found, expected = read_profile(out, Spec()), offline(data, 2)
    for name in ("de", "edge_weight", "spectrum"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert found.seconds == 12.5
    assert list(out.parent.iterdir()) == [out]


def test_a_clock_that_jumps_is_said(headset, start, stream_name, tiny_model, out, finish):
    device = headset(prefill=11.0)
    baseline = start(
        *("baseline", "--stream", stream_name, "--seconds", 15, "--out", out),
        *("--model", tiny_model),
    )
    while baseline.stderr.readline() != "collecting\n":
        pass
    device.do(jump=50.0)
    code, _, messages = finish(baseline)
    assert code == 0
    assert "collecting: the stream's clock was wrong, once so far: " in messages


def test_unit_and_names_are_as_the_user_says(headset, start, stream_name, tiny_model, out, finish):
    ch_names = ("P", *EPOC.ch_names[1:])
    headset(prefill=13.0, ch_names=ch_names, described=ch_names, unit="bananas")
    baseline = start(
        *(
            "baseline",
            "--stream",
            stream_name,
            "--seconds",
            12,
            "--out",
            out,
            "--model",
            tiny_model,
        ),
        *("--unit", "uV", "--rename", "P=AF3"),
    )
    code, _, messages = finish(baseline)
    assert code == 0, messages
    assert "P read as AF3; taken as uV, as you say; it says " in messages
    assert read_profile(out, Spec()).seconds == 12.5


def test_windows_that_were_hardly_measured_are_skipped_and_counted(
    headset, start, stream_name, tiny_model, out, finish
):
    ch_names = ("Timestamp", "Counter", "Interpolate", *EPOC.ch_names)
    headset(true_sfreq=4 * EPOC.sfreq, speed=4.0, ch_names=ch_names, interpolated=[(0, 640)])
    baseline = start(
        *("baseline", "--stream", stream_name, "--seconds", 12, "--out", out),
        *("--model", tiny_model),
    )
    code, output, messages = finish(baseline)
    assert code == 0, messages
    expected = "12.5 s of EEG in 2 windows; 2 with a poor signal skipped"
    assert output == f"Wrote {out}: {expected}\n"
    reason = "50 % of the window was not measured: 50 % interpolated by the headset"
    assert f"skipped until it is better: {reason}\n" in messages
    said = "played at 4 times the speed, as the stream says"
    assert f"collecting, but {said}\n" in messages


def test_ctrl_c_writes_nothing(start, finish, recording_csv, stream_name, tiny_model, out):
    _, path = recording_csv
    start("replay", "--file", path, "--sfreq", 128, "--name", stream_name, "--loop")
    baseline = start("baseline", "--stream", stream_name, "--out", out, "--model", tiny_model)
    while not baseline.stderr.readline().startswith("filling"):
        pass
    baseline.send_signal(signal.SIGINT)
    code, output, messages = finish(baseline)
    assert (code, output) == (130, "")
    assert "Traceback" not in messages
    assert not list(out.parent.iterdir())


@pytest.mark.parametrize("after", [0.8, 1.6, 4.0])
def test_ctrl_c_ends_it_while_it_is_started_too(start, finish, stream_name, out, after):
    baseline = start("baseline", "--stream", stream_name, "--out", out)
    time.sleep(after)
    baseline.send_signal(signal.SIGINT)
    code, output, messages = finish(baseline)
    assert (code, output) == (130, "")
    assert "Traceback" not in messages
    assert not list(out.parent.iterdir())


def test_a_stream_that_falls_silent_is_waited_for_as_long_as_was_said(
    stream_name, tiny_model, out, capsys
):
    outlet = SignalOutlet(stream_name, stream_name, EPOC.ch_names, ("uV",) * 14, EPOC.sfreq)
    with closing(outlet):
        command = ["baseline", "--stream", stream_name, "--timeout", "1", "--out", str(out)]
        assert run([*command, "--model", str(tiny_model)]) == 3
    output, messages = capsys.readouterr()
    assert not output
    assert "stalled: no usable samples" in messages
    assert "gave nothing for 1 s, with 0 of 60 s of EEG in" in messages.splitlines()[-1]
    assert not list(out.parent.iterdir())


def test_no_stream_is_exit_code_3(stream_name, tiny_model, out, capsys):
    command = ["baseline", "--stream", stream_name, "--timeout", "0.5", "--out", str(out)]
    assert run([*command, "--model", str(tiny_model)]) == 3
    assert f"no stream '{stream_name}'" in capsys.readouterr().err.splitlines()[-1]
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--model {absolute}", "'absolute' does not predict relative to a person"),
        ("--model nobody", "no model 'nobody'"),
        ("--seconds 9.9 --model {tiny}", "--seconds"),
        ("--seconds nan --model {tiny}", "--seconds"),
        ("--seconds 1e9 --model {tiny}", "--seconds"),
        ("--timeout -1 --model {tiny}", "--timeout"),
        ("--unit bananas --model {tiny}", "unknown unit 'bananas': say --unit uV, mV or V"),
        ("--rename P --model {tiny}", "say OLD=NEW"),
        ("--out {folder}/none/me.toml", "there is no folder"),
        ("--out {folder}", "is a directory"),
    ],
)
def test_bad_input_is_one_clear_line(arguments, said, tiny_model, absolute_model, out, capsys):
    values = {"tiny": tiny_model, "absolute": absolute_model, "folder": out.parent}
    command = ["baseline", "--out", str(out), *arguments.format(**values).split()]
    assert run(command) == 2
    output, messages = capsys.readouterr()
    assert not output
    assert messages.count("\n") == 1
    assert messages.startswith("rtdreamer: error: ")
    assert said in messages
    assert not list(out.parent.iterdir())


def test_somewhere_to_write_must_be_named(capsys):
    assert run(["baseline"]) == 2
    assert "--out" in capsys.readouterr().err
