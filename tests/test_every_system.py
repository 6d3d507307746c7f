"""What only some systems have is not used."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRODUCT = [*(ROOT / "rtdreamer").rglob("*.py"), *(ROOT / "replay").rglob("*.py")]

NOT_ON_WINDOWS = {
    "os": {
        "chown", "fork", "forkpty", "geteuid", "getgid", "getloadavg", "getpgid", "getpgrp",
        "getuid", "killpg", "mkfifo", "nice", "openpty", "posix_spawn", "sched_getaffinity",
        "sched_setaffinity", "setpgid", "setsid", "setuid", "sysconf", "uname", "wait", "waitid",
    },
    "signal": {
        "SIGALRM", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGSTOP", "SIGUSR1", "SIGUSR2", "alarm",
        "pause", "pthread_kill", "pthread_sigmask", "setitimer", "sigwait",
    },
}  # fmt: skip
NO_MODULES = {
    "fcntl",
    "grp",
    "msvcrt",
    "posix",
    "pty",
    "pwd",
    "resource",
    "termios",
    "tty",
    "winreg",
}


def used(source):
    """Names of the program's text that are not on every system."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in NOT_ON_WINDOWS.get(node.value.id, ()):
                yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Import):
            yield from {alias.name for alias in node.names} & NO_MODULES
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield from {module} & NO_MODULES
            wanted = NOT_ON_WINDOWS.get(module, set())
            yield from (f"{module}.{a.name}" for a in node.names if a.name in wanted)


def test_nothing_is_used_that_windows_lacks():
    found = {path.name: list(used(path.read_text(encoding="utf-8"))) for path in PRODUCT}
    assert {name: what for name, what in found.items() if what} == {}


def test_what_is_not_on_every_system_is_found():
    source = "import os, fcntl\nfrom signal import SIGKILL\nfrom pwd import getpwnam\nos.fork()\n"
    assert set(used(source)) == {"fcntl", "signal.SIGKILL", "pwd", "os.fork"}
