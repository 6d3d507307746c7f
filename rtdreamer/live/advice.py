"""What is the matter with a session, and what to do about it: one line for each phase."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rtdreamer.live.sink import Phase
from rtdreamer.prediction import Prediction, Quality

REMEDIES = {
    "flat": "wet and press on",
    "contact": "wet and press on",
    "implausible": "wet and press on",
    "clipped": "let settle, then press on",
    "artefact": "sit still, then press on",
    "muscle": "relax jaw and brow, or press on",
    "mains": "keep cables and chargers away from",
    "blink": "rest the eyes: too many blinks at",
}
"""What helps against each flaw, before the names of the electrodes that have it."""

CHOOSE = "choose a stream"
"""So a message begins where none is waited for."""

MANY = 0.02
"""A larger part of samples lost, or predictions skipped, asks for something to be done. A few are
skipped while a program starts, and a radio link loses some now and then."""

LATELY_S = 30.0
"""For so long after it happened a loss is said."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What an advice rests on.

    Attributes
    ----------
    phase : Phase
        Where the session stands.
    message : str
        What it says of that.
    newest : Prediction or None
        The last prediction, if others follow.
    to_come_s : float
        Seconds until the first window is full.
    silent_s : float
        Seconds since something usable came.
    lost, skipped : int
        Samples missing and predictions skipped over the last ``LATELY_S``, and
    lost_share, skipped_share : float
        how large a part of all that were due, 0–1.
    wrong_rate : str
        What is wrong with the rate; empty if nothing.
    """

    phase: Phase
    message: str
    newest: Prediction | None
    to_come_s: float
    silent_s: float
    lost: int
    lost_share: float
    skipped: int
    skipped_share: float
    wrong_rate: str


@dataclass(frozen=True, slots=True)
class Advice:
    """One line, and whether somebody should do something about it."""

    line: str
    is_urgent: bool


def advise(standing: Standing) -> Advice:
    """Say what is the matter and what to do."""
    phase, message = standing.phase, standing.message
    silence = seconds(standing.silent_s)
    if phase is Phase.WAITING and message.startswith(CHOOSE):
        return Advice(message, True)
    if phase is Phase.WAITING:
        return Advice(f"{message} · start the headset's LSL stream; it is taken up at once", False)
    if phase is Phase.FILLING:
        return Advice(f"{message} · first answer in {math.ceil(standing.to_come_s)} s", False)
    if phase is Phase.STALLED:
        do = "is the headset on, charged and in range, and is its program still streaming?"
        return Advice(f"{message}, for {silence} now · {do}", True)
    if phase is Phase.DISCONNECTED:
        do = "start its LSL stream again: it is taken up at once, and nothing is lost here"
        return Advice(f"{message} · silent for {silence} · {do}", True)
    return _of_predictions(standing)


def remedies(quality: Quality, rows: Sequence[int]) -> str:
    """Say what helps the electrodes of these indices: ``wet and press on F7, T7``."""
    by_remedy: dict[str, list[str]] = {}
    for row in rows:
        remedy = REMEDIES.get(quality.flaws[row], "check")
        by_remedy.setdefault(remedy, []).append(quality.ch_names[row])
    return "; ".join(
        f"{remedy} {_named(names, len(quality.ch_names))}" for remedy, names in by_remedy.items()
    )


def seconds(length: float) -> str:
    """Write a length of time: ``14 s``, ``3 min 20 s``."""
    whole = int(length) if math.isfinite(length) else 0
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _named(names: list[str], n_channels: int) -> str:
    return "all electrodes" if len(names) == n_channels else ", ".join(names)


def _of_predictions(standing: Standing) -> Advice:
    """While predictions come: the worst first."""
    newest = standing.newest
    if newest is None:
        return Advice(standing.message, False)
    bad, n_channels = newest.quality.bad, len(newest.quality.channels)
    do = remedies(newest.quality, bad)
    if standing.phase is Phase.POOR or newest.affect is None:
        reason = newest.reason or standing.message
        return Advice(f"no answer: {reason}" + (f" · {do}" if do else ""), True)
    said = [] if bad else [f"all {n_channels} electrodes good"]
    if bad:
        count = f"{len(bad)} of {n_channels} electrodes bad"
        said.append(f"{count}{' and left out' if newest.excluded else ''} · {do}")
    if standing.skipped:
        said.append(f"{_counted(standing.skipped, 'prediction')} skipped in {LATELY_S:.0f} s")
    if standing.skipped_share > MANY:
        said.append("this machine is too slow: close other programs or choose a larger --hop")
    if standing.lost:
        said.append(f"{_counted(standing.lost, 'sample')} lost in {LATELY_S:.0f} s")
    if standing.lost_share > MANY:
        said.append("bring the receiver nearer")
    if standing.wrong_rate:
        said.append(standing.wrong_rate)
    many = max(standing.skipped_share, standing.lost_share) > MANY
    return Advice(" · ".join(said), bool(bad or standing.wrong_rate or many))
