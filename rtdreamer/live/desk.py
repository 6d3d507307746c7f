"""Sees to what is ordered of a session, in the session's own thread and without delaying it."""

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import singledispatchmethod
from pathlib import Path
from typing import Protocol

from rtdreamer.data.xdf_writer import stream_header
from rtdreamer.errors import RtdreamerError
from rtdreamer.live import orders
from rtdreamer.live.baseline_run import BaselineRun
from rtdreamer.live.errands import Errands
from rtdreamer.live.orders import Change, Order, Report, Said, StreamsFound
from rtdreamer.live.profile_file import profile_text, read_profile_for, write_profile
from rtdreamer.live.recorder import RecordConfig
from rtdreamer.live.recording import Recording
from rtdreamer.live.session import Session
from rtdreamer.live.sink import Phase, Sink, State
from rtdreamer.prediction import Prediction
from rtdreamer.signal.features import Features, Spec
from rtdreamer.signal.profile import Profile
from rtdreamer.stream.chunk import Chunk, StreamDescription
from rtdreamer.stream.gaps import Piece
from rtdreamer.stream.marker import MARKS, Marker

LOOK_S = 1.0
"""Between two looks which streams are there."""

HEADER = stream_header(MARKS, "Markers", "string", [("marker", "")])


class Person(Protocol):
    """What answers relative to a person's baseline, and can be given another one."""

    @property
    def name(self) -> str:
        """The model's name."""

    @property
    def spec(self) -> Spec:
        """The windows that it takes."""

    @property
    def average(self) -> Profile | None:
        """The average person; None if it does not answer relative to one."""

    def use_profile(self, profile: Profile) -> None:
        """Answer relative to this baseline from now on."""


class Desk(Sink):
    """Takes orders, does what they say to the session it is given to, and reports.

    Parameters
    ----------
    take : callable
        Returns what was ordered since it was last called.
    person : Person, optional
        Who is given a baseline; without, none can be.
    record : callable, optional
        Says how to record into a folder, given that and the text of the profile in use; without,
        nothing can be recorded on order.
    profile : str, optional
        The text of the profile that is in use at first.
    clock : callable
        LSL time now, seconds.
    look : callable, optional
        Returns at once which streams are there.
    load : callable, optional
        Loads a model; without, the session stays as it is: who runs it runs no other one after it.

    Attributes
    ----------
    change : Change or None
        For what the session is to end, so that another can begin.
    loaded : object
        The model that was loaded for that.
    measured : Profile or None
        The last baseline that was measured.
    in_use : tuple of Profile and str, or None
        The baseline that was put in use here, and what it is called.
    folder_in_wait : Path or None
        That was to be recorded into when the session ended, and of which there was no file yet.
    profile_text : str or None
        What a file of the profile in use would hold.
    """

    def __init__(
        self,
        take: Callable[[], Sequence[Order]] | None = None,
        person: Person | None = None,
        record: Callable[[Path, str | None], RecordConfig] | None = None,
        profile: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        look: Callable[[], tuple[StreamDescription, ...]] | None = None,
        load: Callable[[str], object] | None = None,
    ) -> None:
        self.takes_orders = take is not None
        self._take = take or tuple
        self._person = person
        self._record_into = record
        self._errands = Errands()
        self.recording = Recording(self._errands, self.tell, clock)
        self._session: Session | None = None
        self._folder: Path | None = None
        self.profile_text = profile
        self._baseline: BaselineRun | None = None
        self.measured: Profile | None = None
        self.change: Change | None = None
        self.loaded: object = None
        self.folder_in_wait: Path | None = None
        self.in_use: tuple[Profile, str] | None = None
        self._load = load
        self._look, self._clock = look, clock
        self._looked_at = -math.inf
        self._streams: tuple[StreamDescription, ...] = ()
        self._told: Report | None = None
        self._phase = Phase.WAITING
        self._sample = -1

    def serve(self, session: Session) -> None:
        """Do from now on to this session what is ordered."""
        self._session = session
        self.recording.tell_again()

    def attend(self) -> None:
        """See to what was ordered, and to what has ended; returns at once."""
        for order in self._take():
            self._do(order)
        self._errands.attend()
        self.recording.attend()
        self._attend_to_baseline()
        self._look_around()

    def tell(self, report: Report) -> None:
        """Report something to those whom the session tells."""
        if self._session is not None:
            self._session.report(report)

    @property
    def session(self) -> Session | None:
        """The one that is served."""
        return self._session

    def record(self, config: RecordConfig) -> None:
        """Record from the beginning; raises as ``Recording.start`` does."""
        self._folder = config.folder
        self.recording.start(config)

    def record_soon(self, folder: Path) -> None:
        """Record into a folder as soon as that can be; tell if it cannot."""
        record, text = self._record_into, self.profile_text
        if record is None:
            self.tell(Said("this session cannot be recorded", is_problem=True))
            return
        self._folder = folder
        self.recording.start_soon(lambda: record(folder, text))

    def end_recording(self) -> str:
        """End the recording with the session; return how much was recorded where."""
        self._keep_folder()
        line = self.recording.end()
        if line:
            self.tell(Said(line))
        return line

    def close(self) -> None:
        """End what is going on."""
        self._keep_folder()
        self.recording.close()

    def _keep_folder(self) -> None:
        if self.recording.is_on and not self.recording.has_file:
            self.folder_in_wait = self._folder

    def _look_around(self) -> None:
        """Tell which streams are there, when there are others."""
        now = self._clock()
        if self._look is None or self._session is None or now - self._looked_at < LOOK_S:
            return
        self._looked_at = now
        if (found := self._look()) != self._streams:
            self._streams = found
            self.tell(StreamsFound(found))

    @singledispatchmethod
    def _do(self, order: Order) -> None:
        raise TypeError(f"no such order: {order!r:.80}")

    # Another session.

    @_do.register
    def _(self, order: orders.FollowStream) -> None:
        if self._load is None:
            self.tell(Said("this session stays as it is", is_problem=True))
        else:
            self.change = order

    @_do.register
    def _(self, order: orders.UseModel) -> None:
        load = self._load
        if load is None:
            self.tell(Said("this session stays as it is", is_problem=True))
            return

        def loaded(outcome: Future[object]) -> None:
            try:
                self.loaded = outcome.result()
            except (RtdreamerError, OSError) as error:
                self.tell(Said(f"the model stays: {error}", is_problem=True))
            else:
                self.change = order

        self.tell(Said(f"loading the model {order.model}"))
        self._errands.send(lambda: load(order.model), loaded)

    # Markers.

    @_do.register
    def _(self, order: orders.Mark) -> None:
        text = order.text.strip()[: orders.MAX_MARK]
        if text and self._session is not None:
            self._session.mark(Marker((text,), order.at, 0.0, MARKS, HEADER))

    # The recording.

    @_do.register
    def _(self, order: orders.StartRecording) -> None:
        self.record_soon(order.folder)

    @_do.register
    def _(self, order: orders.StopRecording) -> None:
        self.recording.stop()

    # The baseline.

    @_do.register
    def _(self, order: orders.StartBaseline) -> None:
        person = self._person
        if self._baseline is not None:
            return
        if person is None or person.average is None:
            name = "this model" if person is None else f"model {person.name!r:.60}"
            self._no_baseline(f"{name} does not predict relative to a person: it needs none")
        elif self._phase not in (Phase.FILLING, Phase.LIVE, Phase.POOR):
            self._no_baseline(f"no samples come ({self._phase.value})")
        else:
            self._told = None
            self._baseline = BaselineRun(person.spec, person.average, order.seconds, self._sample)

    @_do.register
    def _(self, order: orders.StopBaseline) -> None:
        if self._baseline is not None:
            self._baseline.why_ended = "stopped"

    @_do.register
    def _(self, order: orders.SaveProfile) -> None:
        person, profile = self._person, self.measured
        if person is None or profile is None:
            self.tell(Said("there is no baseline to be saved yet", is_problem=True))
            return

        def saved(outcome: Future[None]) -> None:
            try:
                outcome.result()
            except (RtdreamerError, OSError) as error:
                self.tell(Said(f"the profile was not saved: {error}", is_problem=True))
            else:
                self.tell(Said(f"saved {order.path}: live --profile takes it"))
                self._name(profile, f"{order.path.name} ({profile.seconds:g} s)")

        spec = person.spec
        self._errands.send(lambda: write_profile(order.path, profile, spec), saved)

    @_do.register
    def _(self, order: orders.UseProfile) -> None:
        person = self._person
        if person is None:
            self.tell(Said("no profile can be used here", is_problem=True))
            return

        def read(outcome: Future[Profile]) -> None:
            try:
                profile = outcome.result()
            except (RtdreamerError, OSError) as error:
                self.tell(Said(f"nothing is changed: {error}", is_problem=True))
            else:
                self._use(profile, f"{order.path.name} ({profile.seconds:g} s)")
                self.tell(Said(f"relative to {order.path.name} from now on"))

        name, spec = person.name, person.spec
        self._errands.send(lambda: read_profile_for(name, spec, order.path), read)

    def _no_baseline(self, why: str) -> None:
        self.tell(orders.BaselineEnd(f"no baseline: {why}", is_measured=False))

    def _attend_to_baseline(self) -> None:
        run = self._baseline
        if run is None:
            return
        if run.is_complete:
            self._baseline = None
            self.measured = run.profile
            self._use(self.measured, f"the baseline measured here ({self.measured.seconds:g} s)")
            line = f"baseline in effect: {run.in_words}"
            self.tell(orders.BaselineEnd(line, is_measured=True))
        elif run.why_ended:
            self._baseline = None
            self._no_baseline(f"{run.why_ended}; {run.so_far}, nothing is changed")
        elif run.report != self._told:
            self._told = run.report
            self.tell(run.report)

    def _use(self, profile: Profile, in_words: str) -> None:
        person = self._person
        if person is None:
            return
        person.use_profile(profile)
        self.profile_text = profile_text(profile, person.spec)
        self._name(profile, in_words)
        if self.recording.is_on and self._folder is not None:
            # A recording says at its start what its predictions are relative to.
            folder = self._folder
            self.recording.stop(then=lambda: self.record_soon(folder))

    def _name(self, profile: Profile, in_words: str) -> None:
        self.in_use = profile, in_words
        self.tell(orders.ProfileInUse(in_words))

    # What passes through.

    def on_state(self, state: State) -> None:
        self._phase = state.phase
        self.recording.on_state(state)
        if self._baseline is not None:
            self._baseline.on_state(state)

    def on_chunk(self, chunk: Chunk) -> None:
        self.recording.on_chunk(chunk)

    def on_samples(self, piece: Piece) -> None:
        if self._baseline is not None:
            self._baseline.on_samples(piece)

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        self._sample = prediction.sample
        self.recording.on_prediction(prediction, features)
        if self._baseline is not None:
            self._baseline.on_prediction(prediction, features)

    def on_marker(self, marker: Marker) -> None:
        self.recording.on_marker(marker)

    def news(self) -> str:
        """What the recording has to say."""
        return self.recording.news()
