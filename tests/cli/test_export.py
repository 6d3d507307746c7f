"""``rtdreamer export``, as it is called."""

import sys

import numpy as np
import pytest

from rtdreamer.cli.export import FORMATS
from rtdreamer.data.recording import read_recording
from rtdreamer.data.session_export import ENDINGS
from tests.command_line import assert_clear, outcome
from tests.recorded_sessions import Recording, signals, stamps_of, whole_session


@pytest.fixture
def path(tmp_path):
    return whole_session(tmp_path / "a.xdf")


def test_formats_are_those_that_can_be_written():
    assert list(FORMATS) == list(ENDINGS)


def test_it_says_what_it_wrote_and_where(path):
    found = outcome(["export", path, "--to", "fif"])
    out = path.with_name("a_raw.fif")
    assert found.output == (
        f"Wrote {out}: 42.5 s at 128 Hz; 1 gap, 1 made-up stretch, 40 predictions, 1 event, "
        "2 markers as annotations\n"
    )
    assert found == (0, found.output, "")
    assert np.allclose(read_recording(out).data, signals().T, atol=1e-3)


@pytest.mark.parametrize("form", FORMATS)
def test_libraries_say_nothing(path, form, tmp_path):
    pytest.importorskip("edfio")
    pytest.importorskip("mne_bids")
    out = tmp_path / f"b{ENDINGS[form]}"
    found = outcome(["export", path, "--to", form, "--out", out])
    assert (found.code, found.messages) == (0, "")
    assert str(out) in found.output
    again = outcome(["export", path, "--to", form, "--out", out])
    assert_clear(again)
    assert again.code == 2
    assert "is there already" in again.messages


def test_a_package_that_is_missing_is_named(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "edfio", None)
    found = outcome(["export", path, "--to", "edf"])
    assert_clear(found)
    assert 'pip install "rtdreamer[export]"' in found.messages
    assert [one.name for one in path.parent.iterdir()] == ["a.xdf"]


def test_what_was_assumed_is_said(tmp_path):
    stamps = stamps_of(5120)
    stamps[3000:] -= 100
    path = Recording(tmp_path / "a.xdf").eeg(signals(), stamps).done()
    found = outcome(["export", path, "--to", "fif"])
    assert_clear(found)
    assert "clock was set" in found.messages


@pytest.mark.parametrize("command", [["export", "--to", "fif"], ["report"]])
@pytest.mark.parametrize(
    ("content", "named"),
    [(b"", "XDF"), (b"XDF:", "no stream"), (b"EDF\0" * 50, "not an XDF file"), (None, "no such")],
)
def test_what_is_no_session_is_one_line(tmp_path, command, content, named):
    path = tmp_path / "a.xdf"
    if content is not None:
        path.write_bytes(content)
    found = outcome([command[0], path, *command[1:]])
    assert_clear(found)
    assert found.code == 2
    assert named in found.messages
    assert str(path) in found.messages
    assert not [one for one in tmp_path.iterdir() if one != path]


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.9, 0.97])
def test_a_cut_session_is_exported_as_far_as_it_goes(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    found = outcome(["export", path, "--to", "fif"])
    assert_clear(found)
    if share > 0.9:
        assert found.code == 0
        assert "cut off" in found.messages
