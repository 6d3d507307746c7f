"""``rtdreamer mark``: a marker, set by hand."""

import time
import uuid

import click

from rtdreamer.cli.messages import say
from rtdreamer.errors import NoStreamError

PATIENCE_S = 5.0
"""A session that listens finds a new stream in less than two."""

TAKE_S = 10.0
"""A session that takes the marker leaves; other programs that listen do not."""

POLL_S = 0.02


@click.command()
@click.argument("text")
def mark(text: str) -> None:
    """Set a marker in the sessions that are recorded on this network.

    It is stamped with the moment at which the command is run, on LSL's clock.
    """
    from rtdreamer.lsl import library
    from rtdreamer.lsl.outlets import MarkerOutlet
    from rtdreamer.stream.marker import MARKS

    now = library.clock()
    library.silence_information()
    outlet = MarkerOutlet(MARKS, f"rtdreamer-mark-{uuid.uuid4().hex}")
    try:
        end = time.monotonic() + PATIENCE_S
        while not outlet.has_consumers:
            if time.monotonic() > end:
                raise NoStreamError(
                    "no session takes the marker: start 'rtdreamer live --record FOLDER', or live "
                    "with --markers"
                )
            time.sleep(POLL_S)
        outlet.push(text, now)
        end = time.monotonic() + TAKE_S
        while outlet.has_consumers and time.monotonic() < end:
            time.sleep(POLL_S)
        doubt = "; no session of ours took it, another program may have" * outlet.has_consumers
    finally:
        outlet.close()
    say(f"set {text!r:.60} at {now:.3f} s of LSL's clock{doubt}")
