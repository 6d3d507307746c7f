"""``extract``: everything a model sees of one raw window, in training as in live use."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.arguments import float_array
from rtdreamer.decoding import checked_fields, decode, encode
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC, Headset, find_headset
from rtdreamer.signal import blas
from rtdreamer.signal.covariance import band_covariance
from rtdreamer.signal.entropy import VARIANCE_FLOOR, differential_entropy
from rtdreamer.signal.filters import Edges, bandpass
from rtdreamer.signal.mutual_information import ESTIMATORS, edge_weight
from rtdreamer.signal.spectrum import log_spectrum
from rtdreamer.window import BANDS, WINDOW, Band

DEFAULT_ESTIMATOR = "gaussian-copula"

SAMPLES_PER_CYCLE = 2.1
"""Two are the least. What lies beyond a band's edge and folds back is weaker by then."""

STEPS = (2, 4)
"""From one sample that is kept to the next; at larger ones little more would be gained."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What ``extract`` does. It travels inside the checkpoint; nothing else may set it.

    Attributes
    ----------
    headset : Headset
        Gives the channels, their order and the sampling rate. A file names it.
    n_times : int
        Samples in a window.
    bands : tuple of Band
        The bands of the graphs.
    mi_estimator : str
        A name in ``mutual_information.ESTIMATORS``.
    scale_uv : float
        µV that become 1 in ``Features.signals``. One constant for everyone: scaling each window
        by its own SD would erase power.
    clip : float
        ``Features.signals``, and ``Inputs.signals``, are clipped to ± this, against
        glitches.
    standardise : bool
        Whether the model sees a person's windows relative to that person's ``Profile``.
    decimate : bool
        Whether slow bands are kept at half or a quarter of the rate: the ``steps``. Only for the
        Gaussian copula: what the other estimators find hangs on how many samples there are.

    Raises
    ------
    ValueError
        If a value cannot be used.
    """

    headset: Headset = EPOC
    n_times: int = WINDOW
    bands: tuple[Band, ...] = BANDS
    mi_estimator: str = DEFAULT_ESTIMATOR
    scale_uv: float = 20.0
    clip: float = 10.0
    standardise: bool = True
    decimate: bool = True

    def __post_init__(self) -> None:
        if self.mi_estimator not in ESTIMATORS:
            names = ", ".join(ESTIMATORS)
            raise ValueError(f"unknown MI estimator {self.mi_estimator!r}; there are {names}")
        if not all(0 < value < math.inf for value in (self.scale_uv, self.clip)):
            raise ValueError("scale_uv and clip must be finite and above 0")
        if self.n_times < self.sfreq or not self.bands:
            raise ValueError("a spec needs at least one second and one band")
        for band in self.bands:
            if not 0 < band.l_freq < band.h_freq < self.sfreq / 2:
                raise ValueError(f"band {band.name} does not lie within 0–{self.sfreq / 2} Hz")

    @property
    def ch_names(self) -> tuple[str, ...]:
        """The headset's channels, in order."""
        return self.headset.ch_names

    @property
    def sfreq(self) -> float:
        """The headset's sampling rate, Hz."""
        return self.headset.sfreq

    @property
    def l_freq(self) -> float:
        """The lowest edge of a band, Hz."""
        return min(band.l_freq for band in self.bands)

    @property
    def h_freq(self) -> float:
        """The highest edge of a band, Hz."""
        return max(band.h_freq for band in self.bands)

    @property
    def steps(self) -> Mapping[int, tuple[int, ...]]:
        """Which bands, by index, are kept at every sample, and which at every second or fourth.

        Of the highest frequency ``SAMPLES_PER_CYCLE`` are kept at least.
        """
        return _steps(self)

    @property
    def edges(self) -> Mapping[int, Sequence[Edges]]:
        """What to filter at each of the ``steps``: its bands, and at 1 all together last, too."""
        return _edges(self)

    @property
    def n_freqs(self) -> int:
        """Steps of 1 Hz from the lowest to the highest edge."""
        return math.floor(self.h_freq) - math.ceil(self.l_freq) + 1


@lru_cache(maxsize=16)
def _steps(spec: Spec) -> Mapping[int, tuple[int, ...]]:
    def step(band: Band) -> int:
        def is_enough(step: int) -> bool:
            often_enough = spec.sfreq / step >= SAMPLES_PER_CYCLE * band.h_freq
            return often_enough and spec.n_times % (2 * step) == 0

        return max((step for step in STEPS if is_enough(step)), default=1)

    decimate = spec.decimate and spec.mi_estimator == DEFAULT_ESTIMATOR
    of_bands = [step(band) if decimate else 1 for band in spec.bands]
    return {
        step: tuple(band for band, own in enumerate(of_bands) if own == step)
        for step in sorted(set(of_bands))
    }


@lru_cache(maxsize=16)
def _edges(spec: Spec) -> Mapping[int, Sequence[Edges]]:
    edges = {
        step: [(spec.bands[k].l_freq, spec.bands[k].h_freq) for k in of_step]
        for step, of_step in spec.steps.items()
    }
    edges.setdefault(1, []).append((spec.l_freq, spec.h_freq))
    return edges


def encode_spec(spec: Spec) -> dict[str, Any]:
    """Return a spec as files hold it: in JSON's values, with the headset's name."""
    values: dict[str, Any] = encode(spec)
    return values | {"headset": spec.headset.name}


def decode_spec(values: Any) -> Spec:
    """Read what ``encode_spec`` returned.

    Raises
    ------
    ValueError
        If a field is missing, unknown or of the wrong kind, or a value cannot be used.
    """
    named = checked_fields(values, [field.name for field in fields(Spec)], "a spec")
    return decode(Spec, named | {"headset": find_headset(named["headset"])}, "spec")


@dataclass(frozen=True, slots=True)
class Features:
    """What is seen of a window.

    Attributes
    ----------
    signals : ndarray, shape (n_channels, n_times), float32
        The window from the lowest to the highest band edge, divided by ``scale_uv``, clipped.
    spectrum : ndarray, shape (n_channels, n_freqs)
        Logarithm of the signals' power in µV²/Hz, in steps of 1 Hz.
    de : ndarray, shape (n_bands, n_channels)
        Differential entropy, nats (for µV).
    mi : ndarray, shape (n_bands, n_channels, n_channels)
        Mutual information, nats; symmetric, zero diagonal.
    covariance : ndarray, shape (n_bands, n_channels, n_channels)
        Of the channels in each band, µV²; symmetric.
    """

    signals: NDArray[np.float32]
    spectrum: NDArray[np.float64]
    de: NDArray[np.float64]
    mi: NDArray[np.float64]
    covariance: NDArray[np.float64]

    @property
    def edge_weight(self) -> NDArray[np.float64]:
        """√(1 − e^(−2 MI)), shape (n_bands, n_channels, n_channels), 0–1."""
        return edge_weight(self.mi)

    def without(self, channels: Sequence[int]) -> "Features":
        """The same, but NaN, for not known, in all that these channels have a part in."""
        if not channels:
            return self
        rows = list(channels)
        signals, spectrum, de = self.signals.copy(), self.spectrum.copy(), self.de.copy()
        mi, covariance = self.mi.copy(), self.covariance.copy()
        signals[rows] = spectrum[rows] = de[:, rows] = np.nan
        mi[:, rows] = mi[:, :, rows] = covariance[:, rows] = covariance[:, :, rows] = np.nan
        return Features(signals, spectrum, de, mi, covariance)


def extract(window: NDArray[np.float64], spec: Spec | None = None) -> Features:
    """Compute all features of one raw window, and nothing from outside it.

    Parameters
    ----------
    window : ndarray, shape (n_channels, n_times)
        Raw µV, offset included.
    spec : Spec, optional
        What to compute; what live uses if not given.

    Raises
    ------
    DataError
        If the window's shape is not the spec's, or a value is not finite.
    """
    spec = spec or Spec()
    try:
        window = float_array(window)
    except ValueError as error:
        raise DataError(f"the window is {error}") from None
    expected = (len(spec.ch_names), spec.n_times)
    if window.shape != expected:
        raise DataError(f"expected a window of shape {expected}, got {window.shape}")
    if not np.isfinite(window).all():
        raise DataError("the window holds values that are not finite")
    with blas.one_thread():
        return _extract(window, spec)


def _extract(window: NDArray[np.float64], spec: Spec) -> Features:
    filtered = bandpass(window, spec.edges, spec.sfreq)
    broad = filtered[1][-1]
    limit = spec.clip * spec.scale_uv
    signals = np.clip(broad, -limit, limit)
    n_bands, n_channels = len(spec.bands), len(spec.ch_names)
    covariance, mi = np.empty((2, n_bands, n_channels, n_channels))
    for step, of_step in spec.steps.items():
        bands = filtered[step][: len(of_step)]
        covariance[of_step, :] = band_covariance(bands)
        mi[of_step, :] = ESTIMATORS[spec.mi_estimator](bands)
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    # A flat channel has no ranks to speak of: sorting would make the same ramp of all of them.
    flat = variance <= VARIANCE_FLOOR
    mi[flat[:, :, None] | flat[:, None, :]] = 0.0
    return Features(
        signals=(signals / spec.scale_uv).astype(np.float32),
        spectrum=log_spectrum(signals, spec.sfreq, spec.l_freq, spec.h_freq),
        de=differential_entropy(variance),
        mi=mi,
        covariance=covariance,
    )
