"""The ideal observer of simulated people: the best anyone could tell, from the truth about them.

It is given what no decoder has: the trial's deviation from the person's habit, exactly,
and how strongly this person's EEG shows valence and arousal. It does not know which clip was
shown or what the clip does to everyone's EEG, what the person said of other clips, or the trial's
own baseline, which a live classifier has not heard either.

That deviation is Gaussian about what is felt, with (2 + clip²) times the covariance of a moment:
one moment lasts since the baseline, another is the stimuli's own, and a third, ``clip`` times as
large, is the clip's. Bayes' rule over the 25 pairs of ratings then gives each probability exactly.
What a trial's EEG has of its ratings, it has through that deviation, so no function of the EEG can
tell more of a clip never seen; and of all scores, the probability itself ranks trials with the
highest AUC expected over people and clips (Clémençon, Lugosi & Vayatis, Annals of Statistics 36,
2008). Among pairs of one person's trials that holds but for how lenient the person is: an observer
that knew that would come out within .001 of this one (400 people at the default effect).

A decoder that learned from other people's EEG of the very same clips can do better: it recognises a
clip, and with it how it is rated. And on the 18 clips of one seed, which all its people share,
chance may favour anyone: there the observer is best on average over seeds, not on each.

What a real decoder lacks beyond that is not modelled: it must estimate powers and couplings from
some seconds of EEG with blinks and muscle in it, learn the patterns from other people, and make do
without the habit and the strengths.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from rtdreamer.data.clips import CLIPS
from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.data.simulated_people import felt, moment_covariance

_RATINGS = range(1, 6)
_DOMINANCE = 3.0, 1.0
"""Mean and SD of the opinions that ``SimulatedDreamer.ratings`` rounds, whatever the clip."""

Array = NDArray[np.float64]


@cache
def rating_distribution() -> Array:
    """How often ``SimulatedDreamer`` rates each pair of valence and arousal, over all clips.

    Given the clip, both opinions are independent and normal with the clip's means and SDs, for
    those SDs include how lenient people are; a rating is the opinion rounded and clipped.

    Returns
    -------
    ndarray, shape (5, 5)
        Probabilities of valence 1 to 5 (rows) with arousal 1 to 5 (columns). Read-only.
    """
    pairs = [
        np.outer(
            _rounded_normal(clip.valence_mean, clip.valence_sd),
            _rounded_normal(clip.arousal_mean, clip.arousal_sd),
        )
        for clip in CLIPS
    ]
    found: Array = np.mean(pairs, axis=0)
    found.setflags(write=False)
    return found


def _rounded_normal(mean: float, sd: float) -> Array:
    """Probabilities of 1 to 5, shape (5,)."""
    between = np.array(_RATINGS[1:]) - 0.5
    return np.diff(ndtr((between - mean) / sd), prepend=0.0, append=1.0)


def ideal_forecast(
    source: SimulatedDreamer, subject: int, trial: int, threshold: float
) -> tuple[float, float]:
    """Probabilities that this trial's valence and arousal are rated ``threshold`` or higher.

    Parameters
    ----------
    source : SimulatedDreamer
        The simulated people.
    subject, trial : int
        1-based.
    threshold : float
        On the scale of the ratings, 1 to 5.

    Raises
    ------
    DataError
        If there is no such subject or trial.
    """
    posterior = _posterior(source, subject, trial)
    high = np.array(_RATINGS) >= threshold
    return float(posterior[high].sum()), float(posterior[:, high].sum())


def dominance_forecast(threshold: float) -> float:
    """Probability that dominance is rated ``threshold`` or higher, in any trial.

    Dominance shows in no simulated EEG, and hangs together with no other rating.
    """
    high = np.array(_RATINGS) >= threshold
    return float(_rounded_normal(*_DOMINANCE)[high].sum())


def _posterior(source: SimulatedDreamer, subject: int, trial: int) -> Array:
    """Probabilities of the pairs of ratings, laid out as ``rating_distribution``."""
    person = source.person(subject)
    expected = np.array(
        [felt(person, v, a, source.effect).vector() for v in _RATINGS for a in _RATINGS]
    )
    found = source.deviation(subject, trial).vector()
    precision = _moment_precision() / (2 + source.clip**2)
    # Of the Gaussian's exponent, what does not depend on the ratings cancels.
    evidence = ((expected @ precision) * (found - expected / 2)).sum(axis=1)
    prior = rating_distribution()
    weight = prior * np.exp(evidence - evidence.max()).reshape(prior.shape)
    return weight / weight.sum()  # type: ignore[no-any-return]


@cache
def _moment_precision() -> Array:
    """Inverse covariance of a moment, shape (72, 72)."""
    return np.linalg.inv(moment_covariance()).astype(np.float64, copy=False)
