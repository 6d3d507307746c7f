"""What a player says of the trial that it plays: how the person it is of rated it afterwards."""

from dataclasses import dataclass

LOWEST, HIGHEST = 1, 5
"""DREAMER's ratings."""

HIGH_FROM = 3.0
"""From here on one is high."""


@dataclass(frozen=True, slots=True)
class RatedTrial:
    """A trial that is being played, and its ratings: known to the player, to no model.

    Attributes
    ----------
    subject, trial : int
        Whose it is and which, from 1.
    valence, arousal : int
        As the person rated them after the film, 1 to 5.
    simulated : bool
        Whether no person was ever measured.
    began : float
        LSL time of its first sample, seconds.
    """

    subject: int
    trial: int
    valence: int
    arousal: int
    simulated: bool
    began: float
