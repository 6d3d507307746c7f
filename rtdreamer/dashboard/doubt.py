"""Whether the newest prediction may be relied on, and if not, why not."""

from rtdreamer.dashboard.quality import is_poor
from rtdreamer.epoc import SFREQ, WINDOW
from rtdreamer.live.state import Phase
from rtdreamer.prediction import Prediction

STALE_S = 2.0
"""A prediction may be overdue by this much before it is called old."""


def doubt(newest: Prediction, phase: Phase, now: float) -> str:
    """Say why the newest prediction is not to be relied on at ``now``, LSL seconds, or nothing."""
    if phase is not Phase.LIVE:
        return f"{phase.value}: these values are old"
    age = now - newest.timestamp
    if age > STALE_S + _pace_s(newest):
        return f"no new prediction for {age:.0f} s: these values are old"
    if is_poor(newest):
        return f"poor signal (quality {newest.quality:.2f}): do not rely on these values"
    return ""


def _pace_s(prediction: Prediction) -> float:
    """Seconds until the next prediction is due, as far as this one's hop can tell."""
    # After a start or a gap the hop holds the filling of a whole window, and tells nothing.
    return prediction.hop / SFREQ if prediction.hop < WINDOW else 0.0
