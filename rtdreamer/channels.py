"""How files and streams name the sensors, and in what unit. Imports nothing of ours."""

_MICROVOLTS = {
    **dict.fromkeys(("uv", "µv", "μv", "microvolt", "microvolts"), 1.0),
    **dict.fromkeys(("mv", "millivolt", "millivolts"), 1e3),
    **dict.fromkeys(("v", "volt", "volts"), 1e6),
}


def plain_label(label: str) -> str:
    """Return a channel's label as it is compared: in capitals, without ``EEG`` before it."""
    capitals = label.strip().upper()
    for prefix in ("EEG.", "EEG "):
        capitals = capitals.removeprefix(prefix)
    return capitals.strip()


def microvolts(unit: str) -> float | None:
    """Return how many µV one of a unit is; None for an unknown unit.

    No unit at all is taken as µV, which is what headsets send and their programs write.
    """
    if not unit.strip():
        return 1.0
    return _MICROVOLTS.get(unit.strip().lower())
