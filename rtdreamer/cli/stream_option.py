"""The options that say which stream."""

import click

stream_option = click.option(
    "--stream",
    default="EPOC",
    show_default=True,
    help="Name or a part of it, source_id or its beginning; EPOC finds any EPOC.",
)

source_id_option = click.option(
    "--source-id",
    metavar="ID",
    help="Of several streams that match, take the one with this source_id.",
)
