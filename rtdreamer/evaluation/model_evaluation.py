"""A checkpoint on people it has never seen, through the very objects that run live."""

from collections.abc import Callable
from dataclasses import asdict

import numpy as np

from rtdreamer.data.trials import Trial, TrialSource
from rtdreamer.errors import DataError
from rtdreamer.evaluation.evaluation import Evaluation, number_windows
from rtdreamer.evaluation.protocols import LeakError
from rtdreamer.metrics.predictions import Predictions
from rtdreamer.model.checkpoint import Checkpoint, TrainingRecord
from rtdreamer.model.classifier import Classifier
from rtdreamer.prediction import Affect, OverTime
from rtdreamer.signal.features import extract
from rtdreamer.signal.ring import RingBuffer
from rtdreamer.training.windows import (
    LAST_SECONDS,
    baseline_profile,
    baseline_windows,
    window_hash,
)

Row = tuple[int, int, Affect, tuple[int, int]]
"""Subject, trial, what was said, and both ratings."""


def evaluate_model(
    checkpoint: Checkpoint,
    source: TrialSource,
    subjects: tuple[int, ...] | None = None,
    hop: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Evaluation:
    """Classify the last 60 s of every trial as if they came in live, and compare with the ratings.

    A person's profile comes from the baselines, as in training.

    Parameters
    ----------
    checkpoint : Checkpoint
        The model.
    source : TrialSource
        The trials.
    subjects : tuple of int, optional
        Whom to evaluate on, each once however often named; everybody if not given.
    hop : int, optional
        Samples from one window to the next; a whole window if not given, so that none overlap.
    progress : callable
        Told how many trials are done, and of how many.

    Raises
    ------
    LeakError
        If the model was trained on one of the subjects, or on a recording that is a copy of one.
    DataError
        If no trial is as long as a window, or a subject is not there or has no baseline.
    """
    subjects = source.subjects if subjects is None else tuple(dict.fromkeys(subjects))
    record, spec = checkpoint.record, checkpoint.spec
    check_unseen(record, source, subjects)
    rows: list[Row] = []
    ends: list[Row] = []
    left_out = []
    total = len(subjects) * len(source.trials)
    for person, subject in enumerate(subjects):
        trials = [source.trial(subject, number) for number in source.trials]
        check_no_copies(record, spec.n_times, source, trials)
        profile = None
        if spec.standardise:
            baseline = [extract(w, spec) for trial in trials for w in baseline_windows(trial, spec)]
            profile = baseline_profile(baseline, spec, f"{source.name}: subject {subject}")
        classifier = Classifier(checkpoint, profile)
        for done, trial in enumerate(trials, start=1):
            answers = classify_trial(classifier, trial, hop or spec.n_times)
            if not answers:
                left_out.append((subject, trial.trial))
            rated = trial.valence, trial.arousal
            rows += [(subject, trial.trial, affect, rated) for affect, _ in answers]
            ends += [(subject, trial.trial, end.affect, rated) for _, end in answers[-1:]]
            progress(person * len(source.trials) + done, total)
    if not rows:
        raise DataError(
            f"{source.name}: each of the {total} trials is shorter than a window of "
            f"{spec.n_times} samples: take longer trials"
        )
    predictions = _predictions(rows, record)
    return Evaluation(
        # Other films with the same ratings are other clips.
        protocol="loso" if record.clips in ("", source.clips) else "crossed",
        method=checkpoint.name,
        data=source.name,
        simulated=source.simulated,
        left_out=tuple(left_out),
        folds=({"trained_on": list(record.subjects), "held_out": {"subjects": list(subjects)}},),
        predictions=predictions,
        window=number_windows(predictions.subject, predictions.trial),
        learned_from=(np.empty(0, np.int64),),
        settings={"hop": hop or spec.n_times, "seed": record.seed, "spec": asdict(spec)},
        over_time=_predictions(ends, record),
    )


def _predictions(rows: list[Row], record: TrainingRecord) -> Predictions:
    subject, trial, affects, rated = zip(*rows, strict=True)
    ratings = np.array(rated, dtype=np.float64)
    return Predictions(
        subject=np.array(subject),
        trial=np.array(trial),
        fold=np.zeros(len(rows), np.int64),
        labels=(ratings >= record.label_threshold).astype(np.float64),
        probabilities=np.array([(a.valence, a.arousal) for a in affects]),
        base_rate=np.tile(np.array(record.base_rate), (len(rows), 1)),
        ratings=ratings,
    )


def classify_trial(classifier: Classifier, trial: Trial, hop: int) -> list[tuple[Affect, OverTime]]:
    """Push the last 60 s of a trial through a ring and classify each window that falls due.

    What is said over time of the last one is what would stand there live as the trial ends.
    """
    spec = classifier.spec
    n_times = min(trial.stimuli.shape[1], int(LAST_SECONDS * spec.sfreq))
    # As in training, the last window ends with the trial.
    late = (n_times - spec.n_times) % hop if n_times >= spec.n_times else 0
    data = trial.stimuli[:, trial.stimuli.shape[1] - n_times + late :]
    timestamps = np.arange(data.shape[1]) / spec.sfreq
    ring = RingBuffer(len(spec.ch_names), spec.n_times, hop)
    classifier.start_anew()
    return [
        classifier.classify(classifier.extract(due.data), due.sample)
        for due in ring.extend(data, timestamps)
    ]


def check_unseen(record: TrainingRecord, source: TrialSource, subjects: tuple[int, ...]) -> None:
    """Raise ``LeakError`` if one of the subjects had a part in the training."""
    seen = sorted(set(record.subjects) & set(subjects)) if record.people == source.people else []
    if seen:
        raise LeakError(
            f"{source.name}: the model was trained on subjects {', '.join(map(str, seen))}: "
            "evaluate on other people"
        )


def check_no_copies(
    record: TrainingRecord, n_times: int, source: TrialSource, trials: list[Trial]
) -> None:
    """Raise ``LeakError`` if a trial's last window is one that the model was trained on."""
    known = set(np.frombuffer(bytes.fromhex(record.last_windows), ">i8").tolist())
    for trial in trials if known else ():
        if window_hash(trial.stimuli[:, -n_times:]) in known:
            raise LeakError(
                f"{source.name}: subject {trial.subject}, trial {trial.trial} is a copy of one "
                "that the model was trained on: evaluate on other people"
            )
