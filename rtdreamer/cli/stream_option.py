"""The option that says which stream."""

import click

stream_option = click.option(
    "--stream",
    default="EPOC",
    show_default=True,
    help="Name or a part of it, source_id or its beginning; EPOC finds any EPOC.",
)
