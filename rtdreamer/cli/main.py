"""The command ``rtdreamer``: finds the command that is meant, and catches errors once."""

import errno
import importlib
import os
import sys
from difflib import get_close_matches
from typing import TextIO

import click

from rtdreamer import __version__
from rtdreamer.cli.interrupt import defer_in_imports
from rtdreamer.cli.messages import say, say_error
from rtdreamer.errors import RtdreamerError

COMMANDS = {
    "demo": "Play a simulated person, and follow them live.",
    "live": "Follow a headset and show or print valence and arousal.",
    "baseline": "Measure a person's baseline, for live --profile. Formerly calibrate.",
    "replay": "Stream DREAMER or a recording as a fake headset.",
    "mark": "Set a marker in the sessions that are recorded or shown.",
    "rescore": "Predict from a recorded session again, bit for bit.",
    "export": "Write a recorded session as EDF, BDF, FIF, BrainVision or BIDS.",
    "report": "Make one HTML page of a recorded session.",
    "streams": "List the LSL streams on the network.",
    "synth": "Write a simulated DREAMER file.",
    "train": "Train a model.",
    "evaluate": "Judge a model, or a method, on people and clips it has never seen.",
    "audit": "Check what the folds of any study keep apart, and what they leak.",
    "benchmark": "Judge several methods through the same folds.",
    "compare": "Compare methods that went through the same folds.",
    "export-model": "Write a trained model for other programs, in ONNX.",
    "bench": "Time this machine, and find the hop it keeps up with.",
    "doctor": "Check what this machine needs to run the program.",
}
"""Each command's module is named like it, with _ for -, and holds a click command so named."""

FORMER_NAMES = {"calibrate": "baseline"}
"""Names that commands once had, and still answer to."""

NO_ROOM = {getattr(errno, name, None) for name in ("ENOSPC", "EDQUOT", "EFBIG", "EIO")}
"""What writing fails with when a disk is full, or broken."""


class _Commands(click.Group):
    """Imports a command's module only when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        module = importlib.import_module(f"rtdreamer.cli.{name}")
        command: click.Command = getattr(module, name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if (name := FORMER_NAMES.get(args[0])) is not None:
            say(f"rtdreamer {args[0]} is now called rtdreamer {name}")
            args = [name, *args[1:]]
        if args[0] not in COMMANDS:
            near = get_close_matches(args[0], COMMANDS, 1)
            hint = f"did you mean '{near[0]}'?" if near else "'rtdreamer --help' lists them"
            raise click.UsageError(f"no command {args[0]!r:.60}: {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Commands)
@click.version_option(__version__, prog_name="rtdreamer")
def rtdreamer() -> None:
    """Real-time EEG affect classifier for the Emotiv EPOC over LSL."""


def run(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code.

    Errors become one line on standard error, and one more for each thing there is to choose from:
    exit code 2, or 3 where no stream was found.
    """
    for name in ("stdout", "stderr"):
        # What starts a program may close them; a file opened later must not take their place.
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    # What is printed may hold names from a network or a file, in any script.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        with defer_in_imports():
            code = _run(arguments)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):
        # The reader of our output is gone; click makes a SystemExit of that, and of nothing else.
        code = 0
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        what = error.filename or "the output"
        code = _fail(f"{what} cannot be written: {error.strerror}; write it elsewhere", 2)
    for stream in (sys.stdout, sys.stderr):
        _let_go(stream)
    return code


def _run(arguments: list[str] | None) -> int:
    try:
        result = rtdreamer.main(arguments, prog_name="rtdreamer", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        say(error.format_message())
        return 2
    except click.ClickException as error:
        return _fail(_in_words(error), 2)
    except RtdreamerError as error:
        code = _fail(str(error), error.exit_code)
        for note in getattr(error, "__notes__", ()):
            say(f"  {note}")
        return code
    except MemoryError:
        return _fail("not enough memory: close other programs, or take less at a time", 2)
    except click.Abort as error:
        # What click makes of Ctrl-C.
        raise KeyboardInterrupt from error
    return result if isinstance(result, int) else 0


def _in_words(error: click.ClickException) -> str:
    message = error.format_message()
    if not message.startswith("Got unexpected extra argument"):
        return message
    # Of all that click says this alone names nothing to do; most often an option's name is missing.
    command = getattr(getattr(error, "ctx", None), "command_path", "rtdreamer")
    return f"{message}: '{command} --help' says which options take it, or put a text in quotes"


def _fail(message: str, code: int) -> int:
    say_error(message)
    return code


def _let_go(stream: TextIO) -> None:
    """Throw away what cannot be written: Python would complain when it flushes at exit."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
