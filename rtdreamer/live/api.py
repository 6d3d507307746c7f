"""Live predictions from Python: one window at a time, or a stream that is followed."""

import queue
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from rtdreamer.arguments import check_number, check_whole
from rtdreamer.channels import microvolts
from rtdreamer.data.session_path import is_label, session_path
from rtdreamer.errors import RtdreamerError
from rtdreamer.files import check_writable
from rtdreamer.live.follow import FollowConfig, MarkerConfig
from rtdreamer.live.follow import follow as follow_stream
from rtdreamer.live.predictor import Predictor
from rtdreamer.live.profile_file import read_profile_for
from rtdreamer.live.recorder import RecordConfig
from rtdreamer.live.session_facts import record_config, text_of
from rtdreamer.live.sink import Sink, State
from rtdreamer.live.worker import Worker
from rtdreamer.lsl import library
from rtdreamer.lsl.channel_plan import Reading
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.released import load_live
from rtdreamer.prediction import Prediction
from rtdreamer.signal.features import Features

POLL_S = 0.1
"""A wait without end could not be interrupted on Windows."""


def load_model(
    model: str | Path | None = None, profile: str | Path | None = None, hop: int | None = None
) -> Predictor:
    """Load a model that answers for raw windows of one person.

    Parameters
    ----------
    model : str or Path, optional
        A released model's name, or a checkpoint's path. The default one was trained on simulated
        people, and says nothing of what anyone feels.
    profile : str or Path, optional
        The person's baseline, a file that the command line wrote. Without it, the baseline is
        estimated from the windows as they come, beginning with the average person of the training.
    hop : int, optional
        Samples from one window to the next, which that estimate needs to know; by default windows
        follow one another without a gap.

    Returns
    -------
    Predictor
        Its ``predict`` takes one raw window, shape (14, 1280), µV. torch computes in one thread
        from then on, in the whole process.

    Raises
    ------
    RtdreamerError
        If the model or the baseline is not there, broken, or does not fit; or the hop is none.
    """
    if hop is not None:
        check_whole("hop", hop, 1)
    return Predictor(_classifier(model, profile, hop))


def follow(
    stream: str = "EPOC",
    *,
    model: str | Path | None = None,
    profile: str | Path | None = None,
    hop: int = 16,
    source_id: str | None = None,
    timeout: float | None = None,
    duration: float | None = None,
    publish: bool = False,
    unit: str | None = None,
    rename: Mapping[str, str] | None = None,
    record: str | Path | None = None,
    sub: str = "P001",
    ses: str = "S001",
    markers: Sequence[str] = (),
) -> "Following":
    """Follow a headset's LSL stream, as the live command does, without a window.

    Parameters
    ----------
    stream : str
        Its name or a part of it, its source_id or the beginning of that; ``EPOC`` finds any EPOC.
    model, profile : str or Path, optional
        As for ``load_model``.
    hop : int
        Samples from one prediction to the next.
    source_id : str, optional
        Of several streams that match, the one with this source_id.
    timeout : float, optional
        Seconds to wait for the stream; for ever if not given.
    duration : float, optional
        Seconds after which the predictions end; when the block is left, if not given.
    publish : bool
        Whether predictions and changes of state are published as LSL streams, too.
    unit : str, optional
        The stream's unit, such as ``"uV"``, whatever it says itself.
    rename : mapping, optional
        What to read in the place of some of the stream's labels, as ``{"P": "P7"}``.
    record : str or Path, optional
        A folder, to record the session into: one XDF file, from the first sample until the block is
        left, which ``rtdreamer rescore`` predicts from again.
    sub, ses : str
        Of whom the recording is, and which session of theirs, as its file's name is to say: codes
        of letters and digits, no names of people.
    markers : sequence of str
        Other programs' marker streams to record and publish, each by its name or source_id.

    Returns
    -------
    Following
        To be used in a ``with`` block, where it gives one prediction after the other.

    Raises
    ------
    RtdreamerError
        If the model or the baseline is not there, broken, or does not fit, nothing can be written
        in the folder of recordings, or a parameter makes no sense; when predictions are asked for,
        if there is no such stream or it cannot be used; and when the block is left, if the stream
        is still followed 10 s later.

    Examples
    --------
    >>> with rtdreamer.follow("EPOC", timeout=60) as predictions:
    ...     for prediction in predictions:
    ...         print(prediction.affect or prediction.reason)
    """
    check_whole("hop", hop, 1)
    for name, seconds in (("timeout", timeout), ("duration", duration)):
        if seconds is not None:
            check_number(name, seconds, 0)
    for name, text in (("stream", stream), ("source_id", source_id or "")):
        if not isinstance(text, str):
            raise RtdreamerError(f"{name} is {text!r:.40}, must be text")
    if unit is not None and (not isinstance(unit, str) or not unit.strip() or not microvolts(unit)):
        raise RtdreamerError(f"unit is {unit!r:.40}, must be uV, mV or V")
    if isinstance(markers, str) or not all(isinstance(name, str) and name for name in markers):
        raise RtdreamerError(f"markers is {markers!r:.40}, must be a list of streams' names")
    classifier = _classifier(model, profile, hop)
    recorded = None if record is None else _recorded(record, sub, ses, model, profile, hop)
    reading = Reading(unit, dict(rename or {}))
    library.silence_information()

    def work(sink: Sink, should_stop: Callable[[], bool]) -> None:
        config = FollowConfig(
            stream, hop, None, duration, timeout, publish, source_id, reading, recorded,
            MarkerConfig(tuple(markers)),
        )  # fmt: skip
        follow_stream(config, classifier, [sink], should_stop)

    return Following(work)


def _classifier(
    model: str | Path | None, profile: str | Path | None, hop: int | None
) -> Classifier:
    for name, path in (("model", model), ("profile", profile)):
        if not isinstance(path, str | Path | None):
            raise RtdreamerError(f"{name} is {path!r:.40}, must be text or a Path")
    checkpoint = load_live(model)
    known = (
        None
        if profile is None
        else read_profile_for(checkpoint.name, checkpoint.spec, Path(profile))
    )
    return Classifier.ready(checkpoint, hop, known)


def _recorded(
    record: str | Path, sub: str, ses: str, model: str | Path | None, profile: str | Path | None,
    hop: int,
) -> RecordConfig:  # fmt: skip
    """Say where and how to record, and find out now whether that can be."""
    if not isinstance(record, str | Path) or not str(record):
        raise RtdreamerError(f"record is {record!r:.40}, must be a folder: text or a Path")
    for name, label in (("sub", sub), ("ses", ses)):
        if not isinstance(label, str) or not is_label(label):
            raise RtdreamerError(f"{name} is {label!r:.40}, must be letters and digits")
    text = None if profile is None else text_of(Path(profile))
    config = record_config(
        Path(record), sub, ses, model=model, profile=text, hop=hop, in_torch=False
    )
    check_writable(session_path(config.folder, sub, ses, 1).with_suffix(""))
    return config


class Following(Iterator[Prediction]):
    """Predictions of a stream that is followed in a thread of its own, in the order they are made.

    Predictions that are not taken at once wait: none is dropped. What was skipped before a model
    saw it, because the machine was too slow, each prediction counts.

    Parameters
    ----------
    work : callable
        Follows a stream: given a sink, and what to ask whether to stop.

    Attributes
    ----------
    state : State or None
        Where the session stands, such as that it waits for the stream; None before it began.
    """

    def __init__(self, work: Callable[[Sink, Callable[[], bool]], None]) -> None:
        self.state: State | None = None
        # None is the end.
        self._made: queue.SimpleQueue[Prediction | None] = queue.SimpleQueue()
        taker = _Taker(self)
        self._worker = Worker(
            lambda should_stop: work(taker, should_stop), lambda: self._made.put(None)
        )

    def __enter__(self) -> Self:
        if self._worker.was_started:
            raise RtdreamerError("this stream was followed before: call follow again")
        self._worker.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._worker.end()
        except RtdreamerError:
            # What ended the block comes first.
            if error is None:
                raise
        if error is None:
            self._raise()

    def __next__(self) -> Prediction:
        if not self._worker.was_started:
            raise RtdreamerError("a stream is followed in a block: with follow(...) as predictions")
        while True:
            with suppress(queue.Empty):
                if (prediction := self._made.get(timeout=POLL_S)) is not None:
                    return prediction
                self._made.put(None)  # for who asks again
                self._raise()
                raise StopIteration

    def _raise(self) -> None:
        """Raise what ended the session, once."""
        error, self._worker.error = self._worker.error, None
        if error is not None:
            raise error

    def _take(self, prediction: Prediction) -> None:
        self._made.put(prediction)


class _Taker(Sink):
    """The sink that keeps the state and the predictions."""

    def __init__(self, following: Following) -> None:
        self._following = following

    def on_state(self, state: State) -> None:
        self._following.state = state

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        self._following._take(prediction)
