"""What is wrong with which electrode, in words. Knows no Qt."""

from rtdreamer.epoc import CH_NAMES
from rtdreamer.prediction import Prediction, Quality

POOR_BELOW = 0.5
"""An electrode of less quality is marked."""


def poor_electrodes(quality: Quality) -> tuple[int, ...]:
    """Index of each channel that is hardly EEG."""
    return tuple(row for row, value in enumerate(quality.channels) if value < POOR_BELOW)


def grade(prediction: Prediction) -> str:
    """Sum up the quality of a window, such as ``0.93 usable``."""
    quality = prediction.quality
    word = "usable" if poor_electrodes(quality) else "good"
    return f"{quality.overall:.2f} {word if prediction.affect else 'poor'}"


def flaws_in_words(quality: Quality) -> str:
    """List what is wrong, such as ``F7 flat 0.00, AF3 blink 0.94``; nothing if nothing is."""
    channels = zip(CH_NAMES, quality.flaws, quality.channels, strict=True)
    return ", ".join(f"{name} {flaw} {value:.2f}" for name, flaw, value in channels if flaw)
