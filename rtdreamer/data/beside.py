"""Files that belong to another one, by what it says and by its own name."""

from collections.abc import Iterable
from pathlib import Path


def first_file(places: Iterable[Path], besides: Path) -> Path | None:
    """Return the first place where there is a file other than ``besides``."""
    return next((place for place in places if place != besides and _is_file(place)), None)


def _is_file(place: Path) -> bool:
    try:
        return place.is_file()
    except (OSError, ValueError):  # such as a name too long for any
        return False
