"""``rtdreamer report``: one page of a recorded session, to read and to print."""

from pathlib import Path

import click

from rtdreamer.cli.messages import say
from rtdreamer.cli.options import (
    OutputFile,
    keep_identity_option,
    recorded_stream_option,
    recorded_unit_option,
    session_argument,
    source_id_option,
)


@click.command()
@session_argument
@click.option(
    "--out",
    type=OutputFile(),
    metavar="FILE.html",
    help="Written to; an older file is not written over.  [default: beside the session]",
)
@click.option(
    "--model",
    metavar="PATH",
    help="The checkpoint of the session's model, where it is none that comes with the program.",
)
@recorded_stream_option
@source_id_option
@recorded_unit_option
@keep_identity_option
def report(
    recording: Path, out: Path | None, model: str | None, stream: str | None,
    source_id: str | None, unit: str | None, keep_identity: bool,
) -> None:  # fmt: skip
    """Make one HTML page of a recorded session, which opens offline.

    Valence and arousal over time, what was withheld and why, the quality of each electrode, missing
    samples, coupling, spectra, markers, and the model.
    """
    from rtdreamer.data.session import read_recorded
    from rtdreamer.data.session_export import refuse_to_replace
    from rtdreamer.files import check_writable, write_atomically
    from rtdreamer.pictures.session_model import model_card
    from rtdreamer.pictures.session_page import build_page
    from rtdreamer.pictures.session_signals import look_at

    out = recording.with_suffix(".html") if out is None else out
    refuse_to_replace(out)
    check_writable(out)
    session = read_recorded(recording, source_id, unit, keep_identity, stream)
    for note in session.notes:
        say(f"{recording}: {note}")
    if session.verdicts is None:
        say(f"{recording}: holds no predictions: 'rtdreamer rescore' makes them from the recording")
    page = build_page(session, look_at(session), model_card(session, model))
    write_atomically(out, page.encode())
    click.echo(f"Wrote {out}")
