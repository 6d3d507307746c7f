import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from rtdreamer.cli import interrupt
from rtdreamer.cli.interrupt import (
    INTERRUPTED,
    PATIENCE_S,
    SIGNALS,
    defer_in_imports,
    stop_on_interrupt,
)
from rtdreamer.live.worker import JOIN_S

END_S = 60

HANGING = """
import os, sys
from rtdreamer.cli import interrupt
interrupt.PATIENCE_S = 0.5
with interrupt.stop_on_interrupt():
    print("started", file=sys.stderr, flush=True)
    {}
"""
"""One that writes where nobody reads, and one that does not let Python run any handler."""
UNREAD = "while True: os.write(1, bytes(4096))"
IN_C = "import ctypes; ctypes.CDLL(None).sleep(60); ctypes.CDLL(None).sleep(60)"

on_posix = pytest.mark.skipif(os.name != "posix", reason="signals and sleep are others here")


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_sets_the_event_and_all_is_as_before_at_the_end(number):
    before = [signal.getsignal(n) for n in SIGNALS], threading.active_count()
    with stop_on_interrupt() as stop:
        assert not stop.is_set()
        signal.raise_signal(number)
        assert stop.wait(END_S)
        signal.raise_signal(number)
    assert ([signal.getsignal(n) for n in SIGNALS], threading.active_count()) == before
    assert signal.set_wakeup_fd(-1) == -1


def test_another_signal_and_an_end_without_one_set_nothing():
    previous = signal.signal(signal.SIGABRT, lambda *_: None)
    with stop_on_interrupt() as stop:
        signal.raise_signal(signal.SIGABRT)
        assert not stop.wait(0.1)
    signal.signal(signal.SIGABRT, previous)


def test_a_signal_may_come_while_the_event_is_waited_for():
    """Setting it in a handler would wait for a lock that the main thread itself holds."""
    with stop_on_interrupt() as stop:
        timer = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])
        timer.start()
        while not stop.is_set():
            stop.wait(1e-4)
        timer.join()


INTERRUPTED_IMPORT = """
import signal, time
signal.raise_signal(signal.SIGINT)
time.sleep(0.2)
whole = True
"""


def test_ctrl_c_in_an_import_waits_for_its_end(tmp_path, monkeypatch):
    (tmp_path / "interrupted_import.py").write_text(INTERRUPTED_IMPORT, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "interrupted_import", raising=False)
    found = []

    def import_and_wait():
        with defer_in_imports():
            found.append(importlib.import_module("interrupted_import"))
            time.sleep(END_S)

    with pytest.raises(KeyboardInterrupt):
        import_and_wait()
    (module,) = found
    assert module.whole
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_where_a_command_imports_ends_it_at_once(tmp_path, monkeypatch):
    """``cli`` itself asks for the module, so that nothing is under way yet."""
    (tmp_path / "interrupted_import.py").write_text(INTERRUPTED_IMPORT, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "interrupted_import", raising=False)
    monkeypatch.setattr(interrupt, "_COMMANDS", Path(__file__).parent)
    monkeypatch.setattr(interrupt.os, "_exit", lambda code: pytest.exit(str(code)))
    handlers = [signal.getsignal(number) for number in SIGNALS]
    try:
        with pytest.raises(pytest.exit.Exception, match=str(INTERRUPTED)), defer_in_imports():
            import interrupted_import  # noqa: F401
    finally:
        for number, handler in zip(SIGNALS, handlers, strict=True):
            signal.signal(number, handler)


def test_ctrl_c_that_a_shell_ignores_stays_ignored():
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with defer_in_imports():
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, previous)


@on_posix
@pytest.mark.parametrize("what", [UNREAD, IN_C])
def test_what_hangs_is_cut_off(what):
    hanging = subprocess.Popen(
        [sys.executable, "-c", HANGING.format(what)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert hanging.stderr.readline() == b"started\n"
        time.sleep(0.5)
        hanging.send_signal(signal.SIGINT)
        assert hanging.wait(END_S / 2) == INTERRUPTED
    finally:
        hanging.kill()
        hanging.communicate()


def test_the_dashboard_may_end_in_its_own_time():
    assert PATIENCE_S > JOIN_S
