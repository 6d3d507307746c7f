"""A recorded session predicted again, through the very objects of a live one."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from rtdreamer.errors import DataError, StreamLostError
from rtdreamer.live.json_lines import prediction_values
from rtdreamer.live.predictor import Predictor, WindowClassifier
from rtdreamer.live.recorded_session import RecordedSession, RecordedSource
from rtdreamer.live.session import Session
from rtdreamer.live.sink import Sink
from rtdreamer.prediction import Prediction
from rtdreamer.signal.features import Features
from rtdreamer.stream.chunk import Chunk, StreamDescription

OF_THE_MACHINE = ("latency_ms", "compute_ms")
"""What is of the moment of a prediction, and not of what it was made from."""


def rescore(
    recorded: RecordedSession,
    classifier: WindowClassifier,
    hop: int,
    at_its_pace: bool,
    progress: Callable[[int, int], None] | None = None,
) -> list[dict[str, Any]]:
    """Follow a recorded session's sources, one after the other, and predict.

    Parameters
    ----------
    recorded : RecordedSession
        The session.
    classifier : WindowClassifier
        Answers for each window; a new one.
    hop : int
        Samples from one prediction to the next.
    at_its_pace : bool
        Whether windows are skipped where the session was too late for them. Else none is.
    progress : callable, optional
        Told once for each second of EEG how many are done, and how many there are.

    Returns
    -------
    list of dict
        Predictions, in plain values, but for those ``OF_THE_MACHINE``.

    Raises
    ------
    DataError
        If a source has a rate that cannot be followed.
    """
    made = _Made()
    clock = _RecordedClock(recorded.readings if at_its_pace else ())
    session = Session(Predictor(classifier), [made], hop, clock)
    own = classifier.spec.headset.sfreq
    passed = None if progress is None else _Seconds(recorded, own, progress)
    for source in recorded.sources:
        if (sfreq := source.description.sfreq) not in (0, own, 2 * own):
            raise DataError(f"a source of {sfreq:g} Hz: must be {own:g} or {2 * own:g} Hz")
        with suppress(StreamLostError):
            session.follow(_Replayed(source, clock, passed), lambda: False)
    return made.predictions


class _Made(Sink):
    """Keeps the predictions."""

    def __init__(self) -> None:
        self.predictions: list[dict[str, Any]] = []

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        # As a recording has them: what JSON cannot tell apart is the same.
        values = json.loads(json.dumps(prediction_values(prediction, math.nan)))
        self.predictions.append(
            {name: value for name, value in values.items() if name not in OF_THE_MACHINE}
        )


class _RecordedClock:
    """The session's clock as it was: says for each chunk again what it said then."""

    def __init__(self, readings: Sequence[Sequence[float]]) -> None:
        self._readings = readings
        self._n_chunks = 0
        self._left: list[float] = []
        self._last = 0.0

    def next_chunk(self) -> None:
        """The next chunk is worked on."""
        if self._n_chunks < len(self._readings):
            self._left = list(self._readings[self._n_chunks])[::-1]
        self._n_chunks += 1

    def __call__(self) -> float:
        if self._left:
            self._last = self._left.pop()
        return self._last


class _Replayed:
    """A source that hands over again what was recorded, then is lost."""

    def __init__(
        self, source: RecordedSource, clock: _RecordedClock, passed: "_Seconds | None"
    ) -> None:
        self._passed = passed
        self._chunks = iter(source.chunks)
        self._clock = clock
        self._source = source

    @property
    def description(self) -> StreamDescription:
        return self._source.description

    @property
    def note(self) -> str:
        return self._source.note

    def pull(self, timeout: float) -> Chunk:
        chunk = next(self._chunks, None)
        if chunk is None:
            raise StreamLostError("the recording ends here")
        self._clock.next_chunk()
        if self._passed is not None:
            self._passed.add(chunk.n_times / (self.description.sfreq or self._passed.sfreq))
        return chunk


class _Seconds:
    """Tells how many seconds of EEG are done, where one more is."""

    def __init__(
        self, recorded: RecordedSession, sfreq: float, progress: Callable[[int, int], None]
    ) -> None:
        self.sfreq = sfreq
        self._progress = progress
        self._total = sum(
            sum(chunk.n_times for chunk in source.chunks) / (source.description.sfreq or sfreq)
            for source in recorded.sources
        )
        self._done, self._told = 0.0, -1

    def add(self, seconds: float) -> None:
        """So many more are done."""
        self._done += seconds
        if int(self._done) > self._told:
            self._told = int(self._done)
            self._progress(self._told, max(math.ceil(self._total), 1))


@dataclass(frozen=True, slots=True)
class Comparison:
    """How predictions that were made again differ from those recorded.

    Attributes
    ----------
    n_both, n_same : int
        Predictions for the same samples, and those of them that are the same bit for bit.
    only_recorded, only_made : int
        Those whose sample the other has no prediction for.
    first : str
        What differs first and how, in one line; empty if nothing does.
    max_valence, max_arousal : float
        The largest difference of an answer.
    n_verdicts : int
        Where only one of the two has a verdict.
    """

    n_both: int
    n_same: int
    only_recorded: int
    only_made: int
    first: str
    max_valence: float
    max_arousal: float
    n_verdicts: int

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return self.n_same == self.n_both and not (self.only_recorded or self.only_made)

    @property
    def in_words(self) -> str:
        """All of it, in one line."""
        if self.is_same:
            if self.n_both == 1:
                return "the one prediction is that recorded, bit for bit"
            return f"all {self.n_both} predictions are those recorded, bit for bit"
        parts = [f"{self.n_same} of {self.n_both} predictions for the same samples are the same"]
        if self.n_same < self.n_both:
            parts.append(
                f"valence differs by up to {self.max_valence:.3g}, arousal by up to "
                f"{self.max_arousal:.3g}"
            )
        if self.n_verdicts:
            parts.append(f"only one of the two has a verdict for {self.n_verdicts}")
        if self.only_recorded:
            parts.append(f"{self.only_recorded} are only in the recording")
        if self.only_made:
            parts.append(f"{self.only_made} are not in the recording")
        return "; ".join([*parts, *([f"first, {self.first}"] if self.first else [])])


def compare(recorded: Sequence[Mapping[str, Any]], made: Sequence[Mapping[str, Any]]) -> Comparison:
    """Compare predictions by their samples, in all that is not of the machine.

    Parameters
    ----------
    recorded, made : sequence of mapping
        Predictions in plain values.
    """
    before = {values["sample"]: values for values in recorded}
    after = {values["sample"]: values for values in made}
    both = sorted(before.keys() & after.keys())
    differing = [n for n in both if _differences(before[n], after[n])]
    first = ""
    if differing:
        n, (name, *_) = differing[0], _differences(before[differing[0]], after[differing[0]])
        first = f"at sample {n}: {name} was {before[n].get(name)!r:.80}"
        first += f", is {after[n].get(name)!r:.80}"
    elif single := sorted(before.keys() ^ after.keys()):
        where = "the recording" if single[0] in before else "what was made again"
        first = f"at sample {single[0]}: only in {where}"
    pairs = [(before[n], after[n]) for n in both]
    return Comparison(
        len(both), len(both) - len(differing),
        len(before.keys() - after.keys()), len(after.keys() - before.keys()), first,
        _largest("valence", pairs), _largest("arousal", pairs),
        sum((a["valence"] is None) != (b["valence"] is None) for a, b in pairs),
    )  # fmt: skip


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    names = [name for name in {**before, **after} if name not in OF_THE_MACHINE]
    # As JSON, in which NaN is NaN.
    return [n for n in names if json.dumps(before.get(n)) != json.dumps(after.get(n))]


def _largest(name: str, pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> float:
    return max(
        (abs(a[name] - b[name]) for a, b in pairs if None not in (a[name], b[name])), default=0.0
    )
