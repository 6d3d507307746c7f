"""``live --record`` over real streams, killed and with faults, and ``rescore`` of what it wrote."""

import json
import re
import signal
import time
from contextlib import closing

import numpy as np
import pytest
import pyxdf

import rtdreamer
from rtdreamer.cli.main import run
from rtdreamer.data.session import read_recorded
from rtdreamer.lsl import library
from rtdreamer.lsl.outlets import MarkerOutlet

try:
    import resource
except ImportError:  # not on Windows
    FULL_DISK = False
else:
    FULL_DISK = hasattr(resource, "prlimit")  # Linux's own

SENSORS = [
    "AF3", "F7", "F3", "FC5", "T7", "P7", "O1", "O2", "P8", "T8", "FC6", "F4", "F8", "AF4",
]  # fmt: skip
EMOTIV = ["Timestamp", "Counter", "Interpolate", *SENSORS]

SAME = "predictions are those recorded, bit for bit"


@pytest.fixture
def rescored(capsys):
    """Predict from a file again; return what is printed."""

    def predict(path, *options):
        code = run(["rescore", *map(str, (path, *options))])
        printed = capsys.readouterr()
        assert code == 0, printed.err
        return printed.out

    return predict


def the_file(folder):
    (path,) = folder.rglob("*.xdf")
    return path


def load(path):
    streams, _ = pyxdf.load_xdf(
        path, synchronize_clocks=False, dejitter_timestamps=False, verbose=False
    )
    return {stream["info"]["type"][0]: stream for stream in streams}


def test_a_session_with_faults_is_predicted_again_bit_for_bit(
    headset, follow_live, rescored, tiny_model, tmp_path
):
    device = headset(ch_names=EMOTIV, chunk=1, prefill=9.0, clock=100.0, contact=4.0)
    follower = follow_live("--record", tmp_path, "--no-outlet", "--sub", "A7", "--ses", "2")
    follower.event("filling", "recording to sub-A7_ses-2_task-Default_run-001_eeg.xdf")
    follower.prediction()
    device.do(drop=3)
    device.do(values={"F3": 8300.0}, n=2)
    device.do(contact={"T7": 1.0})
    device.do(interpolated=20)
    sample = device.do(jump=1000.0)
    follower.prediction(sample + 100)
    path = the_file(tmp_path)
    assert path.parent == tmp_path / "sub-A7" / "ses-2" / "eeg"
    if FULL_DISK:
        no_room_for_a_while(follower, path)
    follower.prediction(sample + 300)
    follower.end()
    streams = load(path)
    assert len(streams["Affect"]["time_series"]) == len(follower.predictions)
    assert streams["EEG"]["time_series"].dtype == np.float32
    # As sent: on the headset's own clock, of which the file says how far it is ahead.
    sent = streams["EEG"]["time_series"][:, 0]
    np.testing.assert_allclose(streams["EEG"]["time_stamps"], sent, rtol=1e-6)
    assert streams["EEG"]["clock_values"]
    assert "once so far" in "".join(text for (text,) in streams["Markers"]["time_series"])
    assert follower.predictions[-1]["missing"] >= 3
    shared = read_recorded(path)
    assert len(shared.verdicts.seconds) == len(follower.predictions)
    # Nothing was missing where the clock was set: when samples came is known.
    assert any("clock was set" in note for note in shared.notes)
    assert sum(n for _, n in shared.gaps) < 128
    table = tmp_path / "out.csv"
    said = rescored(path, "--model", tiny_model, "--out", table)
    assert SAME in said
    assert str(table) in said
    header, *rows = table.read_text(encoding="utf-8").splitlines()
    meaning = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert all(meaning[column]["Description"] for column in header.split(","))
    assert len(rows) == len(follower.predictions)
    assert float(rows[0].split(",")[2]) == follower.predictions[0]["valence"]


def no_room_for_a_while(follower, path):
    """Have the file not grow any more, as on a full disk, and see that all of it is said."""
    pid, free = follower.process.pid, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    start = len(follower.said)
    size = path.stat().st_size
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    follower.wait(lambda line: "cannot be written" in line.get("message", ""), start)
    failing = follower.wait(lambda line: line.get("event") == "recording", start)
    assert failing["problem"] == "File too large"
    assert failing["bytes"] <= size
    follower.prediction(start=len(follower.said))
    assert path.stat().st_size <= size
    resource.prlimit(pid, resource.RLIMIT_FSIZE, free)
    follower.wait(lambda line: "nothing is lost" in line.get("message", ""), start)
    follower.wait(lambda line: line.get("problem", "") is None, start)


def test_killed_at_any_moment_all_but_the_last_second_is_there(
    headset, follow_live, rescored, tiny_model, tmp_path
):
    headset(chunk=16, prefill=9.0)
    rng = np.random.default_rng(1)
    follower = follow_live("--record", tmp_path, "--no-outlet")
    follower.prediction()
    time.sleep(rng.uniform(0.3, 1.5))
    heard = follower.predictions[-1]
    follower.process.send_signal(signal.SIGKILL)
    follower.process.wait()
    eeg = load(the_file(tmp_path))["EEG"]
    assert eeg["time_stamps"][-1] > heard["timestamp"] - 1
    said = rescored(the_file(tmp_path), "--model", tiny_model)
    if SAME not in said:
        # Of the last moment the samples may be there and what was predicted from them not.
        same, both = re.search(r"(\d+) of (\d+) predictions for the same", said).groups()
        assert same == both, said


def test_a_headset_that_goes_and_comes_back_stays_one_stream(
    headset, follow_live, rescored, tiny_model, tmp_path, stream_name
):
    device = headset(prefill=9.0)
    name = f"{stream_name}-psychopy"
    with closing(MarkerOutlet(name, f"id-{name}")) as outlet:
        follower = follow_live("--record", tmp_path, "--no-outlet", "--markers", name)
        follower.prediction()
        device.kill()
        follower.event("disconnected")
        outlet.push("meanwhile", library.clock() - 0.5)
        # What is marked while nothing comes is heard then, not when the headset is back.
        marked = follower.wait(lambda line: line.get("message") == "meanwhile")
        headset(prefill=9.0, seed=1)
        n_so_far = len(follower.said)
        follower.prediction(start=n_so_far)
        follower.end()
    streams, _ = pyxdf.load_xdf(the_file(tmp_path), dejitter_timestamps=False, verbose=False)
    (recorded,) = [one for one in streams if one["info"]["name"] == [name]]
    assert recorded["time_series"] == [["meanwhile"]]
    assert recorded["time_stamps"][0] == pytest.approx(marked["timestamp"], abs=1e-3)
    log = load_log(the_file(tmp_path))
    assert [line["stream"] for line in log if line["record"] == "source"] == [1, 1]
    assert SAME in rescored(the_file(tmp_path), "--model", tiny_model)


def test_what_a_script_follows_is_recorded_too(
    headset, stream_name, rescored, tiny_model, tmp_path
):
    headset(prefill=10.5)
    followed = rtdreamer.follow(stream_name, model=tiny_model, hop=64, record=tmp_path, ses="X2")
    with followed as predictions:
        next(predictions)
    assert the_file(tmp_path).name == "sub-P001_ses-X2_task-Default_run-001_eeg.xdf"
    assert "bit for bit" in rescored(the_file(tmp_path), "--model", tiny_model)


def load_log(path):
    streams, _ = pyxdf.load_xdf(path, verbose=False)
    (log,) = [one for one in streams if one["info"]["name"] == ["rtdreamer-Session"]]
    return [json.loads(text) for (text,) in log["time_series"]]
