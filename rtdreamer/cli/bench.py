"""``rtdreamer bench``: what hop this machine keeps up with."""

import json
import platform
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rtdreamer.cli.options import COUNT, FiniteRange
from rtdreamer.counting import counted
from rtdreamer.decoding import plain

if TYPE_CHECKING:
    from rtdreamer.bench.stages import Stage, Times

FOOTNOTE = (
    "Each window, 10 s of a simulated person, is computed in both ways in turn, on one core. "
    "An Emotiv headset and its own software add some 260 ms before the time that latency_ms counts "
    "from."
)


@click.command()
@click.option("--model", metavar="NAME|PATH", help="The default one if not given.")
@click.option(
    "--seconds",
    type=FiniteRange(min=0.1, max=600),
    default=3.0,
    show_default=True,
    help="Spent on each stage, or on the session from its first prediction on.",
)
@click.option("--live", "over_lsl", is_flag=True, help="A whole session over LSL instead.")
@click.option("--dashboard", is_flag=True, help="The same under the dashboard, and its frames.")
@click.option("--hop", type=COUNT, default=1, show_default=True, help="With --live, --dashboard.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def bench(
    model: str | None, seconds: float, over_lsl: bool, dashboard: bool, hop: int, as_json: bool
) -> None:
    """Time each stage from a raw window to a prediction, and the plain way beside it.

    End other programs first: what else runs is measured, too.
    """
    if over_lsl or dashboard:
        _bench_live(model, seconds, dashboard, hop, as_json)
        return
    from rtdreamer.bench.stages import keeps_up_with, measure_stages
    from rtdreamer.cli.progress import progress_bars
    from rtdreamer.model.checkpoint_file import load_checkpoint
    from rtdreamer.model.released import DEFAULT_MODEL, find_model, load_live

    live = load_live(model)
    checkpoint = load_checkpoint(find_model(model or DEFAULT_MODEL))
    with progress_bars() as bars:
        stages = measure_stages(live, checkpoint, seconds, bars.count("Timing"))
    hop = keeps_up_with(stages[-1].times, live.spec.sfreq)
    if as_json:
        found = {
            "machine": machine(),
            "model": live.name,
            "stages": [asdict(stage) | {"ratio": stage.ratio} for stage in stages],
            "keeps_up_with_hop": hop,
        }
        click.echo(json.dumps(found))
        return
    _print(stages)
    rate = live.spec.sfreq / hop
    click.echo(f"{machine()}, with {live.in_words}:")
    click.echo(f"it keeps up with --hop {hop}, which is {rate:.3g} predictions a second.")
    click.echo(FOOTNOTE)


def _bench_live(
    model: str | None, seconds: float, dashboard: bool, hop: int, as_json: bool
) -> None:
    from rtdreamer.bench.end_to_end import measure_dashboard, measure_session
    from rtdreamer.live.loading import facts_of
    from rtdreamer.model.released import load_live

    facts = facts_of(load_live(model), None)
    if dashboard:
        found = measure_dashboard(model, facts, hop, seconds)
    else:
        found = measure_session(model, facts.spec.headset, hop, seconds)
    if as_json:
        about = {"machine": machine(), "model": facts.name, "hop": hop, "seconds": seconds}
        click.echo(json.dumps(plain(about | asdict(found))))
        return
    latency, due = found.latency, seconds * facts.spec.sfreq / hop
    click.echo(
        f"{machine()}, with {facts.in_words}, hop {hop}, single samples over LSL:\n"
        f"{counted(found.n_predictions, 'prediction')} in {seconds:g} s, of {due:.0f} due; "
        f"{found.skipped} skipped; {counted(found.missing, 'sample')} missing\n"
        f"from a sample to its prediction, as another program on LSL has it: {_in_words(latency)}"
    )
    if (frame := found.frame) is not None and (on_screen := found.on_screen) is not None:
        click.echo(
            f"the same, as the dashboard has it: {_in_words(on_screen)}\n"
            f"dashboard: {1e3 / frame.p50:.0f} frames a second; from one to the next p99 "
            f"{frame.p99:.0f} ms, longest {frame.longest:.0f} ms"
        )


def _in_words(times: "Times") -> str:
    return f"p50 {times.p50:.1f} ms, p99 {times.p99:.1f} ms, longest {times.longest:.1f} ms"


def machine() -> str:
    """Name this machine's processor and system."""
    processor = platform.processor() or platform.machine()
    return f"{_named_processor() or processor}, {platform.system()}, Python " + (
        platform.python_version()
    )


def _named_processor() -> str:
    """The processor as Linux names it; empty elsewhere."""
    if sys.platform == "linux":
        with suppress(OSError):
            lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            return next((x.partition(":")[2].strip() for x in lines if x[:10] == "model name"), "")
    return ""


def _print(stages: "list[Stage]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("ms", "p50", "p99", "longest", "plain p50", "p99", "ratio")
    for column in table.columns[1:]:
        column.justify = "right"
    for stage in stages:
        plain = stage.plain
        table.add_row(
            stage.name,
            *(f"{value:.2f}" for value in asdict(stage.times).values()),
            *("", "", "") if plain is None else (
                f"{plain.p50:.2f}", f"{plain.p99:.2f}", f"{stage.ratio:.1f}"
            ),
        )  # fmt: skip
    console = Console(markup=False)
    (console if console.is_terminal else Console(markup=False, width=100)).print(table)
