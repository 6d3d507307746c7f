"""``rtdreamer streams``: what is on the network."""

import click

from rtdreamer.cli.options import FiniteRange


@click.command()
@click.option(
    "--wait",
    type=FiniteRange(min=0.1, max=600),
    default=1.5,
    show_default=True,
    metavar="S",
    help="Seconds to listen.",
)
def streams(wait: float) -> None:  # fmt: skip
    """List the LSL streams on the network."""
    from rich.console import Console
    from rich.table import Table

    from rtdreamer.headset import EPOC
    from rtdreamer.lsl import library
    from rtdreamer.lsl.discovery import carries, list_streams

    library.silence_information()
    found = [item.description for item in list_streams(wait)]
    if not found:
        click.echo(f"No LSL stream answered within {wait:g} s.")
        return
    table = Table(
        "name",
        "type",
        "source_id",
        "host",
        "rate",
        "channels",
        f"{EPOC.n_channels} {EPOC.name} labels",
    )
    for stream in sorted(found, key=lambda stream: (stream.hostname, stream.name)):
        rate = f"{stream.sfreq:g} Hz" if stream.sfreq else "irregular"
        labels = "yes" if carries(stream, EPOC) else "no"
        table.add_row(
            *(stream.name, stream.type, stream.source_id or "none", stream.hostname),
            *(rate, str(stream.n_channels), labels),
        )
    # Where there is no terminal, rich would cut the lines to 80 characters.
    console = Console(markup=False)
    (console if console.is_terminal else Console(markup=False, width=240)).print(table)
