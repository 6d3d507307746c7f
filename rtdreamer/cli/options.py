"""Kinds of values and options that several commands share."""

import math
from pathlib import Path
from typing import Any

import click

from rtdreamer.channels import microvolts
from rtdreamer.data.session_path import is_label
from rtdreamer.errors import DataError
from rtdreamer.files import check_writable, reading
from rtdreamer.model.registry import DEFAULT_ARCHITECTURE, architecture_names

XDF = b"XDF:"
"""What such a file begins with."""


class WholeRange(click.IntRange):
    """A range of whole numbers; click's own says ``integer range`` where a number is meant."""

    name = "integer"


class FiniteRange(click.FloatRange):
    """A range of numbers; unlike click's own it has no place for ``nan`` and ``inf``."""

    name = "number"

    def _describe_range(self) -> str:
        # Of a range without ends click says x<=None.
        return "" if self.min is self.max is None else super()._describe_range()

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if not math.isfinite(click.FLOAT.convert(value, param, ctx)):
            self.fail(f"{value} is not a finite number.", param, ctx)
        number: float = super().convert(value, param, ctx)
        return number


COUNT = WholeRange(1, 2**31 - 1)
"""How many of something. More is a slip of the finger, and more than libraries can count to."""

SEED = WholeRange(0, 2**32 - 1)
"""A seed of random numbers: what torch, numpy and scikit-learn all take."""


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


class BidsLabel(click.types.StringParamType):
    """What BIDS takes for the label of a subject or a session: letters and digits."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        label = str(super().convert(value, param, ctx))
        if not is_label(label):
            self.fail(f"{label!r:.80} can be no label: use letters and digits.", param, ctx)
        return label


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


class SessionFile(click.Path):
    """A recorded session to read: looked at before anything large is imported.

    Raises
    ------
    DataError
        On conversion, if there is no such file, or it is another program's and no XDF.
    """

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        path = Path(str(super().convert(value, param, ctx)))  # type: ignore[arg-type]
        with reading(path, "an XDF file"), path.open("rb") as file:
            begins = file.read(len(XDF))
        if begins != XDF:
            found = "does not begin with 'XDF:'" if begins else "is empty"
            raise DataError(
                f"{path}: is not an XDF file, as 'rtdreamer live --record' and LabRecorder write "
                f"them: it {found}; 'rtdreamer replay --file' plays other recordings"
            )
        return path


session_argument = click.argument("recording", type=SessionFile(), metavar="SESSION.xdf")


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


def renames_of(pairs: tuple[str, ...]) -> dict[str, str]:
    """What ``--rename OLD=NEW``, given any number of times, says."""
    renames = {}
    for pair in pairs:
        old, equals, new = pair.partition("=")
        if not (old and equals and new):
            raise click.UsageError(f"--rename {pair!r}: say OLD=NEW, such as P=P7")
        renames[old] = new
    return renames


def check_unit(unit: str | None) -> None:
    """Refuse a ``--unit`` of a stream that is none."""
    if unit is not None and (not unit.strip() or microvolts(unit) is None):
        raise click.UsageError(f"unknown unit {unit!r:.40}: say --unit uV, mV or V")


unit_option = click.option(
    "--unit",
    help="Unit of the stream, whatever it says: uV, mV, V, …  [default: as it says]",
)

recorded_unit_option = click.option(
    "--unit",
    type=click.Choice(["uV", "mV", "V"]),
    help="What the EEG's numbers are, whatever the file says.",
)

keep_identity_option = click.option(
    "--keep-identity",
    is_flag=True,
    help="Keep the computer's and the headset's names and the date, which are left out otherwise.",
)

rename_option = click.option(
    "--rename", multiple=True, metavar="OLD=NEW", help="Read channel OLD as NEW."
)

data_option = click.option(
    "--data",
    envvar="RTDREAMER_DREAMER",
    metavar="DREAMER.mat",
    help="DREAMER.mat, or simulated[:subjects=…,effect=…,clip=…,seed=…].  "
    "[env: RTDREAMER_DREAMER; default: simulated]",
)

recorded_stream_option = click.option(
    "--stream",
    type=StreamWord(),
    metavar="NAME",
    help="Of several EEG streams in the file, the one of this name or source_id.",
)

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
