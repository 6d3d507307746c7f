"""What a trial is, and what a source of DREAMER's trials looks like."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rtdreamer.arguments import float_array
from rtdreamer.data.clips import CLIPS, Clip
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC

LONGEST_NAME = 100
"""Characters of a subject's, session's or stimulus's name."""

MOST_UV = 1e6
"""A volt, which no amplifier delivers: what is beyond is of another unit, or no EEG."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One person watching one stimulus once, and what that person said of it.

    Parameters
    ----------
    subject, stimulus : str
        Who watched what. Names stand in tables and on terminals: text of up to 100 printable
        characters, without spaces at its ends.
    eeg : array_like, shape (14, n_times)
        Raw EEG during the stimulus, µV at 128 Hz, in the order of ``EPOC.ch_names``: AF3, F7, F3,
        FC5, T7, P7, O1, O2, P8, T8, FC6, F4, F8, AF4. It is not copied if it is of float64: do not
        write to it.
    ratings : mapping of str to float
        The person's own, by name: ``valence`` and ``arousal``, on the data set's scale, and any
        further ones, such as ``dominance``.
    session : str
        On which of several occasions; empty where there was one.
    baseline : array_like, shape (14, n_times), optional
        Raw EEG while nothing happened, before the stimulus.

    Raises
    ------
    DataError
        If a name cannot be one, an array has another shape or holds what is no finite number or
        beyond a volt, or a rating is none.
    """

    subject: str
    stimulus: str
    eeg: NDArray[np.float64]
    ratings: Mapping[str, float]
    session: str = ""
    baseline: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        check_name("subject", self.subject)
        check_name("stimulus", self.stimulus)
        if self.session != "":
            check_name("session", self.session)
        if "/" in str(self.session):
            raise DataError(f"session {self.session!r}: must be without /, which ends its name")
        object.__setattr__(self, "eeg", _eeg(self.where, "EEG", self.eeg))
        if self.baseline is not None:
            object.__setattr__(self, "baseline", _eeg(self.where, "baseline", self.baseline))
        if not isinstance(self.ratings, Mapping):
            raise DataError(
                f"{self.where}: its ratings are {self.ratings!r:.40}: must be a mapping, such as "
                '{"valence": 7.5, "arousal": 3}'
            )
        # A copy: a caller may fill one and the same mapping anew for each trial.
        object.__setattr__(self, "ratings", dict(self.ratings))
        for name, rating in self.ratings.items():
            if not isinstance(name, str) or not _is_rating(rating):
                raise DataError(
                    f"{self.where}: its {name!s:.40} is {rating!r:.40}: a rating must be a finite "
                    "number, with its name; leave out what was not rated"
                )

    @property
    def name(self) -> str:
        """What tells it from the subject's other trials: session, if any, and stimulus."""
        return trial_name(self.session, self.stimulus)

    @property
    def where(self) -> str:
        """The trial in words, for messages."""
        return f"subject {self.subject}, trial {self.name}"


def trial_name(session: str, stimulus: str) -> str:
    """What a trial of one subject goes by."""
    return f"{session}/{stimulus}" if session else stimulus


def check_name(what: str, name: object, longest: int = LONGEST_NAME) -> None:
    """Raise ``DataError`` unless ``name`` can stand in tables and on terminals."""
    if not isinstance(name, str):
        raise DataError(f"{what} {name!r:.60}: must be text, such as {str(name)[:40]!r}")
    if not name.isprintable() or name != name.strip() or not 0 < len(name) <= longest:
        raise DataError(
            f"{what} {name!r:.60}: must be 1 to {longest} printable characters, without "
            "spaces at its ends"
        )


def _is_rating(value: Any) -> bool:
    # To numpy, a difference of times is an integer.
    is_number = isinstance(value, Real) and not isinstance(value, np.timedelta64)
    return is_number and bool(abs(value) <= sys.float_info.max)


def _eeg(where: str, what: str, values: object) -> NDArray[np.float64]:
    try:
        found = float_array(values)
    except ValueError:
        raise DataError(f"{where}: its {what} is no array of numbers, or some are masked") from None
    if found.ndim != 2 or len(found) != EPOC.n_channels:
        raise DataError(
            f"{where}: its {what} has shape {found.shape}: must be "
            f"({EPOC.n_channels}, n_times), µV at {EPOC.sfreq:g} Hz"
        )
    if not np.isfinite(found).all():
        raise DataError(
            f"{where}: its {what} holds {int((~np.isfinite(found)).sum())} samples that are no "
            "finite numbers: mend or leave out the trial"
        )
    if found.size and (largest := np.abs(found).max()) > MOST_UV:
        raise DataError(
            f"{where}: its {what} reaches {largest:.3g} µV, beyond a volt: give µV, or leave out "
            "the trial"
        )
    return found


class TrialSource(Protocol):
    """DREAMER, from a file or simulated: every subject saw every clip once, in one session."""

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
        """The trials' numbers, from 1, which are those of the clips; the same for everyone."""

    def trial(self, subject: int, trial: int) -> Trial:
        """One trial. Raises ``DataError`` for a subject or trial that is not there."""


def dreamer_trial(
    subject: int,
    trial: int,
    eeg: NDArray[np.float64],
    baseline: NDArray[np.float64],
    ratings: tuple[int, int, int],
) -> Trial:
    """A trial of DREAMER, in which people and clips are numbered.

    Parameters
    ----------
    subject, trial : int
        1-based; the trial's number is the clip's number.
    eeg, baseline : ndarray, shape (14, n_times)
        During the clip, and during the neutral clip shown just before.
    ratings : tuple of three ints
        Valence, arousal and dominance, 1 to 5.
    """
    valence, arousal, dominance = ratings
    return Trial(
        subject=str(subject),
        stimulus=str(trial),
        eeg=eeg,
        ratings={"valence": valence, "arousal": arousal, "dominance": dominance},
        baseline=baseline,
    )


def dreamer_clip(trial: Trial) -> Clip:
    """The film clip that was shown in a trial of DREAMER."""
    return CLIPS[int(trial.stimulus) - 1]


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
