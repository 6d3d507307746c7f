"""However live ends, it ends in order: by a signal, or because nobody can read what it says."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pylsl
import pytest

END_S = 60
FULL = Path("/dev/full")

ON_A_TERMINAL = """
import fcntl, signal, sys, termios
from rtdreamer.cli.main import run
signal.signal(signal.SIGHUP, signal.SIG_DFL)
fcntl.ioctl(open(sys.argv.pop()), termios.TIOCSCTTY, 0)
sys.argv += ["demo"]
run()
"""
"""Runs the demo with the terminal that is named as its own, and not as under ``nohup``."""

needs_full = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
needs_xvfb = pytest.mark.skipif(not shutil.which("Xvfb"), reason="there is no Xvfb here")
on_posix = pytest.mark.skipif(os.name != "posix", reason="pipes and signals are others here")


@pytest.fixture
def command(tiny_model, stream_name):
    return [
        *(sys.executable, "-m", "rtdreamer", "live", "--headless"),
        *("--model", str(tiny_model), "--stream", stream_name),
    ]


@on_posix
def test_signals_end_it_at_any_moment(headset, start, tiny_model, stream_name, finish):
    """While it is started, waits, fills or predicts; and again while it is ending."""
    headset(prefill=11.0)
    rng = random.Random(0)
    for number in (signal.SIGINT, signal.SIGTERM) * 2:
        command = ("live", "--headless", "--model", tiny_model, "--stream", stream_name)
        live = [start(*command) for _ in range(2)]
        # Python itself needs a moment before it can heed anything.
        time.sleep(1.0 + 6.0 * rng.random())
        for process in live:
            process.send_signal(number)
        for process in live:
            time.sleep(0.05 * rng.random())
            process.send_signal(rng.choice([signal.SIGINT, signal.SIGTERM]))
        for process in live:
            code, _, messages = finish(process)
            assert code == 0, messages
            assert "Traceback" not in messages


@needs_full
def test_a_full_disk_is_one_line(headset, command):
    headset(prefill=11.0)
    with FULL.open("w") as full:
        ended = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, encoding="utf-8", timeout=END_S
        )
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("rtdreamer: error: ")
    assert "No space left on device" in last


@on_posix
def test_a_reader_that_leaves_ends_it_without_a_word(headset, command):
    headset(prefill=11.0)
    live = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )
    assert live.stdout.readline().startswith('{"event": ')
    live.stdout.close()
    messages = live.stderr.read()
    assert live.wait(END_S) == 0, messages
    assert not any(word in messages for word in ("Traceback", "rror", "Exception"))


@on_posix
@pytest.mark.parametrize("closed", ["2>&-", "2> >(:)"])
def test_messages_that_nobody_can_read_do_not_matter(headset, command, closed):
    headset(prefill=11.0)
    live = subprocess.Popen(
        ["bash", "-c", f'exec "$@" {closed}', "bash", *command],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        for line in live.stdout:
            if "valence" in line:
                break
        else:
            pytest.fail("nothing was predicted")
        live.send_signal(signal.SIGINT)
        live.stdout.read()
        assert live.wait(END_S) == 0
    finally:
        live.kill()
        live.communicate()


@needs_full
@pytest.mark.parametrize("arguments", ["--version", "--help", "streams"])
def test_any_command_says_that_the_disk_is_full(arguments):
    with FULL.open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "rtdreamer", *arguments.split()],
            stdout=full, stderr=subprocess.PIPE, encoding="utf-8", timeout=END_S,
        )  # fmt: skip
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert "No space left on device" in ended.stderr


@on_posix
def test_a_terminal_that_is_closed_ends_it_and_what_it_started():
    """The demo runs a player of its own."""
    import pty

    ours, terminal = pty.openpty()
    demo = subprocess.Popen(
        [sys.executable, "-c", ON_A_TERMINAL, os.ttyname(terminal)],
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        env={**os.environ, "QT_QPA_PLATFORM": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""},
    )
    try:
        os.close(terminal)
        shown, deadline = b"", time.monotonic() + END_S
        while b" base rate (" not in shown:
            assert time.monotonic() < deadline, shown
            shown += os.read(ours, 65536)
        processes = psutil.Process(demo.pid).children(recursive=True)
        assert processes
        os.close(ours)
        demo.wait(END_S)
        _, left = psutil.wait_procs(processes, END_S)
        assert not left
    finally:
        demo.kill()
        demo.wait()


@needs_xvfb
def test_a_display_that_goes_ends_it_in_one_line_and_what_it_started():
    screen = subprocess.Popen(["Xvfb", "-displayfd", "1"], stdout=subprocess.PIPE)
    display = f":{screen.stdout.readline().decode().strip()}"
    demo = subprocess.Popen(
        [sys.executable, "-m", "rtdreamer", "demo"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "QT_QPA_PLATFORM": "xcb", "DISPLAY": display},
    )
    try:
        name = f"rtdreamer-demo-{demo.pid}-Affect"
        assert pylsl.resolve_byprop("name", name, timeout=END_S), demo.poll()
        processes = psutil.Process(demo.pid).children(recursive=True)
        assert processes
        screen.kill()
        messages = demo.communicate(timeout=END_S)[1]
        assert demo.returncode == 2, messages
        assert messages.splitlines()[-1].startswith("rtdreamer: error: the display is gone")
        _, left = psutil.wait_procs(processes, END_S)
        assert not left
    finally:
        for process in (demo, screen):
            process.kill()
            process.wait()
