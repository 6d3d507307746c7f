"""Markers of other programs, and those set from a terminal, beside a session that is recorded."""

import time
from contextlib import closing
from types import SimpleNamespace

import pytest
import pyxdf

from rtdreamer.cli import mark as mark_module
from rtdreamer.cli.main import run
from rtdreamer.lsl import library
from rtdreamer.lsl.outlets import MarkerOutlet
from rtdreamer.stream.marker import MARKS, TAKERS


def test_markers_are_heard_and_recorded(headset, follow_live, capsys, tmp_path, stream_name):
    headset()
    name = f"{stream_name}-psychopy"
    with closing(MarkerOutlet(name, f"id-{name}")) as outlet:
        follower = follow_live("--record", tmp_path, "--no-outlet", "--markers", name)
        follower.wait(lambda line: "following the markers" in line.get("message", ""))
        deadline = time.monotonic() + 20
        while not outlet.has_consumers:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        before = library.clock()
        outlet.push("stimulus", before - 1)
        outlet.push("unix", time.time())
        assert run(["mark", "the film begins"]) == 0
        said = capsys.readouterr().err
        assert "set 'the film begins'" in said
        assert "session" not in said
        after = library.clock()
        made = follower.wait(lambda line: line.get("message") == "the film begins")
        follower.event("filling", "Unix time: put right")
        follower.end()
    assert made["event"] == "marker"
    assert before < made["timestamp"] < after
    (path,) = tmp_path.rglob("*.xdf")
    streams, _ = pyxdf.load_xdf(path, dejitter_timestamps=False, verbose=False)
    found = {stream["info"]["name"][0]: stream for stream in streams}
    assert found[name]["time_series"] == [["stimulus"], ["unix"]]
    assert found[name]["time_stamps"].tolist() == pytest.approx([before - 1, before], abs=0.2)
    assert found["rtdreamer-Marks"]["time_series"] == [["the film begins"]]
    assert found["rtdreamer-Marks"]["time_stamps"][0] == pytest.approx(made["timestamp"], abs=1e-3)


def test_where_no_one_listens_it_says_so(monkeypatch, capsys):
    monkeypatch.setattr(mark_module, "PATIENCE_S", 0.1)
    assert run(["mark", "hello"]) == 3
    assert "no session takes the marker" in capsys.readouterr().err


class Outlet:
    """Someone listens at some of the moments at which that is asked, then as at the last."""

    uid = "the mark's"

    def __init__(self, listened):
        self.listened, self.pushed = list(listened), []

    @property
    def has_consumers(self):
        return self.listened.pop(0) if len(self.listened) > 1 else self.listened[0]

    def push(self, text, now):
        self.pushed.append(text)

    def close(self):
        pass


@pytest.mark.parametrize(
    ("others", "sessions", "n_pushed", "doubt"),
    [
        pytest.param([0, 0, 1], [0, 0, 1, 1, 1, 0], 1, "", id="a session"),
        pytest.param([0, 1], [0, 1, 1, 0, 0, 1, 1, 1, 0], 2, "", id="one after the other"),
        pytest.param([1], [1], 1, "a session listens and has not", id="one that never takes it"),
        pytest.param([1], [0], 1, "no session of ours took it", id="another program alone"),
    ],
)
def test_it_waits_until_each_session_took_it(
    monkeypatch, capsys, others, sessions, n_pushed, doubt
):
    outlets = {MARKS: Outlet(others), TAKERS: Outlet(sessions)}
    monkeypatch.setattr("rtdreamer.lsl.outlets.MarkerOutlet", lambda name, _: outlets[name])
    for name, n_looks in (("PATIENCE_S", 9), ("MEET_S", 5), ("TAKE_S", 4), ("OTHERS_S", 3)):
        monkeypatch.setattr(mark_module, name, n_looks)
    moments = iter(range(10**6))
    clock = SimpleNamespace(monotonic=lambda: next(moments), sleep=lambda seconds: None)
    monkeypatch.setattr(mark_module, "time", clock)
    assert run(["mark", "hello"]) == 0
    assert outlets[MARKS].pushed == ["hello"] * n_pushed
    said = capsys.readouterr().err
    assert doubt in said
    assert ("session" in said) is bool(doubt)
