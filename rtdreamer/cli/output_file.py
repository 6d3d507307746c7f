"""A file that a command will write."""

from pathlib import Path

import click

from rtdreamer.files import check_writable


class OutputFile(click.Path):
    """A path in a folder that is there and can be written to: known before the long work.

    Raises
    ------
    RtdreamerError
        On conversion, if the folder cannot be written to.
    """

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        path = Path(str(super().convert(value, param, ctx)))  # type: ignore[arg-type]
        if not path.name:
            self.fail(f"{str(value)!r} names no file.", param, ctx)
        check_writable(path)
        if not path.parent.is_dir():
            self.fail(f"{path}: there is no folder {path.parent}; make it first.", param, ctx)
        if path.exists() and not path.is_file():
            # It would be replaced, and no longer be a device or what else it is.
            self.fail(f"{path}: is not a file.", param, ctx)
        return path
