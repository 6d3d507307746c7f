"""What is wrong with which electrode, in words. Knows no Qt."""

from rtdreamer.epoc import CH_NAMES
from rtdreamer.prediction import Prediction, Quality


def grade(prediction: Prediction) -> str:
    """Sum up the quality of a window, such as ``0.93, 13 of 14 electrodes``."""
    quality, n_left_out = prediction.quality, len(prediction.left_out)
    if prediction.affect is None:
        # What is wrong may be no electrode's fault: too few samples, or a wrong rate.
        return f"{quality.overall:.2f} {'poor' if quality.bad else 'no verdict'}"
    if n_left_out:
        n_channels = len(quality.channels)
        return f"{quality.overall:.2f}, {n_channels - n_left_out} of {n_channels} electrodes"
    return f"{quality.overall:.2f} {'usable' if quality.bad else 'good'}"


def flaws_in_words(quality: Quality) -> str:
    """List what is wrong, such as ``F7 flat 0.00, AF3 blink 0.94``; nothing if nothing is."""
    channels = zip(CH_NAMES, quality.flaws, quality.channels, strict=True)
    return ", ".join(f"{name} {flaw} {value:.2f}" for name, flaw, value in channels if flaw)
