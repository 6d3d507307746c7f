"""Samples that no amplifier of a headset can have delivered: told from EEG and from artefacts."""

from collections import deque
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rtdreamer.headset import Headset
from rtdreamer.stream.chunk import Chunk
from rtdreamer.stream.gaps import is_usable

JUMP_UV = 1000.0
"""A smaller step is never looked at. From one sample to the next, a real EPOC's plain EEG moves by
45 µV at most, a simulated person's by 140, a blink by 30; muscle of 100 µV RMS by 700."""

TIMES_RECENT = 10.0
"""How much larger than all steps shortly before a step must be, too. So muscle and noise of any
strength stay as they are, and with them a channel that is broken: they are the quality judge's."""

RECENT_S = 1 / 8

AWAY_S = 1 / 32
"""A glitch lasts so long at most (4 samples at 128 Hz), and is believed to be over once the signal
has been where it was for as long again. Meanwhile samples are held back: after a jump only, and of
a glitch of one sample no longer than 39 ms."""

BACK = 1 / 4
"""Of the size that a jump must have: no farther from where it was is back. An electrode that pops
and settles takes longer to come so near."""

AS_BEFORE, AS_BEFORE_UV = 1.5, 10.0
"""How much larger steps may be there than those before the jump: else muscle set in."""

BEFORE_S = 3 / 8
"""How long before: the largest step of fewer samples is too often exceeded by chance."""

REFILL = 1 / 16
"""Samples that may be removed for each that passes, after the first second's worth. What is wrong
more often is a broken channel: without it there can be a verdict, without the samples none."""

BLOCK = 64
"""Samples looked at together."""

Array = NDArray[np.float64]


class GlitchFilter:
    """Blots out samples that no amplifier of a headset can have delivered.

    That is what jumps beyond its range, and what jumps away and is back within a few samples. The
    range is that of the raw values and, for streams without the offset, as far below 0. A value
    beyond it that was not jumped to is another offset, which does not matter.

    What is blotted out is NaN on all channels, so that it counts as missing and is bridged like
    any other. The result does not depend on how the stream was cut into chunks.

    Parameters
    ----------
    headset : Headset
        Which sends.
    sfreq : float
        The source's rate, Hz.

    Attributes
    ----------
    removed : int
        Samples so far, at the source's rate.
    channels : tuple of str
        On which channels the last one was impossible.
    """

    def __init__(self, headset: Headset, sfreq: float) -> None:
        self.removed = 0
        self.channels: tuple[str, ...] = ()
        self._headset = headset
        self._most = max(map(abs, headset.range_uv)) + headset.step_uv
        # Since a jump: the samples, which of them are away, how many were calm in a row and how
        # many were not, on which channels it was, the largest steps before, and how large it had
        # to be.
        self._samples: list[Array] = []
        self._away: list[bool] = []
        self._n_back = self._n_restless = 0
        self._jumped = np.zeros(0, np.bool_)
        self._steps = self._reach = np.zeros(0)
        self.start_source(sfreq)

    def start_source(self, sfreq: float) -> None:
        """Another source of this rate, Hz, follows; what is held back of the last one is gone."""
        self._n_recent, self._n_away = round(RECENT_S * sfreq), round(AWAY_S * sfreq)
        self._most_credit = self._credit = sfreq
        self._n_before = round(BEFORE_S * sfreq)
        self._passed: deque[Array] = deque(maxlen=self._n_before + 1)
        self._held: list[Chunk] = []
        self._forget_jump()

    @np.errstate(over="ignore", invalid="ignore")  # a value may be any number, and none
    def split(self, chunk: Chunk) -> list[Chunk]:
        """Return the samples that are known to be possible or not; those that are not as NaN.

        They may be fewer than came, if some are held back, or more.
        """
        if chunk.n_times == 0:
            return [chunk]
        if self._is_plain(chunk.data):
            self._pass(chunk.data)
            return [chunk]
        verdicts: list[bool] = []
        for start in range(0, chunk.n_times, BLOCK):
            verdicts += self._block(chunk.data[:, start : start + BLOCK])
        return self._known(chunk, np.array(verdicts, np.bool_))

    def _known(self, chunk: Chunk, verdicts: NDArray[np.bool_]) -> list[Chunk]:
        """Return the samples of which it is known what they are, and hold back the others."""
        parts, held, start = [], [], 0
        for part in (*self._held, chunk):
            known = verdicts[start : start + part.n_times]
            start += part.n_times
            if len(known):
                parts.append(_without(part.take(slice(len(known))), known))
            if len(known) < part.n_times:
                rest = part.take(slice(len(known), None))
                held.append(replace(rest, clock_jumped=part.clock_jumped and not len(known)))
        self._held = held
        return parts

    def _block(self, data: Array) -> list[bool]:
        """As ``_verdicts``, of several samples."""
        if self._is_plain(data):
            self._pass(data)
            return [False] * data.shape[1]
        return [verdict for column in data.T for verdict in self._verdicts(column)]

    def _is_plain(self, data: Array) -> bool:
        """Whether there is no jump, nor was one lately; a quick look."""
        if self._away:
            return False
        if self._passed:
            begins_plain = np.abs(data[:, :1] - self._passed[-1][:, -1:]).max() <= JUMP_UV
        else:
            begins_plain = np.abs(data[:, :1]).max() <= self._most
        if not begins_plain or data.shape[1] == 1:
            return bool(begins_plain)
        return bool(np.abs(data[:, 1:] - data[:, :-1]).max() <= JUMP_UV)

    def _pass(self, data: Array) -> None:
        """Remember samples that can be."""
        self._credit = min(self._most_credit, self._credit + REFILL * data.shape[1])
        n_kept = self._n_before + 1
        self._passed.append(data if data.shape[1] <= n_kept else data[:, -n_kept:].copy())

    def _verdicts(self, sample: Array) -> list[bool]:
        """Take in one sample; return of which samples, in order, it is now known what they are.

        True is impossible.
        """
        if self._away:
            return self._after_jump(sample)
        if not is_usable(sample).all():
            return [False]  # counts as missing anyway
        if self._credit >= 1 and (far := self._far(sample)).any():
            if (outside := self._outside(sample, far)).any():
                self._remove(1, outside)
                return [True]
            if self._passed:
                self._samples, self._away, self._jumped = [sample], [True], far
                self._n_restless = 1
                self._steps = self._largest_steps(self._n_before)
                self._reach = _reach(self._largest_steps(self._n_recent))
                return []
        self._pass(sample[:, None])
        return [False]

    def _far(self, sample: Array) -> NDArray[np.bool_]:
        """On which channels it is a jump; everything is where there is nothing before."""
        if not self._passed:
            return np.ones(len(sample), np.bool_)
        distance = self._distance(sample)
        far: NDArray[np.bool_] = distance > JUMP_UV
        if not far.any():
            return far
        return far & (distance > _reach(self._largest_steps(self._n_recent)))

    def _outside(self, sample: Array, far: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """On which channels it jumped out of the amplifier's range."""
        outside: NDArray[np.bool_] = far & (np.abs(sample) > self._most)
        if self._passed:
            outside &= np.abs(self._passed[-1][:, -1]) <= self._most
        return outside

    def _after_jump(self, sample: Array) -> list[bool]:
        is_back = bool((self._distance(sample) <= BACK * self._reach).all())
        is_calm = is_back
        if self._n_back:
            step = np.abs(sample - self._samples[-1])
            is_calm &= bool((step <= AS_BEFORE * self._steps + AS_BEFORE_UV).all())
        self._samples.append(sample)
        self._away.append(not is_back)
        # A large step where it was is its own, but says that it may not stay there.
        self._n_back = self._n_back + 1 if is_calm else 0
        self._n_restless += not is_calm
        stays = self._n_restless > self._n_away
        if self._n_back < self._n_away and not stays:
            return []
        samples, verdicts = self._samples, self._away
        if stays:  # no glitch, but for what is out of range
            far = [self._distance(sample) > self._reach for sample in samples]
            outside = map(self._outside, samples, far)
            verdicts = [bool(where.any()) for where in outside]
        self._remove(sum(verdicts), self._jumped)
        self._forget_jump()
        for sample, is_impossible in zip(samples, verdicts, strict=True):
            if not is_impossible and is_usable(sample).all():
                self._pass(sample[:, None])
        return verdicts

    def _forget_jump(self) -> None:
        self._samples, self._away, self._n_back, self._n_restless = [], [], 0, 0

    def _distance(self, sample: Array) -> Array:
        return np.abs(sample - self._passed[-1][:, -1])

    def _largest_steps(self, n_times: int) -> Array:
        """Each channel's largest step of the last samples that passed, µV."""
        recent = np.concatenate(list(self._passed), axis=1)[:, -n_times - 1 :]
        steps: Array = np.abs(np.diff(recent, axis=1)).max(axis=1, initial=0.0)
        return steps

    def _remove(self, n_times: int, where: NDArray[np.bool_]) -> None:
        if n_times:
            self.removed += n_times
            self._credit -= n_times
            names = zip(self._headset.ch_names, where.tolist(), strict=True)
            self.channels = tuple(name for name, is_wrong in names if is_wrong)


def _reach(steps: Array) -> Array:
    """How large a step must be to be a jump, where steps of this size came before; µV."""
    reach: Array = np.maximum(JUMP_UV, TIMES_RECENT * steps)
    return reach


def _without(chunk: Chunk, impossible: NDArray[np.bool_]) -> Chunk:
    if not impossible.any():
        return chunk
    return replace(chunk, data=np.where(impossible, np.nan, chunk.data))
