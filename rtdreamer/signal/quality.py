"""How far a window's signals can be EEG at all, judged from the signals themselves."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from rtdreamer.headset import Headset
from rtdreamer.prediction import Quality
from rtdreamer.signal.spectrum import cut

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Float32s = NDArray[np.float32]
Indices = NDArray[np.intp]

MIN_CHANNELS = 7
"""With fewer channels left a verdict is withheld, from a model to which a bad channel can be left
unknown. On 12 simulated people whom the released model never saw, Brier scores were .197 for
valence and .181 for arousal with all 14, .198 and .182 with 10, .209 and .184 with 7, and .232 and
.197 are the base rate's; the mean answer moved by .02 at most."""

MIN_CHANNELS_ABSOLUTE = 13
"""The same from a model to which nothing can be unknown. There two flat channels, or two of noise,
were worse than the base rate: Brier .258 and .241 for valence, .205 and .211 for arousal."""

NAMED_SHARE = 0.01
"""A flaw that costs less of the window is not worth a word; one blink costs 2 % of 10 s."""

FLAT_UV = 2.0
"""Peak to peak within half a second. An EEG whose activity stays below 2 µV counts as electrically
silent (American Clinical Neurophysiology Society, guideline on EEG in suspected cerebral death);
plain EEG has 9 µV or more in any half second, a dead channel's rounding at most two steps."""

FLAT_S = 0.5

STUCK_SAMPLES = 8
"""At one extreme in a row. Plain EEG stays there for at most 4 samples, made five times smaller
for at most 6."""

JUMP_UV = 1000.0
"""From one sample to the next. No head does that: blinks rise by 30 µV a sample, plain EEG by 140
at most, muscle of 100 µV RMS by 700. In noise over the whole range, as a wrong decoding gives,
three steps in four are larger. One such sample has as much power as ten seconds of EEG, and in
every band, so it spoils its whole channel."""

ARTEFACT_UV = 200.0
"""EEG seldom leaves its median by more; blinks reach 250 µV, movement far more."""

MUSCLE_UV = 9.0
"""RMS from 25 to 45 Hz within a second. Van de Velde et al., Electroencephalography and Clinical
Neurophysiology 107 (1998), find muscle best by the power above 25 Hz, in epochs of a second and by
one threshold for everyone; theirs, .9 µV²/Hz as BioSig quotes it, is 4 µV. In an EPOC's plain EEG
99 seconds of 100 stay below 5 µV, a simulated person's below 7.5. Weaker muscle is not told from
EEG and moves the answer all the same: 10 µV RMS from 20 to 60 Hz on all sensors, the mean valence
of 12 simulated people by +.16."""

MUSCLE_WHITENESS = 2.0
"""How much more power × frequency there must be from 25 to 45 Hz than below. An EEG's power falls
about as 1/f (ratio 1; 1.3 for the flattest simulated person), however large it is. Muscle's is
whiter (Freeman et al., Clinical Neurophysiology 114, 2003): 3.3 for white noise."""

SPIKE_STEPS = 2
"""More than half as large as a second's largest. A spike, as white as muscle, has one up and one
down; muscle has more."""

MAINS_UV = 10.0
"""RMS at 50 or 60 Hz within a second. Plain EEG behind the headset's notches has 1 µV at most. The
bands' filters let .4 % of 50 Hz through, but couplings see even that: 100 µV on 4 of 14 sensors
lowered the mean valence of 12 simulated people by .1."""

MAINS_SHARPNESS = 3.0
"""How far its amplitude must stand out above 54 to 56 Hz: broadband noise does not."""

BLINK_UV = 60.0
"""Mean over a tenth of a second, in which alpha vanishes, above the mean over a whole one. A blink
of 0.3 s leaves two thirds of its peak, so that it is found from some 100 µV on. Slow waves without
a blink came as far in 0.6 % of a simulated forehead's windows."""

MAX_BLINK_UV = 300.0
"""Above the median; blinks reach 250 µV."""


def assess(window: Array, headset: Headset, contact: Array | None = None) -> Quality:
    """Rate each channel of a window and say what is wrong with it.

    A channel's quality is the share of the window in which it can be EEG. Where it is flat,
    clipped, far from its median or in a blink it cannot; seconds with muscle or mains count the
    less, the stronger those are: half at 1.4 times ``MUSCLE_UV``, or four times ``MAINS_UV``,
    which does less harm. A jump that no head can make, or leaving the amplifier's range, spoils the
    channel altogether. The flaw named is the one that costs most.

    The offset does not matter, except for a name: what stays at one of the rails (the EPOC's are
    at 0 and 8400 µV) is ``clipped`` and not ``flat``. So is what is stuck at its own extreme for
    less than ``FLAT_S``.

    Parameters
    ----------
    window : ndarray, shape (n_channels, n_times)
        Raw µV, finite; at least a second.
    headset : Headset
        Which measured it; at more than 124 Hz, for the sake of 60 Hz.
    contact : ndarray, shape (n_channels,), optional
        The headset's own contact quality, 0 to 1. A channel is not rated above it, and its flaw is
        ``contact`` where that is what limits it.

    Returns
    -------
    Quality
    """
    flat, clipped, bottom, top = _stuck(window, headset)
    stuck = flat | clipped
    low, high = headset.range_uv
    near = min(ARTEFACT_UV, high - low)
    centre = _centre(window, stuck, bottom, top, near)
    eeg = window - centre[:, None]
    eeg[stuck] = 0.0
    far = np.flatnonzero(np.maximum(top - centre, centre - bottom) > near)
    artefact, implausible = _excursions(window, eeg, stuck, far, high - low)
    blink = _blinks(eeg, headset)
    artefact &= ~blink
    muscle, mains = _costs_of_frequencies(eeg, round(headset.sfreq))
    spikes = muscle > 0
    if spikes.any():
        spikes = _spikes(window, stuck, spikes)
        muscle[spikes] = 0.0

    n_pieces = muscle.shape[1]
    gone = np.maximum(_share(stuck | artefact | blink, n_pieces), spikes)
    usable = ((1 - gone) * (1 - np.maximum(muscle, mains))).mean(axis=-1)
    quality = np.where(implausible, 0.0, usable)
    flaws = _worst(
        {
            "implausible": implausible[:, None],
            "clipped": clipped,
            "flat": flat,
            "artefact": np.maximum(_share(artefact, n_pieces), spikes),
            "muscle": muscle,
            "mains": mains,
            "blink": blink,
        }
    )
    if contact is not None:
        flaws = ["contact" if c < q else f for c, q, f in zip(contact, quality, flaws, strict=True)]
        quality = np.minimum(quality, contact)
    return Quality(tuple(quality.tolist()), tuple(flaws), headset.ch_names)


def too_poor(quality: Quality, n_needed: int) -> str:
    """Say why there is no verdict on a window of this quality, in one line; empty if there is.

    Parameters
    ----------
    quality : Quality
        Of the window.
    n_needed : int
        Channels that must not be bad.
    """
    n_channels = len(quality.channels)
    n_good = n_channels - len(quality.bad)
    if n_good >= n_needed:
        return ""
    channels: dict[str, list[str]] = {}
    for row in quality.bad:
        channels.setdefault(quality.flaws[row], []).append(quality.ch_names[row])
    found = "; ".join(
        f"{flaw} {'everywhere' if len(names) == n_channels else ', '.join(names)}"
        for flaw, names in channels.items()
    )
    return f"{n_good} of {n_channels} electrodes are good, {n_needed} are needed: {found}"


def _worst(found: dict[str, Array | Mask]) -> list[str]:
    """For each channel the flaw that costs it most, the first of equals; none if none matters."""
    costs = {flaw: where.mean(axis=-1).tolist() for flaw, where in found.items() if where.any()}
    if not costs:
        return [""] * len(found["flat"])
    names, by_channel = list(costs), zip(*costs.values(), strict=True)
    return [names[c.index(max(c))] if max(c) >= NAMED_SHARE else "" for c in by_channel]


def _stuck(window: Array, headset: Headset) -> tuple[Mask, Mask, Array, Array]:
    """Where a channel is flat, and where it is clipped; its lowest value and its highest."""
    n_times = window.shape[1]
    piece, starts, _ = _pieces(n_times, n_times // round(FLAT_S * headset.sfreq))
    highest = np.maximum.reduceat(window, starts, axis=-1)
    lowest = np.minimum.reduceat(window, starts, axis=-1)
    bottom, top = lowest.min(axis=-1), highest.max(axis=-1)
    flat, half_step = np.zeros(window.shape, np.bool_), headset.step_uv / 2
    clipped = _resting(window, bottom + half_step, top - half_step)
    calm = highest - lowest <= FLAT_UV
    if calm.any():
        flat = calm[:, piece]
        # A sensor that died rests anywhere; what is pressed against a rail for long is not dead.
        clipped &= ~flat | _at_rail(window, headset)
        flat &= ~clipped
    return flat, clipped, bottom, top


def _resting(window: Array, bottom: Array, top: Array) -> Mask:
    """Where a channel rests at or below its bottom, or at or above its top."""
    resting = np.zeros(window.shape, np.bool_)
    # A run holds two in a row of these samples, and hardly a channel without one does.
    some = window[:, :: STUCK_SAMPLES // 2].copy()
    beyond = (some <= bottom[:, None]) | (some >= top[:, None])
    for channel in np.flatnonzero((beyond[:, 1:] & beyond[:, :-1]).any(axis=-1)):
        resting[channel] |= _in_runs(window[channel] <= bottom[channel], STUCK_SAMPLES)
        resting[channel] |= _in_runs(window[channel] >= top[channel], STUCK_SAMPLES)
    return resting


def _excursions(
    window: Array, eeg: Array, stuck: Mask, far: Indices, span: float
) -> tuple[Mask, Mask]:
    """Where those channels are artefact that go far, and which of them move as no head does."""
    artefact, implausible = np.zeros(window.shape, np.bool_), np.zeros(len(window), np.bool_)
    if len(far):
        distance = np.abs(eeg[far])
        artefact[far] = distance > ARTEFACT_UV
        furthest = distance.max(axis=-1)
        implausible[far] = furthest > span
        # A jump has an end at least half as far from the median.
        for channel in far[furthest >= JUMP_UV / 2]:
            implausible[channel] |= _steps(window[channel], stuck[channel]).max() > JUMP_UV
    return artefact, implausible


def _steps(window: Array, stuck: Mask) -> Array:
    """From each sample to the next, µV, one less than there are samples."""
    steps = np.abs(np.diff(window, axis=-1))
    # Dying, or meeting a rail, is a jump that has its own name.
    steps[stuck[..., 1:] | stuck[..., :-1]] = 0.0
    return steps


def _at_rail(window: Array, headset: Headset) -> Mask:
    low, high = headset.range_uv
    at_rail = np.abs(window - high) <= headset.step_uv
    # Of a stream without the raw offset, 0 is the middle.
    if np.median(window) > low + (high - low) / 4:
        at_rail |= np.abs(window - low) <= headset.step_uv
    return at_rail


def _in_runs(mask: Mask, n_least: int) -> Mask:
    """The part of a mask that belongs to runs of so many samples or more."""
    edges = np.flatnonzero(np.diff(mask, prepend=False, append=False))
    found = np.zeros_like(mask)
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        found[start:stop] = stop - start >= n_least
    return found


def _centre(window: Array, stuck: Mask, bottom: Array, top: Array, near: float) -> Array:
    """Each channel's median while it lives; 0 if it never does.

    The middle between its extremes, sooner found, where those are so near each other that nothing
    is far from the median: to blinks and frequencies it is all the same.
    """
    centre = (bottom + top) / 2
    rows = np.flatnonzero(top - bottom > near)
    if len(rows):
        middle = window.shape[1] // 2
        # The lower half before the upper, which takes half as long as sorting.
        halves = np.partition(window[rows], middle, axis=-1)
        below = halves[:, : window.shape[1] - middle].max(axis=-1)
        centre[rows] = (below + halves[:, middle]) / 2
    if stuck.any():
        for channel in np.flatnonzero(stuck.any(axis=-1)):
            alive = window[channel, ~stuck[channel]]
            centre[channel] = np.median(alive) if len(alive) else 0.0
    return centre


def _blinks(eeg: Array, headset: Headset) -> Mask:
    """Where the eyes' sensors rise as they do in a blink."""
    second, rows = round(headset.sfreq), [headset.ch_names.index(name) for name in headset.ocular]
    eyes = eeg[rows]
    # Given its output, SciPy need not make one of zeros.
    near, around = np.empty((2, *eyes.shape))
    for n, mean in ((second // 10, near), (second, around)):
        uniform_filter1d(eyes, n, output=mean, mode="nearest")
    blink = np.zeros(eeg.shape, dtype=np.bool_)
    blink[rows] = (near - around > BLINK_UV) & (eyes < MAX_BLINK_UV)
    return blink


def _costs_of_frequencies(eeg: Array, second: int) -> tuple[Array, Array]:
    """How much of each second muscle and mains cost, 0 to 1: shapes (n_channels, n_pieces)."""
    seconds = cut(eeg, _begins(eeg.shape[1], second), second)
    costly, compared = _frequencies(second)
    found = _powers(seconds, *costly)
    white, power, lines = found[..., 0], found[..., 1], found[..., 2:]
    if power.max() <= MUSCLE_UV**2 and lines.max() <= MAINS_UV**2:
        # As mostly. Then it does not matter what to compare it with.
        return np.zeros(power.shape), np.zeros(power.shape)
    slow, beside = np.moveaxis(_powers(seconds, *compared), -1, 0)
    # Over all seconds, since one says little.
    is_white = white / 20 > MUSCLE_WHITENESS * slow.mean(axis=-1, keepdims=True) / 8
    muscle = (1 - MUSCLE_UV**2 / np.maximum(power, MUSCLE_UV**2)) * is_white
    costs = 1 - np.sqrt(MAINS_UV / np.maximum(np.sqrt(lines), MAINS_UV))
    mains = (costs * (lines > MAINS_SHARPNESS**2 * beside[..., None])).max(axis=-1)
    return muscle, mains


def _powers(seconds: Float32s, waves: Float32s, sums: Float32s) -> Array:
    """The sums wanted of each second, shape (n_channels, n_pieces, n_sums)."""
    n_channels, n_pieces, second = seconds.shape
    squares = np.square(seconds.reshape(-1, second) @ waves)
    powers: Array = (squares @ sums).astype(np.float64)
    return powers.reshape(n_channels, n_pieces, -1)


@lru_cache(maxsize=16)
def _begins(n_times: int, second: int) -> tuple[int, ...]:
    """Where the seconds begin."""
    # Each in the middle of the last, since the taper hides what lies at its ends.
    n_pieces = 2 * -(-n_times // second) - 1
    return tuple(int(begin) for begin in np.linspace(0, n_times - second, n_pieces))


@lru_cache(maxsize=4)
def _frequencies(second: int) -> tuple[tuple[Float32s, Float32s], tuple[Float32s, Float32s]]:
    """What makes a second's waves of whole frequencies, and of their squares the sums wanted.

    Returns
    -------
    waves : ndarray, shape (second, 2 · n_freqs)
        Cosines and sines that give the root of µV² in each Hz. Under a Hann window the mean
        reaches 0 and 1 Hz alone.
    sums : ndarray, shape (2 · n_freqs, n_sums)
        For what costs: power × frequency from 25 to 45 Hz; power there, at 50 Hz and at 60.
    waves, sums : ndarray
        For what to compare it with: power × frequency from 4 to 18 Hz, without alpha, whose bursts
        would hide muscle; power beside the mains.
    """
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(second) / second)
    scale = hann * np.sqrt(2 / (second * (hann**2).sum()))
    freqs = np.arange(4.0, 62.0)

    def within(l_freq: int, h_freq: int) -> Mask:
        return (freqs >= l_freq) & (freqs < h_freq)

    def of(*weights: Array | Mask) -> tuple[Float32s, Float32s]:
        sums = np.stack(weights, axis=1).astype(np.float32)
        wanted = sums.any(axis=1)
        phase = 2 * np.pi * np.arange(second)[:, None] * freqs[wanted] / second
        waves = np.concatenate([np.cos(phase), np.sin(phase)], axis=1) * scale[:, None]
        return waves.astype(np.float32), np.concatenate([sums[wanted], sums[wanted]])

    slow, fast = within(4, 8) | within(14, 18), within(25, 45)
    return (
        of(fast * freqs, fast, within(49, 52), within(59, 62)),
        of(slow * freqs, within(54, 57)),
    )


def _spikes(window: Array, stuck: Mask, white: Mask) -> Mask:
    """The seconds, of those as white as muscle, that a single spike makes so."""
    spikes = np.zeros(white.shape, np.bool_)
    rows = np.flatnonzero(white.any(axis=-1))
    steps = _steps(window[rows], stuck[rows])
    piece, starts, _ = _pieces(steps.shape[1], white.shape[1])
    large = steps > np.maximum.reduceat(steps, starts, axis=-1)[:, piece] / 2
    few = np.add.reduceat(large, starts, axis=-1, dtype=np.int64) <= SPIKE_STEPS
    spikes[rows] = white[rows] & few
    return spikes


def _share(mask: Mask, n_pieces: int) -> Array:
    """Share of each second that a mask covers, shape (n_channels, n_pieces)."""
    share = np.zeros((len(mask), n_pieces))
    if mask.any():
        rows = np.flatnonzero(mask.any(axis=-1))
        _, starts, lengths = _pieces(mask.shape[1], n_pieces)
        share[rows] = np.add.reduceat(mask[rows], starts, axis=-1, dtype=np.int64) / lengths
    return share


@lru_cache(maxsize=16)
def _pieces(n_times: int, n_pieces: int) -> tuple[Indices, Indices, Indices]:
    """Which of so many pieces, all about as long, each sample belongs to; starts and lengths."""
    piece = np.arange(n_times) * n_pieces // n_times
    starts = np.searchsorted(piece, np.arange(n_pieces))
    return piece, starts, np.diff(starts, append=n_times)
