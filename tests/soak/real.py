"""Real time over LSL: ``rtdreamer live`` as a process, on a player that is killed and frozen."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from contextlib import ExitStack

import numpy as np

from rtdreamer.live.profile_file import write_profile
from rtdreamer.lsl import library
from rtdreamer.model.released import load_live
from tests.soak.demand import demand
from tests.soak.footprint import Footprint
from tests.soak.record import Record, check_record

# LSL's own 32 ports are soon taken where other programs use it too, and then nothing is found.
CONFIGURATION = (
    "[multicast]\nResolveScope = machine\n[lab]\nSessionID = soak\n"
    "[ports]\nPortRange = 256\n[log]\nlevel = -2\n"
)

READ_EVERY_S = 5.0
CALM_S = 25.0
"""At first, at last, and at least, between two faults: a window fills and predictions come."""

END_S = 30.0


def draw_faults(seed, seconds):
    """Draw when the player is killed or frozen, and for how long: (kind, at, seconds)."""
    rng = np.random.default_rng([seed, 5])
    faults = []
    at = CALM_S
    while True:
        kind = str(rng.choice(["kill", "freeze"]))
        length = float(rng.uniform(1, 20))
        if at + length + CALM_S > seconds:
            return faults
        faults.append((kind, at, length))
        at += length + float(rng.uniform(CALM_S, 3 * CALM_S))


def run_real(minutes, seed, hop, model, folder, say):
    """Follow a bad player for some minutes and say what was found.

    Parameters
    ----------
    minutes : float
        How long.
    seed, hop : int
        What goes wrong follows from the seed.
    model : str or None
        A released model or a checkpoint.
    folder : Path
        Where the processes' output is left.
    say : callable
        Given each line of the report.

    Raises
    ------
    SoakError
        If anything is wrong.
    """
    configuration = folder / "lsl_api.cfg"
    configuration.write_text(CONFIGURATION, encoding="utf-8")
    os.environ["LSLAPICFG"] = str(configuration)
    checkpoint = load_live(model)
    profile = folder / "profile.toml"
    write_profile(profile, checkpoint.average, checkpoint.spec)
    faults = draw_faults(seed, 60 * minutes)
    with ExitStack() as stack:
        run = _Run(folder, seed, stack)
        options = ["--hop", str(hop), "--profile", str(profile)]
        options += ["--model", model] if model else []
        footprint = run.follow(faults, 60 * minutes, options)
    footprint.save(folder / "footprint.tsv")
    lines = [json.loads(line) for line in (folder / "live.jsonl").read_text().splitlines()]
    record = Record(lines, folder / "sent.log", seed, run.start, run.killed_at)
    say(f"player: {', '.join(f'{kind} {length:.1f} s' for kind, _, length in faults)}")
    check_record(record, checkpoint, hop, say)
    for line in footprint.report():
        say(line)
    footprint.check()


class _Run:
    """The two processes, and what is done to them."""

    def __init__(self, folder, seed, stack):
        self._folder, self._seed, self._stack = folder, seed, stack
        self._name = f"soak-{uuid.uuid4().hex[:8]}"
        self.start = library.clock() - 1
        self.killed_at = []
        self._started = time.monotonic()

    def follow(self, faults, seconds, options):
        """Run it all; return the footprint of ``live``."""
        player = self._player()
        live = self._live(options)
        self._started = time.monotonic()
        footprint = Footprint(live.pid)
        for kind, at, length in faults:
            self._wait(at, live, footprint)
            if kind == "kill":
                player.kill()
                player.wait()
                self.killed_at.append(library.clock())
            else:
                player.send_signal(signal.SIGSTOP)
            self._wait(at + length, live, footprint)
            if kind == "kill":
                player = self._player()
            else:
                player.send_signal(signal.SIGCONT)
        self._wait(seconds, live, footprint)
        live.send_signal(signal.SIGINT)
        code = live.wait(END_S)
        said = (self._folder / "live.log").read_text()
        demand(code == 0, f"live ended with {code}: {said[-500:]}")
        demand("Traceback" not in said, f"live said: {said[-2000:]}")
        return footprint

    def _wait(self, until, live, footprint):
        """Wait until so many seconds are over, taking readings."""
        while (now := time.monotonic() - self._started) < until:
            demand(live.poll() is None, f"live ended by itself, with {live.returncode}")
            footprint.read(now / 3600)
            time.sleep(min(READ_EVERY_S, until - now))

    def _player(self):
        log = str(self._folder / "sent.log")
        what = [self._name, str(self._seed), repr(self.start), log]
        return self._process(["tests.soak.player", *what], "player.out", "player.log")

    def _live(self, options):
        command = ["rtdreamer", "live", "--headless", "--stream", self._name, *options]
        return self._process(command, "live.jsonl", "live.log")

    def _process(self, module, output, messages):
        output, messages = (
            self._stack.enter_context((self._folder / name).open("ab"))
            for name in (output, messages)
        )
        command = [sys.executable, "-m", *module]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=messages
        )
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process
