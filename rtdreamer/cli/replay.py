"""``rtdreamer replay``: the fake headset."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from rtdreamer.cli.interrupt import leave_on_interrupt, stop_on_interrupt
from rtdreamer.cli.options import (
    FiniteRange,
    StreamWord,
    WholeRange,
    data_option,
    recorded_stream_option,
    rename_option,
    renames_of,
)

if TYPE_CHECKING:
    from replay.player import Player, Progress
    from replay.playlist import Item
    from rtdreamer.data.recording import Recording


@dataclass(frozen=True, slots=True)
class ReplayConfig:
    """What shall be played, and how: the command line as values."""

    subject: int | None
    trials: tuple[int, ...]
    data: str | None
    file: Path | None
    sfreq: float | None
    unit: str | None
    rename: tuple[str, ...]
    recorded_id: str | None
    stream: str | None
    gaps: str | None
    start: float
    loop: bool


@click.command()
@click.option("--subject", type=WholeRange(min=1), help="Subject to stream, from 1.")
@click.option(
    "--trial",
    "trials",
    type=WholeRange(min=1),
    multiple=True,
    help="Trial to stream, from 1; repeat for several. Default: all.",
)
@data_option
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    metavar="RECORDING",
    help="Stream a recording instead: CSV, EDF, BDF, FIF, BrainVision, EEGLAB or XDF.",
)
@click.option(
    "--sfreq",
    type=FiniteRange(min=0, min_open=True),
    help="Rate of the recording in Hz, where it does not say.",
)
@click.option("--unit", help="Unit of the recording, whatever it says.  [default: its own, or µV]")
@rename_option
@recorded_stream_option
@click.option(
    "--source-id",
    "recorded_id",
    metavar="ID",
    help="The device to stream, where an XDF recording holds several.",
)
@click.option(
    "--gaps",
    type=click.Choice(["keep", "skip"]),
    help="Let gaps in the recording last as long as they did, or a second.  [default: keep]",
)
@click.option(
    "--name",
    type=StreamWord(),
    default="EPOC",
    show_default=True,
    help="Name of the stream.",
)
@click.option(
    "--layout",
    type=click.Choice(["epoc", "emotiv"]),
    default="epoc",
    show_default=True,
    help="The 14 sensors, or EmotivPRO's 19 channels.",
)
@click.option(
    "--speed",
    type=FiniteRange(min=0.001, max=1000),
    default=1.0,
    show_default=True,
    help="Times real time.",
)
@click.option(
    "--start",
    type=FiniteRange(min=0),
    default=0.0,
    metavar="S",
    help="Start S seconds into the first trial.",
)
@click.option("--loop", is_flag=True, help="Start again at the end.")
@click.option("--wait", is_flag=True, help="Hold until someone listens.")
@click.option(
    "--end-with-stdin",
    is_flag=True,
    hidden=True,
    help="End when standard input closes: then what started this is gone.",
)
def replay(
    subject: int | None, trials: tuple[int, ...], data: str | None, file: Path | None,
    sfreq: float | None, unit: str | None, rename: tuple[str, ...], stream: str | None,
    recorded_id: str | None, gaps: str | None, name: str, layout: str, speed: float, start: float,
    loop: bool, wait: bool, end_with_stdin: bool,
) -> None:  # fmt: skip
    """Stream DREAMER's trials, or a recording, as a fake headset.

    Without a DREAMER.mat a simulated one is streamed. A second stream of type Markers announces
    each trial's start and end, and sends the markers of a recorded session again. A third one, of
    type Ratings, says how the trial that is played was rated, for the dashboard.
    """
    config = ReplayConfig(
        subject, trials, data, file, sfreq, unit, rename, recorded_id, stream, gaps, start, loop
    )
    with leave_on_interrupt():
        from rtdreamer.lsl import library

        library.silence_information()
        title, source_id, items, has_contact = _items(config)
        has_contact &= layout == "emotiv"
        has_ratings = config.file is None
        click.echo(title)
        if shortage := library.port_shortage():
            click.echo(f"Note: {shortage}")
        with (
            stop_on_interrupt() as stop,
            closing(
                _player(name, source_id, layout, speed, stop, has_contact, has_ratings)
            ) as player,
        ):
            if end_with_stdin:
                threading.Thread(target=_stop_with_stdin, args=[stop], daemon=True).start()
            click.echo(f"Streaming as {name}" + (", once someone listens …" if wait else " …"))
            if wait:
                player.wait_for_consumer(stop.is_set)
            _show(player.play(items, stop.is_set))


def _player(
    name: str,
    source_id: str,
    layout: str,
    speed: float,
    stop: threading.Event,
    has_contact: bool,
    has_ratings: bool,
) -> "Player":
    from replay.layout import LAYOUTS
    from replay.player import Player
    from rtdreamer.lsl import library

    # A source_id that stays the same, so that listeners find this headset again.
    full_id = f"rtdreamer-replay-{name}-{source_id}"
    return Player(
        name, full_id, LAYOUTS[layout], speed, library.clock, stop.wait, has_contact, has_ratings
    )


def _items(config: ReplayConfig) -> "tuple[str, str, Iterator[Item], bool]":
    """Return what is said first, what the source_id ends with, the items, if contact is told."""
    from replay.playlist import skip_seconds

    title, source_id, make = (
        _dreamer(config) if config.file is None else _recording(config, config.file)
    )

    def items() -> "Iterator[Item]":
        yield from skip_seconds(make(), config.start)
        while config.loop:
            yield from make()

    playing = items()
    # The first item is made here, so that a mistake shows before the stream is announced.
    first = next(playing)

    def all_items() -> "Iterator[Item]":
        yield first
        yield from playing

    return title, source_id, all_items(), first.contact is not None


def _dreamer(config: ReplayConfig) -> "tuple[str, str, Callable[[], Iterator[Item]]]":
    from replay.playlist import trial_items
    from rtdreamer.data.sources import open_dreamer
    from rtdreamer.data.trials import check_trial

    if config.subject is None:
        raise click.UsageError("what to stream? Say --subject N or --file RECORDING")
    of_a_file = (config.sfreq, config.unit, config.rename, config.recorded_id, config.stream)
    if any(of_a_file) or config.gaps:
        raise click.UsageError(
            "--sfreq, --unit, --rename, --stream, --source-id and --gaps go with --file"
        )
    subject = config.subject
    source = open_dreamer(config.data)
    trials = config.trials or source.trials
    for trial in trials:
        check_trial(source, subject, trial)
    title = f"{source.name}, subject {subject}"
    if source.simulated:
        title = f"SIMULATED DATA, no person was measured: {title}"
    return title, f"subject-{subject}", lambda: trial_items(source, subject, trials)


def _recording(config: ReplayConfig, file: Path) -> "tuple[str, str, Callable[[], Iterator[Item]]]":
    from replay.playlist import recording_items
    from rtdreamer.data.recording import read_recording

    given = click.get_current_context().get_parameter_source("data")
    if config.subject is not None or config.trials or given is ParameterSource.COMMANDLINE:
        raise click.UsageError(
            "--file streams a recording: leave out --subject, --trial and --data"
        )
    renames = renames_of(config.rename)
    recording = read_recording(
        file, config.sfreq, config.unit, renames, config.recorded_id, config.stream
    )
    # A file's name may hold what no stream's can.
    source_id = "".join(letter if letter.isprintable() else "?" for letter in file.stem)
    cut_gaps = config.gaps == "skip"
    title = f"Recording {recording.name}{_gaps_said(recording, cut_gaps)}"
    if n_markers := len(recording.markers):
        title += f", {n_markers} marker{'s' * (n_markers > 1)}"
    lines = [title, *(f"Note: {note}" for note in recording.notes)]
    return "\n".join(lines), source_id, lambda: recording_items(recording, cut_gaps)


def _gaps_said(recording: "Recording", are_cut: bool) -> str:
    n_gaps = len(recording.gaps)
    if n_gaps == 0:
        return ""
    seconds = sum(gap.seconds for gap in recording.gaps)
    what = "cut to a second at most" if are_cut else "kept"
    return f", {n_gaps} gap{'s' * (n_gaps > 1)} of {seconds:.1f} s in all, {what}"


def _show(played: "Iterator[Progress]") -> None:
    """Run the replay: one line that is renewed on a terminal, one line an item elsewhere."""
    from rich.live import Live
    from rich.text import Text

    if not sys.stdout.isatty():
        label = ""
        for progress in played:
            if progress.label != label:
                label = progress.label
                click.echo(_line(progress))
        return
    with Live(refresh_per_second=4) as display:
        for progress in played:
            display.update(Text(_line(progress)))


def _line(progress: "Progress") -> str:
    listened = "someone listens" if progress.has_consumers else "no one listens yet"
    return f"{progress.label}: {progress.position:.1f} of {progress.duration:.1f} s, {listened}"


def _stop_with_stdin(stop: threading.Event) -> None:
    while sys.stdin.buffer.read(1):
        pass
    stop.set()
