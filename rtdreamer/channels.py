"""How files and streams name their channels, and in what unit. Imports nothing of ours."""

from collections.abc import Sequence
from dataclasses import dataclass

_PREFIXES = {
    **dict.fromkeys(("", "0"), 1e6),
    **dict.fromkeys(("m", "milli", "-3"), 1e3),
    # The micro sign and the Greek letter, and both as UTF-8 that was read as Latin-1.
    **dict.fromkeys(("u", "µ", "μ", "âµ", "î¼", "micro", "-6"), 1.0),
    **dict.fromkeys(("n", "nano", "-9"), 1e-3),
}
"""µV that a volt with this prefix is; MNE-LSL names the power of ten instead."""


def plain_label(label: str) -> str:
    """Return a channel's label as it is compared: in capitals, without ``EEG`` before it."""
    capitals = label.strip().upper()
    for prefix in ("EEG.", "EEG "):
        capitals = capitals.removeprefix(prefix)
    return capitals.strip()


@dataclass(frozen=True, slots=True)
class FoundChannels:
    """Where the wanted channels are among those of a file or a stream.

    Attributes
    ----------
    rows : tuple of int
        The index of each that is there, in the order wanted; the first one's where it is repeated.
    missing, repeated : tuple of str
        Those that are not there, and those that are there more than once.
    """

    rows: tuple[int, ...]
    missing: tuple[str, ...]
    repeated: tuple[str, ...]


def find_channels(labels: Sequence[str], wanted: Sequence[str]) -> FoundChannels:
    """Find channels by their labels, as ``plain_label`` compares them."""
    plain = [plain_label(label) for label in labels]
    return FoundChannels(
        tuple(plain.index(name) for name in wanted if name in plain),
        tuple(name for name in wanted if name not in plain),
        tuple(name for name in wanted if plain.count(name) > 1),
    )


def microvolts(unit: str) -> float | None:
    """Return how many µV one of a unit is; None for an unknown unit.

    No unit at all is taken as µV, which is what headsets send and their programs write.
    """
    plain = unit.strip().lower()
    if not plain:
        return 1.0
    for volt in ("volts", "volt", "v"):
        if plain.endswith(volt):
            return _PREFIXES.get(plain.removesuffix(volt).strip())
    return _PREFIXES.get(plain) if plain.lstrip("-").isdigit() else None
