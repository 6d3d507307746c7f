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


def test_markers_are_heard_and_recorded(headset, follow_live, capsys, tmp_path, stream_name):
    headset()
    name = f"{stream_name}-psychopy"
    with closing(MarkerOutlet(name, f"id-{name}")) as outlet:
        follower = follow_live("--record", tmp_path, "--no-outlet", "--markers", name)
        follower.event("filling", "following the markers")
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
        assert "no session" not in said
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
    """Someone listens at some of the moments at which that is asked."""

    def __init__(self, listened):
        self.listened, self.pushed = iter(listened), []

    @property
    def has_consumers(self):
        return next(self.listened)

    def push(self, text, now):
        self.pushed.append(text)

    def close(self):
        pass


@pytest.mark.parametrize(
    ("listened", "n_pushed", "is_taken"),
    [
        ([False, True, True, True, False, *[False] * 9], 1, True),
        ([True, True, False, False, True, True, True, False, *[False] * 9], 2, True),
        ([True] * 99, 1, False),
    ],
)
def test_it_waits_until_each_session_took_it(monkeypatch, capsys, listened, n_pushed, is_taken):
    outlet = Outlet(listened)
    monkeypatch.setattr("rtdreamer.lsl.outlets.MarkerOutlet", lambda *named: outlet)
    for name, n_looks in (("PATIENCE_S", 9), ("TAKE_S", 4), ("OTHERS_S", 3)):
        monkeypatch.setattr(mark_module, name, n_looks)
    moments = iter(range(10**6))
    clock = SimpleNamespace(monotonic=lambda: next(moments), sleep=lambda seconds: None)
    monkeypatch.setattr(mark_module, "time", clock)
    assert run(["mark", "hello"]) == 0
    assert outlet.pushed == ["hello"] * n_pushed
    assert ("no session of ours took it" in capsys.readouterr().err) is not is_taken
