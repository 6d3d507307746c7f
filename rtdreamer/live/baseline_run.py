"""A person's baseline, measured while a session goes on."""

from dataclasses import replace

from rtdreamer.live.orders import BaselineReport
from rtdreamer.live.profile_collector import Collector
from rtdreamer.live.sink import Phase, Sink, State
from rtdreamer.prediction import Prediction
from rtdreamer.signal.features import Features, Spec
from rtdreamer.signal.profile import Profile
from rtdreamer.stream.gaps import Piece

HOPS_IN_WINDOW = 4
"""As ``rtdreamer baseline`` has them: more windows share more, and say hardly more."""

PATIENCE = 2.0
"""It is given up where so many times as long a time did not give enough."""

GONE = (Phase.WAITING, Phase.STALLED, Phase.DISCONNECTED)


class BaselineRun(Sink):
    """Takes windows that lie after its start, until there are enough or it cannot be.

    Parameters
    ----------
    spec : Spec
        Of the windows.
    average : Profile
        The average person, who stands in for a channel that was never usable.
    wanted_s : float
        Seconds of EEG that are enough.
    sample : int
        Index of the newest sample predicted on.

    Attributes
    ----------
    why_ended : str
        Why it cannot be; empty while it can.
    """

    def __init__(self, spec: Spec, average: Profile, wanted_s: float, sample: int) -> None:
        self.why_ended = ""
        self._spec = spec
        self._wanted_s = max(wanted_s, spec.n_times / spec.sfreq)
        self._collector = Collector(spec, average, self._wanted_s, _ignore, _ignore)
        self._first = self._fed = self._newest = sample
        self._due = sample + spec.n_times
        self._is_poor = self._has_heard = False

    @property
    def is_complete(self) -> bool:
        """Whether there is as much EEG as was wanted."""
        return self._collector.is_complete

    @property
    def report(self) -> BaselineReport:
        """How it stands, in whole seconds."""
        pending = 0 if self._is_poor else self._newest - self._fed
        step = self._spec.n_times / (HOPS_IN_WINDOW if self._collector.n_windows else 1)
        seconds = self._collector.seconds + min(pending, step) / self._spec.sfreq
        return BaselineReport(float(int(min(seconds, self._wanted_s))), self._wanted_s,
                              self._is_poor)  # fmt: skip

    @property
    def profile(self) -> Profile:
        """What was measured, once it is complete."""
        return self._collector.profile()

    @property
    def in_words(self) -> str:
        """How much was measured."""
        collector = self._collector
        poor = f"; {collector.n_poor} windows with a poor signal left out" * bool(collector.n_poor)
        names = ", ".join(collector.never_usable)
        average = f"; the average person's values stand in for {names}" if names else ""
        return f"{collector.seconds:g} s of EEG{poor}{average}"

    @property
    def so_far(self) -> str:
        """How much there is, where it ends early."""
        return f"{self._collector.seconds:g} of {self._wanted_s:g} s of EEG were good"

    def on_state(self, state: State) -> None:
        """Give up where nothing comes."""
        if state.phase in GONE:
            self.why_ended = state.in_words

    def on_samples(self, piece: Piece) -> None:
        """Give up where it is of another source: that may be another person."""
        if piece.from_new_source and self._has_heard:
            self.why_ended = "the stream was opened again"
        self._has_heard = True

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        """Take a window if it is due."""
        self._newest = prediction.sample
        self._is_poor = prediction.affect is None
        if prediction.sample >= self._due:
            hop = prediction.sample - self._fed
            self._collector.on_prediction(replace(prediction, hop=hop), features)
            self._fed = prediction.sample
            self._due = prediction.sample + self._spec.n_times // HOPS_IN_WINDOW
        passed_s = (prediction.sample - self._first) / self._spec.sfreq
        if not self.is_complete and passed_s > PATIENCE * self._wanted_s + 20:
            reason = prediction.reason or "the signal was too poor"
            self.why_ended = f"in {passed_s:.0f} s too little was good ({reason})"


def _ignore(*_: object) -> None:
    pass
