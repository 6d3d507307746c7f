import json
import os
import subprocess
import sys
from contextlib import ExitStack

import numpy as np
import pytest

from rtdreamer.epoc import CH_NAMES

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
    """18 s of noise as a CSV: the array as it will be read (14, n_times), and its path."""
    rng = np.random.default_rng(0)
    data = 4200 + rng.normal(0, 3, (14, 18 * 128)).cumsum(axis=1)
    data[3, 1700] = 715_897.0
    path = tmp_path / "recording.csv"
    np.savetxt(path, data.T, "%.17g", ",", header=",".join(CH_NAMES), comments="", encoding="utf-8")
    return data, path


@pytest.fixture
def lines():
    return lambda output: [json.loads(line) for line in output.splitlines()]
