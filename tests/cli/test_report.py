"""``rtdreamer report``, as it is called."""

import pytest

from rtdreamer.cli.main import COMMANDS
from tests.command_line import assert_clear, outcome
from tests.recorded_sessions import HOST, SERIAL, Recording, signals, whole_session


@pytest.fixture
def path(tmp_path):
    return whole_session(tmp_path / "a.xdf")


def test_it_writes_the_page_beside_the_session_and_never_over_it(path):
    out = path.with_name("a.html")
    assert outcome(["report", path]) == (0, f"Wrote {out}\n", "")
    before = out.read_bytes()
    assert before.startswith(b"<!DOCTYPE html>")
    assert SERIAL.encode() not in before
    again = outcome(["report", path, "--keep-identity"])
    assert_clear(again)
    assert "is there already" in again.messages
    assert out.read_bytes() == before


def test_identity_is_kept_where_it_is_asked_for(path, tmp_path):
    out = tmp_path / "b.html"
    assert outcome(["report", path, "--out", out, "--keep-identity"]).code == 0
    page = out.read_text("utf-8")
    assert HOST in page
    assert SERIAL in page


def test_without_predictions_it_names_the_command_that_makes_them(tmp_path):
    path = Recording(tmp_path / "a.xdf").eeg(signals(1400)).done()
    found = outcome(["report", path])
    assert_clear(found)
    assert found.code == 0
    assert "rtdreamer rescore" in found.messages
    assert "rescore" in COMMANDS


def test_another_model_than_the_session_had_is_refused(path):
    found = outcome(["report", path, "--model", "simulated-100-ridge"])
    assert_clear(found)
    assert found.code == 2
    assert "is not the model of the session" in found.messages
    assert not path.with_name("a.html").exists()
