"""How the person of the trial that a player plays rated it: told to screens, and to no model."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from rtdreamer.live.orders import TrialPlayed
from rtdreamer.live.sink import FLOWING, Sink, State
from rtdreamer.stream.chunk import StreamDescription
from rtdreamer.stream.gaps import Piece
from rtdreamer.stream.rated import HIGHEST, RatedTrial

LOOK_S = 0.25
"""Between two looks which trial is played: a player says it twice a second."""


class TruthWatch(Sink):
    """A sink that tells which rated trial is played, as long as samples of it come.

    It is told to those who watch the session. Nothing of it goes to what predicts, or back into the
    session.

    Parameters
    ----------
    find : callable
        Returns at once which rated trial a stream plays now; None if it plays none.
    tell : callable
        Told of each other trial, and when there is none any more.
    clock : callable
        LSL time now, seconds.
    """

    def __init__(
        self,
        find: Callable[[StreamDescription], RatedTrial | None],
        tell: Callable[[TrialPlayed], object],
        clock: Callable[[], float],
    ) -> None:
        self._find, self._tell, self._clock = find, tell, clock
        self._stream: StreamDescription | None = None
        self._told: RatedTrial | None = None
        self._look_at = 0.0

    def on_state(self, state: State) -> None:
        self._stream = state.stream if state.phase in FLOWING else None
        if self._stream is None:
            self._say(None)

    def on_samples(self, piece: Piece) -> None:
        if self._stream is not None and time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_S
            self._say(self._find(self._stream))

    def _say(self, trial: RatedTrial | None) -> None:
        if trial != self._told:
            self._told = trial
            self._tell(TrialPlayed(trial, self._clock()))


@dataclass(frozen=True, slots=True)
class Truth:
    """What was rated, in words.

    Attributes
    ----------
    trial : RatedTrial
        The trial.
    high_from : float
        A rating from here on is high, as the model learned it.
    """

    trial: RatedTrial
    high_from: float

    def of(self, quantity: str) -> str:
        """Say what was rated of valence or arousal, such as ``high (4 of 5)``."""
        rating: int = getattr(self.trial, quantity)
        side = "high" if rating >= self.high_from else "low"
        return f"{side} ({rating} of {HIGHEST})"

    @property
    def by(self) -> str:
        """Who rated it."""
        simulated = "simulated " if self.trial.simulated else ""
        return f"{simulated}subject {self.trial.subject}"

    def in_words(self, quantity: str) -> tuple[str, ...]:
        """The same, with who said it and when, and the same in fewer words.

        Such as ``rated by subject 5 afterwards: high (4 of 5)``.
        """
        who = (f"rated by {self.by} afterwards", "rated afterwards", "rated")
        return tuple(f"{words}: {self.of(quantity)}" for words in who)

    @property
    def in_short(self) -> str:
        """Both, and of which trial: ``rated valence high (4 of 5), arousal …``."""
        said = ", ".join(f"{quantity} {self.of(quantity)}" for quantity in ("valence", "arousal"))
        return f"rated {said} · {self.by}, trial {self.trial.trial}"
