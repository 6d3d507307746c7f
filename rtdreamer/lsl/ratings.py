"""What a player says of how the trial that it plays was rated, beside its EEG."""

import math
import time
from collections.abc import Sequence

import pylsl
from pylsl import util

from rtdreamer.lsl.discovery import channel_values
from rtdreamer.lsl.outlets import RATING_CHANNELS, RATINGS
from rtdreamer.stream.chunk import StreamDescription
from rtdreamer.stream.rated import HIGHEST, LOWEST, RatedTrial

STALE_S = 3.0
"""A player says it twice a second: after so long a silence no rated trial is played."""


class Ratings:
    """Follows the ratings of a stream that is played, whenever there are any.

    They are the stream's if they have its source_id and its host, and only what has a player's
    description counts. Nothing here waits, and what goes wrong here never stops the EEG.
    """

    def __init__(self) -> None:
        self._resolver = pylsl.ContinuousResolver("type", RATINGS, forget_after=3.0)
        self._uid = ""
        self._inlet: pylsl.StreamInlet | None = None
        self._is_players: bool | None = None
        self._values: list[float] = []
        self._newest: RatedTrial | None = None
        self._heard_at = -math.inf

    def of(self, stream: StreamDescription) -> RatedTrial | None:
        """Return the trial that this stream plays now, if that is rated; to be called often."""
        try:
            self._choose(self._find(stream))
            self._read()
        except util.TimeoutError:
            pass  # It does not answer yet. liblsl goes on asking it, in a thread.
        except RuntimeError:
            # The stream is gone. It is opened again as long as it is announced.
            self.close()
        return self._newest if time.monotonic() - self._heard_at <= STALE_S else None

    def close(self) -> None:
        """Leave the stream."""
        if self._inlet is not None:
            self._inlet.close_stream()
        self._uid, self._inlet, self._is_players = "", None, None
        self._values, self._newest, self._heard_at = [], None, -math.inf

    def _find(self, stream: StreamDescription) -> pylsl.StreamInfo | None:
        wanted = stream.source_id, stream.hostname
        found = [h for h in self._resolver.results() if (h.source_id(), h.hostname()) == wanted]
        # Of two that are alike it cannot be told whose EEG is followed.
        return found[0] if stream.source_id and len(found) == 1 else None

    def _choose(self, handle: pylsl.StreamInfo | None) -> None:
        uid = "" if handle is None else handle.uid()
        if uid == self._uid:
            return
        self.close()
        if handle is not None:
            self._inlet = pylsl.StreamInlet(handle, recover=False)
            self._uid = uid

    def _read(self) -> None:
        if self._inlet is None:
            return
        if self._is_players is None:
            self._is_players = _is_players(self._inlet.info(timeout=0.0))
        if not self._is_players:
            return
        # Pulling from a stream that is not open yet waits for it, whatever the timeout.
        self._inlet.open_stream(timeout=0.0)
        correction = float(self._inlet.time_correction(0.0))
        samples, _ = self._inlet.pull_chunk(timeout=0.0)
        if samples:
            # When it came, not its own timestamp: that a clock which jumps cannot spoil.
            self._heard_at = time.monotonic()
            # The same trial is told of with one beginning, however clocks are compared meanwhile.
            if samples[-1] != self._values:
                self._values = samples[-1]
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
