"""What a program that runs an experiment says happened, and when."""

from dataclasses import dataclass

MARKS = "rtdreamer-Marks"
"""The stream of the markers that are set by hand, from a terminal or on the screen."""

TAKERS = "rtdreamer-Marks-Takers"
"""A stream beside that of a mark, whose uid is its source_id. It carries nothing: sessions join it
until they have taken the mark, and so the one who set it can tell them from other programs."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker of a stream that is followed beside the EEG.

    Attributes
    ----------
    values : tuple of str
        One each channel; most streams have one.
    timestamp : float
        On LSL's clock of this machine, seconds, unless it was left as it came.
    correction : float
        Seconds that this clock is ahead of the sender's.
    stream : str
        The stream's name.
    header : str
        Its full description as LSL's XML.
    """

    values: tuple[str, ...]
    timestamp: float
    correction: float
    stream: str
    header: str

    @property
    def text(self) -> str:
        """What it says."""
        return " ".join(self.values)
