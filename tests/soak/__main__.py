"""Long runs: ``python -m tests.soak day`` or ``real``, from the repository's root."""

import sys

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


def main():
    from tests.soak.auditor import SoakError

    try:
        soak(standalone_mode=False)
    except SoakError as error:
        sys.exit(f"wrong: {error}")
    except click.ClickException as error:
        error.show()
        sys.exit(2)


if __name__ == "__main__":
    main()
