"""``rtdreamer demo``: everything at once, without a headset and without data."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from rtdreamer.cli.interrupt import leave_on_interrupt, stop_on_interrupt
from rtdreamer.cli.options import FiniteRange, WholeRange
from rtdreamer.cli.output_options import output_options, outputs_of
from rtdreamer.errors import RtdreamerError

if TYPE_CHECKING:
    from rtdreamer.live.follow import FollowConfig
    from rtdreamer.live.model_facts import ModelFacts
    from rtdreamer.live.output_config import Endpoint
    from rtdreamer.model.trained_model import TrainedModel

HOP = 16
END_S = 5.0
"""How long the player may take to end: it may still be importing libraries."""


@click.command()
@click.option(
    "--subject",
    type=WholeRange(1, 23),
    default=5,
    show_default=True,
    help="Simulated person to follow.",
)
@click.option(
    "--duration",
    type=FiniteRange(min=0, min_open=True),
    metavar="S",
    help="End S seconds after the start.",
)
@output_options
def demo(
    subject: int, duration: float | None, osc: "Endpoint | None", websocket: "Endpoint | None",
    token: str,
) -> None:  # fmt: skip
    """Show the live view on a simulated person, played by a second process.

    Opens the dashboard where there is a display; elsewhere the same facts are shown here.
    """
    started = time.monotonic()
    outputs = outputs_of(osc, websocket, token)
    # A name of its own: the demo must neither find a real headset nor be taken for one.
    name = f"rtdreamer-demo-{os.getpid()}"
    with leave_on_interrupt(), _player(name, subject) as player:
        click.echo(f"SIMULATED person {subject}: no one was measured. Ctrl-C ends.")
        from rtdreamer.cli.live import show_dashboard
        from rtdreamer.dashboard.display import display_problem
        from rtdreamer.live.follow import FollowConfig
        from rtdreamer.live.loading import facts_of
        from rtdreamer.live.remote import RemoteConfig, RemoteSession

        config = FollowConfig(name, HOP, started, duration, outputs=outputs)
        problem = display_problem()
        session = None if problem else RemoteSession(RemoteConfig(config))
        from rtdreamer.model.released import load_live

        model = load_live()
        facts = facts_of(model, None)
        with stop_on_interrupt() as stop:
            threading.Thread(target=_stop_with, args=[player, stop], daemon=True).start()
            if session is not None:
                show_dashboard(session, HOP, facts, stop)
            else:
                click.echo(f"No dashboard, so the facts are shown here: {problem}.")
                _show_in_terminal(config, model, facts, stop)
        if player.poll():
            raise RtdreamerError("the demo's player ended early, for the reason given above")


def _stop_with(player: "subprocess.Popen[bytes]", stop: threading.Event) -> None:
    player.wait()
    stop.set()


def _show_in_terminal(
    config: "FollowConfig", model: "TrainedModel", facts: "ModelFacts", stop: threading.Event
) -> None:
    from rich.console import Console

    from rtdreamer.cli.terminal import TerminalView
    from rtdreamer.live.loading import LoadingClassifier, follow_loading
    from rtdreamer.lsl import library

    library.silence_information()
    classifier = LoadingClassifier(model, HOP)
    with TerminalView(facts, library.clock, config.hop, Console()) as view:
        follow_loading(config, classifier, [view], stop.is_set)


@contextmanager
def _player(name: str, subject: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the player as long as the block lasts."""
    command = [
        *(sys.executable, "-m", "rtdreamer", "replay"),
        *("--data", "simulated", "--subject", str(subject), "--name", name),
        *("--wait", "--loop", "--end-with-stdin"),
    ]
    # Ctrl-C goes to every process of the terminal's group. The player is kept out of it, since
    # it shall end after the inlet does; it sees its standard input close even if we are killed.
    if sys.platform == "win32":
        flags, new_session = subprocess.CREATE_NEW_PROCESS_GROUP, False
    else:
        flags, new_session = 0, True
    player = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        creationflags=flags,
        start_new_session=new_session,
    )
    try:
        with leave_on_interrupt(lambda: _end(player)):
            yield player
    finally:
        _end(player)


def _end(player: "subprocess.Popen[bytes]") -> None:
    if player.stdin is not None:
        player.stdin.close()
    try:
        player.wait(END_S)
    except subprocess.TimeoutExpired:
        player.kill()
        player.wait()
