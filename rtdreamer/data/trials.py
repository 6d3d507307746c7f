"""What a trial is, and what anything that yields trials looks like."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data.clips import CLIPS, Clip
from rtdreamer.errors import DataError


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One person watching one clip.

    Attributes
    ----------
    subject, trial : int
        1-based; the trial's number is the clip's number.
    stimuli : ndarray, shape (14, n_times)
        Raw EEG during the clip, µV, in the order of ``epoc.CH_NAMES``. It may be a view: do not
        write to it.
    baseline : ndarray, shape (14, n_times)
        The same for the neutral clip shown just before.
    valence, arousal, dominance : int
        The person's own ratings, 1 to 5.
    simulated : bool
        Whether no person was ever measured.
    """

    subject: int
    trial: int
    stimuli: NDArray[np.float64]
    baseline: NDArray[np.float64]
    valence: int
    arousal: int
    dominance: int
    simulated: bool

    @property
    def clip(self) -> Clip:
        """The film clip that was shown."""
        return CLIPS[self.trial - 1]


class TrialSource(Protocol):
    """DREAMER, from a file or simulated: every subject saw every trial's clip."""

    @property
    def name(self) -> str:
        """One line that says where the trials come from."""

    @property
    def people(self) -> str:
        """Who the subjects are: where this is the same, subject n is the same person."""

    @property
    def clips(self) -> str:
        """Which clips were shown: where this is the same, trial n shows the same clip."""

    @property
    def simulated(self) -> bool:
        """Whether no person was ever measured."""

    @property
    def subjects(self) -> tuple[int, ...]:
        """The subjects' numbers, from 1."""

    @property
    def trials(self) -> tuple[int, ...]:
        """The trials' numbers, from 1; the same for every subject."""

    def trial(self, subject: int, trial: int) -> Trial:
        """One trial. Raises ``DataError`` for a subject or trial that is not there."""


def check_trial(source: TrialSource, subject: int, trial: int) -> None:
    """Raise ``DataError`` unless ``source`` has this trial."""
    for what, asked, found in (
        ("subject", subject, source.subjects),
        ("trial", trial, source.trials),
    ):
        if asked not in found:
            raise DataError(
                f"{source.name} has no {what} {asked}: choose one of {found[0]} to {found[-1]}"
            )
