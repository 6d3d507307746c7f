"""How files and streams name their channels, and in what unit. Imports nothing of ours."""

import re
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


OLD_NAMES = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}
"""The first 10-20 system's names of places that are called otherwise since (American Clinical
Neurophysiology Society, guideline on electrode position nomenclature)."""

_LONGEST = 100  # characters of a label; beyond, it is a remark

_BRACKETED = re.compile(r"(?P<name>.+?)[\s_]*[(\[](?P<unit>[^()\[\]]*)[)\]]")
_BESIDE = re.compile(r"(?P<name>.+?)[\s_/,:]+(?P<unit>[^\s_/,:]*v(?:olts?)?)", re.IGNORECASE)

_AROUND = re.compile(r"^(?:(?:EEG|CH)(?:[._:-]|\s)+)+|\s+VALUE$|[\s_-]+EEG$|\.+$")
"""What programs write around a name that is the name of EEG still; nothing that may be another
channel of the same sensor, as its contact is."""

_REFERENCES = frozenset(
    (
        *("REF", "LE", "AVG", "AVE", "AR", "CAR", "CMS", "DRL", "CMS/DRL"),
        *("A1", "A2", "A1A2", "M1", "M2", "M1M2"),
    )
)
"""Against what a channel was measured. ``F3-F7`` is another signal than F3, ``F3-REF`` is not."""


def split_unit(label: str) -> tuple[str, str]:
    """Return a label without the unit in it, and that unit: ``AF3 (uV)`` is AF3 in uV.

    What stands in brackets is taken as a unit, known or not; beside the name only a known one is.
    """
    label = label.strip()
    if len(label) <= _LONGEST:
        for pattern in (_BRACKETED, _BESIDE):
            found = pattern.fullmatch(label)
            if found and (pattern is _BRACKETED or microvolts(found["unit"]) is not None):
                return found["name"].strip(), found["unit"].strip()
    return label, ""


def plain_label(label: str) -> str:
    """Return a channel's label as it is compared.

    In capitals and without what programs add to a name: ``EEG`` or ``Ch`` before it, a unit, a
    reference, ``EEG`` or ``Value`` behind it, dots that fill its place.
    """
    plain = split_unit(label)[0].upper()
    if len(plain) > _LONGEST:
        return plain
    plain = _AROUND.sub("", plain).strip()
    before, dash, reference = plain.rpartition("-")
    return before.rstrip(" _") if dash and reference.strip() in _REFERENCES else plain


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
    """Find channels by their labels, as ``plain_label`` compares them.

    One of ``OLD_NAMES`` is taken where nothing has the name of today.
    """
    plain = [plain_label(label) for label in labels]
    names = set(plain)
    plain = [name if OLD_NAMES.get(name, name) in names else OLD_NAMES[name] for name in plain]
    return FoundChannels(
        tuple(plain.index(name) for name in wanted if name in plain),
        tuple(name for name in wanted if name not in plain),
        tuple(name for name in wanted if plain.count(name) > 1),
    )


def microvolts(unit: str) -> float | None:
    """Return how many µV one of a unit is; None for an unknown unit.

    No unit at all is taken as µV, which is what headsets send and their programs write. So is
    ``emotiv``, which Emotiv's TestBench calls its µV.
    """
    plain = unit.strip().lower()
    if plain in ("", "emotiv"):
        return 1.0
    for volt in ("volts", "volt", "v"):
        if plain.endswith(volt):
            return _PREFIXES.get(plain.removesuffix(volt).strip())
    return _PREFIXES.get(plain) if plain.lstrip("-").isdigit() else None
