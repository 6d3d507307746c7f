import os
import signal
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest

from rtdreamer.data.dreamer_mat import write_dreamer
from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.headset import EPOC
from rtdreamer.lsl.discovery import list_streams, wait_for_stream
from rtdreamer.lsl.inlet import Inlet


def wait_for(name):
    return wait_for_stream(
        name, timeout=30, should_stop=lambda: False, report=lambda line: None
    ).description


def test_a_file_may_come_from_the_environment(start, finish, stream_name, tmp_path):
    path = tmp_path / "D.mat"
    write_dreamer(path, SimulatedDreamer(n_subjects=1, seed=3))
    player = start(
        "replay", "--subject", 1, "--name", stream_name, "--wait", RTDREAMER_DREAMER=str(path)
    )
    wait_for(stream_name)
    player.send_signal(signal.SIGINT)
    code, output, _ = finish(player)
    assert code == 0
    assert str(path) in output.splitlines()[0]


@pytest.mark.parametrize(("layout", "n_channels"), [("epoc", 14), ("emotiv", 19)])
def test_the_stream_is_a_headset_with_what_is_known_of_it_beside_it_and_simulated_is_said_first(
    start, finish, stream_name, layout, n_channels
):
    player = start("replay", "--subject", 1, "--name", stream_name, "--layout", layout)
    stream = wait_for(stream_name)
    assert (stream.type, stream.sfreq, stream.n_channels) == ("EEG", 128, n_channels)
    assert stream.source_id == f"rtdreamer-replay-{stream_name}-subject-1"
    beside = {s.name: (s.type, s.sfreq) for s in map(_description, list_streams())}
    for kind in ("Markers", "Ratings"):
        assert beside[f"{stream_name}-{kind}"] == (kind, 0)
    player.send_signal(signal.SIGINT)
    code, output, messages = finish(player)
    assert (code, messages) == (0, "")
    assert output.startswith("SIMULATED DATA, no person was measured: ")


def _description(found):
    return found.description


def test_a_player_ends_with_whoever_started_it(stream_name):
    player = subprocess.Popen(
        [sys.executable, "-m", "rtdreamer", "replay", "--subject", "1", "--name", stream_name,
         "--end-with-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for(stream_name)
    player.stdin.close()
    assert player.wait(60) == 0


def test_a_loop_starts_anew_at_the_end(start, tmp_path, stream_name):
    path = tmp_path / "short.csv"
    ramp = np.tile(np.arange(100.0)[:, None], 14)
    np.savetxt(path, ramp, "%g", ",", header=",".join(EPOC.ch_names), comments="")
    start("replay", "--file", path, "--sfreq", 128, "--name", stream_name, "--wait", "--loop")
    found = wait_for_stream(
        stream_name, timeout=30, should_stop=lambda: False, report=lambda line: None
    )
    with closing(Inlet(found, EPOC)) as inlet:
        samples = []
        while len(samples) < 250:
            samples += inlet.pull(1.0).data[0].tolist()
    assert samples[:250] == [i % 100 for i in range(250)]


@pytest.mark.skipif(os.name != "posix", reason="file names are Unicode elsewhere")
def test_a_recordings_name_may_hold_what_no_streams_can(start, tmp_path, stream_name):
    path = tmp_path / "a\udcff\n.csv"
    ramp = np.tile(np.arange(100.0)[:, None], 14)
    np.savetxt(path, ramp, "%g", ",", header=",".join(EPOC.ch_names), comments="")
    start("replay", "--file", path, "--sfreq", 128, "--name", stream_name, "--wait")
    assert wait_for(stream_name).source_id == f"rtdreamer-replay-{stream_name}-a??"
