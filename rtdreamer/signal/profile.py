"""One person's baseline, and a model's inputs relative to it.

How strong an EEG is depends on skull, hair and contact more than on what is felt. A person's own
mean over unlabelled windows is known without asking anything of anyone, and taking it away is the
one step shown to help with people never seen.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtdreamer.signal.covariance import relative_covariance
from rtdreamer.signal.features import Features, Spec
from rtdreamer.signal.whitening import whitened

Array = NDArray[np.float64]

_DEFAULT_SPEC = Spec()

LIMITS = {
    "de": (-50.0, 50.0),
    "edge_weight": (0.0, 1.0),
    "spectrum": (-50.0, 50.0),
    "covariance": (-1e12, 1e12),
}
"""What each array of a profile in a file can hold: no amplifier delivers e⁵⁰ µV, and rounding
alone leaves e⁻⁵⁰; nor does any deliver 1 V, 10⁶ µV."""

ARRAYS = tuple(LIMITS)
"""The arrays of a profile, in the order of its fields; ``Features`` has them by the same names."""


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Means over a person's unlabelled windows.

    Attributes
    ----------
    de : ndarray, shape (n_bands, n_channels)
        Differential entropy, nats (for µV).
    edge_weight : ndarray, shape (n_bands, n_channels, n_channels)
        0–1.
    spectrum : ndarray, shape (n_channels, n_freqs)
        Logarithm of µV²/Hz.
    covariance : ndarray, shape (n_bands, n_channels, n_channels)
        Of the channels in each band, µV².
    seconds : float
        Of EEG that the means are over.

    Raises
    ------
    ValueError
        If the shapes do not fit each other or a value is not finite.
    """

    de: Array
    edge_weight: Array
    spectrum: Array
    covariance: Array
    seconds: float

    def __post_init__(self) -> None:
        arrays = [getattr(self, name) for name in ARRAYS]
        shapes = [array.shape for array in arrays]
        if (
            [len(shape) for shape in shapes] != [2, 3, 2, 3]
            or not shapes[1] == shapes[3] == (*shapes[0], shapes[0][1])
            or shapes[2][0] != shapes[0][1]
        ):
            raise ValueError(f"a profile's shapes cannot be {', '.join(map(str, shapes))}")
        if not all(np.isfinite(array).all() for array in arrays):
            raise ValueError("a profile holds values that are not finite")
        if not 0 < self.seconds < np.inf:
            raise ValueError(f"a profile cannot be of {self.seconds} s")

    @classmethod
    def of(
        cls, windows: Sequence[Features], seconds: float, otherwise: "Profile | None" = None
    ) -> "Profile":
        """The profile of a person of whom these windows, from ``seconds`` of EEG, are known.

        What is known in none of them, NaN, is as in ``otherwise``.
        """

        def mean(name: str) -> Array:
            seen = np.stack([getattr(window, name) for window in windows])
            known = np.isfinite(seen)
            n_known = known.sum(axis=0)
            means = np.where(known, seen, 0.0).sum(axis=0) / np.maximum(n_known, 1)
            unknown = np.nan if otherwise is None else getattr(otherwise, name)
            return np.where(n_known > 0, means, unknown)

        return cls(**{name: mean(name) for name in ARRAYS}, seconds=seconds)

    @classmethod
    def average(cls, profiles: Sequence["Profile"]) -> "Profile":
        """The profile of the average person of some."""
        means = {name: np.mean([getattr(p, name) for p in profiles], axis=0) for name in ARRAYS}
        return cls(**means, seconds=float(np.mean([p.seconds for p in profiles])))

    def to_json(self) -> dict[str, Any]:
        """Values that JSON can hold."""
        arrays = {name: getattr(self, name).tolist() for name in ARRAYS}
        return arrays | {"seconds": self.seconds}


def check_profile(profile: Profile, spec: Spec) -> None:
    """Raise ``ValueError`` if a profile, from a file, is of other windows or of no EEG."""
    expected = (len(spec.bands), len(spec.ch_names)), (len(spec.ch_names), spec.n_freqs)
    if (profile.de.shape, profile.spectrum.shape) != expected:
        found = f"{_by(profile.de.shape)} numbers, its spectrum {_by(profile.spectrum.shape)}"
        needed = " and ".join(map(_by, expected))
        raise ValueError(f"the profile's de is {found}; for these windows they must be {needed}")
    for name, (low, high) in LIMITS.items():
        array = getattr(profile, name)
        if array.min() < low or array.max() > high:
            raise ValueError(f"its {name} goes beyond {low:g} to {high:g}, which no EEG does")


def _by(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


class Inputs(NamedTuple):
    """What a model can take of one window, or with a leading axis of many; all float32.

    Attributes
    ----------
    spectrum : ndarray, shape (..., n_channels, n_freqs)
        Log power, relative to the person's own if there is a profile.
    nodes : ndarray, shape (..., n_bands, n_channels, 1 + n_channels)
        Of each channel its DE and its edge weights to all channels, relative likewise.
    edge_weight : ndarray, shape (..., n_bands, n_channels, n_channels)
        0–1, as it is.
    covariance : ndarray, shape (..., n_bands, n_channels, n_channels)
        Relative to the person's own by ``relative_covariance`` if there is a profile; µV² if not.
        Of no bands where no one asked for it.
    signals : ndarray, shape (..., n_channels, n_times)
        Waveforms, white and of variance 1 at the person's baseline, clipped to ± ``Spec.clip``;
        without a profile as ``Features.signals``. 0 in channels not known. Of no samples where
        no one asked for them.
    """

    spectrum: NDArray[np.float32]
    nodes: NDArray[np.float32]
    edge_weight: NDArray[np.float32]
    covariance: NDArray[np.float32]
    signals: NDArray[np.float32]


class RunningProfile:
    """A person's profile as it becomes known, window by window.

    What is not known of a window, NaN, leaves its mean as it was.

    Parameters
    ----------
    start : Profile
        Of the average person; counts as much as the first of this person's windows.
    window_seconds, hop_seconds : float
        Length of a window, and how much of each is new.
    """

    def __init__(self, start: Profile, window_seconds: float, hop_seconds: float) -> None:
        self._window_seconds = window_seconds
        self._hop_seconds = min(hop_seconds, window_seconds)
        self._seconds = 0.0
        # All in one row, since short arrays cost a call each and little else.
        self._mean = _in_a_row(start)
        self._weight = np.full(self._mean.shape, window_seconds)
        shapes = [getattr(start, name).shape for name in ARRAYS]
        ends = np.cumsum([math.prod(shape) for shape in shapes]).tolist()
        self._parts = [
            (name, slice(end - math.prod(shape), end), shape)
            for name, end, shape in zip(ARRAYS, ends, shapes, strict=True)
        ]

    def add(self, window: Features) -> Profile:
        """Take a window in, and return the profile with it."""
        self._seconds += self._hop_seconds if self._seconds else self._window_seconds
        value, weight = _in_a_row(window), self._weight
        known = np.isfinite(value)
        new = np.where(weight == self._window_seconds, self._window_seconds, self._hop_seconds)
        new *= known
        weight += new
        self._mean += new / weight * np.where(known, value - self._mean, 0.0)
        means = self._mean.copy()
        parts = {name: means[part].reshape(shape) for name, part, shape in self._parts}
        return Profile(**parts, seconds=self._seconds)


def _in_a_row(arrays: Features | Profile) -> Array:
    """What a profile has of each window, one array after the other."""
    return np.concatenate([getattr(arrays, name).ravel() for name in ARRAYS])


def network_inputs(
    de: NDArray[np.floating],
    edge_weight: NDArray[np.floating],
    spectrum: NDArray[np.floating],
    profile: Profile | None,
    covariance: NDArray[np.floating] | None = None,
    signals: NDArray[np.floating] | None = None,
    spec: Spec = _DEFAULT_SPEC,
) -> Inputs:
    """What a model takes, of one window or of many.

    What is not known, NaN, becomes the person's baseline.

    Parameters
    ----------
    de : ndarray, shape (..., n_bands, n_channels)
        Nats.
    edge_weight : ndarray, shape (..., n_bands, n_channels, n_channels)
        0–1.
    spectrum : ndarray, shape (..., n_channels, n_freqs)
        Logarithm of µV²/Hz.
    profile : Profile or None
        Of the person, for a spec that standardises; else None, and all must be known.
    covariance : ndarray, shape (..., n_bands, n_channels, n_channels), optional
        µV². Only for a model that takes it, since it costs some eigendecompositions.
    signals : ndarray, shape (..., n_channels, n_times), optional
        In units of ``spec.scale_uv``. Only for a model that takes them, since they are large.
    spec : Spec
        What made ``signals``.
    """
    waveforms = np.empty((*spectrum.shape[:-1], 0), np.float32)
    if signals is not None:
        waveforms = _relative_signals(signals, profile, spec)
    relative = edge_weight[..., :0, :, :]
    if covariance is not None:
        baseline = None if profile is None else profile.covariance
        relative = relative_covariance(covariance.astype(np.float64), baseline)
    edges = edge_weight
    if profile is not None:
        de, edge_weight, spectrum = (
            np.where(np.isnan(seen), own, seen)
            for seen, own in zip(
                (de, edge_weight, spectrum),
                (profile.de, profile.edge_weight, profile.spectrum),
                strict=True,
            )
        )
        de, edges = de - profile.de, edge_weight - profile.edge_weight
        spectrum = spectrum - profile.spectrum
    nodes = np.concatenate([de[..., None], edges], axis=-1)
    parts = spectrum, nodes, edge_weight, relative, waveforms
    return Inputs(*(x.astype(np.float32, copy=False) for x in parts))


def _relative_signals(
    signals: NDArray[np.floating], profile: Profile | None, spec: Spec
) -> NDArray[np.float32]:
    if profile is None:
        return np.nan_to_num(signals, nan=0.0).astype(np.float32)  # type: ignore[no-any-return]
    in_uv = signals * spec.scale_uv
    relative = whitened(in_uv, profile.spectrum, math.ceil(spec.l_freq), spec.sfreq)
    return np.clip(relative, -spec.clip, spec.clip, out=relative)
