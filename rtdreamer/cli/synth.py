"""``rtdreamer synth``: a simulated DREAMER as a file."""

from pathlib import Path

import click

from rtdreamer.cli.options import COUNT, SEED, FiniteRange, OutputFile


@click.command()
@click.argument("out", type=OutputFile(), metavar="OUT.mat")
@click.option("--subjects", type=COUNT, default=23, show_default=True)
@click.option("--seed", type=SEED, default=0, show_default=True)
@click.option("--effect", type=FiniteRange(min=0), help="Size of affect in the EEG; 0: none.")
@click.option(
    "--clip",
    type=FiniteRange(min=0),
    help="Size of what each clip does to everyone's EEG, whatever is felt; 0: nothing.",
)
def synth(out: Path, subjects: int, seed: int, effect: float | None, clip: float | None) -> None:
    """Write simulated people in DREAMER's own layout, and marked as simulated.

    With 23 subjects the file takes about 480 MB, and 2 GB more while it is written.
    """
    from rtdreamer.cli.progress import progress_bars
    from rtdreamer.data.dreamer_mat import write_dreamer
    from rtdreamer.data.simulated import DEFAULT_CLIP, DEFAULT_EFFECT, SimulatedDreamer

    source = SimulatedDreamer(
        subjects,
        seed,
        DEFAULT_EFFECT if effect is None else effect,
        DEFAULT_CLIP if clip is None else clip,
    )
    with progress_bars() as bars:
        write_dreamer(out, source, bars.count("Simulating"))
    click.echo(f"Wrote {source.name} to {out}")
