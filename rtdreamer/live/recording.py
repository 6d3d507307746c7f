"""The recording of a session, which may begin and end at any time while it runs."""

import math
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

from rtdreamer.errors import RtdreamerError
from rtdreamer.live.errands import Errands
from rtdreamer.live.orders import RecordingReport, Report, Said
from rtdreamer.live.recorder import RecordConfig, Recorder
from rtdreamer.live.sink import Sink, State
from rtdreamer.prediction import Prediction
from rtdreamer.signal.features import Features
from rtdreamer.stream.chunk import Chunk
from rtdreamer.stream.marker import Marker

OFF = RecordingReport(False)

TELL_S = 1.0
"""So often it is told how large the file is, where nothing else has changed."""


class Recording(Sink):
    """A sink that passes everything on to a recorder while there is one.

    Disks are waited for in threads: neither the beginning nor the end of a recording keeps the
    session waiting.

    Parameters
    ----------
    errands : Errands
        Does what may take long.
    tell : callable
        Given what there is to report.
    clock : callable
        LSL time now, seconds.
    """

    def __init__(
        self, errands: Errands, tell: Callable[[Report], object], clock: Callable[[], float]
    ) -> None:
        self._errands = errands
        self._tell = tell
        self._clock = clock
        self._recorder: Recorder | None = None
        self._ending: list[Recorder] = []
        self._watched: Callable[[], float] | None = None
        self._session_clock: Callable[[], float] = clock
        self._is_starting = False
        self._n_chunks = 0
        self._told = OFF
        self._told_at = -math.inf
        self._news: list[str] = []

    @property
    def is_on(self) -> bool:
        """Whether there is a recording, or is to be one."""
        return self._recorder is not None or self._is_starting

    @property
    def has_file(self) -> bool:
        """Whether something is recorded already."""
        return self._recorder is not None and self._recorder.path is not None

    def watch(self, clock: Callable[[], float]) -> Callable[[], float]:
        """Return the session's clock, of which recorders hear everything that it says."""
        self._session_clock = clock
        return lambda: (self._watched or clock)()

    def start(self, config: RecordConfig) -> None:
        """Begin at once.

        Raises
        ------
        RtdreamerError
            If nothing can be written in the folder.
        """
        self._take_on(Recorder(config, self._clock))

    def start_soon(self, config: Callable[[], RecordConfig]) -> None:
        """Begin, and tell if that cannot be; to look for that, a disk may take long."""
        if self.is_on:
            self._tell(Said("it is being recorded already", is_problem=True))
            return
        self._is_starting = True
        self._errands.send(lambda: Recorder(self._dated(config()), self._clock), self._started)

    def stop(self, then: Callable[[], object] = lambda: None) -> None:
        """End the file, tell of it, and go on with ``then``."""
        recorder, self._recorder, self._watched = self._recorder, None, None
        if recorder is None:
            return

        def ended(outcome: Future[None]) -> None:
            self._ending.remove(recorder)
            line = recorder.in_words or "nothing was recorded: no samples came"
            self._news.append(line)
            self._tell(Said(line, is_problem=bool(recorder.report.problem)))
            then()

        self._ending.append(recorder)
        self._errands.send(recorder.close, ended)
        self._report(OFF)

    def tell_again(self) -> None:
        """Have the next ``attend`` tell how it stands: who was told may not be who hears now."""
        self._told = OFF

    def attend(self) -> None:
        """Tell of what has changed since this was last called."""
        recorder = self._recorder
        if recorder is not None:
            report, now = recorder.report, self._clock()
            as_told = replace(report, size=self._told.size) == self._told
            if not as_told or now - self._told_at >= TELL_S:
                # Also where no more was written: it says how long it takes already.
                self._told, self._told_at = report, now
                self._tell(report)

    def end(self) -> str:
        """End what there is, with the session; return how much was recorded where."""
        recorder, self._recorder, self._watched = self._recorder, None, None
        for each in (*self._ending, *([] if recorder is None else [recorder])):
            each.close()
        return "" if recorder is None else recorder.in_words

    def close(self) -> None:
        """As ``end``."""
        self.end()

    def _dated(self, config: RecordConfig) -> RecordConfig:
        """Say of what is recorded from the middle of a session on that it is."""
        if not self._n_chunks:
            return config
        return replace(config, about={**config.about, "joined_late": True})

    def _started(self, outcome: Future[Recorder]) -> None:
        self._is_starting = False
        try:
            self._take_on(outcome.result())
        except (RtdreamerError, OSError) as error:
            self._tell(Said(f"not recorded: {error}", is_problem=True))

    def _take_on(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._watched = recorder.watch(self._session_clock)
        self._report(RecordingReport(True))

    def _report(self, report: RecordingReport) -> None:
        if report != self._told:
            self._told = report
            self._tell(report)

    # What passes through.

    def on_state(self, state: State) -> None:
        if self._recorder is not None:
            self._recorder.on_state(state)

    def on_chunk(self, chunk: Chunk) -> None:
        self._n_chunks += 1
        if self._recorder is not None:
            self._recorder.on_chunk(chunk)

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        if self._recorder is not None:
            self._recorder.on_prediction(prediction, features)

    def on_marker(self, marker: Marker) -> None:
        if self._recorder is not None:
            self._recorder.on_marker(marker)

    def news(self) -> str:
        """What the recorder has to say, and what came of those that have ended."""
        if self._news:
            return self._news.pop(0)
        return "" if self._recorder is None else self._recorder.news()
