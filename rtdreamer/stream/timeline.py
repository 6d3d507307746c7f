"""One line of samples out of the chunks of sources, one after the other."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rtdreamer.headset import Headset
from rtdreamer.stream.chunk import Chunk
from rtdreamer.stream.clock import ClockCorrector
from rtdreamer.stream.decimation import Decimator
from rtdreamer.stream.gaps import GapPolicy, Origin, Piece, is_usable
from rtdreamer.stream.glitches import GlitchFilter


class Timeline:
    """Puts wrong clocks right, finds what is missing, bridges what is short, halves a double rate.

    Samples that the headset cannot have measured are missing, too.

    Samples are looked at in this order and at the stream's own rate; those that come out are of
    the headset's, and all counts are in samples of that.

    Parameters
    ----------
    headset : Headset
        Which sends.

    Attributes
    ----------
    driver_interpolated : int
        Samples so far that the headset's driver interpolated.
    """

    def __init__(self, headset: Headset) -> None:
        self._headset = headset
        self.driver_interpolated = 0
        self._missing = 0
        self._clock = ClockCorrector(headset.sfreq)
        self._glitches = GlitchFilter(headset, headset.sfreq)
        self._gaps = GapPolicy(headset.sfreq)
        self._decimator: Decimator | None = None

    @property
    def missing(self) -> int:
        """Samples missing so far, bridged ones included.

        Those that cannot be used count when they come, the others when the next one shows the gap.
        """
        return self._missing + self._at_its_rate(self._gaps.unusable)

    @property
    def jumps(self) -> int:
        """How often the sender's clock was wrong so far."""
        return self._clock.jumps

    @property
    def glitches(self) -> int:
        """How many samples so far no amplifier can have delivered, at the source's rate."""
        return self._glitches.removed

    @property
    def glitch_channels(self) -> tuple[str, ...]:
        """On which channels the last one was impossible."""
        return self._glitches.channels

    @property
    def has_doubtful_silence(self) -> bool:
        """Whether samples are late since a silence, in which time may have been lost."""
        return self._clock.has_doubtful_silence

    def start_source(self, sfreq: float) -> None:
        """The chunks that follow are of another source: maybe another device, or another rate.

        Parameters
        ----------
        sfreq : float
            Of the source, Hz.

        Raises
        ------
        ValueError
            If it is neither the headset's rate nor twice that.
        """
        own = self._headset.sfreq
        if sfreq not in (own, 2 * own):
            raise ValueError(f"a stream must be of {own:g} or {2 * own:g} Hz, not {sfreq:g}")
        self._clock.start_source(sfreq)
        self._glitches.start_source(sfreq)
        self._gaps.start_source(sfreq)
        if sfreq == own:
            self._decimator = None
        elif self._decimator is None:
            self._decimator = Decimator(self._headset)

    def take(self, chunk: Chunk) -> list[Piece]:
        """Return a chunk's samples as pieces without gaps, at the headset's rate, oldest first.

        There are none if no sample could be used, if one waits for the second of its pair, or if
        all wait for what follows a jump.
        """
        pieces = []
        for part in self._clock.split(chunk):
            for known in self._glitches.split(part):
                pieces += self._pieces(known)
        return pieces

    def _pieces(self, chunk: Chunk) -> list[Piece]:
        if chunk.interpolated is not None and chunk.interpolated.any():
            self._count_unusable(chunk, chunk.interpolated)
        pieces = []
        for piece in self._gaps.split(chunk):
            self._missing += self._at_its_rate(piece.missing or piece.n_bridged)
            whole = piece if self._decimator is None else self._decimator.decimate(piece)
            if whole is not None:
                self.driver_interpolated += int(
                    np.count_nonzero(whole.origin == Origin.INTERPOLATED)
                )
                pieces.append(replace(whole, total_missing=self._missing))
        return pieces

    def _count_unusable(self, chunk: Chunk, interpolated: NDArray[np.bool_]) -> None:
        """Count what was interpolated and is no number, too: that gets into no piece."""
        usable = is_usable(chunk.data).all(axis=0)
        n_unusable = int(np.count_nonzero(interpolated & ~usable))
        self.driver_interpolated += n_unusable if self._decimator is None else (n_unusable + 1) // 2

    def _at_its_rate(self, n_missing: int) -> int:
        return n_missing if self._decimator is None else self._decimator.n_pairs(n_missing)
