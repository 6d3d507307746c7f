"""A file that a command will write."""

from pathlib import Path

import click


class OutputFile(click.Path):
    """A path in a folder that is there: said before the long work, not after it."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        path = Path(str(super().convert(value, param, ctx)))  # type: ignore[arg-type]
        if not path.parent.is_dir():
            self.fail(f"{path}: there is no folder {path.parent}; make it first.", param, ctx)
        return path
