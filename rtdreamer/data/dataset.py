"""A data set as a value: who watched what, on which scale it was rated, and the trials."""

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import numpy as np

from rtdreamer.data import sources
from rtdreamer.data.trials import Trial, TrialSource, check_name
from rtdreamer.errors import DataError
from rtdreamer.metrics.names import natural_order

MOST_IN_A_LINE = 1000
"""Characters of a data set's name, which may hold a path."""

NEEDED = ("valence", "arousal")
"""What every trial must be rated by."""


@dataclass(frozen=True, slots=True)
class RatingScale:
    """What ratings can be, and from where on they are high.

    Attributes
    ----------
    low, high : float
        Its ends.
    threshold : float
        A rating from here on is high.

    Raises
    ------
    DataError
        If the ends are not finite and in order, or the threshold does not lie between them.
    """

    low: float
    high: float
    threshold: float

    def __post_init__(self) -> None:
        if not -math.inf < self.low < self.high < math.inf:
            raise DataError(
                f"a scale of {self.low:g} to {self.high:g}: give its lowest and highest rating"
            )
        self.check(self.threshold, "a data set")

    def check(self, threshold: float, name: str) -> None:
        """Raise ``DataError`` if a threshold does not lie on the scale of the data set ``name``."""
        if not self.low <= threshold <= self.high:
            raise DataError(
                f"a threshold of {threshold:g}: {name} is rated from {self.low:g} to "
                f"{self.high:g}: choose one in between"
            )


DREAMER_SCALE = RatingScale(1.0, 5.0, threshold=3.0)


class Dataset:
    """People who watched stimuli and rated them.

    Nothing is required of it but trials: a person may have missed stimuli, or have seen them in
    several sessions, and there may be no baselines. Who has none as long as a window is seen
    relative to the mean of their own windows during the stimuli, without their ratings.

    Parameters
    ----------
    name : str
        One line that says which data these are.
    trials : iterable of Trial, or mapping of str to sequence of Trial
        All trials; or those of each subject, whose sequence may make a trial when it is asked for.
    scale : tuple of two floats
        The lowest and the highest rating that can be given.
    threshold : float, optional
        A rating from here on is high; the middle of the scale if not given.
    simulated : bool
        Whether no person was ever measured.
    people, stimuli : str, optional
        Who the subjects are, and what the stimuli: where this is the same in two data sets, a name
        means the same person or stimulus. The data set's name if not given.

    Attributes
    ----------
    subjects : tuple of str
        Whole numbers by their size, then other names.

    Raises
    ------
    DataError
        If there are no trials, one is there twice, or the scale makes no sense.
    """

    def __init__(
        self,
        name: str,
        trials: Iterable[Trial] | Mapping[str, Sequence[Trial]],
        scale: tuple[float, float],
        threshold: float | None = None,
        *,
        simulated: bool = False,
        people: str = "",
        stimuli: str = "",
    ) -> None:
        try:
            low, high = (float(end) for end in scale)
        except (TypeError, ValueError, OverflowError):
            raise DataError(f"a scale of {scale!r:.60}: give two numbers, as in (1, 9)") from None
        if threshold is not None and not isinstance(threshold, int | float | np.number):
            raise DataError(f"a threshold of {threshold!r:.60}: must be a number")
        check_name("data set", name, MOST_IN_A_LINE)
        self.name, self.simulated = name, simulated
        self.people, self.stimuli = people or name, stimuli or name
        self.scale = RatingScale(low, high, (low + high) / 2 if threshold is None else threshold)
        self._trials = trials if isinstance(trials, Mapping) else _by_subject(name, trials)
        self._given: str | None = None
        self._fingerprint: str | None = None
        for subject, own in self._trials.items():
            check_name("subject", subject)
            if not isinstance(own, Sequence):
                raise DataError(f"{name}: trials of {subject}: {_short(own)}: must be a list")
            if not len(own):
                raise DataError(f"{name}: subject {subject} has no trials: leave that person out")
        if not self._trials:
            raise DataError(f"{name}: has no trials: give at least one")
        self.subjects = tuple(sorted(self._trials, key=natural_order))

    @classmethod
    def open(cls, text: str | Path | None = None) -> "Dataset":
        """DREAMER, from its file or simulated.

        Parameters
        ----------
        text : str or Path, optional
            The path of a DREAMER.mat; or ``"simulated:subjects=8,seed=1"``, with any of
            ``subjects``, ``effect``, ``clip`` and ``seed``. The simulation as it is if not given.

        Raises
        ------
        DataError
            If the parameters make no sense, or the file is missing or not DREAMER.
        """
        if not isinstance(text, str | Path | None):
            raise DataError(f"data {text!r:.60}: give the path of a DREAMER.mat, or 'simulated'")
        text = None if text is None else str(text)
        found = of_source(sources.open_dreamer(text))
        found._given = text or "simulated"
        return found

    def __repr__(self) -> str:
        return f"Dataset({self.name!r}, {len(self.subjects)} subjects, {self.n_trials()} trials)"

    @property
    def has_trials(self) -> bool:
        """Whether its trials are at hand: they are not in what ``for_workers`` gives."""
        return bool(self._trials)

    def n_trials(self, subject: str | None = None) -> int:
        """How many trials there are, of one subject or of all."""
        return sum(len(self._trials[one]) for one in self._asked(subject))

    def trials(self, subject: str | None = None) -> Iterator[Trial]:
        """The trials of one subject or of all, each made when its turn comes.

        Raises
        ------
        DataError
            If there is no such subject, or a trial cannot be used: it is not rated by valence and
            arousal, or off the scale.
        """
        for one in self._asked(subject):
            seen: set[str] = set()
            for trial in self._trials[one]:
                self._check(trial)
                if trial.subject != one:
                    raise DataError(f"{self.name}: {trial.where} stands among those of {one}")
                if trial.name in seen:
                    raise DataError(_twice(self.name, trial))
                seen.add(trial.name)
                yield trial

    def _asked(self, subject: str | None) -> tuple[str, ...]:
        if subject is None:
            return self.subjects
        if subject not in self._trials:
            some = ", ".join(self.subjects[:20])
            raise DataError(f"{self.name} has no subject {subject}: choose from {some}")
        return (subject,)

    def _check(self, trial: Trial) -> None:
        if not isinstance(trial, Trial):
            raise DataError(_no_trial(self.name, trial))
        for name in NEEDED:
            if name not in trial.ratings:
                raise DataError(
                    f"{self.name}: {trial.where} has no rating of {name}: leave the trial out"
                )
        for name, rating in trial.ratings.items():
            if not self.scale.low <= rating <= self.scale.high:
                raise DataError(
                    f"{self.name}: {trial.where}: its {name} of {rating:g} is not on the scale of "
                    f"{self.scale.low:g} to {self.scale.high:g}: mend it, or the scale"
                )

    def fingerprint(self) -> str:
        """16 hexadecimal digits, which change with anything in it.

        For its own trials all of them are read once.
        """
        if self._fingerprint is None:
            opened = self._given is not None
            self._fingerprint = sources.fingerprint(self._given) if opened else self._digest()
        return self._fingerprint

    def _digest(self) -> str:
        about = (self.name, self.people, self.stimuli, self.simulated, self.scale)
        total = hashlib.sha256(repr(about).encode())
        for trial in self.trials():
            ratings = sorted((name, float(rating)) for name, rating in trial.ratings.items())
            parts = [part for part in (trial.eeg, trial.baseline) if part is not None]
            key = (trial.subject, trial.session, trial.stimulus, ratings, [p.shape for p in parts])
            total.update(repr(key).encode())
            for part in parts:
                total.update(np.ascontiguousarray(part).tobytes())
        return total.hexdigest()[:16]

    def for_workers(self) -> "str | Dataset":
        """What another process needs to find its windows in the cache: no trial travels there."""
        if self._given is not None:
            return self._given
        found = object.__new__(Dataset)
        found.__dict__.update(self.__dict__ | {"_trials": {}, "_fingerprint": self.fingerprint()})
        return found


def _twice(name: str, trial: Trial) -> str:
    return f"{name}: {trial.where} is there twice: tell them apart by session, or leave one out"


def _short(value: object) -> str:
    return " ".join(repr(value).split())[:60]  # that of an array has several lines


def _no_trial(name: str, found: object) -> str:
    return f"{name}: holds {_short(found)}: must be of Trial alone"


def _by_subject(name: str, trials: Iterable[Trial]) -> dict[str, list[Trial]]:
    if not isinstance(trials, Iterable):
        raise DataError(f"{name}: its trials are {_short(trials)}: must be a list of Trial")
    found: dict[str, dict[str, Trial]] = {}
    for trial in trials:
        if not isinstance(trial, Trial):
            raise DataError(_no_trial(name, trial))
        own = found.setdefault(trial.subject, {})
        if trial.name in own:
            raise DataError(_twice(name, trial))
        own[trial.name] = trial
    return {
        subject: [own[one] for one in sorted(own, key=natural_order)]
        for subject, own in found.items()
    }


class _Numbered(Sequence[Trial]):
    """One subject's trials of DREAMER, each made when it is asked for."""

    def __init__(self, source: TrialSource, subject: int) -> None:
        self._source, self._subject = source, subject

    def __len__(self) -> int:
        return len(self._source.trials)

    @overload
    def __getitem__(self, index: int) -> Trial: ...
    @overload
    def __getitem__(self, index: slice) -> list[Trial]: ...
    def __getitem__(self, index: int | slice) -> Trial | list[Trial]:
        asked = self._source.trials[index]
        if isinstance(asked, int):
            return self._source.trial(self._subject, asked)
        return [self._source.trial(self._subject, one) for one in asked]


def of_source(source: TrialSource) -> Dataset:
    """DREAMER as a data set."""
    return Dataset(
        source.name,
        {str(subject): _Numbered(source, subject) for subject in source.subjects},
        (DREAMER_SCALE.low, DREAMER_SCALE.high),
        DREAMER_SCALE.threshold,
        simulated=source.simulated,
        people=source.people,
        stimuli=source.clips,
    )


Data = str | Dataset | None
"""A data set, or what ``Dataset.open`` makes one of."""


def open_dataset(data: Data) -> Dataset:
    """The data set that is given or named. Raises ``DataError`` as ``Dataset.open`` does."""
    return data if isinstance(data, Dataset) else Dataset.open(data)


def fingerprint(data: Data) -> str:
    """Tell data from other data, without reading a trial of those that are named.

    Raises
    ------
    DataError
        If what names them makes no sense, or the file is missing or cannot be read.
    """
    return data.fingerprint() if isinstance(data, Dataset) else sources.fingerprint(data)


def for_workers(data: Data) -> Data:
    """What another process needs to know of a data set, as by ``Dataset.for_workers``."""
    return data.for_workers() if isinstance(data, Dataset) else data


def rating_scale(data: Data) -> RatingScale:
    """The scale of a data set, without opening it."""
    return data.scale if isinstance(data, Dataset) else DREAMER_SCALE
