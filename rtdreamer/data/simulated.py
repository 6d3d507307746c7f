"""The simulated DREAMER: people who never lived, in the very shape of the real data set."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data.clips import CLIPS
from rtdreamer.data.simulated_eeg import synthesise
from rtdreamer.data.simulated_people import Person, State, draw_moment, draw_person, felt
from rtdreamer.data.trials import Trial, check_trial, dreamer_trial
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC

N_SUBJECTS = 23

DEFAULT_EFFECT = 0.3
"""Modest. Logistic regression on the log band powers of each trial's last 10 s, from 20 simulated
people to 20 others, gives a trial AUC of .64 for valence and for arousal; .70 once each person's
powers are standardised (means of six draws; SD .04 and .03). That is with clip 0."""

DEFAULT_CLIP = 0.4
"""Modest, as the leak is on DREAMER itself, where an honest AUC on people never seen is .47 to .58.
Where there is no affect (effect 0), ridge and logistic regression on the states behind the EEG,
blurred as by 60 s of band noise, 23 people held out one by one, give these AUCs within a person
(means of 40 draws; SD .03 to .05, standard errors below .01), valence and arousal:

====  ==========  ==========
clip  ridge       logistic
====  ==========  ==========
0     .497, .506  .496, .507
0.25  .532, .529  .536, .533
0.35  .559, .546  .567, .551
0.4   .574, .555  .583, .561
0.5   .602, .577  .616, .583
0.7   .654, .613  .674, .622
1     .710, .658  .735, .669
====  ==========  ==========

This size was chosen so that these AUCs lie .05 to .10 above .5. On EEG, logistic regression as
``rtdreamer evaluate --protocol loso`` does it gave, with seed 31, .467 and .426 at clip 0, .554 and
.482 at 0.25, .661 and .574 at 0.5.
"""

BASELINE_SECONDS = 61

CLIP_SECONDS = (
    199, 129, 244, 177, 308, 65, 161, 282, 393,
    153, 171, 121, 236, 188, 225, 90, 318, 271,
)  # fmt: skip
"""Only the first, the extremes and the sum are DREAMER's: the other lengths are made up."""

_MOST_SUBJECTS = 10_000  # more than a year of EEG
_MOST_EFFECT = 10.0  # far beyond anything a brain does
_MOST_CLIP = 10.0  # ten times all else that sways a trial
_RATER_SD = 0.35  # how far one person's ratings lie above another's

# One stream of random numbers for each purpose, so that none shifts another.
_PERSON, _RATER, _RATING, _LASTING, _BASELINE, _STIMULI, _CLIP = range(7)


class Ratings(NamedTuple):
    """A person's own ratings of one clip, 1 to 5."""

    valence: int
    arousal: int
    dominance: int


class SimulatedDreamer:
    """A source of simulated trials, each made when it is asked for.

    A trial depends on the seed, the subject, the trial, the effect and the clip's EEG alone:
    neither the number of subjects nor the order of calls changes it.

    Parameters
    ----------
    n_subjects : int
        1 to 10,000; DREAMER has 23.
    seed : int
        At least 0. Another seed gives other people, who watch other films with the same ratings.
    effect : float
        0 to 10: how strongly affect shows in the EEG, as a factor on log band power and coupling.
        With 0 the EEG does not depend on the ratings at all.
    clip : float
        0 to 10: how strongly each clip shows in the EEG of everyone who watches it, whatever is
        felt (its cuts, faces and sounds). Its SD over clips, in units of what a moment sways a
        person by (``draw_moment``). With 0 the EEG depends on the clip through the ratings alone.

    Raises
    ------
    DataError
        If a parameter is out of range.
    """

    simulated = True
    trials = tuple(clip.number for clip in CLIPS)

    def __init__(
        self,
        n_subjects: int = N_SUBJECTS,
        seed: int = 0,
        effect: float = DEFAULT_EFFECT,
        clip: float = DEFAULT_CLIP,
    ) -> None:
        if not 1 <= n_subjects <= _MOST_SUBJECTS:
            raise DataError(
                f"simulated DREAMER: subjects is {n_subjects}, must be 1 to {_MOST_SUBJECTS}"
            )
        if seed < 0:
            raise DataError(f"simulated DREAMER: seed is {seed}, must be at least 0")
        if not 0 <= effect <= _MOST_EFFECT:
            raise DataError(f"simulated DREAMER: effect is {effect}, must be 0 to {_MOST_EFFECT:g}")
        if not 0 <= clip <= _MOST_CLIP:
            raise DataError(f"simulated DREAMER: clip is {clip}, must be 0 to {_MOST_CLIP:g}")
        self.subjects = tuple(range(1, n_subjects + 1))
        self.seed = seed
        self.effect = effect
        self.clip = clip

    @property
    def name(self) -> str:
        sizes = f"effect {self.effect:g}, clip {self.clip:g}"
        n = len(self.subjects)
        return f"simulated DREAMER ({n} subject{'s' * (n != 1)}, seed {self.seed}, {sizes})"

    @property
    def people(self) -> str:
        return f"simulated with seed {self.seed}"

    @property
    def clips(self) -> str:
        # Without regard to how strongly they show: at another size they are the same films.
        return f"simulated with seed {self.seed}"

    def ratings(self, subject: int, trial: int) -> Ratings:
        """One trial's ratings, without the EEG.

        Valence and arousal follow the clip's mean and SD, part of which is the person's own
        leniency. For dominance no figures are at hand: it is drawn about the middle of the scale.

        Raises
        ------
        DataError
            If there is no such subject or trial.
        """
        check_trial(self, subject, trial)
        clip = CLIPS[trial - 1]
        mean = np.array([clip.valence_mean, clip.arousal_mean, 3.0])
        sd = np.array([clip.valence_sd, clip.arousal_sd, 1.0])
        leniency = self._rng(_RATER, subject).normal(0, _RATER_SD, 3)
        own_sd = np.sqrt(sd**2 - _RATER_SD**2)
        opinion = self._rng(_RATING, subject, trial).normal(mean + leniency, own_sd)
        valence, arousal, dominance = np.clip(np.rint(opinion), 1, 5).astype(int).tolist()
        return Ratings(valence, arousal, dominance)

    def trial(self, subject: int, trial: int) -> Trial:
        """One trial, synthesised now.

        Raises
        ------
        DataError
            If there is no such subject or trial.
        """
        ratings = self.ratings(subject, trial)
        person = self.person(subject)

        def eeg(part: int, seconds: int) -> NDArray[np.float64]:
            deviation, rng = self._begin(part, subject, trial)
            return synthesise(rng, person, deviation, int(seconds * EPOC.sfreq))

        stimuli = eeg(_STIMULI, CLIP_SECONDS[trial - 1])
        return dreamer_trial(subject, trial, stimuli, eeg(_BASELINE, BASELINE_SECONDS), ratings)

    def person(self, subject: int) -> Person:
        """The truth about one subject.

        Raises
        ------
        DataError
            If there is no such subject.
        """
        check_trial(self, subject, self.trials[0])
        return draw_person(self._rng(_PERSON, subject))

    def deviation(self, subject: int, trial: int) -> State:
        """The truth about one trial's stimuli: what they have beyond the person's habit.

        A moment that lasts since the baseline, another one, what is felt, and what the clip does
        to everyone.

        Raises
        ------
        DataError
            If there is no such subject or trial.
        """
        return self._begin(_STIMULI, subject, trial)[0]

    def clip_state(self, trial: int) -> State:
        """The truth about one clip: what its stimuli do to the EEG of everyone alike.

        Raises
        ------
        DataError
            If there is no such trial.
        """
        check_trial(self, self.subjects[0], trial)
        return draw_moment(self._rng(_CLIP, trial)) * self.clip

    def _begin(self, part: int, subject: int, trial: int) -> tuple[State, np.random.Generator]:
        """A part's deviation from habit, and the random numbers that its EEG goes on with."""
        ratings = self.ratings(subject, trial)
        state = draw_moment(self._rng(_LASTING, subject, trial))
        if part == _STIMULI:
            person = self.person(subject)
            state += felt(person, ratings.valence, ratings.arousal, self.effect)
            state += self.clip_state(trial)
        rng = self._rng(part, subject, trial)
        return state + draw_moment(rng), rng

    def _rng(self, *key: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))
