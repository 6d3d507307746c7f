"""Keeps every stream of the tests on this machine and to itself, and the processes' logs quiet."""

import compileall
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import uuid
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ("tests.made_up_predictions",)

# Streams of another session are not seen: not a headset's nearby, nor those of tests beside these.
# LSL's own 32 ports are soon taken where other programs use it too, and then nothing is found.
CONFIGURATION = (
    "[multicast]\nResolveScope = machine\n"
    f"[lab]\nSessionID = tests-{uuid.uuid4().hex}\n"
    "[ports]\nPortRange = 256\n[log]\nlevel = -2\n"
)

# liblsl reads this once, at its first use; processes that tests start inherit it.
_folder = tempfile.TemporaryDirectory()
_file = Path(_folder.name) / "lsl_api.cfg"
_file.write_text(CONFIGURATION, encoding="utf-8")
os.environ["LSLAPICFG"] = str(_file)
# Without a display of its own a test must not depend on the one who runs it.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# What is as small as here gains nothing from a second thread, and loses on a busy machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")
for _name in ("RTDREAMER_DREAMER", "RTDREAMER_TOKEN"):
    os.environ.pop(_name, None)
# One for all workers: a model is compiled once, and no one's own cache is touched.
if "RTDREAMER_TESTS_CACHE" not in os.environ:
    _cache = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    os.environ["RTDREAMER_TESTS_CACHE"] = _cache.name
    # Hundreds of processes are started here. Where Python is told to keep no bytecode, each would
    # compile all that it imports.
    compileall.compile_dir(Path(__file__).parents[1] / "rtdreamer", quiet=2)
os.environ["RTDREAMER_CACHE"] = os.environ["RTDREAMER_TESTS_CACHE"]
# A shell that starts the tests in the background has them ignore Ctrl-C, and all that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same few examples every time; HYPOTHESIS_PROFILE=bulk tries many others.
_ALWAYS = {
    "database": None,
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
settings.register_profile("few", max_examples=20, derandomize=True, **_ALWAYS)
settings.register_profile("bulk", max_examples=5000, **_ALWAYS)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "few")
settings.load_profile(PROFILE)

# What the quick run leaves out: journeys by what they are through, and whatever fits networks,
# draws pictures or starts processes. Folders, or files, of this one.
TESTS = Path(__file__).parent
LSL = ("lsl", "replay", "soak")
WINDOWS = ("dashboard",)
SLOW = (
    "bench", "cli/test_audit.py", "cli/test_bad_command_lines.py", "cli/test_bad_config.py",
    "cli/test_bad_mat.py", "cli/test_bench.py", "cli/test_benchmark.py", "cli/test_compare.py",
    "cli/test_doctor.py", "cli/test_ends.py", "cli/test_export_model.py", "cli/test_evaluate.py",
    "cli/test_interrupt.py", "cli/test_mark.py", "cli/test_messages.py",
    "cli/test_outputs.py", "cli/test_synth.py", "cli/test_train.py",
    "data/test_bad_dreamer_mat.py", "data/test_bad_recordings.py", "data/test_ideal_observer.py",
    "evaluation/test_api.py", "evaluation/test_benchmark.py", "evaluation/test_evaluation.py",
    "evaluation/test_methods.py", "evaluation/test_model_evaluation.py", "examples",
    "live/test_any_chunks.py", "live/test_outputs.py", "live/test_remote.py",
    "live/test_rescore.py", "live/test_session.py", "live/test_session_rates.py",
    "model/test_compiled.py", "model/test_onnx_export.py", "nulls", "pictures",
    "training/test_cache.py", "training/test_cache_damaged.py", "training/test_fit.py",
    "training/test_fit_broken_off.py",
    "training/test_fit_held_out.py", "training/test_fit_not_finite.py",
    "training/test_fit_state.py", "training/test_learn.py", "training/test_runner.py",
    "training/test_train.py", "training/test_train_linear.py",
)  # fmt: skip
LSL_FIXTURES = {"headset", "stream_name"}
SLOW_FIXTURES = LSL_FIXTURES | {"start"}


def places_of(path):
    """What the lists above may call something in this folder: itself, or the folder it is in."""
    path = path.relative_to(TESTS)
    return {path.as_posix(), path.parts[0]}


def pytest_ignore_collect(collection_path, config):
    """Have the quick run not even import what it takes nothing of."""
    if config.option.markexpr == "not slow" and TESTS in collection_path.parents:
        return not places_of(collection_path).isdisjoint((*LSL, *WINDOWS, *SLOW)) or None
    return None


def pytest_configure(config):
    """Have files keep their order: by number of tests, the slowest would begin last and alone."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items):
    if gone := [name for name in (*LSL, *WINDOWS, *SLOW) if not (TESTS / name).exists()]:
        raise pytest.UsageError(f"tests/conftest.py marks what is not there: {', '.join(gone)}")
    for item in items:
        places = places_of(item.path)
        fixtures = set(item.fixturenames)
        over_lsl = not places.isdisjoint(LSL) or not fixtures.isdisjoint(LSL_FIXTURES)
        in_windows = not places.isdisjoint(WINDOWS)
        if over_lsl:
            item.add_marker("lsl")
        if in_windows:
            item.add_marker("window")
        if (
            over_lsl
            or in_windows
            or not places.isdisjoint(SLOW)
            or not fixtures.isdisjoint(SLOW_FIXTURES)
        ):
            item.add_marker("slow")
        if PROFILE == "bulk":
            item.add_marker(pytest.mark.timeout(0))
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def make_windows():
    """Factory of small ``Windows``: see ``tests.made_up_windows``."""
    from tests import made_up_windows  # here, for those who need none: it loads torch

    return made_up_windows.make_windows


@pytest.fixture
def stream_name() -> str:
    """A name that no other stream has."""
    return f"test-{uuid.uuid4().hex[:12]}"


HEADSET = Path(__file__).with_name("headset.py")


class FakeHeadset:
    """A headset in a process of its own: see headset.py, also for what it is configured by."""

    def __init__(self, **config):
        self.name, self.source_id = config["name"], config.get("source_id", "")
        self.process = subprocess.Popen(
            [sys.executable, HEADSET, json.dumps(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def do(self, **command):
        """Have it do something; return the number of the first sample of which that holds."""
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def headset(stream_name):
    """Start fake headsets; none outlives the test."""
    with ExitStack() as started:

        def start(**config):
            device = FakeHeadset(**{"name": stream_name, "source_id": f"id-{stream_name}"} | config)
            started.callback(device.kill)
            return device

        yield start


@pytest.fixture(scope="session")
def headset_eeg():
    """What a fake headset measures: from a rate and a seed to (14, n_times) that is repeated."""
    return runpy.run_path(str(HEADSET))["eeg"]


@pytest.fixture(scope="session")
def real_recording() -> Path:
    """A real EPOC recording, where it is at hand."""
    path = Path(__file__).parents[2] / "shared" / "data" / "eeg-eye-state" / "eeg-eye-state.csv"
    if not path.is_file():
        pytest.skip(f"the real recording is not at {path}")
    return path
