"""Who is held out of a fit, and what decides which epoch is kept: how well it tells their trials.

It is the log loss by trial, calibrated. Of nine fits (three times 23 simulated people, three seeds
each: 18 learned from, 5 held out, 12 epochs at most), the epochs that several criteria keep were
judged on the same 31 others. Means over the fits, with standard errors of the paired differences
from the first line, which say nothing of other people to judge on:

=====================  ======================  ===============  ===============  ============
criterion on the 5     AUC within a person,    AUC, both        Brier score,     log loss of
                       valence, arousal        targets          both             windows
=====================  ======================  ===============  ===============  ============
pooled AUC, windows    .811, .717              .764             .171             .538
log loss, windows      .811, .716              -.001 ± .001     .000 ± .000      .000 ± .000
focal loss, windows    .811, .716              -.001 ± .001     .001 ± .000      .002 ± .001
AUC within, windows    .809, .714              -.002 ± .001     .001 ± .001      .001 ± .001
AUC within, trials     .804, .740              +.008 ± .004     .004 ± .002      .013 ± .004
**log loss, trials**   .809, .734              +.008 ± .003     .001 ± .001      .007 ± .003
=====================  ======================  ===============  ===============  ============

Against pooled AUC it was better in eight fits and the same in one, for arousal's sake: up to the
eighth epoch or so trials are ranked better and better (+.010 ± .003), while windows' log loss grows
from the fourth on (+.018 ± .001 at the eighth). Chosen among all of these, it is somewhat
flattered. Its AUC varies more from fit to fit (SD .011 for .005; .015 with the AUC within, trials),
and the epochs it keeps are the third to ninth, not the third to fifth.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtdreamer.errors import DataError
from rtdreamer.metrics.pairs import pairs_by_label
from rtdreamer.metrics.predictions import HeldOutPredictions
from rtdreamer.training.calibration import fit_calibration, probabilities
from rtdreamer.training.config import TrainingConfig
from rtdreamer.training.windows import Windows

_MOST_DRAWS = 100


class HeldOut(NamedTuple):
    """What a network is worth on people held out.

    Attributes
    ----------
    log_loss : float
        Nats a trial and target, of the mean logit, once calibrated; NaN if one is not finite.
    auc : tuple of floats
        Of each target, within a person and by trial, as evaluations report it; NaN where no one
        rated both high and low.
    """

    log_loss: float
    auc: tuple[float, ...]


def judge_held_out(
    windows: Windows, labels: NDArray[np.float32], logits: NDArray[np.float32]
) -> HeldOut:
    """Judge logits of people not learned from, calibrated on these people themselves.

    A focal loss moves probabilities, and calibration comes after the fit: so the loss is the
    smallest that any temperature and bias give.

    Parameters
    ----------
    windows : Windows
        Theirs.
    labels, logits : ndarray, shape (n_windows, n_targets)
        Labels are 0 or 1.
    """
    if not np.isfinite(logits).all():
        return HeldOut(np.nan, (np.nan,) * labels.shape[1])
    windows_said = HeldOutPredictions(
        subject=windows.subject,
        trial=windows.trial,
        fold=np.zeros(len(windows), np.int64),
        labels=labels.astype(np.float64),
        probabilities=logits.astype(np.float64),  # not yet: their means over a trial come first
        base_rate=np.tile(labels.mean(axis=0, dtype=np.float64), (len(windows), 1)),
        ratings=windows.ratings,
        shown=windows.stimulus,
    )
    trials = windows_said.by_trial()
    mean, y = trials.probabilities, trials.labels
    calibration = fit_calibration(mean, y)
    odds = mean / np.array(calibration.temperature) + np.array(calibration.bias)
    said = replace(windows_said, probabilities=probabilities(calibration, logits)).by_trial()
    return HeldOut(
        log_loss=float((np.logaddexp(0, odds) - y * odds).mean()),
        auc=tuple(pairs_by_label(said, k).share_ordered for k in range(y.shape[1])),
    )


def split_subjects(
    windows: Windows, config: TrainingConfig
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Who is learned from, and who decides when to stop: no one, if that share is 0.

    Drawn at random; once more, as often as may be, where a target would have one class only on
    either side, which few people easily have.

    Raises
    ------
    DataError
        If there is one subject only.
    """
    subjects = np.array(windows.subjects)
    if len(subjects) < 2:
        raise DataError(f"{windows.source}: {len(subjects)} subject to fit to: at least 2 needed")
    if config.validation == 0:
        return tuple(subjects.tolist()), ()
    n_held_out = min(max(1, round(config.validation * len(subjects))), len(subjects) - 1)
    rng = np.random.default_rng(config.seed)
    labels = windows.labels(config.label_threshold)
    splits = []
    for _ in range(_MOST_DRAWS):
        held_out, learners = np.split(rng.permutation(subjects), [n_held_out])
        splits.append((tuple(sorted(learners.tolist())), tuple(sorted(held_out.tolist()))))
        rates = [labels[np.isin(windows.subject, whom)].mean(axis=0) for whom in splits[-1]]
        if all(((rate > 0) & (rate < 1)).all() for rate in rates):
            return splits[-1]
    # What is wrong with it is said where labels are checked.
    return splits[0]
