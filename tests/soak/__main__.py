"""Long runs: ``python -m tests.soak day``, ``real`` or ``kills``, from the repository's root."""

import sys
import tempfile
from pathlib import Path

import click


@click.group()
def soak():
    """Run the program for long, with faults, and check all that it does."""


@soak.command()
@click.option("--hours", type=click.FloatRange(min=0.1), default=24.0, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--hop", type=click.IntRange(min=1), default=128, show_default=True)
@click.option("--model", help="A released model's name, or a checkpoint.")
def day(hours, seed, hop, model):
    """A scripted day, as fast as the machine goes: no LSL, made-up time."""
    from tests.soak.day import run_day

    run_day(hours, seed, hop, model, click.echo)


@soak.command()
@click.option("--minutes", type=click.FloatRange(min=2), default=30.0, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--hop", type=click.IntRange(min=1), default=16, show_default=True)
@click.option("--model", help="A released model's name, or a checkpoint.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the JSON lines and the logs.  [default: not kept]",
)
def real(minutes, seed, hop, model, out):
    """A player that is killed and frozen, followed over LSL by 'live --headless'."""
    from tests.soak.real import run_real

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) if out is None else out
        folder.mkdir(parents=True, exist_ok=True)
        run_real(minutes, seed, hop, model, folder, click.echo)


@soak.command()
@click.option("--n", "n_kills", type=click.IntRange(min=1), default=200, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--hop", type=click.IntRange(min=1), default=16, show_default=True)
@click.option("--model", help="A released model's name, or a checkpoint.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the recordings.  [default: not kept]",
)
def kills(n_kills, seed, hop, model, out):
    """Recorded sessions that are killed: what is on disk. Not on Windows."""
    from tests.soak.kills import run_kills

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) if out is None else out
        folder.mkdir(parents=True, exist_ok=True)
        run_kills(n_kills, seed, hop, model, folder, click.echo)


def main():
    from tests.soak.demand import SoakError

    try:
        soak(standalone_mode=False)
    except SoakError as error:
        sys.exit(f"wrong: {error}")
    except click.ClickException as error:
        error.show()
        sys.exit(2)


if __name__ == "__main__":
    main()
