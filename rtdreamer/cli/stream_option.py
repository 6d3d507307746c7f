"""The options that say which stream."""

from typing import Any

import click


class StreamWord(click.types.StringParamType):
    """A stream's name, source_id or a part of one.

    Nothing at all would be a part of any. Names go out as UTF-8 in XML, which has no place for
    half a character or for most control characters.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        word = str(super().convert(value, param, ctx))
        if not word.strip() or not word.isprintable():
            self.fail(
                f"{word!r:.40} can be no stream's name or source_id: use printable characters.",
                param,
                ctx,
            )
        return word


stream_option = click.option(
    "--stream",
    type=StreamWord(),
    default="EPOC",
    show_default=True,
    help="Name or a part of it, source_id or its beginning; EPOC finds any EPOC.",
)

source_id_option = click.option(
    "--source-id",
    type=StreamWord(),
    metavar="ID",
    help="Of several streams that match, take the one with this source_id.",
)
