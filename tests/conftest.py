"""Keeps every stream of the tests on this machine, and its processes' logs quiet."""

import os
import signal
import tempfile
import uuid
from pathlib import Path

import pytest

CONFIGURATION = "[multicast]\nResolveScope = machine\n[log]\nlevel = -2\n"

# liblsl reads this once, at its first use; processes that tests start inherit it.
_folder = tempfile.TemporaryDirectory()
_file = Path(_folder.name) / "lsl_api.cfg"
_file.write_text(CONFIGURATION, encoding="utf-8")
os.environ["LSLAPICFG"] = str(_file)
# Without a display of its own a test must not depend on the one who runs it.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.pop("RTDREAMER_DREAMER", None)
os.environ.pop("RTDREAMER_CACHE", None)
# A shell that starts the tests in the background has them ignore Ctrl-C, and all that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def stream_name() -> str:
    """A name that no other stream has."""
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def real_recording() -> Path:
    """A real EPOC recording, where it is at hand."""
    path = Path(__file__).parents[2] / "shared" / "data" / "eeg-eye-state" / "eeg-eye-state.csv"
    if not path.is_file():
        pytest.skip(f"the real recording is not at {path}")
    return path
