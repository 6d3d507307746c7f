"""Simulated people: how their brains differ, how a moment sways them, and what affect moves.

Powers are natural logarithms: a shift of 0.1 is about 10 % more power.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtdreamer.headset import EPOC
from rtdreamer.window import BANDS

DELTA, THETA, ALPHA, BETA, GAMMA = range(len(BANDS))

_LEFT_FRONTAL = {"AF3": 0.7, "F7": 0.8, "F3": 1.0, "FC5": 0.6}
_RIGHT_FRONTAL = {"AF4": 0.7, "F8": 0.8, "F4": 1.0, "FC6": 0.6}
_FRONTAL = _LEFT_FRONTAL | _RIGHT_FRONTAL
_POSTERIOR = {"O1": 1.0, "O2": 1.0, "P7": 0.8, "P8": 0.8, "T7": 0.4, "T8": 0.4}


def scalp_weights(by_name: dict[str, float]) -> NDArray[np.float64]:
    """Weights of the named sensors, 0 elsewhere: shape (14,)."""
    return np.array([by_name.get(name, 0.0) for name in EPOC.ch_names])


FRONTAL = scalp_weights(_FRONTAL)
POSTERIOR = scalp_weights(_POSTERIOR)


def _power_pattern(rows: dict[int, NDArray[np.float64]]) -> NDArray[np.float64]:
    pattern = np.zeros((len(BANDS), EPOC.n_channels))
    for band, weights in rows.items():
        pattern[band] = weights
    return pattern


AROUSAL_POWER = _power_pattern(
    {
        THETA: 0.3 * FRONTAL,
        ALPHA: -POSTERIOR,
        BETA: 0.6 * FRONTAL,
        GAMMA: 0.6 * FRONTAL,
    }
)
"""Log band power, shape (5, 14), that full arousal adds at effect 1: posterior alpha gives way to
frontal-central beta and gamma and a little frontal theta."""

VALENCE_POWER = _power_pattern(
    {
        ALPHA: 0.6 * (scalp_weights(_RIGHT_FRONTAL) - scalp_weights(_LEFT_FRONTAL)),
        BETA: 0.6 * scalp_weights(_LEFT_FRONTAL),
    }
)
"""The same for full positive valence: less alpha on the left of the forehead than on the right
(frontal alpha asymmetry, Davidson, Brain and Cognition 20, 1992), and more beta on the left."""

AROUSAL_SYMMETRY = -1.0
"""What full arousal adds at effect 1 to the logit of the left-right symmetric share of alpha."""

VALENCE_FRONTAL_COUPLING = 1.0
"""What full valence adds at effect 1 to the log power of a common frontal theta and alpha."""

_MOMENT_SD = {"overall": 0.06, "band": 0.07, "channel": 0.035, "each": 0.04}
_LIKE_AFFECT_SD = 0.25
_COUPLING_SD = 0.15


@dataclass(frozen=True, slots=True)
class State:
    """What one stretch of EEG has beyond the person's habit.

    Attributes
    ----------
    power : ndarray, shape (5, 14)
        Shift of the log band power.
    symmetry : float
        Shift of the logit of the left-right symmetric share of alpha.
    frontal_coupling : float
        Shift of the log power of the common frontal theta and alpha.
    """

    power: NDArray[np.float64]
    symmetry: float
    frontal_coupling: float

    def __add__(self, other: State) -> State:
        return State(
            self.power + other.power,
            self.symmetry + other.symmetry,
            self.frontal_coupling + other.frontal_coupling,
        )

    def __mul__(self, factor: float) -> State:
        return State(self.power * factor, self.symmetry * factor, self.frontal_coupling * factor)

    def vector(self) -> NDArray[np.float64]:
        """All of it, shape (72,): power band by band, symmetry, frontal coupling."""
        return np.append(self.power, [self.symmetry, self.frontal_coupling])


@dataclass(frozen=True, slots=True)
class Person:
    """What stays with one simulated person.

    Attributes
    ----------
    habit : State
        Log band power and coupling relative to the average person.
    slope : float
        Exponent of the 1/f background's power.
    alpha_peak : float
        Hz.
    alpha_rms : float
        Alpha rhythm over the occipital sensors, µV.
    offset : ndarray, shape (14,)
        DC level, µV.
    blink_rate, muscle_rate : float
        Per minute.
    blink_uv, muscle_uv : float
        Typical blink at AF3 and AF4, and RMS within a burst at T7 and T8, µV.
    valence_strength, arousal_strength : float
        How much of the average effect this person shows.
    """

    habit: State
    slope: float
    alpha_peak: float
    alpha_rms: float
    offset: NDArray[np.float64]
    blink_rate: float
    blink_uv: float
    muscle_rate: float
    muscle_uv: float
    valence_strength: float
    arousal_strength: float


def _log_power(
    rng: np.random.Generator, overall: float, band: float, channel: float, each: float
) -> NDArray[np.float64]:
    """Random log band powers, shape (5, 14), as a sum of four parts with these SDs."""
    shape = len(BANDS), EPOC.n_channels
    return (
        rng.normal(0, overall)
        + rng.normal(0, band, (shape[0], 1))
        + rng.normal(0, channel, (1, shape[1]))
        + rng.normal(0, each, shape)
    )


def _log_power_covariance(
    overall: float, band: float, channel: float, each: float
) -> NDArray[np.float64]:
    """Covariance of those log band powers, band by band: shape (70, 70)."""
    bands, channels = np.eye(len(BANDS)), np.eye(EPOC.n_channels)
    return (  # type: ignore[no-any-return]
        overall**2
        + band**2 * np.kron(bands, np.ones_like(channels))
        + channel**2 * np.kron(np.ones_like(bands), channels)
        + each**2 * np.kron(bands, channels)
    )


def _around(rng: np.random.Generator, median: float, log_sd: float) -> float:
    return float(median * np.exp(rng.normal(0, log_sd)))


def draw_person(rng: np.random.Generator) -> Person:
    """Draw a person at random."""
    return Person(
        habit=State(
            _log_power(rng, overall=0.35, band=0.4, channel=0.2, each=0.1),
            symmetry=rng.normal(0, 0.5),
            frontal_coupling=rng.normal(0, 0.5),
        ),
        slope=rng.uniform(0.8, 1.4),
        alpha_peak=rng.uniform(8.5, 11.5),
        alpha_rms=_around(rng, 8.0, 0.35),
        offset=rng.normal(EPOC.offset_uv, 90.0, EPOC.n_channels),
        blink_rate=_around(rng, 15.0, 0.3),
        blink_uv=rng.uniform(110.0, 210.0),
        muscle_rate=_around(rng, 3.0, 0.5),
        muscle_uv=_around(rng, 8.0, 0.3),
        valence_strength=_around(rng, 1.0, 0.2),
        arousal_strength=_around(rng, 1.0, 0.2),
    )


def draw_moment(rng: np.random.Generator) -> State:
    """Draw what sways a person for a while without being affect.

    Part of it runs along the very patterns that affect moves, as drowsiness does with alpha.
    """
    power = _log_power(rng, **_MOMENT_SD)
    drowsy, lopsided = rng.normal(0, _LIKE_AFFECT_SD, 2)
    return State(
        power + drowsy * AROUSAL_POWER + lopsided * VALENCE_POWER,
        symmetry=rng.normal(0, _COUPLING_SD),
        frontal_coupling=rng.normal(0, _COUPLING_SD),
    )


def moment_covariance() -> NDArray[np.float64]:
    """Covariance of ``draw_moment``, in closed form and in the order of ``State.vector``.

    Returns
    -------
    ndarray, shape (72, 72)
        A moment is Gaussian with mean 0, so this is all there is to know about it.
    """
    covariance = np.diag(np.full(len(BANDS) * EPOC.n_channels + 2, _COUPLING_SD**2))
    covariance[:-2, :-2] = _log_power_covariance(**_MOMENT_SD)
    for pattern in (AROUSAL_POWER, VALENCE_POWER):
        covariance[:-2, :-2] += _LIKE_AFFECT_SD**2 * np.outer(pattern, pattern)
    return covariance


def felt(person: Person, valence: int, arousal: int, effect: float) -> State:
    """What a person's own ratings, 1 to 5, do to the EEG; linear in ``effect``, 0 for none."""
    v = effect * person.valence_strength * (valence - 3) / 2
    a = effect * person.arousal_strength * (arousal - 3) / 2
    return State(
        v * VALENCE_POWER + a * AROUSAL_POWER,
        symmetry=a * AROUSAL_SYMMETRY,
        frontal_coupling=v * VALENCE_FRONTAL_COUPLING,
    )
