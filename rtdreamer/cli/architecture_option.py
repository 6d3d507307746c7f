"""The option ``--architecture``."""

import click

from rtdreamer.model.registry import DEFAULT_ARCHITECTURE, architecture_names


def known_architecture(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Refuse a name that no package brings which is installed."""
    if value is not None and value not in (names := architecture_names()):
        raise click.BadParameter(
            f"{value!r:.60} is not one of {', '.join(names)}; another package's must be installed."
        )
    return value


def names_in_words() -> str:
    """All names, the default's marked, for --help."""
    names = (f"{n} (default)" if n == DEFAULT_ARCHITECTURE else n for n in architecture_names())
    return ", ".join(names)
