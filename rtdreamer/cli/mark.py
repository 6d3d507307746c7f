"""``rtdreamer mark``: a marker, set by hand."""

import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from rtdreamer.cli.messages import say
from rtdreamer.errors import NoStreamError

if TYPE_CHECKING:
    from rtdreamer.lsl.outlets import MarkerOutlet

PATIENCE_S = 10.0
"""A session that listens finds a new stream in less than two, unless the machine is busy."""

MEET_S = 5.0
"""So long after someone began to listen a session has said that it is one. Other programs never
do; what they record they are sent all the same."""

TAKE_S = 30.0
"""A session takes the marker once it knows how far the clocks are apart; on a busy machine that
takes several tries."""

OTHERS_S = 1.0
"""So long after one session has taken it another may come for it, and what was sent to other
programs is on its way."""

POLL_S = 0.02


@click.command()
@click.argument("text", nargs=-1, required=True, metavar="TEXT")
def mark(text: tuple[str, ...]) -> None:
    """Set a marker in the sessions on this network that are recorded or have a dashboard.

    It is stamped with the moment at which the command is run, on LSL's clock. Several words are one
    TEXT.
    """
    words = " ".join(text)
    if not words.strip():
        raise click.UsageError("an empty marker: say what happened, such as 'the film begins'")
    from rtdreamer.lsl import library
    from rtdreamer.lsl.outlets import MarkerOutlet
    from rtdreamer.stream.marker import MARKS, TAKERS

    now = library.clock()
    library.silence_information()
    # The same each time: so the marks of one computer are one stream of the recording.
    outlet = MarkerOutlet(MARKS, f"rtdreamer-mark-{socket.gethostname()}")
    takers = MarkerOutlet(TAKERS, outlet.uid)
    try:
        if not _wait(lambda: outlet.has_consumers, PATIENCE_S):
            raise NoStreamError(
                "no session takes the marker: one does with a dashboard, 'rtdreamer live', or with "
                "--record FOLDER or --markers NAME"
            )
        doubt = _hand_over(outlet, takers, words, now)
    finally:
        takers.close()
        outlet.close()
    say(f"set {words!r:.60} at {now:.3f} s of LSL's clock{doubt}")


def _hand_over(outlet: "MarkerOutlet", takers: "MarkerOutlet", text: str, now: float) -> str:
    """Send a marker and wait until it has arrived; return what is doubtful about that."""
    if not _wait(lambda: takers.has_consumers, MEET_S):
        outlet.push(text, now)
        _wait(lambda: not outlet.has_consumers, OTHERS_S)
        return "; no session of ours took it, another program may have"
    is_taken = True
    while is_taken and takers.has_consumers:
        outlet.push(text, now)
        is_taken = _wait(lambda: not takers.has_consumers, TAKE_S)
        _wait(lambda: takers.has_consumers, OTHERS_S)
    return "" if is_taken else "; a session listens and has not taken it"


def _wait(is_so: Callable[[], bool], patience: float) -> bool:
    """Wait until something is so; return whether it came to that in time."""
    end = time.monotonic() + patience
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(POLL_S)
    return True
