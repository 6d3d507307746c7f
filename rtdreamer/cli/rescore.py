"""``rtdreamer rescore``: a recorded session, predicted again."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from rtdreamer.cli.messages import say
from rtdreamer.cli.options import COUNT, OutputFile, recorded_stream_option, session_argument
from rtdreamer.counting import counted
from rtdreamer.errors import DataError, RtdreamerError

HOP = 16
"""Samples from one prediction to the next where no session says."""

JOINED_LATE = (
    "recorded from the middle of a session on: what its first predictions were made from is not in "
    "it, so they are not compared"
)


@click.command()
@session_argument
@click.option(
    "--model",
    metavar="NAME|PATH",
    help="A released model's name, or a checkpoint.  [default: the one of the session]",
)
@click.option(
    "--profile",
    "profile_path",
    type=click.Path(path_type=Path),
    metavar="ME.toml",
    help="The person's baseline.  [default: the one of the session, if it had one]",
)
@click.option(
    "--hop",
    type=COUNT,
    metavar="N",
    help="Samples from one prediction to the next.  [default: the session's, else 16]",
)
@recorded_stream_option
@click.option(
    "--out",
    type=OutputFile(),
    metavar="FILE.csv|.parquet",
    help="Write the predictions there, and what its columns mean beside it, as JSON.",
)
def rescore(
    recording: Path, model: str | None, profile_path: Path | None, hop: int | None,
    stream: str | None, out: Path | None,
) -> None:  # fmt: skip
    """Predict from a recorded session again, and compare with what it predicted live.

    With the model and the profile of the session, which is what it does unless told otherwise, the
    predictions are the very same, bit for bit. A session that another program recorded is predicted
    by the time stamps of its samples.
    """
    from rtdreamer.cli.progress import progress_bars
    from rtdreamer.data.session_file import read_session
    from rtdreamer.live.predictions_table import check_format, write_table
    from rtdreamer.live.recorded_session import (
        RecordedSession,
        from_log,
        from_stamps,
        recorded_here,
    )
    from rtdreamer.live.rescore import compare
    from rtdreamer.live.rescore import rescore as predict_again
    from rtdreamer.live.session_facts import differences, model_facts, model_of, profile_of
    from rtdreamer.model.classifier import Classifier
    from rtdreamer.model.released import load_live

    if out is not None:
        check_format(out)
    file = read_session(recording, synchronise=False)
    session: RecordedSession | None = None
    about: Mapping[str, Any] = {}
    if recorded_here(file):
        with _naming(recording):
            session = from_log(file)
        about = session.about or {}
    model = model or model_of(about)
    loaded = load_live(model, about.get("in_torch", False))
    if session is None:
        file = read_session(recording, synchronise=True)
        with _naming(recording):
            session = from_stamps(file, loaded.spec.headset, stream)
    profile = profile_of(about, profile_path, loaded.name, loaded.spec)
    if session.note:
        say(f"{recording}: {session.note}")
    say(f"model: {loaded.in_words}")
    hop = hop or about.get("hop", HOP)
    classifier = Classifier.ready(loaded, hop, profile)
    at_its_pace = hop == about.get("hop")
    with _naming(recording), progress_bars() as bars:
        show = bars.count("Seconds of EEG", n_lines=0)
        made = predict_again(session, classifier, hop, at_its_pace, show)
    facts = model_facts(model)
    nothing = "" if made else ": a first window takes 10 s of EEG"
    click.echo(f"{counted(len(made), 'prediction')}{nothing}")
    if about:
        for line in differences(about, facts, hop, profile_path):
            say(line)
        if about.get("joined_late"):
            say(JOINED_LATE)
        else:
            click.echo(compare(session.predictions, made).in_words)
    if out is not None and made:
        sidecar = write_table(out, made, {**facts, "hop": hop, "recording": recording.name})
        click.echo(f"Wrote {out}, and what its columns mean to {sidecar}")


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Have what is said of a file's content name the file."""
    try:
        yield
    except RtdreamerError as error:
        raise DataError(f"{path}: {error}") from None
