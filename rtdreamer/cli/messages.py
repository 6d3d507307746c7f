"""What a command says on standard error, beside its output."""

from contextlib import suppress

import click


def say(line: str) -> None:
    """Print one line on standard error; that nobody can read it is no reason to stop."""
    with suppress(OSError):
        click.echo(line, err=True)
