"""How far a window's signals can be EEG at all, judged from the signals themselves."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from rtdreamer.headset import Headset
from rtdreamer.prediction import Quality

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

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
    second = round(headset.sfreq)
    ordered = np.sort(window, axis=-1)
    flat, clipped = _stuck(window, ordered, headset)
    stuck = flat | clipped
    eeg = window - _median(window, ordered, stuck)[:, None]
    eeg[stuck] = 0.0
    distance = np.abs(eeg)
    implausible = distance.max(axis=-1) > np.ptp(headset.range_uv)
    for channel in np.flatnonzero(ordered[:, -1] - ordered[:, 0] > JUMP_UV):
        implausible[channel] |= _steps(window[channel], stuck[channel]).max() > JUMP_UV
    blink = _blinks(eeg, headset)
    artefact = (distance > ARTEFACT_UV) & ~blink
    muscle, mains = _costs_of_frequencies(eeg, second)
    n_pieces = muscle.shape[1]
    spikes = muscle > 0
    if spikes.any():
        spikes &= _spikes(_steps(window, stuck), n_pieces)
        muscle[spikes] = 0.0

    gone = np.maximum(_share(stuck | artefact | blink, n_pieces), spikes)
    usable = ((1 - gone) * (1 - np.maximum(muscle, mains))).mean(axis=-1)
    quality = np.where(implausible, 0.0, usable)
    flaws = _worst(
        {
            "implausible": implausible.astype(np.float64),
            "clipped": _mean(clipped),
            "flat": _mean(flat),
            "artefact": np.maximum(_share(artefact, n_pieces), spikes).mean(axis=-1),
            "muscle": muscle.mean(axis=-1),
            "mains": mains.mean(axis=-1),
            "blink": _mean(blink),
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


def _worst(costs: dict[str, Array]) -> list[str]:
    """For each channel the flaw that costs it most, the first of equals; none if none matters."""
    names = list(costs)
    by_flaw = np.stack(list(costs.values()))
    matters = by_flaw.max(axis=0) >= NAMED_SHARE
    worst = by_flaw.argmax(axis=0)
    return [names[flaw] if named else "" for flaw, named in zip(worst, matters, strict=True)]


def _stuck(window: Array, ordered: Array, headset: Headset) -> tuple[Mask, Mask]:
    """Where a channel is flat, and where it is clipped."""
    n_times = window.shape[1]
    piece, starts = _pieces(n_times, n_times // round(FLAT_S * headset.sfreq))
    highest = np.maximum.reduceat(window, starts, axis=-1)
    lowest = np.minimum.reduceat(window, starts, axis=-1)
    flat = highest - lowest <= FLAT_UV
    flat = flat[:, piece] if flat.any() else np.zeros(window.shape, np.bool_)
    clipped = np.zeros_like(flat)
    top, bottom = ordered[:, -1] - headset.step_uv / 2, ordered[:, 0] + headset.step_uv / 2
    for channel in np.flatnonzero(ordered[:, -STUCK_SAMPLES] >= top):
        clipped[channel] |= _in_runs(window[channel] >= top[channel], STUCK_SAMPLES)
    for channel in np.flatnonzero(ordered[:, STUCK_SAMPLES - 1] <= bottom):
        clipped[channel] |= _in_runs(window[channel] <= bottom[channel], STUCK_SAMPLES)
    if flat.any():
        # A sensor that died rests anywhere; what is pressed against a rail for long is not dead.
        clipped &= ~flat | _at_rail(window, headset)
    return flat & ~clipped, clipped


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


def _median(window: Array, ordered: Array, stuck: Mask) -> Array:
    """Each channel's median while it lives; 0 if it never does."""
    middle = window.shape[1] // 2
    median: Array = ordered[:, [middle, ~middle]].mean(axis=-1)
    for channel in np.flatnonzero(stuck.any(axis=-1)):
        alive = window[channel, ~stuck[channel]]
        median[channel] = np.median(alive) if len(alive) else 0.0
    return median


def _blinks(eeg: Array, headset: Headset) -> Mask:
    """Where the eyes' sensors rise as they do in a blink."""
    second, rows = round(headset.sfreq), [headset.ch_names.index(name) for name in headset.ocular]
    eyes = eeg[rows]
    near, around = (uniform_filter1d(eyes, n, mode="nearest") for n in (second // 10, second))
    blink = np.zeros(eeg.shape, dtype=np.bool_)
    blink[rows] = (near - around > BLINK_UV) & (eyes < MAX_BLINK_UV)
    return blink


def _costs_of_frequencies(eeg: Array, second: int) -> tuple[Array, Array]:
    """How much of each second muscle and mains cost, 0 to 1: shapes (n_channels, n_pieces)."""
    n_times = eeg.shape[1]
    # Each begins in the middle of the last, since the taper hides what lies at its ends.
    n_pieces = 2 * -(-n_times // second) - 1
    starts = np.linspace(0, n_times - second, n_pieces).astype(np.intp)
    seconds = eeg.astype(np.float32)[:, starts[:, None] + np.arange(second)]
    waves, sums = _frequencies(second)
    squares = np.square(seconds.reshape(-1, second) @ waves)
    found = (squares @ sums).reshape(len(eeg), n_pieces, -1).astype(np.float64)
    slow, white, power, beside, *lines = np.moveaxis(found, -1, 0)
    # Over all seconds, since one says little.
    is_white = white / 20 > MUSCLE_WHITENESS * slow.mean(axis=-1, keepdims=True) / 8
    muscle = (1 - MUSCLE_UV**2 / np.maximum(power, MUSCLE_UV**2)) * is_white
    costs = [1 - np.sqrt(MAINS_UV / np.maximum(np.sqrt(line), MAINS_UV)) for line in lines]
    mains = [
        cost * (line > MAINS_SHARPNESS**2 * beside) for cost, line in zip(costs, lines, strict=True)
    ]
    return muscle, np.maximum(*mains)


@lru_cache(maxsize=4)
def _frequencies(second: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What makes a second's waves of whole frequencies, and of their squares the sums wanted.

    Returns
    -------
    waves : ndarray, shape (second, 2 · n_freqs)
        Cosines and sines that give the root of µV² in each Hz. Under a Hann window the mean
        reaches 0 and 1 Hz alone.
    sums : ndarray, shape (2 · n_freqs, 6)
        Power × frequency from 4 to 18 Hz, without alpha, whose bursts would hide muscle, and from
        25 to 45; power from 25 to 45, beside the mains, at 50 Hz and at 60.
    """
    freqs = np.arange(4, 62)
    phase = 2 * np.pi * np.arange(second)[:, None] * freqs / second
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(second) / second)
    scale = hann * np.sqrt(2 / (second * (hann**2).sum()))
    waves = np.concatenate([np.cos(phase), np.sin(phase)], axis=1) * scale[:, None]

    def within(l_freq: int, h_freq: int) -> Mask:
        return (freqs >= l_freq) & (freqs < h_freq)

    slow, fast = within(4, 8) | within(14, 18), within(25, 45)
    sums = np.stack(
        [slow * freqs, fast * freqs, fast, within(54, 57), within(49, 52), within(59, 62)], axis=1
    )
    return waves.astype(np.float32), np.concatenate([sums, sums]).astype(np.float32)


def _spikes(steps: Array, n_pieces: int) -> Mask:
    """The seconds that a single spike makes as white as muscle, shape (n_channels, n_pieces)."""
    piece, starts = _pieces(steps.shape[1], n_pieces)
    large = steps > np.maximum.reduceat(steps, starts, axis=-1)[:, piece] / 2
    few: Mask = np.add.reduceat(large, starts, axis=-1, dtype=np.int64) <= SPIKE_STEPS
    return few


def _share(mask: Mask, n_pieces: int) -> Array:
    """Share of each second that a mask covers, shape (n_channels, n_pieces)."""
    n_times = mask.shape[1]
    if not mask.any():
        return np.zeros((len(mask), n_pieces))
    _, starts = _pieces(n_times, n_pieces)
    covered = np.add.reduceat(mask, starts, axis=-1, dtype=np.int64)
    share: Array = covered / np.diff(starts, append=n_times)
    return share


def _mean(mask: Mask) -> Array:
    """Share of the window that a mask covers, shape (n_channels,)."""
    return np.count_nonzero(mask, axis=-1) / mask.shape[1]  # type: ignore[no-any-return]


@lru_cache(maxsize=16)
def _pieces(n_times: int, n_pieces: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which of so many pieces, all about as long, each sample belongs to; where each begins."""
    piece = np.arange(n_times) * n_pieces // n_times
    return piece, np.searchsorted(piece, np.arange(n_pieces))
