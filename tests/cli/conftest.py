import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from torch.utils.file_baton import FileBaton

from rtdreamer.data import simulated
from rtdreamer.data.dreamer_mat import write_dreamer
from rtdreamer.headset import EPOC
from rtdreamer.live.follow import FollowConfig, follow
from rtdreamer.live.json_lines import JsonLines
from rtdreamer.lsl import library
from rtdreamer.model.checkpoint_file import save_checkpoint
from rtdreamer.model.compiled import load_compiled
from rtdreamer.model.trained_model import Calibration
from rtdreamer.signal.features import Spec
from tests.onlookers import LookerOn
from tests.untrained import untrained

END_S = 60


@pytest.fixture
def start():
    """Start ``rtdreamer`` as a process of its own; none outlives the test."""
    with ExitStack() as started:

        def run(*arguments, **environment):
            process = subprocess.Popen(
                [sys.executable, "-m", "rtdreamer", *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                env={**os.environ, "PYTHONUTF8": "1", **environment},
            )
            started.callback(process.wait)
            started.callback(process.kill)
            return process

        yield run


@pytest.fixture
def finish():
    """Wait for a process and return its exit code, output and messages."""

    def wait(process, timeout=END_S):
        output, messages = process.communicate(timeout=timeout)
        return process.returncode, output, messages

    return wait


@pytest.fixture
def recording_csv(tmp_path):
    """18 s of noise as a CSV: the array as it will be read (14, n_times), and its path.

    A sample is none, and FC5 jumps.
    """
    rng = np.random.default_rng(0)
    data = 4200 + rng.normal(0, 3, (14, 18 * 128)).cumsum(axis=1)
    data[5, 1000] = 715_897.0
    data[3, 1700:1720] += 2000
    path = tmp_path / "recording.csv"
    np.savetxt(
        path, data.T, "%.17g", ",", header=",".join(EPOC.ch_names), comments="", encoding="utf-8"
    )
    return data, path


@pytest.fixture
def lines():
    """The predictions among the JSON lines."""

    def read(output):
        found = [json.loads(line) for line in output.splitlines()]
        return [line for line in found if "event" not in line]

    return read


@pytest.fixture
def next_prediction():
    """Wait for a running process's next prediction."""

    def wait(process):
        for line in process.stdout:
            if "event" not in (found := json.loads(line)):
                return found
        raise AssertionError(f"it ended: {process.stderr.read()}")

    return wait


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with four people in ``people.mat``; one of their clips is shorter than a window."""
    folder = tmp_path_factory.mktemp("people")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulated, "CLIP_SECONDS", (20,) * 2 + (10,) * 3 + (9,) + (10,) * 12)
        patch.setattr(simulated, "BASELINE_SECONDS", 10)
        write_dreamer(folder / "people.mat", simulated.SimulatedDreamer(4, 3, 3.0))
    return folder


class Heard:
    """What a follower says, as JSON lines, as it says it."""

    def __init__(self):
        self.said, self.messages = [], []

    def write(self, text):
        if text.strip():
            # NaN and Infinity are no JSON.
            line = json.loads(text, parse_constant=float.fromhex)
            self.said.append(line | {"heard": time.monotonic()})

    def flush(self):
        pass

    def has_ended(self):
        raise NotImplementedError

    @property
    def events(self):
        return [line for line in list(self.said) if "event" in line]

    @property
    def predictions(self):
        return [line for line in list(self.said) if "event" not in line]

    def wait(self, fits, start=0):
        """Return the first line from the ``start``-th on that fits, once there is one."""
        deadline = time.monotonic() + END_S
        while time.monotonic() < deadline:
            ended = self.has_ended()
            for line in self.said[start:]:
                if fits(line):
                    return line
            if ended:
                break
            time.sleep(0.01)
        raise AssertionError(f"not said: {self.said[-3:]}; events: {self.events}; {self.messages}")

    def event(self, phase, words="", start=0):
        """Wait for an event."""
        return self.wait(
            lambda line: line.get("phase") == phase and words in line["message"], start
        )

    def prediction(self, sample=0, start=0):
        """Wait for a prediction whose window ends at ``sample`` or later."""
        return self.wait(lambda line: "event" not in line and line["sample"] >= sample, start)


class Follower(Heard):
    """``rtdreamer live --headless`` as a process."""

    def __init__(self, process):
        super().__init__()
        self.process = process
        self._readers = [
            threading.Thread(target=self._read, args=(process.stdout, self.write)),
            threading.Thread(target=self._read, args=(process.stderr, self.messages.append)),
        ]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _read(stream, hear):
        for line in stream:
            hear(line)

    def has_ended(self):
        return self.process.poll() is not None

    def end(self, number=signal.SIGINT):
        """Stop it as a user does; it must end as it should."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self, code=0):
        """Wait for the end; return what was said on standard error."""
        found = self.process.wait(END_S)
        for reader in self._readers:
            reader.join()
        messages = "".join(self.messages)
        assert found == code, messages
        assert "Traceback" not in messages
        return messages


@pytest.fixture
def follow_live(start, tiny_model, stream_name):
    """Follow a stream with the quick model in a process of its own."""

    def run(*options, stream=stream_name):
        command = ["live", "--headless", "--model", tiny_model, "--stream", stream, *options]
        return Follower(start(*command))

    return run


class FollowerHere(Heard):
    """The same in a thread, which starts at once, and the windows it saw."""

    def __init__(self, config, seconds):
        super().__init__()
        self._looker_on = LookerOn(seconds)
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(1)
        sink = JsonLines(self, io.StringIO(), library.clock)
        self._end = self._pool.submit(follow, config, self._looker_on, [sink], self._stop.is_set)

    def has_ended(self):
        return self._end.done()

    def end(self):
        """Stop it; return each prediction with its window."""
        self._stop.set()
        self._end.result(END_S)
        self._pool.shutdown()
        return list(zip(self.predictions, self._looker_on.windows, strict=True))


@pytest.fixture
def follow_here(stream_name):
    """Follow a stream in this process, taking some seconds for each window."""
    with ExitStack() as started:

        def run(stream=stream_name, source_id=None, hop=16, seconds=0.0):
            config = FollowConfig(stream, hop, time.monotonic(), source_id=source_id)
            follower = FollowerHere(config, seconds)
            started.callback(follower.end)
            return follower

        yield run


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A folder for models with random weights."""
    return tmp_path_factory.mktemp("models")


def write_untrained(path, architecture="spectral", spec=Spec()):  # noqa: B008 (frozen)
    over_time = Calibration((0.5, 2.0), (0.1, -0.1))
    model = untrained(architecture, spec=spec, name=path.stem, calibration_over_time=over_time)
    save_checkpoint(path, model)
    # Once for all workers: else each compiles it, and so do the processes that it starts meanwhile.
    baton = FileBaton(Path(os.environ["RTDREAMER_TESTS_CACHE"], f"{path.stem}.lock"))
    if not baton.try_acquire():
        baton.wait()
        return path
    try:
        load_compiled(path)
    finally:
        baton.release()
    return path


@pytest.fixture(scope="session")
def tiny_model(models):
    """A model that predicts relative to a person."""
    return write_untrained(models / "tiny.safetensors")


@pytest.fixture(scope="session", params=["ridge", "tangent"])
def linear_model(request, models):
    """A linear model that predicts relative to a person."""
    return write_untrained(models / f"{request.param}.safetensors", request.param)


@pytest.fixture(scope="session")
def absolute_model(models):
    """A model that does not."""
    return write_untrained(models / "absolute.safetensors", spec=Spec(standardise=False))
