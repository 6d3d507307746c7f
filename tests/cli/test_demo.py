import signal
import sys
import time

import pylsl
import pytest

from rtdreamer.lsl.discovery import list_streams

NO_DISPLAY = {"QT_QPA_PLATFORM": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
on_linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux can be without a display"
)


def demo_streams(process):
    name = f"rtdreamer-demo-{process.pid}"
    return [found for found in list_streams() if name in found.description.name]


@on_linux
def test_without_a_display_the_facts_are_shown_in_the_terminal(start, finish):
    demo = start("demo", "--duration", 32, **NO_DISPLAY)
    code, output, messages = finish(demo)
    assert (code, messages) == (0, "")
    lines = output.splitlines()
    assert lines[0].startswith("SIMULATED person 5")
    assert lines[1].startswith("No dashboard, so the facts are shown here: ")
    assert any(line.startswith("filling: ") for line in lines)
    assert any(line.startswith("valence 0.") and "SIMULATED" in line for line in lines)
    assert not demo_streams(demo)


@pytest.mark.parametrize("platform", ["", "offscreen"])
@pytest.mark.parametrize("after", [1.0, 3.0, 6.0, 9.0])
def test_ctrl_c_ends_both_processes_cleanly(start, finish, after, platform):
    demo = start("demo", **NO_DISPLAY | {"QT_QPA_PLATFORM": platform})
    time.sleep(after)
    demo.send_signal(signal.SIGINT)
    code, _, messages = finish(demo)
    # 130 where it came before the command had begun.
    assert code == 0 or (code, after) == (130, 1.0)
    assert "Traceback" not in messages
    assert "error" not in messages
    assert not demo_streams(demo)


def test_with_a_display_it_opens_the_dashboard_and_predicts(start, finish):
    demo = start("demo", QT_QPA_PLATFORM="offscreen")
    name = f"rtdreamer-demo-{demo.pid}-Affect"
    (info,) = pylsl.resolve_byprop("name", name, timeout=60)
    inlet = pylsl.StreamInlet(info)
    values, _ = inlet.pull_sample(timeout=60)
    inlet.close_stream()
    demo.send_signal(signal.SIGINT)
    assert all(0 <= value <= 1 for value in values)
    code, output, messages = finish(demo)
    assert (code, "error" in messages) == (0, False)
    assert len(output.splitlines()) == 1
