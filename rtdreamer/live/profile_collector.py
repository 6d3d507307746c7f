"""A sink that collects a person's windows until there is enough EEG for a profile."""

import math
import time
from collections.abc import Callable

import numpy as np

from rtdreamer.live.sink import Phase, Sink, State
from rtdreamer.prediction import Prediction
from rtdreamer.signal.features import Features, Spec
from rtdreamer.signal.profile import Profile
from rtdreamer.stream.gaps import Piece


class Collector(Sink):
    """Takes the features of every window of good quality, but for those of bad channels.

    Parameters
    ----------
    spec : Spec
        Of the windows.
    average : Profile
        The average person, who stands in for a channel that was never usable.
    wanted_s : float
        Seconds of EEG that are enough. What windows share counts once.
    say : callable
        Given one plain line at each change of state.
    show : callable
        Given the whole seconds so far and those wanted.
    clock : callable
        Seconds, to tell how long nothing has come.

    Attributes
    ----------
    seconds : float
        Of EEG so far.
    n_poor : int
        Windows skipped so far because their signal was poor.
    """

    def __init__(
        self,
        spec: Spec,
        average: Profile,
        wanted_s: float,
        say: Callable[[str], None],
        show: Callable[[int, int], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seconds = 0.0
        self.n_poor = 0
        self._spec = spec
        self._average = average
        self._wanted_s = wanted_s
        self._say = say
        self._show = show
        self._clock = clock
        self._windows: list[Features] = []
        self._since_taken = 0
        self._phase: Phase | None = None
        self._followed = False
        self._silent_since: float | None = None
        show(0, math.ceil(wanted_s))

    @property
    def is_complete(self) -> bool:
        """Whether there is as much EEG as was wanted."""
        return self.seconds >= self._wanted_s

    @property
    def n_windows(self) -> int:
        """Windows taken so far."""
        return len(self._windows)

    @property
    def silent_s(self) -> float:
        """Seconds since a stream that was there fell silent; 0 while samples come."""
        return 0.0 if self._silent_since is None else self._clock() - self._silent_since

    def profile(self) -> Profile:
        """The profile of what was collected: at least one window."""
        return Profile.of(self._windows, self.seconds, self._average)

    @property
    def never_usable(self) -> tuple[str, ...]:
        """The channels that were bad in every window taken."""
        known = np.isfinite([window.de for window in self._windows]).any(axis=(0, 1))
        return tuple(np.array(self._spec.ch_names)[~known].tolist())

    def on_state(self, state: State) -> None:
        """Say so in words, and mark how long nothing has come."""
        self._say(self._in_words(state))
        self._phase = state.phase
        if state.phase in (Phase.FILLING, Phase.LIVE, Phase.POOR):
            # Of a stream that is back, nothing may come: what ends the silence are its samples.
            self._followed = True
        elif self._followed and self._silent_since is None:
            self._silent_since = self._clock()

    def _in_words(self, state: State) -> str:
        phase = "collecting" if state.phase is Phase.LIVE else state.phase.value
        if state.phase is not self._phase:
            if state.phase is Phase.LIVE:
                # The session predicts, which is of no interest here; what it adds is.
                return "".join((phase, *state.message.partition(", but ")[1:]))
            if state.phase is Phase.POOR:
                return f"{phase}: skipped until it is better: {state.message}"
        # Something happened and the phase is the same: the message is about that.
        return f"{phase}: {state.message}"

    def on_samples(self, piece: Piece) -> None:
        """Mark that something usable comes; windows count, not samples."""
        self._silent_since = None

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        """Take the window's features, if its signal was good."""
        # More than a window for the first one, after a gap, and of a stream that is opened again.
        self._since_taken += prediction.hop
        if prediction.affect is None:
            self.n_poor += 1
            return
        self._windows.append(features)
        self.seconds += min(self._since_taken, self._spec.n_times) / self._spec.sfreq
        self._since_taken = 0
        self._show(min(int(self.seconds), math.ceil(self._wanted_s)), math.ceil(self._wanted_s))
