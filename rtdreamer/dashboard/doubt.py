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


def doubt(newest: Prediction | None, phase: Phase, now: float) -> str:
    """Say why there is no current verdict at ``now``, LSL seconds; nothing if there is one."""
    if newest is None:
        return f"no verdict yet: the first takes {WINDOW / SFREQ:g} s of EEG"
    if phase not in PREDICTING:
        return f"no verdict: {SILENT[phase]}"
    age = now - newest.timestamp
    if age > STALE_S + _pace_s(newest):
        return f"no verdict: nothing new for {age:.0f} s"
    # The phase is told before the first prediction that it holds for.
    if newest.affect is None or phase is Phase.POOR:
        return f"verdict withheld: {newest.reason or phase.value}"
    return ""


def _pace_s(prediction: Prediction) -> float:
    """Seconds until the next prediction is due, as far as this one's hop can tell."""
    # After a start or a gap the hop holds the filling of a whole window, and tells nothing.
    return prediction.hop / SFREQ if prediction.hop < WINDOW else 0.0
