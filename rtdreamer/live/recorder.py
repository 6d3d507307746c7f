"""A sink that records the session in a thread of its own, so that no disk keeps it waiting."""

import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from os.path import samestat
from pathlib import Path
from typing import Any

from rtdreamer.counting import are, counted
from rtdreamer.data.session_path import next_run, session_path
from rtdreamer.errors import DataError, RtdreamerError
from rtdreamer.files import check_writable
from rtdreamer.live.json_lines import event_json
from rtdreamer.live.orders import RecordingReport
from rtdreamer.live.session_writer import SessionWriter
from rtdreamer.live.sink import Sink, State
from rtdreamer.prediction import Prediction
from rtdreamer.signal.features import Features
from rtdreamer.stream.chunk import Chunk
from rtdreamer.stream.marker import Marker

FLUSH_S = 0.1
SYNC_S = 1.0
"""So often at most the disk itself is asked to have everything, should the power go."""

MAX_WAITING = 8192
"""Calls of a sink that wait to be written: at hop 1 and single samples half a minute's."""

END_S = 8.0
"""So long the end of a session waits for the disk."""

GONE = "its file was moved or deleted, or its disk is gone"

_Call = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class RecordConfig:
    """Where to record, and what to say of the session.

    Attributes
    ----------
    folder : Path
        The study's.
    subject, session : str
        BIDS labels: letters and digits.
    ch_names : tuple of str
        The headset's channels.
    about : mapping
        What the session is started with, in plain values.
    """

    folder: Path
    subject: str = "P001"
    session: str = "S001"
    ch_names: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)


class Recorder(Sink):
    """Writes everything that the session sees and says into one XDF file.

    The file is made when the first samples come, next to those of earlier runs. A disk that is full
    or broken is told of at once; what could not be written is kept and tried again.

    Parameters
    ----------
    config : RecordConfig
        Where to, and about what.
    clock : callable
        LSL time now, seconds.

    Attributes
    ----------
    path : Path or None
        The file, once there is one.

    Raises
    ------
    RtdreamerError
        If nothing can be written in the folder.
    """

    def __init__(self, config: RecordConfig, clock: Callable[[], float]) -> None:
        check_writable(
            session_path(config.folder, config.subject, config.session, 1).with_suffix("")
        )
        self.path: Path | None = None
        self._config = config
        self._clock = clock
        self._began_at = clock()
        self._readings: list[float] = []
        self._news: deque[str] = deque()
        self._calls: queue.Queue[_Call | None] = queue.Queue(MAX_WAITING)
        self._n_chunks = self._left_out = 0
        self._writer: SessionWriter | None = None
        self._early: deque[_Call] = deque(maxlen=MAX_WAITING)
        self._problem = ""
        self._is_gone = False
        self._ended = threading.Event()
        self._syncing: threading.Thread | None = None
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def watch(self, clock: Callable[[], float]) -> Callable[[], float]:
        """Return the session's clock, of which from now on everything it says is recorded."""

        def watched() -> float:
            now = clock()
            self._readings.append(now)
            return now

        return watched

    def on_chunk(self, chunk: Chunk) -> None:
        readings, self._readings = self._readings, []
        self._put("readings", readings)
        self._put("chunk", chunk, self._n_chunks)
        self._n_chunks += 1

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        self._put("prediction", prediction, self._clock())

    def on_marker(self, marker: Marker) -> None:
        self._put("marker", marker, self._clock())

    def on_state(self, state: State) -> None:
        now = self._clock()
        self._put("event", event_json(state, now), now)

    def news(self) -> str:
        """Say where it records to, once, and what goes wrong."""
        return self._news.popleft() if self._news else ""

    @property
    def report(self) -> RecordingReport:
        """How it stands."""
        if self.path is None or self._writer is None:
            return RecordingReport(True, problem=self._problem)
        size = self._writer.file.size
        return RecordingReport(True, self.path, self._began_at, self._problem, size)

    @property
    def in_words(self) -> str:
        """How much was recorded where."""
        report = self.report
        if report.path is None:
            return "" if not report.problem else f"nothing was recorded: {report.problem}"
        lost = f"; its end is not in it: {report.problem}" if report.problem else ""
        lost = f"; {GONE}" if self._is_gone else lost
        return f"recorded {report.in_words(self._clock())}: {report.path.name}{lost}"

    def close(self) -> None:
        """Write what is left and end the file. Does nothing the second time."""
        if self._thread.is_alive():
            self._put("readings", self._readings)
            self._readings = []
            with suppress(queue.Full):
                self._calls.put(None, timeout=END_S)
            self._thread.join(END_S)

    def _put(self, call: str, *arguments: Any) -> None:
        """Have the thread write something; never wait for it."""
        try:
            self._calls.put_nowait((call, arguments))
        except queue.Full:
            self._left_out += 1
            if self._left_out.bit_count() == 1:  # the 1st, 2nd, 4th, … time
                self._news.append(
                    "the disk is too slow: the recording lacks "
                    f"{counted(self._left_out, 'part')} so far"
                )

    def _run(self) -> None:
        try:
            self._write_all()
        except Exception as error:  # whatever it is, it must not end unseen
            self._problem = f"{type(error).__name__}: {error}"
            self._news.append(
                f"the recording has ended by a fault of this program: {self._problem}"
            )

    def _write_all(self) -> None:
        """Write what comes, ten times a second, until told to end."""
        ended = False
        while not ended:
            time.sleep(FLUSH_S)
            ended = self._take_all()
            if self._writer is not None:
                self._try(partial(self._write, self._writer.flush))
        if self._writer is not None:
            self._look_for_file(self._writer)
            self._try(partial(self._write, self._writer.end))
            self._ended.set()
            with suppress(OSError):
                os.fsync(self._writer.file.fileno())
            if self._syncing is not None:
                self._syncing.join()
            self._writer.file.close()

    def _take_all(self) -> bool:
        """Hand the writer what waits; return whether that was the end."""
        while True:
            try:
                call = self._calls.get_nowait()
            except queue.Empty:
                return False
            if call is None:
                return True
            if self._writer is None:
                self._early.append(call)
                if call[0] == "chunk":
                    self._try(partial(self._open, call[1][0]))
            else:
                getattr(self._writer, call[0])(*call[1])

    def _open(self, chunk: Chunk) -> None:
        """Make the file of the next run, and write into it what came before it was there."""
        config, raw = self._config, chunk.raw
        if raw is None:
            return
        run = next_run(config.folder, config.subject, config.session)
        while self._writer is None:
            path = session_path(config.folder, config.subject, config.session, run)
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._writer = SessionWriter(
                    path, config.about, raw.opened, config.ch_names, self._clock()
                )
            except FileExistsError:  # another session's, which began at the same moment
                run += 1
        # By the path the other thread knows that there is a file.
        self._began_at = self._clock()
        self.path = path
        self._syncing = threading.Thread(
            target=self._sync, args=(self._writer,), name="recorder-sync", daemon=True
        )
        self._syncing.start()
        # Not the folder's, which may hold someone's name: this is recorded and sent out, too.
        self._news.append(f"recording to {path.name}")
        for call, arguments in self._early:
            getattr(self._writer, call)(*arguments)
        self._early.clear()

    def _write(self, step: Callable[[], None]) -> None:
        step()
        if self._is_gone:
            # What is open is written to all the same, and no one would know that it is lost.
            raise DataError(GONE)

    def _look_for_file(self, writer: SessionWriter) -> None:
        """See whether what is written still is what is found by its name."""
        try:
            found = self.path is not None and self.path.stat()
            self._is_gone = not (found and samestat(found, os.fstat(writer.file.fileno())))
        except OSError:
            self._is_gone = True

    def _sync(self, writer: SessionWriter) -> None:
        """Have the disk hold what the system was given. What comes meanwhile goes on being given.

        The disk may take seconds, and what is not given to the system is lost in a kill.
        """
        while not self._ended.wait(SYNC_S):
            with suppress(OSError):  # writing fails as well then, and tells
                os.fsync(writer.file.fileno())
            self._look_for_file(writer)

    def _try(self, step: Callable[[], object]) -> None:
        """Do something that the disk may refuse, and say when it begins to, and that it is over."""
        try:
            step()
        except (OSError, RtdreamerError) as error:
            problem = getattr(error, "strerror", None) or str(error)
            if problem != self._problem:
                self._news.append(f"the recording cannot be written: {problem}; tried again")
            self._problem = problem
        else:
            if self._problem and self._writer is not None:
                n_lost = self._writer.n_discarded
                chunks = f"{counted(n_lost, 'chunk')} {are(n_lost)} lost"
                lost = chunks if n_lost else "nothing is lost"
                self._news.append(f"the recording is written again: {lost}")
                self._problem = ""
