"""A classifier that is still being made ready while the first window fills."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import numpy as np
from numpy.typing import NDArray

from rtdreamer.live.desk import Desk
from rtdreamer.live.follow import FollowConfig, follow
from rtdreamer.live.model_facts import ModelFacts
from rtdreamer.live.sink import Sink
from rtdreamer.live.steady import Width
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.trained_model import TrainedModel, TrainingRecord, trained_on
from rtdreamer.prediction import Affect, OverTime
from rtdreamer.signal.features import Features, Spec
from rtdreamer.signal.profile import Profile
from rtdreamer.stream.rated import HIGH_FROM, HIGHEST, LOWEST


class LoadingClassifier:
    """Knows at once what it expects of a window, and answers as soon as its model is ready.

    Until then samples are taken already: the first window needs 10 s of them, and filters and a
    network a second.

    Parameters
    ----------
    model : TrainedModel
        The model.
    hop : int
        Samples from one prediction to the next.
    profile : Profile, optional
        Of the person.

    Attributes
    ----------
    name, simulated, spec
        As of ``Classifier``.
    average : Profile or None
        The average person, where it answers relative to one.
    """

    def __init__(self, model: TrainedModel, hop: int, profile: Profile | None = None) -> None:
        self.name = model.name
        self.simulated = model.record.simulated
        self.spec: Spec = model.spec
        self.average = model.average if model.spec.standardise else None
        self._ready: Future[Classifier] = Future()
        # A daemon: no one who leaves has to wait for it.
        threading.Thread(
            target=self._load, args=(model, hop, profile), name="model", daemon=True
        ).start()

    @property
    def has_failed(self) -> bool:
        """Whether it will never answer: asked for an answer, it says why."""
        return self._ready.done() and self._ready.exception() is not None

    def extract(self, window: NDArray[np.float64]) -> Features:
        """As ``Classifier.extract``; waits until the model is ready."""
        return self.wait().extract(window)

    def classify(self, features: Features, sample: int) -> tuple[Affect, OverTime]:
        """As ``Classifier.classify``."""
        return self.wait().classify(features, sample)

    def reset(self) -> None:
        """As ``Classifier.reset``."""
        self.wait().reset()

    def use_profile(self, profile: Profile) -> None:
        """As ``Classifier.use_profile``."""
        self.wait().use_profile(profile)

    def wait(self) -> Classifier:
        """Return the classifier once it is ready.

        Raises
        ------
        BaseException
            What kept it from that.
        """
        return self._ready.result()

    def _load(self, model: TrainedModel, hop: int, profile: Profile | None) -> None:
        try:
            self._ready.set_result(Classifier.ready(model, hop, profile))
        except BaseException as error:  # raised again in the thread that asks
            self._ready.set_exception(error)


def facts_of(model: TrainedModel, profile: str | None) -> ModelFacts:
    """Return what screens say of a model; ``profile`` names the person's, if there is one."""
    note, baseline = trained_on(model.record.simulated), ""
    if model.spec.standardise:
        baseline = f"relative to {profile}" if profile else "no profile: estimating"
    width, settling = None, model.measured.settling
    if settling is not None and settling.holds:
        people = "simulated people" if settling.simulated else "people"
        width = Width(settling.width, settling.share, people)
    return ModelFacts(
        model.name, model.record.simulated, note, model.record.base_rate, model.spec, baseline,
        width, high_from(model.record),
    )  # fmt: skip


def high_from(record: TrainingRecord) -> float:
    """From where on a rating of DREAMER's is high: the model's, unless it learned another scale."""
    scale = [LOWEST, HIGHEST]
    return record.label_threshold if record.settings.get("scale", scale) == scale else HIGH_FROM


def follow_loading(
    config: FollowConfig,
    classifier: LoadingClassifier,
    sinks: Sequence[Sink],
    should_stop: Callable[[], bool],
    desk: Desk | None = None,
) -> None:
    """As ``follow``; what keeps the model from being ready ends it at once and is raised."""
    follow(config, classifier, sinks, lambda: should_stop() or classifier.has_failed, desk=desk)
    if classifier.has_failed:
        classifier.wait()
