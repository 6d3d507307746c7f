"""One session after the other, as it is ordered: of another stream, or with another model."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

from rtdreamer.errors import DataError, StreamError
from rtdreamer.live.advice import CHOOSE
from rtdreamer.live.desk import Desk
from rtdreamer.live.explainer import Explainer
from rtdreamer.live.loading import LoadingClassifier, facts_of, follow_loading
from rtdreamer.live.orders import BegunAnew, FollowStream, Order, Said, UseModel
from rtdreamer.live.profile_file import profile_from, read_profile_for
from rtdreamer.live.recorder import RecordConfig
from rtdreamer.live.remote import RemoteConfig
from rtdreamer.live.session_facts import record_config, text_of
from rtdreamer.live.sink import Phase, Sink
from rtdreamer.live.truth import TruthWatch
from rtdreamer.lsl import library
from rtdreamer.lsl.discovery import Lookout
from rtdreamer.lsl.ratings import Ratings
from rtdreamer.model.released import load_live
from rtdreamer.model.trained_model import TrainedModel
from rtdreamer.signal.profile import Profile

HOLD_S = 0.05
"""Between two looks at what is ordered, where no stream can be followed."""


class Runs:
    """Runs sessions until told to stop.

    Parameters
    ----------
    config : RemoteConfig
        Of the first.
    sink : Sink
        Is told of all of them.
    take, should_stop : callable
        What was ordered since this was last asked, and whether to end.
    """

    def __init__(
        self,
        config: RemoteConfig,
        sink: Sink,
        take: Callable[[], Sequence[Order]],
        should_stop: Callable[[], bool],
    ) -> None:
        self._config, self._sink = config, sink
        self._take, self._should_stop = take, should_stop
        self._lookout = Lookout()
        self._ratings = Ratings()
        self._model: TrainedModel = load_live(config.model, config.in_torch)
        self._named = config.model
        self._profile: Profile | None = None
        self._profile_text: str | None = None
        self._relative_to: str | None = None
        if config.profile is not None:
            self._profile = read_profile_for(self._model.name, self._model.spec, config.profile)
            self._profile_text = text_of(config.profile)
            self._relative_to = f"{config.profile.name} ({self._profile.seconds:g} s)"
        started = config.following.started
        self._following = replace(
            config.following, started=time.monotonic() if started is None else started
        )

    def run(self) -> None:
        """Run them, one after the other.

        Raises
        ------
        RtdreamerError
            What ends a session, but for a stream that cannot be used: of that it is told, and
            another choice is waited for.
        """
        folder: Path | None = None
        while True:
            classifier = LoadingClassifier(self._model, self._following.hop, self._profile)
            desk = Desk(
                self._take, classifier, self._record, self._profile_text, library.clock,
                self._lookout.streams, self._load,
            )  # fmt: skip
            explainer = Explainer(self._model, classifier.wait, self._sink.on_reasons)
            truth = TruthWatch(self._ratings.of, self._sink.on_report, library.clock)
            sinks = [self._sink, explainer, truth]
            if folder is not None:
                desk.record_soon(folder)
            with closing(self._ratings), closing(explainer):
                try:
                    follow_loading(self._following, classifier, sinks, self._should_stop, desk)
                except StreamError as error:
                    self._hold(desk, str(error))
            desk.close()
            # What was to be recorded and has not begun is still to be.
            folder = desk.folder_in_wait
            if desk.change is None or self._is_over():
                return
            self._keep_profile(desk)
            self._change(desk)

    def _load(self, named: str) -> TrainedModel:
        return load_live(named, self._config.in_torch)

    def _record(self, folder: Path, text: str | None) -> RecordConfig:
        return record_config(
            folder, *self._config.labels, model=self._named, profile=text,
            hop=self._following.hop, in_torch=self._config.in_torch,
        )  # fmt: skip

    def _is_over(self) -> bool:
        return self._should_stop() or self._following.is_over(time.monotonic())

    def _hold(self, desk: Desk, why: str) -> None:
        """Say why no stream is followed, and wait until another is chosen, or told to stop."""
        session = desk.session
        if session is None:
            return
        if (folder := desk.folder_in_wait) is not None:
            desk.folder_in_wait = None
            desk.record_soon(folder)
        session.enter(Phase.WAITING, f"{CHOOSE}: {why}", None)
        while desk.change is None and not self._is_over():
            desk.attend()
            time.sleep(HOLD_S)

    def _keep_profile(self, desk: Desk) -> None:
        """Go on with the profile that was in use."""
        if desk.in_use is not None and desk.profile_text is not None:
            self._profile, self._relative_to = desk.in_use
            self._profile_text = desk.profile_text

    def _change(self, desk: Desk) -> None:
        """Do what another session was ordered for, and tell of it."""
        order = desk.change
        if isinstance(order, FollowStream):
            # It is recorded again when that is ordered: it may be another person.
            self._following = replace(
                self._following, stream=order.name, source_id=order.source_id or None,
                timeout=None, record=None,
            )  # fmt: skip
            self._begin_anew(f"following {order.name}")
        elif isinstance(order, UseModel) and isinstance(desk.loaded, TrainedModel):
            self._following = replace(self._following, timeout=None, record=None)
            self._use_model(desk.loaded, order.model)
            self._begin_anew(f"model {self._model.name} from now on")

    def _use_model(self, model: TrainedModel, named: str) -> None:
        """Take another model, and the profile along if it fits."""
        self._model, self._named = model, named
        text, self._profile = self._profile_text, None
        if text is not None and model.spec.standardise:
            with suppress(DataError):
                self._profile = profile_from(text.encode(), model.spec, "the profile in use")
        if self._profile is None:
            self._profile_text = self._relative_to = None

    def _begin_anew(self, why: str) -> None:
        facts = facts_of(self._model, self._relative_to)
        self._sink.on_report(BegunAnew(facts, why))
        self._sink.on_report(Said(why))
