"""What is to be said of a session, in words: its verdict, why there is none, quality and rate."""

from collections import deque

from rtdreamer.headset import EPOC
from rtdreamer.live.state import Phase
from rtdreamer.prediction import Prediction, Quality
from rtdreamer.stream.gaps import Piece
from rtdreamer.window import WINDOW

AT_BASE_RATE = 0.05
"""A probability that differs by less from the base rate is said to be at it."""

PREDICTING = (Phase.LIVE, Phase.POOR)
"""Phases in which every hop brings a prediction, even if its verdict is withheld."""

SILENT = {
    Phase.WAITING: "there is no stream yet",
    Phase.FILLING: "the window is filling again",
    Phase.STALLED: "nothing usable comes",
    Phase.DISCONNECTED: "the stream is gone",
}
"""Why the other phases bring none."""

STALE_S = 2.0
"""A prediction may be overdue by this much before it is called old."""

LATE_S = 3.0
"""By so much its samples may be late when it comes. Chunks of 2 s alone make up for 2."""

SPAN_S = 5.0
MAX_PIECES = 4096

FLOWING = (Phase.FILLING, Phase.LIVE, Phase.POOR)
"""Phases in which samples arrive."""


def in_words(quantity: str, probability: float, base_rate: float) -> str:
    """Say what a probability, 0–1, of the high class of ``quantity`` means.

    It is compared with the share of high ratings in training, not with .5: where three in four
    were high, .64 says less than the base rate does. Such as ``arousal below base rate``.
    """
    difference = probability - base_rate
    if abs(difference) < AT_BASE_RATE:
        return f"{quantity} at base rate"
    return f"{quantity} {'above' if difference > 0 else 'below'} base rate"


def why_no_prediction(
    newest: Prediction | None, phase: Phase, now: float, *, came: float, hop: int
) -> str:
    """Say why there is no current verdict, or nothing if there is one.

    Parameters
    ----------
    newest : Prediction or None
        The last one, if there is one.
    phase : Phase
        The session's.
    now : float
        LSL time, seconds.
    came : float
        LSL time at which the last one came, seconds; of no account if there is none.
    hop : int
        Samples from one prediction to the next, as asked for.
    """
    if newest is None:
        return f"no verdict yet: the first takes {WINDOW / EPOC.sfreq:g} s of EEG"
    if phase not in PREDICTING:
        return f"no verdict: {SILENT[phase]}"
    # By when it came: of data that are late all are old, and yet they keep coming.
    since = now - came
    if since > STALE_S + _pace_s(newest, hop):
        return f"no verdict: nothing new for {since:.0f} s"
    if (late := came - newest.timestamp) > LATE_S:
        return f"no verdict: the stream is {late:.0f} s late"
    # The phase is told before the first prediction that it holds for.
    if newest.affect is None or phase is Phase.POOR:
        return f"verdict withheld: {newest.reason or phase.value}"
    return ""


def _pace_s(prediction: Prediction, hop: int) -> float:
    """Seconds until the next prediction is due; more than asked for where the machine is slow."""
    # After a start or a gap its own hop holds the filling of a whole window, and tells nothing.
    own = prediction.hop if prediction.hop < WINDOW else 0
    return max(hop, own) / EPOC.sfreq


def grade(prediction: Prediction) -> str:
    """Sum up the quality of a window, such as ``0.93, 13 of 14 electrodes``."""
    quality, n_excluded = prediction.quality, len(prediction.excluded)
    if prediction.affect is None:
        # What is wrong may be no electrode's fault: too few samples, or a wrong rate.
        return f"{quality.overall:.2f} {'poor' if quality.bad else 'no verdict'}"
    if n_excluded:
        n_channels = len(quality.channels)
        return f"{quality.overall:.2f}, {n_channels - n_excluded} of {n_channels} electrodes"
    return f"{quality.overall:.2f} {'usable' if quality.bad else 'good'}"


def flaws_in_words(quality: Quality) -> str:
    """List what is wrong, such as ``F7 flat 0.00, AF3 blink 0.94``; nothing if nothing is."""
    channels = zip(quality.ch_names, quality.flaws, quality.channels, strict=True)
    return ", ".join(f"{name} {flaw} {value:.2f}" for name, flaw, value in channels if flaw)


class RateMeter:
    """Samples per second of LSL time over the last ``SPAN_S`` seconds."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[float, int]] = deque(maxlen=MAX_PIECES)

    def add(self, piece: Piece) -> None:
        """Count a piece's samples, but for those that bridge a gap."""
        self._pieces.append((float(piece.timestamps[-1]), piece.n_times - piece.n_bridged))

    def rate(self, now: float) -> float | None:
        """Hz at ``now``, LSL seconds; None where too little came to tell."""
        while self._pieces and now - self._pieces[0][0] > SPAN_S:
            self._pieces.popleft()
        if len(self._pieces) < 2:
            return None
        # The first piece only marks the start: its own samples lie before it.
        start, first = self._pieces[0]
        elapsed = self._pieces[-1][0] - start
        n_samples = sum(n for _, n in self._pieces) - first
        return n_samples / elapsed if elapsed > 0 else None
