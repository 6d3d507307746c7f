"""A checkpoint on people it has never seen, through the very objects that run live."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rtdreamer.counting import counted
from rtdreamer.data.dataset import DREAMER_SCALE, Dataset
from rtdreamer.data.trials import Trial
from rtdreamer.errors import DataError
from rtdreamer.evaluation.evaluation import Evaluation
from rtdreamer.evaluation.protocols import LeakError
from rtdreamer.metrics.names import TARGETS, Names, natural_order, numbered
from rtdreamer.metrics.predictions import HeldOutPredictions, number_windows
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.trained_model import TrainedModel, TrainingRecord
from rtdreamer.prediction import Affect, OverTime
from rtdreamer.signal.features import Spec, encode_spec, extract
from rtdreamer.signal.profile import Profile
from rtdreamer.signal.ring import RingBuffer
from rtdreamer.training.windows import (
    LAST_SECONDS,
    WindowPlan,
    baseline_windows,
    unlabelled_profile,
    window_hash,
)


def evaluate_model(
    model: TrainedModel,
    dataset: Dataset,
    subjects: tuple[str, ...] | None = None,
    hop: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Evaluation:
    """Classify the last 60 s of every trial as if they came in live, and compare with the ratings.

    A person's profile comes from the baselines, or without any from their own windows, as in
    training.

    Parameters
    ----------
    model : TrainedModel
        The model.
    dataset : Dataset
        The trials.
    subjects : tuple of str, optional
        Whom to evaluate on, each once however often named; everyone if not given.
    hop : int, optional
        Samples from one window to the next; a whole window if not given, so that none overlap.
    progress : callable
        Told how many trials are done, and of how many.

    Raises
    ------
    LeakError
        If the model was trained on one of the subjects, or on a recording that is a copy of one.
    DataError
        If no trial is as long as a window, or a subject is not there.
    """
    subjects = dataset.subjects if subjects is None else tuple(dict.fromkeys(subjects))
    record, spec = model.record, model.spec
    check_unseen(record, dataset, subjects)
    known: list[Trial] = []
    said: list[tuple[int, Affect]] = []  # the trial's place in ``known``, and what was said
    ends: list[tuple[int, Affect]] = []
    too_short, without_baseline = [], []
    total = sum(dataset.n_trials(subject) for subject in subjects)
    for subject in subjects:
        trials = list(dataset.trials(subject))
        check_no_copies(record, spec.n_times, dataset, trials)
        if spec.standardise and not any(baseline_windows(trial, spec) for trial in trials):
            without_baseline.append(len(known))
        classifier = Classifier(model, person_profile(trials, spec))
        for trial in trials:
            place = len(known)
            known.append(replace(trial, eeg=trial.eeg[:, :0], baseline=None))
            answers = classify_trial(classifier, trial, hop or spec.n_times)
            if not answers:
                too_short.append(place)
            said += [(place, affect) for affect, _ in answers]
            ends += [(place, end.affect) for _, end in answers[-1:]]
            progress(len(known), total)
    if not said:
        raise DataError(
            f"{dataset.name}: of {counted(total, 'trial')} none is as long as a window of "
            f"{spec.n_times} samples: take longer trials"
        )
    rows = _Rows(known, record, _threshold(record, dataset))
    predictions = rows.predictions(said)
    names, who = rows.names, rows.subject
    return Evaluation(
        # Other films with the same ratings are other clips.
        protocol="loso" if record.clips in ("", dataset.stimuli) else "crossed",
        method=model.name,
        data=dataset.name,
        simulated=dataset.simulated,
        too_short=tuple(
            (names.of("subject", who[k]), names.of("trial", rows.trial[k])) for k in too_short
        ),
        without_baseline=tuple(names.of("subject", who[k]) for k in without_baseline),
        folds=(
            {
                "trained_on": list(record.subjects),
                "held_out": {"subjects": list(dict.fromkeys(names.each("subject", who)))},
            },
        ),
        predictions=predictions,
        window=number_windows(predictions.subject, predictions.trial),
        learned_from=(np.empty(0, np.int64),),
        settings={"hop": hop or spec.n_times, "seed": record.seed, "spec": encode_spec(spec)},
        over_time=rows.predictions(ends),
    )


def _threshold(record: TrainingRecord, dataset: Dataset) -> float:
    """From where on a rating is high: the model's, unless people rated on another scale."""
    scale = dataset.scale
    learned = record.settings.get("scale", [DREAMER_SCALE.low, DREAMER_SCALE.high])
    return record.label_threshold if learned == [scale.low, scale.high] else scale.threshold


class _Rows:
    """Trials as rows of numbers."""

    def __init__(self, trials: list[Trial], record: TrainingRecord, threshold: float) -> None:
        self.subject, subjects = _numbers([trial.subject for trial in trials])
        self.trial, names = _numbers([trial.name for trial in trials])
        self.stimulus, stimuli = _numbers([trial.stimulus for trial in trials])
        self.names = Names(subjects, stimuli, names)
        rated = [[trial.ratings[target] for target in TARGETS[:2]] for trial in trials]
        self._ratings = np.array(rated, dtype=np.float64)
        self._threshold, self._base_rate = threshold, np.array(record.base_rate)

    def predictions(self, said: list[tuple[int, Affect]]) -> HeldOutPredictions:
        """What was said of trials, by their places."""
        index = np.array([place for place, _ in said])
        return HeldOutPredictions(
            subject=self.subject[index],
            trial=self.trial[index],
            fold=np.zeros(len(said), np.int64),
            labels=(self._ratings[index] >= self._threshold).astype(np.float64),
            probabilities=np.array([(affect.valence, affect.arousal) for _, affect in said]),
            base_rate=np.tile(self._base_rate, (len(said), 1)),
            ratings=self._ratings[index],
            shown=self.stimulus[index],
            names=self.names,
        )


def _numbers(names: list[str]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    number_of, in_order = numbered(names)
    return np.array([number_of[name] for name in names]), in_order


def unseen_people(
    model: TrainedModel, cohort: Dataset, seeds: tuple[int, int]
) -> Iterator[tuple[list[Trial], np.random.Generator]]:
    """The trials of everyone in a cohort whom a model never saw, each with draws of their own.

    Raises
    ------
    LeakError
        If it was trained on one of them.
    """
    check_unseen(model.record, cohort, cohort.subjects)
    for place, subject in enumerate(cohort.subjects):
        trials = list(cohort.trials(subject))
        check_no_copies(model.record, model.spec.n_times, cohort, trials)
        yield trials, np.random.default_rng((*seeds, place))


def person_profile(trials: list[Trial], spec: Spec) -> Profile | None:
    """A person's profile from all their trials, as in training."""
    if not spec.standardise:
        return None
    baseline = [extract(w, spec) for trial in trials for w in baseline_windows(trial, spec)]
    own = [] if baseline else [w for trial in trials for w in WindowPlan().cut(trial.eeg, spec)]
    if not baseline and not own:  # no trial is as long as a window
        return None
    return unlabelled_profile(baseline, [extract(w, spec) for w in own], spec, WindowPlan().hop)


def classify_trial(classifier: Classifier, trial: Trial, hop: int) -> list[tuple[Affect, OverTime]]:
    """Push the last 60 s of a trial through a ring and classify each window that falls due.

    What is said over time of the last one is what would stand there live as the trial ends.
    """
    spec = classifier.spec
    n_times = min(trial.eeg.shape[1], int(LAST_SECONDS * spec.sfreq))
    # As in training, the last window ends with the trial.
    late = (n_times - spec.n_times) % hop if n_times >= spec.n_times else 0
    data = trial.eeg[:, trial.eeg.shape[1] - n_times + late :]
    timestamps = np.arange(data.shape[1]) / spec.sfreq
    ring = RingBuffer(len(spec.ch_names), spec.n_times, hop)
    classifier.reset()
    return [
        classifier.classify(classifier.extract(due.data), due.sample)
        for due in ring.extend(data, timestamps)
    ]


def check_unseen(record: TrainingRecord, dataset: Dataset, subjects: tuple[str, ...]) -> None:
    """Raise ``LeakError`` if one of the subjects had a part in the training."""
    trained_on = set(map(str, record.subjects)) if record.people == dataset.people else set()
    seen = sorted(trained_on & set(subjects), key=natural_order)
    if seen:
        raise LeakError(
            f"{dataset.name}: the model was trained on subjects {', '.join(seen)}: "
            "evaluate on other people"
        )


def check_no_copies(
    record: TrainingRecord, n_times: int, dataset: Dataset, trials: list[Trial]
) -> None:
    """Raise ``LeakError`` if a trial's last window is one that the model was trained on."""
    known = set(np.frombuffer(bytes.fromhex(record.last_windows), ">i8").tolist())
    for trial in trials if known else ():
        if window_hash(trial.eeg[:, -n_times:]) in known:
            raise LeakError(
                f"{dataset.name}: {trial.where} is a copy of one "
                "that the model was trained on: evaluate on other people"
            )
