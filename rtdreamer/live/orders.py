"""What is ordered of a session while it runs, and what it reports of that: plain values only.

Screens give orders and hear reports; they know nothing of how either is done. Both go over a pipe
where the session is in another process.
"""

from dataclasses import dataclass
from pathlib import Path

from rtdreamer.live.model_facts import ModelFacts
from rtdreamer.stream.chunk import StreamDescription
from rtdreamer.stream.rated import RatedTrial

MAX_MARK = 200
"""Letters of a marker."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Set a marker.

    Attributes
    ----------
    text : str
        What it says.
    at : float
        The moment that it marks, LSL seconds.
    """

    text: str
    at: float


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Record from now on, into a new file in a study's folder."""

    folder: Path


@dataclass(frozen=True, slots=True)
class StopRecording:
    """Record no longer."""


@dataclass(frozen=True, slots=True)
class StartBaseline:
    """Measure the person's baseline, from so many seconds of EEG, and use it."""

    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class StopBaseline:
    """Give the baseline up that is being measured."""


@dataclass(frozen=True, slots=True)
class SaveProfile:
    """Write the baseline that was measured into a file."""

    path: Path


@dataclass(frozen=True, slots=True)
class UseProfile:
    """Predict relative to the baseline in a file."""

    path: Path


@dataclass(frozen=True, slots=True)
class FollowStream:
    """Follow this stream from now on, in place of what is followed or waited for.

    Attributes
    ----------
    name, source_id : str
        As the stream says; it may have no source_id.
    """

    name: str
    source_id: str


@dataclass(frozen=True, slots=True)
class UseModel:
    """Answer with this model from now on: a released one's name, or a checkpoint's path."""

    model: str


Change = FollowStream | UseModel
"""For these a session ends, and another one begins."""

Order = (
    Mark
    | StartRecording
    | StopRecording
    | StartBaseline
    | StopBaseline
    | SaveProfile
    | UseProfile
    | FollowStream
    | UseModel
)


@dataclass(frozen=True, slots=True)
class Said:
    """One line on what came of an order."""

    line: str
    is_problem: bool = False


@dataclass(frozen=True, slots=True)
class RecordingReport:
    """How the recording stands.

    Attributes
    ----------
    is_on : bool
        Whether there is one.
    path : Path or None
        The file, once there is one.
    began : float
        When it was made, LSL seconds.
    problem : str
        Why nothing is written at the moment; empty while all is.
    size : int
        Bytes written so far.
    """

    is_on: bool
    path: Path | None = None
    began: float = 0.0
    problem: str = ""
    size: int = 0

    def seconds(self, now: float) -> float:
        """How long it takes already at ``now``, LSL seconds."""
        return max(now - self.began, 0.0)

    def in_words(self, now: float) -> str:
        """How long it takes already at ``now``, and how large it is."""
        seconds = int(self.seconds(now))
        return f"{seconds // 60}:{seconds % 60:02d} min, {self.size / 1e6:.1f} MB"


@dataclass(frozen=True, slots=True)
class BaselineReport:
    """How the measuring of a baseline stands.

    Attributes
    ----------
    seconds, wanted_s : float
        Of EEG so far, and that are enough.
    is_poor : bool
        Whether the signal is too poor now to count.
    """

    seconds: float
    wanted_s: float
    is_poor: bool = False


@dataclass(frozen=True, slots=True)
class BaselineEnd:
    """The measuring has ended: one line on how, and whether there is a baseline to be saved."""

    line: str
    is_measured: bool


@dataclass(frozen=True, slots=True)
class ProfileInUse:
    """Whose baseline is predicted relative to from now on, such as ``me.toml (60 s)``."""

    in_words: str


@dataclass(frozen=True, slots=True)
class StreamsFound:
    """The streams that are there now and may be a headset's."""

    streams: tuple[StreamDescription, ...]


@dataclass(frozen=True, slots=True)
class TrialPlayed:
    """Another trial is played from now on, of which it is known how it was rated.

    Attributes
    ----------
    trial : RatedTrial or None
        The trial; None if no such trial is played any more.
    at : float
        When this was found out, LSL seconds.
    """

    trial: RatedTrial | None
    at: float


@dataclass(frozen=True, slots=True)
class BegunAnew:
    """Another session begins, of which all is told that follows.

    Attributes
    ----------
    model : ModelFacts
        What is said of its model.
    why : str
        What was changed, in one line.
    """

    model: ModelFacts
    why: str


Report = (
    Said
    | RecordingReport
    | BaselineReport
    | BaselineEnd
    | ProfileInUse
    | StreamsFound
    | TrialPlayed
    | BegunAnew
)
