"""``rtdreamer synth``: a simulated DREAMER as a file."""

from pathlib import Path

import click


@click.command()
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT.mat")
@click.option("--subjects", type=click.IntRange(min=1), default=23, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--effect", type=click.FloatRange(min=0), help="Size of affect in the EEG; 0: none.")
def synth(out: Path, subjects: int, seed: int, effect: float | None) -> None:
    """Write simulated people in DREAMER's own layout, and marked as simulated.

    With 23 subjects the file takes about 1 GB, and memory for as much.
    """
    from rich.progress import Progress

    from rtdreamer.data.dreamer_mat import write_dreamer
    from rtdreamer.data.simulated import DEFAULT_EFFECT, SimulatedDreamer

    source = SimulatedDreamer(subjects, seed, DEFAULT_EFFECT if effect is None else effect)
    with Progress() as progress:
        task = progress.add_task("Simulating")

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        write_dreamer(out, source, show)
    click.echo(f"Wrote {source.name} to {out}")
