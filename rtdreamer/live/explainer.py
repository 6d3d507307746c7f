"""What carried the answer, asked of the real network beside the session, at a slow pace."""

import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from rtdreamer.live.sink import Sink
from rtdreamer.live.steady import Steadier
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.measured import KINDS, Kind
from rtdreamer.model.trained_model import TrainedModel
from rtdreamer.model.why import N_NAMED, Why, carrying, explain
from rtdreamer.prediction import Affect, Carried, Prediction, Reasons
from rtdreamer.signal.features import Features

PACE_S = 1.0
"""From one answer that is asked about to the next, at least."""

PAUSE_S = 0.03
"""Between two questions, at least. A round has some forty, each of a network's millisecond, in
which the session may have to wait for Python's lock: at a third of this, at hop 1, it did so twice
a window, and 99 in 100 frames of the dashboard came within 32 ms, where they do within 23 unasked.
"""

TURN_S = 0.01
"""For so long a question waits for a prediction to have been made: from then on the session mostly
waits for samples, and seldom has to wait for the question."""

NICENESS = 10
"""Of the thread that asks, where the system has it for threads."""

JOIN_S = 2.0
"""For the one question that may be under way when the session ends."""

Asked = tuple[int, Features, Affect]


class Explainer(Sink):
    """A sink that tells, every second or two, what carried the answer of then.

    The session's thread only leaves the newest window with it, and takes what was found since: so
    no prediction is later for it, and what it tells is told in the session's own thread.

    Parameters
    ----------
    model : TrainedModel
        The model. If no deletion test of it holds, nothing is asked and nothing told.
    classifier : callable
        Gives what answers, once there was a prediction.
    tell : callable
        Told the reasons.
    clock : callable
        Seconds.
    """

    def __init__(
        self,
        model: TrainedModel,
        classifier: Callable[[], Classifier],
        tell: Callable[[Reasons], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        deletion = model.measured.deletion
        self._kinds = tuple(k for k in KINDS if deletion is not None and deletion.holds(k))
        self._base_rate = model.record.base_rate
        self._classifier = classifier
        self._tell = tell
        self._clock = clock
        self._steadier = Steadier(self._base_rate)
        self._asked_at = -np.inf
        self._is_asking = False
        self._questions: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()
        self._found: queue.SimpleQueue[Reasons | None] = queue.SimpleQueue()
        self._has_predicted = threading.Event()
        self._has_ended = threading.Event()
        # A daemon, lest a network that never answers keep the process alive.
        self._thread = threading.Thread(target=self._run, name="reasons", daemon=True)
        if self._kinds:
            self._thread.start()

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        if not self._kinds:
            return
        self._has_predicted.set()
        if self._is_asking and not self._found.empty():
            self._is_asking = False
            if (reasons := self._found.get()) is not None:
                self._tell(reasons)
        if prediction.affect is None:
            return
        self._steadier.add(prediction.timestamp, prediction.affect)
        now, means = self._clock(), self._steadier.means
        if not self._is_asking and now - self._asked_at >= PACE_S and means is not None:
            self._is_asking, self._asked_at = True, now
            self._questions.put((prediction.sample, features, means))

    def close(self) -> None:
        """Ask no more.

        What asks has ended then: a process that ends while a thread is inside a network aborts.
        """
        self._has_ended.set()
        self._has_predicted.set()
        self._questions.put(None)
        if self._kinds:
            self._thread.join(JOIN_S)

    def _run(self) -> None:
        if sys.platform == "linux":  # elsewhere a thread's number is no process's
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while (asked := self._questions.get()) is not None and not self._has_ended.is_set():
            try:
                self._found.put(self._reasons(*asked))
            except Exception:  # whatever a network may raise: the session goes on without reasons
                self._found.put(None)

    def _reasons(self, sample: int, features: Features, means: Affect) -> Reasons | None:
        classifier = self._classifier()
        if (profile := classifier.profile) is None:
            return None
        ask = partial(classifier.log_odds, profile=profile)

        def slowly(seen: Features) -> NDArray[np.float64]:
            self._has_ended.wait(PAUSE_S)
            self._has_predicted.clear()
            if not self._has_ended.is_set():
                self._has_predicted.wait(TURN_S)
            if self._has_ended.is_set():
                raise InterruptedError("the session has ended")
            return ask(seen)

        why = explain(slowly, features, profile, classifier.spec, sample)
        return reasons(why, means, self._base_rate, self._kinds)


def reasons(
    why: Why, means: Affect, base_rate: tuple[float, float], kinds: tuple[Kind, ...]
) -> Reasons:
    """Name what carried an answer.

    Parameters
    ----------
    why : Why
        What each part added to it.
    means : Affect
        The answer.
    base_rate : tuple of two floats
        The share of high ratings in training, of valence and of arousal.
    kinds : tuple of str
        Which kinds of parts may be named.
    """

    def carried(target: int, side: int) -> Carried:
        electrodes = carrying(why.electrodes[target], side, N_NAMED["electrodes"])
        bands = carrying(why.bands[target], side, N_NAMED["bands"])
        edges = carrying(why.of_edges[target], side, N_NAMED["edges"])
        return Carried(
            side,
            electrodes if "electrodes" in kinds else (),
            bands if "bands" in kinds else (),
            tuple(why.edges[place] for place in edges) if "edges" in kinds else (),
        )

    sides = (
        1 if mean >= usual else -1
        for mean, usual in zip((means.valence, means.arousal), base_rate, strict=True)
    )
    return Reasons(why.sample, *(carried(target, side) for target, side in enumerate(sides)))
