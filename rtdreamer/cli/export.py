"""``rtdreamer export``: a recorded session in the formats that the field reads."""

from pathlib import Path

import click

from rtdreamer.cli.messages import say
from rtdreamer.cli.options import (
    keep_identity_option,
    recorded_stream_option,
    recorded_unit_option,
    session_argument,
    source_id_option,
)

FORMATS = ("edf", "bdf", "fif", "brainvision", "bids")


@click.command()
@session_argument
@click.option("--to", "form", type=click.Choice(FORMATS), required=True, help="Format.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE|FOLDER",
    help="Written to; with bids, the data set's folder, to which the session is added.  "
    "[default: beside the session]",
)
@recorded_stream_option
@source_id_option
@recorded_unit_option
@keep_identity_option
def export(
    recording: Path, form: str, out: Path | None, stream: str | None, source_id: str | None,
    unit: str | None, keep_identity: bool,
) -> None:  # fmt: skip
    """Write a recorded session as EDF, BDF, FIF, BrainVision or BIDS.

    In volts, with the sensors' places; what is missing, markers, events and predictions are
    annotations. No file is written over.
    """
    from rtdreamer.data.session import read_recorded
    from rtdreamer.data.session_export import check_format, place_for, write_session
    from rtdreamer.files import check_writable

    check_format(form)
    out = place_for(recording, form) if out is None else out
    if form != "bids":
        check_writable(out)
    session = read_recorded(recording, source_id, unit, keep_identity, stream)
    for note in session.notes:
        say(f"{recording}: {note}")
    words = write_session(session, out, form)
    click.echo(f"Wrote {out}: {words}")
