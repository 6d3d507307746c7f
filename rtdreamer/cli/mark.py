"""``rtdreamer mark``: a marker, set by hand."""

import socket
import time
from typing import TYPE_CHECKING

import click

from rtdreamer.cli.messages import say
from rtdreamer.errors import NoStreamError

if TYPE_CHECKING:
    from rtdreamer.lsl.outlets import MarkerOutlet

PATIENCE_S = 10.0
"""A session that listens finds a new stream in less than two, unless the machine is busy."""

TAKE_S = 30.0
"""A session that takes the marker leaves, once it knows how far the clocks are apart; on a busy
machine that takes several tries. Other programs that listen stay."""

OTHERS_S = 1.0
"""So long after one session has taken it another may come for it."""

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
    from rtdreamer.stream.marker import MARKS

    now = library.clock()
    library.silence_information()
    # The same each time: so the marks of one computer are one stream of the recording.
    outlet = MarkerOutlet(MARKS, f"rtdreamer-mark-{socket.gethostname()}")
    try:
        if not _listened(outlet, True, PATIENCE_S):
            raise NoStreamError(
                "no session takes the marker: one does with a dashboard, 'rtdreamer live', or with "
                "--record FOLDER or --markers NAME"
            )
        is_taken = True
        while is_taken and outlet.has_consumers:
            outlet.push(words, now)
            is_taken = _listened(outlet, False, TAKE_S)
            _listened(outlet, True, OTHERS_S)
        doubt = "" if is_taken else "; no session of ours took it, another program may have"
    finally:
        outlet.close()
    say(f"set {words!r:.60} at {now:.3f} s of LSL's clock{doubt}")


def _listened(outlet: "MarkerOutlet", whether: bool, patience: float) -> bool:
    """Wait until someone listens, or no one any more; return whether it came to that in time."""
    end = time.monotonic() + patience
    while outlet.has_consumers is not whether:
        if time.monotonic() > end:
            return False
        time.sleep(POLL_S)
    return True
