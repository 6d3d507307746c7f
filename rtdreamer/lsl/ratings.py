"""What a player says of how the trial that it plays was rated, beside its EEG."""

import math
import time
from collections.abc import Sequence

import pylsl

from rtdreamer.lsl.beside import Beside
from rtdreamer.lsl.discovery import channel_values
from rtdreamer.lsl.outlets import RATING_CHANNELS, RATINGS
from rtdreamer.stream.chunk import StreamDescription
from rtdreamer.stream.rated import HIGHEST, LOWEST, RatedTrial

STALE_S = 3.0
"""A player says it twice a second: after so long a silence no rated trial is played."""


class Ratings(Beside):
    """Follows the ratings of a stream that is played, whenever there are any.

    They are the stream's if they have its source_id and its host, and only what has a player's
    description counts. Nothing here waits, and what goes wrong here never stops the EEG.
    """

    def __init__(self) -> None:
        super().__init__()
        self._resolver = pylsl.ContinuousResolver("type", RATINGS, forget_after=3.0)
        self._is_players: bool | None = None
        self._values: list[float] = []
        self._newest: RatedTrial | None = None
        self._heard_at = -math.inf

    def of(self, stream: StreamDescription) -> RatedTrial | None:
        """Return the trial that this stream plays now, if that is rated; to be called often."""
        self._follow(self._find(stream))
        return self._newest if time.monotonic() - self._heard_at <= STALE_S else None

    def close(self) -> None:
        """Leave the stream."""
        if self._inlet is not None:
            self._inlet.close_stream()
        super().close()
        self._is_players = None
        self._values, self._newest, self._heard_at = [], None, -math.inf

    def _find(self, stream: StreamDescription) -> pylsl.StreamInfo | None:
        wanted = stream.source_id, stream.hostname
        found = [h for h in self._resolver.results() if (h.source_id(), h.hostname()) == wanted]
        # Of two that are alike it cannot be told whose EEG is followed.
        return found[0] if stream.source_id and len(found) == 1 else None

    def _read(self, inlet: pylsl.StreamInlet) -> None:
        if self._is_players is None:
            self._is_players = _is_players(inlet.info(timeout=0.0))
        if not self._is_players:
            return
        # Pulling from a stream that is not open yet waits for it, whatever the timeout.
        inlet.open_stream(timeout=0.0)
        correction = float(inlet.time_correction(0.0))
        samples, _ = inlet.pull_chunk(timeout=0.0)
        if len(samples):
            # When it came, not its own timestamp: that a clock which jumps cannot spoil.
            self._heard_at = time.monotonic()
            # The same trial is told of with one beginning, however clocks are compared meanwhile.
            values = samples[-1].tolist()
            if values != self._values:
                self._values = values
                self._newest = rated_trial(self._values, correction)


def rated_trial(values: Sequence[float], correction: float) -> RatedTrial | None:
    """Read a sample; None if it holds no ratings.

    Parameters
    ----------
    values : sequence of float
        One for each of ``RATING_CHANNELS``.
    correction : float
        Seconds that this machine's clock is ahead of the sender's.
    """
    *whole, began = values
    if not math.isfinite(began) or not all(value.is_integer() for value in whole):
        return None
    subject, trial, valence, arousal, simulated = map(int, whole)
    scale = range(LOWEST, HIGHEST + 1)
    if min(subject, trial) < 1 or not {valence, arousal} <= {*scale} or simulated not in (0, 1):
        return None
    return RatedTrial(subject, trial, valence, arousal, bool(simulated), began + correction)


def _is_players(full: pylsl.StreamInfo) -> bool:
    """Whether a stream is described as a player's, with all that is to be read."""
    has_scale = full.desc().child("replay").child_value("scale") == f"{LOWEST} to {HIGHEST}"
    labels = tuple(channel_values(full, "label"))
    return has_scale and full.channel_format() == pylsl.cf_double64 and labels == RATING_CHANNELS
