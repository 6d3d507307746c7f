"""Where the dashboard draws the line between a window to believe and a poor one."""

from rtdreamer.prediction import Prediction

POOR_QUALITY = 0.5


def is_poor(prediction: Prediction) -> bool:
    """Whether the window's signal was too poor to believe its prediction."""
    return prediction.quality < POOR_QUALITY
