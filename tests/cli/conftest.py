import json
import os
import subprocess
import sys
from contextlib import ExitStack

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_limits

from rtdreamer.data import simulated
from rtdreamer.data.dreamer_mat import write_dreamer
from rtdreamer.epoc import CH_NAMES
from rtdreamer.model.checkpoint import Calibration, Checkpoint, TrainingRecord, save_checkpoint
from rtdreamer.model.network import AffectNetwork, NetworkConfig
from rtdreamer.signal.features import Spec
from rtdreamer.signal.profile import Profile

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


@pytest.fixture(scope="module")
def one_thread():
    """What is this small gains nothing from a second one."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with four people in ``people.mat``; one of their clips is shorter than a window."""
    folder = tmp_path_factory.mktemp("people")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulated, "CLIP_SECONDS", (20,) * 2 + (10,) * 3 + (9,) + (10,) * 12)
        patch.setattr(simulated, "BASELINE_SECONDS", 10)
        write_dreamer(folder / "people.mat", simulated.SimulatedDreamer(4, 3, 3.0))
    return folder


def write_untrained(path, standardise):
    """A small network with random weights: it knows nothing, but answers."""
    torch.manual_seed(0)
    network = AffectNetwork(NetworkConfig(width=2, n_latent=6, n_node=3, n_graph=8))
    average = Profile(
        np.full((5, 14), 2.0), np.full((5, 14, 14), 0.2), np.full((14, 45), 1.0), seconds=60.0
    )
    checkpoint = Checkpoint(
        name=path.stem,
        config=network.config,
        spec=Spec(standardise=standardise),
        weights=network.state_dict(),
        calibration=Calibration(),
        average=average if standardise else None,
        record=TrainingRecord("nobody", "nobody", True, (), (), 3.0, (0.5, 0.5), 0, 0, 0),
    )
    save_checkpoint(path, checkpoint)
    return path


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """A model that judges relative to a person."""
    return write_untrained(tmp_path_factory.mktemp("models") / "tiny.safetensors", True)


@pytest.fixture(scope="session")
def absolute_model(tmp_path_factory):
    """A model that does not."""
    return write_untrained(tmp_path_factory.mktemp("models") / "absolute.safetensors", False)
