"""A recorded session that is killed at random moments: what is on disk each time."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid

import numpy as np
import pylsl
import pyxdf

from tests.soak.demand import demand
from tests.soak.real import CONFIGURATION

LENGTH_S = 6.0
"""The longest time from the first sample to the kill; played four times as fast, a first window
is full after 2.5."""

MOST_LOST_S = 1.0


def run_kills(n_kills, seed, hop, model, folder, say):
    """Kill as many recorded sessions of one player, and look what of each can be read.

    Parameters
    ----------
    n_kills, seed, hop : int
        The moments follow from the seed.
    model : str or None
        A released model or a checkpoint.
    folder : Path
        Where the recordings are left.
    say : callable
        Given each line of the report.

    Raises
    ------
    SoakError
        If more than the last second is lost, a file cannot be read, or a prediction that is made
        from it again is another.
    """
    configuration = folder / "lsl_api.cfg"
    configuration.write_text(CONFIGURATION, encoding="utf-8")
    os.environ["LSLAPICFG"] = str(configuration)
    name, rng = f"kills-{uuid.uuid4().hex[:8]}", np.random.default_rng([seed, 7])
    program = [sys.executable, "-m", "rtdreamer"]
    player = subprocess.Popen(
        [
            *program, "replay", "--name", name, "--subject", "1", "--loop", "--layout", "emotiv",
            "--speed", "4",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    lost = []
    try:
        heard = _Listener(name)
        for number in range(n_kills):
            options = ["--record", folder, "--ses", f"{number:03d}", "--hop", str(hop)]
            options += ["--model", model] if model else []
            wait_s = rng.uniform(0, LENGTH_S)
            command = [*program, "live", "--headless", "--stream", name, *options]
            newest = _killed(command, wait_s, heard)
            found = list(folder.rglob(f"*ses-{number:03d}_*.xdf"))
            if not found:
                demand(
                    wait_s < MOST_LOST_S, f"kill {number} after {wait_s:.2f} s: there is no file"
                )
                lost.append(wait_s)
                continue
            lost.append(newest - _last_stamp(found[0]))
            demand(lost[-1] < MOST_LOST_S, f"{found[0]}: the last {lost[-1]:.2f} s are lost")
            _check_rescored(program, found[0], model)
            if (number + 1) % 20 == 0:
                say(f"{number + 1} kills: {max(lost):.3f} s lost at most")
    finally:
        player.kill()
        player.wait()
    quartiles = ", ".join(f"{value:.3f}" for value in np.quantile(lost, [0, 0.5, 0.99, 1]))
    say(f"{n_kills} kills: seconds lost, least, median, 99 %, most: {quartiles}")


class _Listener:
    """Another program that hears the same player, and knows what there was to be recorded."""

    def __init__(self, name):
        (found,) = pylsl.resolve_byprop("name", name, timeout=60)
        self._inlet = pylsl.StreamInlet(found, processing_flags=pylsl.proc_clocksync)
        self.newest = 0.0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            _, stamps = self._inlet.pull_chunk(timeout=0.05)
            self.newest = stamps[-1] if stamps else self.newest


def _killed(command, wait_s, heard):
    """Run a session and kill it so long after it opened the stream; return the newest sample's time
    then, in LSL seconds."""
    process = subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    for line in process.stdout:
        if json.loads(line).get("phase") == "filling":
            break
    # What no one takes fills the pipe and holds the session up.
    threading.Thread(target=process.stdout.read, daemon=True).start()
    time.sleep(wait_s)
    newest = heard.newest
    process.send_signal(signal.SIGKILL)
    process.wait()
    return newest


def _last_stamp(path):
    streams, _ = pyxdf.load_xdf(path, dejitter_timestamps=False, verbose=False)
    (eeg,) = [stream for stream in streams if stream["info"]["type"] == ["EEG"]]
    stamps = eeg["time_stamps"]
    demand(len(stamps) > 0, f"{path}: holds no samples")
    counter = eeg["time_series"][:, 1]
    demand(set(np.diff(counter)) <= {1.0, -127.0}, f"{path}: samples are missing within")
    return float(stamps[-1])


def _check_rescored(program, path, model):
    options = ["--model", model] if model else []
    said = subprocess.run(
        list(map(str, [*program, "rescore", path, *options])), capture_output=True, text=True
    )
    demand(said.returncode == 0, f"{path}: {said.stderr}")
    if "bit for bit" not in said.stdout:
        found = re.search(r"(\d+) of (\d+) predictions for the same", said.stdout)
        demand(found and found[1] == found[2], f"{path}: {said.stdout}")
