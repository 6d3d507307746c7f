"""Commands print their own messages, and no warning of a library or of a process they start."""

import sys

import pytest

# Stands for pyxdf, which replay imports for an .xdf file.
NOISY = f"""
import subprocess, warnings

warnings.simplefilter("always")  # as some libraries do when they are imported
for kind in (DeprecationWarning, FutureWarning, RuntimeWarning, UserWarning):
    warnings.warn("from the library", kind, stacklevel=1)  # put down to the library's line
    warnings.warn("from the library", kind, stacklevel=2)  # put down to the line that calls it

subprocess.run([{sys.executable!r}, "-c", "import warnings; warnings.warn('from its child')"])

def load_xdf(*_, **__):
    raise ValueError("no such chunk")
"""


@pytest.fixture
def messages_of_replay(start, finish, tmp_path):
    """What ``replay`` prints on standard error when pyxdf warns and then fails."""
    (tmp_path / "pyxdf.py").write_text(NOISY, encoding="utf-8")
    recording = tmp_path / "recording.xdf"
    recording.write_bytes(b"XDF:")

    def run(**environment):
        process = start("replay", "--file", recording, PYTHONPATH=str(tmp_path), **environment)
        code, _, messages = finish(process)
        assert code == 2
        return messages.replace(str(recording), "FILE")

    return run


def test_libraries_warn_in_silence_and_the_command_still_speaks(messages_of_replay):
    (line,) = messages_of_replay().splitlines()
    assert line.startswith("rtdreamer: error: FILE: cannot be read as .xdf: is none, or damaged")


def test_a_developer_who_asks_for_warnings_gets_them(messages_of_replay):
    messages = messages_of_replay(PYTHONWARNINGS="default")
    assert messages.count("Warning: from the library") == 8
    assert messages.count("Warning: from its child") == 1
    assert messages.splitlines()[-1].startswith("rtdreamer: error: FILE: cannot be read as .xdf")
