"""Nothing of Unix or Windows alone is used, except where the system is asked first.

The commonest names, and what types do not tell: ``mypy --platform win32`` knows them all.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for name in ("rtdreamer", "replay") for path in (ROOT / name).rglob("*.py"))

MODULES = {
    "curses", "fcntl", "grp", "msvcrt", "posix", "pty", "pwd", "readline", "resource", "termios",
    "tty", "winreg",
}  # fmt: skip
"""Those of Windows alone among them."""
NAMES = {
    "os": {
        "chown", "fork", "forkpty", "getegid", "geteuid", "getgid", "getloadavg", "getpgid",
        "getpgrp", "getuid", "kill", "killpg", "mkfifo", "nice", "openpty", "posix_spawn", "pread",
        "pwrite", "register_at_fork", "sched_getaffinity", "sched_setaffinity", "setpgid", "setsid",
        "setuid", "statvfs", "sysconf", "uname", "wait", "wait4", "waitid",
        "O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK",
    },
    "select": {"epoll", "kqueue", "poll"},
    "signal": {
        "alarm", "pause", "pthread_kill", "pthread_sigmask", "setitimer", "sigwait", "SIGALRM",
        "SIGCHLD", "SIGCONT", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGSTOP", "SIGTSTP",
        "SIGUSR1", "SIGUSR2", "SIGWINCH",
    },
    "socket": {"AF_UNIX", "SO_REUSEPORT"},
    "time": {"clock_gettime", "tzset"},
}  # fmt: skip
"""``os.kill`` is there on Windows, but ends the process whatever the signal."""
KEYWORDS = {"preexec_fn", "pass_fds"}
METHODS = {"add_signal_handler"}
FOLDERS = ("/dev/", "/proc/", "/sys/", "/tmp")


def is_guard(test: ast.expr) -> bool:
    """Whether a condition asks for the system: ``sys.platform``, ``os.name``, ``hasattr``."""
    return any(
        (isinstance(node, ast.Attribute) and ast.unparse(node) in ("sys.platform", "os.name"))
        or (isinstance(node, ast.Name) and node.id == "hasattr")
        for node in ast.walk(test)
    )  # fmt: skip


def of_unix_alone(node: ast.AST) -> list[str]:
    """What this node, without those below it, uses that Windows has not."""
    match node:
        case ast.Import(names=names):
            return [name.name for name in names if name.name in MODULES]
        case ast.ImportFrom(module=module, names=names):
            whole = [module] if module in MODULES else []
            return whole + [n.name for n in names if n.name in NAMES.get(module, ())]
        case ast.Attribute(value=ast.Name(id=module), attr=name) if name in NAMES.get(module, ()):
            return [f"{module}.{name}"]
        case ast.Attribute(attr=name) if name in METHODS:
            return [name]
        case ast.keyword(arg=name) if name in KEYWORDS:
            return [name]
        case ast.Constant(value=str() as text) if text.startswith(FOLDERS):
            return [text]
    return []


def found(tree: ast.AST) -> list[str]:
    """What is used of Unix alone outside what is guarded, as ``line: name``."""
    if isinstance(tree, ast.If | ast.IfExp) and is_guard(tree.test):
        return []
    here = [f"{getattr(tree, 'lineno', 0)}: {name}" for name in of_unix_alone(tree)]
    return here + [line for child in ast.iter_child_nodes(tree) for line in found(child)]


def test_nothing_of_unix_alone_is_used_unguarded():
    uses = {path.name: found(ast.parse(path.read_text(encoding="utf-8"))) for path in SOURCES}
    assert len(uses) > 100
    assert {name: lines for name, lines in uses.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    [
        "import fcntl",
        "from signal import SIGKILL",
        "os.kill(pid, 9)",
        "def end(): process.send_signal(signal.SIGSTOP)",
        "subprocess.run(command, preexec_fn=run)",
        "open('/dev/null')",
        "loop.add_signal_handler(signal.SIGINT, end)",
        "if wanted: os.fork()",
    ],
)
def test_what_is_of_unix_alone_is_found(line):
    assert len(found(ast.parse(line))) == 1


@pytest.mark.parametrize(
    "line",
    [
        "if sys.platform == 'win32': pass\nelse: os.setsid()",
        "run = os.fork() if hasattr(os, 'fork') else None",
        "if os.name == 'posix': import fcntl",
        "getattr(signal, 'SIGKILL', None)",
        "signal.signal(signal.SIGINT, end)",
    ],
)
def test_what_is_guarded_or_everywhere_is_passed(line):
    assert found(ast.parse(line)) == []
