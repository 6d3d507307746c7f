"""BrainVision's header and marker files: text in sections, one ``key=value`` a line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rtdreamer.counting import counted
from rtdreamer.data.boundaries import is_boundary, is_skipped
from rtdreamer.errors import DataError

Sections = dict[str, dict[str, str]]
"""Values by section and key, both in small letters."""


@dataclass(frozen=True, slots=True)
class BrainVisionChannel:
    """One channel: its label, what a step of its numbers is worth, and in which unit."""

    label: str
    resolution: float
    unit: str


@dataclass(frozen=True, slots=True)
class NewSegment:
    """Where recording began anew: before which sample, from 0, and when, where that is told."""

    sample: int
    when: datetime | None


def read_sections(path: Path, where: str) -> Sections:
    """Read a header or marker file, which messages call ``where``.

    Raises
    ------
    DataError
        If it cannot be read, or is none.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{where}: cannot be read: {error.strerror}") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    lines = text.splitlines()
    if not lines or not re.match(r"Brain ?Vision", lines[0].strip(), re.IGNORECASE):
        raise DataError(
            f"{where}: cannot be read as {path.suffix}: does not begin as BrainVision's files do"
        )
    sections: Sections = {}
    inside: dict[str, str] = {}
    for line in lines[1:]:
        if line.startswith("["):
            inside = sections.setdefault(line.strip().strip("[]").strip().lower(), {})
        elif "=" in line and not line.startswith(";"):
            key, _, value = line.partition("=")
            inside[key.strip().lower()] = value.strip()
    return sections


def read_channels(path: Path, sections: Sections) -> list[BrainVisionChannel]:
    """The channels that a header names, in the order of their numbers.

    Raises
    ------
    DataError
        If their numbers are not 1 to their number, or a resolution is no number.
    """
    entries = sections.get("channel infos", {})
    named = [_channel(path, key, entries.get(f"ch{key}")) for key in range(1, len(entries) + 1)]
    told = sections.get("common infos", {}).get("numberofchannels", "")
    if told != str(len(named)):
        raise DataError(
            f"{path}: names {counted(len(named), 'channel')}, but NumberOfChannels is "
            f"{told[:20] or 'missing'}: export it again"
        )
    return named


def _channel(path: Path, number: int, entry: str | None) -> BrainVisionChannel:
    if entry is None:
        raise DataError(f"{path}: has no Ch{number} among its channels: export it again")
    # \1 stands for a comma inside a field; a unit left out is µV by definition.
    label, _, step, unit = (*entry.split(","), "", "", "")[:4]
    try:
        resolution = float(step) if step.strip() else 1.0
    except ValueError:
        raise DataError(f"{path}: Ch{number}: {step[:20]!r} is no resolution") from None
    return BrainVisionChannel(label.replace("\\1", ",").strip(), resolution, unit.strip())


def new_segments(sections: Sections) -> Iterator[NewSegment]:
    """Where a marker file says that recording began anew; broken lines are passed over.

    A comment may say so too, in what another program exported.
    """
    for entry in sections.get("marker infos", {}).values():
        kind, text, position, *more = (*entry.split(","), "", "")
        marks = is_boundary(kind) or is_boundary(text)
        if marks and re.fullmatch(r"\s*\d{1,15}\s*", position):
            yield NewSegment(int(position) - 1, _date(more[2] if len(more) > 2 else ""))


def skipped_samples(sections: Sections) -> Iterator[tuple[int, int]]:
    """Where a marker file says that nothing was acquired: from which sample, from 0, how many."""
    for entry in sections.get("marker infos", {}).values():
        _, text, position, size, *_ = (*entry.split(","), "", "", "")
        numbers = (position.strip(), size.strip())
        if is_skipped(text) and all(re.fullmatch(r"\d{1,15}", one) for one in numbers):
            yield int(position) - 1, int(size)


def _date(text: str) -> datetime | None:
    """A time as 20131113161403794232, to the microsecond."""
    try:
        return datetime.strptime(text.strip()[:20], "%Y%m%d%H%M%S%f")
    except ValueError:
        return None
