"""``rtdreamer live``: follow a headset."""

import os
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from rtdreamer.cli.interrupt import leave_on_interrupt, stop_on_interrupt
from rtdreamer.cli.messages import say, say_error
from rtdreamer.cli.options import (
    COUNT,
    BidsLabel,
    FiniteRange,
    StreamWord,
    check_unit,
    rename_option,
    renames_of,
    source_id_option,
    stream_option,
    unit_option,
)
from rtdreamer.cli.output_options import output_options, outputs_of
from rtdreamer.errors import RtdreamerError

if TYPE_CHECKING:
    from rtdreamer.live.follow import FollowConfig
    from rtdreamer.live.loading import LoadingClassifier
    from rtdreamer.live.model_facts import ModelFacts
    from rtdreamer.live.output_config import Endpoint
    from rtdreamer.live.remote import RemoteSession

ESTIMATING = (
    "no profile: estimating this person's baseline as it goes; rtdreamer baseline makes one"
)


@click.command()
@stream_option
@source_id_option
@click.option(
    "--hop",
    type=COUNT,
    default=16,
    show_default=True,
    metavar="N",
    help="Samples from one prediction to the next.",
)
@click.option("--model", metavar="NAME|PATH", help="A released model's name, or a checkpoint.")
@click.option("--list-models", is_flag=True, help="List the released models and end.")
@click.option(
    "--profile",
    "profile_path",
    type=click.Path(path_type=Path),
    metavar="ME.toml",
    help="This person's baseline, written by rtdreamer baseline.  [default: estimated as it goes]",
)
@click.option("--headless", is_flag=True, help="Print JSON lines and open no window.")
@click.option(
    "--duration",
    type=FiniteRange(min=0, min_open=True),
    metavar="S",
    help="End after listening for S seconds.",
)
@click.option(
    "--timeout",
    type=FiniteRange(min=0),
    metavar="S",
    help="Wait at most S seconds for the stream.  [default: for ever]",
)
@unit_option
@rename_option
@click.option(
    "--record",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Record the session there, as XDF: see rescore.",
)
@click.option(
    "--sub",
    type=BidsLabel(),
    default="P001",
    show_default=True,
    metavar="LABEL",
    help="Of whom the recording is, as its file is to say: a code, not a name.",
)
@click.option(
    "--ses",
    type=BidsLabel(),
    default="S001",
    show_default=True,
    metavar="LABEL",
    help="Which session of theirs it is.",
)
@click.option(
    "--markers",
    multiple=True,
    type=StreamWord(),
    metavar="NAME",
    help="Follow other programs' markers, by their stream's name or source_id; may be repeated.",
)
@click.option(
    "--marker-clock", type=click.Choice(["right", "as-sent"]), default="right", show_default=True,
    help="Markers that are stamped in Unix time: put right, or left as sent.",
)  # fmt: skip
@output_options
@click.option("--no-outlet", is_flag=True, help="Publish nothing on LSL.")
@click.option(
    "--torch", "in_torch", is_flag=True,
    help="Run the model in torch: the same, slower to start and to answer.",
)  # fmt: skip
def live(
    stream: str, source_id: str | None, hop: int, model: str | None, list_models: bool,
    profile_path: Path | None, headless: bool, duration: float | None, timeout: float | None,
    unit: str | None, rename: tuple[str, ...], folder: Path | None, sub: str, ses: str,
    markers: tuple[str, ...], marker_clock: str, osc: "Endpoint | None",
    websocket: "Endpoint | None", token: str, no_outlet: bool, in_torch: bool,
) -> None:  # fmt: skip
    """Follow a headset and show valence and arousal as they are predicted.

    Opens the dashboard, or with --headless prints one JSON object a line. The predictions are
    also published as an LSL stream of type Affect, and changes of state as one of type Markers;
    --osc and --websocket send both to programs that do not speak LSL.
    """
    if list_models:
        _list_models()
        return
    check_unit(unit)
    renames = renames_of(rename)
    with leave_on_interrupt():
        from rtdreamer.live.follow import FollowConfig, MarkerConfig
        from rtdreamer.live.loading import LoadingClassifier, facts_of
        from rtdreamer.live.profile_file import read_profile_for
        from rtdreamer.live.remote import RemoteConfig, RemoteSession
        from rtdreamer.live.session_facts import record_config, text_of
        from rtdreamer.lsl.channel_plan import Reading
        from rtdreamer.model.released import load_live, spec_of

        config = FollowConfig(
            stream, hop, None, duration, timeout, not no_outlet, source_id, Reading(unit, renames)
        )
        outputs = outputs_of(osc, websocket, token)
        config = replace(config, markers=MarkerConfig(markers, marker_clock), outputs=outputs)
        if folder is not None:
            record = record_config(
                folder, sub, ses, model=model, hop=hop, in_torch=in_torch,
                profile=None if profile_path is None else text_of(profile_path),
            )  # fmt: skip
            config = replace(config, record=record)
        profile = None if profile_path is None else read_profile_for(*spec_of(model), profile_path)
        # What is compiled is ready for the session, too; torch takes seconds to load.
        loaded = None if in_torch else load_live(model, say=_say_of_model)
        session = None
        if not headless:
            # It begins to listen while this process loads what draws.
            session = RemoteSession(RemoteConfig(config, model, profile_path, in_torch, (sub, ses)))
            _check_display()
        if loaded is None:
            loaded = load_live(model, in_torch)
        known = f"{profile_path.name} ({profile.seconds:g} s)" if profile_path and profile else None
        say(f"model: {loaded.in_words}")
        if loaded.spec.standardise:
            say(f"relative to {known}" if known else ESTIMATING)
        with stop_on_interrupt() as stop:
            if session is None:
                print_predictions(config, LoadingClassifier(loaded, hop, profile), stop)
            else:
                show_dashboard(session, hop, facts_of(loaded, known), stop, folder)


def _say_of_model(line: str) -> None:
    say(f"model: {line}")


def print_predictions(
    config: "FollowConfig", classifier: "LoadingClassifier", stop: threading.Event
) -> None:
    """Follow the stream and print JSON lines on standard output."""
    from rtdreamer.live.json_lines import JsonLines
    from rtdreamer.live.loading import follow_loading
    from rtdreamer.lsl import library

    library.silence_information()
    sink = JsonLines(sys.stdout, sys.stderr, library.clock)
    follow_loading(config, classifier, [sink], stop.is_set)
    if sink.n_predictions == 0:
        seconds = classifier.spec.n_times / classifier.spec.sfreq
        say(f"no prediction: a first window takes {seconds:g} s of EEG")


def show_dashboard(
    session: "RemoteSession",
    hop: int,
    model: "ModelFacts",
    stop: threading.Event,
    folder: Path | None = None,
) -> None:
    """Show the dashboard on a session until its window is closed.

    What it is ordered to record goes into ``folder``, if one is given.
    """
    from rtdreamer.dashboard.app import run_dashboard
    from rtdreamer.dashboard.ordering import Control
    from rtdreamer.lsl import library
    from rtdreamer.model.released import released_models

    library.silence_information()
    try:
        run_dashboard(
            session.relay, model, library.clock, hop, stop.is_set, _leave_without_display,
            Control(session.give, folder, released_models()),
        )  # fmt: skip
    finally:
        session.close()


def _leave_without_display() -> NoReturn:
    say_error("the display is gone, and the dashboard with it; --headless needs none")
    os._exit(2)


def _check_display() -> None:
    from rtdreamer.dashboard.display import display_problem

    if problem := display_problem():
        raise RtdreamerError(f"no dashboard: {problem}; --headless prints the predictions instead")


def _list_models() -> None:
    from rtdreamer.model.checkpoint_file import load_checkpoint
    from rtdreamer.model.registry import find_architecture
    from rtdreamer.model.released import DEFAULT_MODEL, find_model, released_models

    for name in released_models():
        mark = " (default)" if name == DEFAULT_MODEL else ""
        checkpoint = load_checkpoint(find_model(name))
        made = find_architecture(checkpoint.architecture)
        n_people = len(checkpoint.record.subjects)
        click.echo(f"{checkpoint.in_words}{mark}: {n_people} people; {made.name}, {made.summary}")
