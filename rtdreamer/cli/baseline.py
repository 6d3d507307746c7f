"""``rtdreamer baseline``: one person's own baseline, from a quiet minute of EEG."""

import math
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from rtdreamer.cli.interrupt import INTERRUPTED, leave_on_interrupt, stop_on_interrupt
from rtdreamer.cli.messages import say
from rtdreamer.cli.options import (
    FiniteRange,
    OutputFile,
    check_unit,
    rename_option,
    renames_of,
    source_id_option,
    stream_option,
    unit_option,
)
from rtdreamer.errors import NoStreamError, RtdreamerError

if TYPE_CHECKING:
    from rtdreamer.live.follow import FollowConfig
    from rtdreamer.live.profile_collector import Collector
    from rtdreamer.model.trained_model import TrainedModel
    from rtdreamer.signal.profile import Profile

HOPS_IN_WINDOW = 4

SECONDS_IN_LINE = 10
"""Where there is no bar, a line tells of so many more seconds of EEG."""


@click.command()
@stream_option
@source_id_option
@click.option(
    "--seconds",
    type=FiniteRange(min=0, min_open=True, max=600),
    default=60.0,
    show_default=True,
    metavar="S",
    help="EEG to collect; at least one of the model's windows, 10 s.",
)
@click.option(
    "--out",
    type=OutputFile(),
    required=True,
    metavar="ME.toml",
    help="The profile to write, for live --profile.",
)
@click.option("--model", metavar="NAME|PATH", help="The model that the profile is for.")
@click.option(
    "--timeout",
    type=FiniteRange(min=0),
    metavar="S",
    help="Wait at most S seconds for the stream, and for one that fell silent.  "
    "[default: for ever]",
)
@unit_option
@rename_option
def baseline(
    stream: str, source_id: str | None, seconds: float, out: Path, model: str | None,
    timeout: float | None, unit: str | None, rename: tuple[str, ...],
) -> None:  # fmt: skip
    """Measure one person's own baseline, relative to which live then predicts.

    Sit quietly with open eyes while it runs. Nothing is asked, and no sample is kept: the profile
    holds means over windows. Windows with a poor signal are skipped.
    """
    check_unit(unit)
    renames = renames_of(rename)
    with leave_on_interrupt(code=INTERRUPTED):
        from rtdreamer.live.follow import FollowConfig
        from rtdreamer.live.profile_file import write_profile
        from rtdreamer.lsl.channel_plan import Reading
        from rtdreamer.model.released import load_live

        checkpoint = load_live(model)
        if not checkpoint.spec.standardise:
            raise RtdreamerError(
                f"model {checkpoint.name!r:.80} does not predict relative to a person: "
                "it needs no baseline"
            )
        spec = checkpoint.spec
        if seconds < (window_s := spec.n_times / spec.sfreq):
            raise click.BadParameter(
                f"{seconds:g} s is less than one window, {window_s:g} s.", param_hint="--seconds"
            )
        hop = spec.n_times // HOPS_IN_WINDOW
        config = FollowConfig(
            stream, hop, time.monotonic(), timeout=timeout, publish=False, source_id=source_id,
            reading=Reading(unit, renames),
        )  # fmt: skip
        with stop_on_interrupt() as stop:
            collected = _collect(config, checkpoint, seconds, stop)
            if not collected.is_complete:
                # Nothing but Ctrl-C ends the wait early without an error.
                raise KeyboardInterrupt
            write_profile(out, collected.profile(), checkpoint.spec)
    poor = f"; {collected.n_poor} with a poor signal skipped" if collected.n_poor else ""
    windows = f"{collected.n_windows} window{'s' if collected.n_windows > 1 else ''}"
    click.echo(f"Wrote {out}: {collected.seconds:g} s of EEG in {windows}{poor}")
    if collected.never_usable:
        names = ", ".join(collected.never_usable)
        say(f"Never usable: the average person's values stand in for {names}")


def _collect(
    config: "FollowConfig", checkpoint: "TrainedModel", seconds: float, stop: threading.Event
) -> "Collector":
    from rtdreamer.cli.progress import progress_bars
    from rtdreamer.live.follow import follow
    from rtdreamer.live.profile_collector import Collector
    from rtdreamer.lsl import library
    from rtdreamer.model.classifier import Classifier

    library.silence_information()
    say(f"Sit quietly, with open eyes, until {seconds:g} s of EEG are in.")
    with progress_bars() as bars:
        show = bars.count("Seconds of EEG", n_lines=math.ceil(seconds / SECONDS_IN_LINE))
        # Only a model that predicts relative to a person gets here, and that has one.
        average = cast("Profile", checkpoint.average)
        collector = Collector(checkpoint.spec, average, seconds, say, show)

        def enough() -> bool:
            return stop.is_set() or collector.is_complete or is_silent()

        def is_silent() -> bool:
            return config.timeout is not None and collector.silent_s > config.timeout

        follow(config, Classifier.ready(checkpoint, config.hop), [collector], enough)
    if is_silent() and not (stop.is_set() or collector.is_complete):
        raise NoStreamError(
            f"stream {config.stream!r} gave nothing for {config.timeout:g} s, with "
            f"{collector.seconds:g} of {seconds:g} s of EEG in: no profile was written; "
            "is the headset still on?"
        )
    return collector
