"""Whether there is a current verdict, and if not, why not. Knows no Qt."""

from rtdreamer.epoc import SFREQ, WINDOW
from rtdreamer.live.state import Phase
from rtdreamer.prediction import Prediction

PREDICTING = (Phase.LIVE, Phase.POOR)
"""Phases in which every hop brings a prediction, be its verdict withheld."""

SILENT = {
    Phase.WAITING: "there is no stream yet",
    Phase.FILLING: "the window is filling anew",
    Phase.STALLED: "nothing usable comes",
    Phase.LOST: "the stream is gone",
}
"""Why the other phases bring none."""

STALE_S = 2.0
"""A prediction may be overdue by this much before it is called old."""

LATE_S = 3.0
"""By so much its samples may be late when it comes. Chunks of 2 s alone make up for 2."""


def doubt(newest: Prediction | None, phase: Phase, now: float, *, came: float, hop: int) -> str:
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
        Samples from one prediction to the next, as wished.
    """
    if newest is None:
        return f"no verdict yet: the first takes {WINDOW / SFREQ:g} s of EEG"
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
    """Seconds until the next prediction is due; more than wished where the machine is slow."""
    # After a start or a gap its own hop holds the filling of a whole window, and tells nothing.
    own = prediction.hop if prediction.hop < WINDOW else 0
    return max(hop, own) / SFREQ
