"""A checkpoint on people it has never seen, through the very objects that run live."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rtdreamer.data.trials import Trial, TrialSource
from rtdreamer.errors import DataError
from rtdreamer.model.checkpoint import Checkpoint, TrainingRecord
from rtdreamer.model.classifier import Classifier
from rtdreamer.prediction import Affect
from rtdreamer.signal.ring import RingBuffer
from rtdreamer.training.metrics import TargetMetrics, target_metrics
from rtdreamer.training.windows import LAST_SECONDS


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured, and on whom.

    Attributes
    ----------
    model, data : str
        The model's name, and the name of the trials' source.
    simulated : bool
        Whether the people evaluated on are simulated.
    subjects : tuple of int
        They, none of whom the model was trained on.
    n_trials, n_windows : int
        How many.
    valence, arousal : TargetMetrics
        How good it was.
    """

    model: str
    data: str
    simulated: bool
    subjects: tuple[int, ...]
    n_trials: int
    n_windows: int
    valence: TargetMetrics
    arousal: TargetMetrics

    def to_json(self) -> dict[str, Any]:
        """Values that JSON can hold."""
        return {
            "model": self.model,
            "data": self.data,
            "simulated": self.simulated,
            "subjects": list(self.subjects),
            "n_trials": self.n_trials,
            "n_windows": self.n_windows,
            "valence": self.valence.to_json(),
            "arousal": self.arousal.to_json(),
        }


def evaluate(
    checkpoint: Checkpoint,
    source: TrialSource,
    subjects: tuple[int, ...] | None = None,
    hop: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Evaluation:
    """Classify the last 60 s of every trial as if they came in live, and compare with the ratings.

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
    DataError
        If the model was trained on one of the subjects, or a trial is shorter than a window.
    """
    subjects = source.subjects if subjects is None else tuple(dict.fromkeys(subjects))
    record = checkpoint.record
    check_unseen(record, source, subjects)
    classifier = Classifier(checkpoint)
    keys = [(subject, trial) for subject in subjects for trial in source.trials]
    probabilities, labels, where = [], [], []
    for done, key in enumerate(keys, start=1):
        trial = source.trial(*key)
        answers = classify_trial(classifier, trial, hop or classifier.spec.n_times)
        if not answers:
            raise DataError(
                f"{source.name}: subject {key[0]}, trial {key[1]} is shorter than a window"
            )
        high = [r >= record.label_threshold for r in (trial.valence, trial.arousal)]
        for affect in answers:
            probabilities.append((affect.valence, affect.arousal))
            labels.append(high)
            where.append(key)
        progress(done, len(keys))
    p, y, (subject, number) = np.array(probabilities), np.array(labels), np.array(where).T
    valence, arousal = (
        target_metrics(y[:, k], p[:, k], subject, number, record.base_rate[k]) for k in (0, 1)
    )
    return Evaluation(
        model=checkpoint.name,
        data=source.name,
        simulated=source.simulated,
        subjects=subjects,
        n_trials=len(keys),
        n_windows=len(p),
        valence=valence,
        arousal=arousal,
    )


def classify_trial(classifier: Classifier, trial: Trial, hop: int) -> list[Affect]:
    """Push the last 60 s of a trial through a ring and classify each window that falls due."""
    spec = classifier.spec
    data = trial.stimuli[:, -int(LAST_SECONDS * spec.sfreq) :]
    timestamps = np.arange(data.shape[1]) / spec.sfreq
    ring = RingBuffer(len(spec.ch_names), spec.n_times, hop)
    return [classifier.classify(due.data)[0] for due in ring.extend(data, timestamps)]


def check_unseen(record: TrainingRecord, source: TrialSource, subjects: tuple[int, ...]) -> None:
    """Raise ``DataError`` if one of the subjects had a part in the training."""
    seen = sorted(set(record.subjects) & set(subjects)) if record.people == source.people else []
    if seen:
        raise DataError(
            f"{source.name}: the model was trained on subjects {', '.join(map(str, seen))}: "
            "evaluate on other people"
        )
