"""Windows of nobody, in the shapes that the real ones have."""

import numpy as np

from rtdreamer.model.augmentation import band_of_frequency
from rtdreamer.signal.features import Spec
from rtdreamer.signal.profile import Inputs, Profile
from rtdreamer.training.windows import Windows

ALPHA, BETA = 2, 3  # bands
LEFT = slice(0, 7)  # channels


def make_windows(
    n_subjects: int = 4,
    n_trials: int = 8,
    per_trial: int = 1,
    seed: int = 0,
    signal: float = 0.0,
    n_times: int = 0,
    n_targets: int = 2,
) -> Windows:
    """Noise in which ratings may show; the same arguments give the same windows.

    Half of the noise's variance is the same in all windows of a trial. Each subject rates half of
    the trials high, rounded down; what is said of valence is independent of arousal.

    Parameters
    ----------
    n_subjects, n_trials, per_trial : int
        At least two trials. Windows come subject by subject, trial by trial.
    signal : float
        By how many SD of the noise high differs from low: valence in alpha over the left
        hemisphere, arousal in beta over all of it.
    n_targets : int
        A third one shows nowhere.
    n_times : int
        Samples of the signals, at least 128; with 0 there are none, and the spec is the usual one.
    """
    rng = np.random.default_rng([seed, n_subjects, n_trials, per_trial])
    spec = Spec(n_times=n_times) if n_times else Spec()
    n_channels, n_bands = len(spec.ch_names), len(spec.bands)
    n_of_trials = n_subjects * n_trials
    n = n_of_trials * per_trial

    def noise(*shape: int) -> np.ndarray:
        of_trial = np.repeat(rng.normal(size=(n_of_trials, *shape)), per_trial, axis=0)
        return (of_trial + rng.normal(size=(n, *shape))) / np.sqrt(2)

    deck = np.tile(np.resize([1, 5, 2, 4, 1, 3], n_trials), (n_subjects, 1))
    ratings = np.stack([rng.permuted(deck, axis=1).ravel() for _ in range(n_targets)], axis=1)
    ratings = ratings.repeat(per_trial, axis=0)
    high = (ratings >= 3) - 0.5  # (n, n_targets)
    change = np.zeros((n, n_bands, n_channels))  # of DE, in SD
    change[:, ALPHA, LEFT] = signal * high[:, :1]
    change[:, BETA] = signal * high[:, 1:2]

    de = noise(n_bands, n_channels) + change
    band_of = band_of_frequency(spec).numpy()
    spectrum = noise(n_channels, spec.n_freqs) + change[:, band_of].transpose(0, 2, 1)
    upper = np.triu(rng.uniform(0, 1, (n, n_bands, n_channels, n_channels)), 1)
    edge_weight = upper + upper.swapaxes(-1, -2)
    nodes = np.concatenate([de[..., None], edge_weight - 0.5], axis=-1)
    covariance = exponential(de, np.random.default_rng([seed, n]))
    signals = np.empty((n, n_channels, 0), np.float32)
    if n_times:
        time = np.arange(n_times) / spec.sfreq
        waves = np.sin(2 * np.pi * np.outer((10.0, 20.0), time))  # alpha, beta
        amplitude = np.exp(change[:, [ALPHA, BETA]] / 2)  # (n, 2, n_channels)
        signals = np.einsum("nbc,bt->nct", amplitude, waves).astype(np.float32)
        signals += rng.normal(0, 1, signals.shape).astype(np.float32)
    profile = Profile(
        np.zeros((n_bands, n_channels)),
        np.full((n_bands, n_channels, n_channels), 0.5),
        np.zeros((n_channels, spec.n_freqs)),
        np.tile(np.eye(n_channels), (n_bands, 1, 1)),
        seconds=60.0,
    )
    subjects = range(1, n_subjects + 1)
    trial = np.tile(np.repeat(np.arange(1, n_trials + 1), per_trial), n_subjects)
    return Windows(
        source="noise",
        people="nobody",
        clips="nothing",
        simulated=True,
        spec=spec,
        inputs=Inputs(
            *(x.astype(np.float32) for x in (spectrum, nodes, edge_weight, covariance)), signals
        ),
        ratings=ratings.astype(float),
        subject=np.repeat(subjects, n_trials * per_trial),
        trial=trial,
        stimulus=trial,
        hash=np.arange(1, n + 1),
        profiles=dict.fromkeys(subjects, profile),
    )


def exponential(de: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Covariances whose logarithms have ``de`` on the diagonal, and noise beside it."""
    noise = rng.normal(0, 0.1, (*de.shape, de.shape[-1]))
    logarithm = noise + noise.swapaxes(-1, -2)
    diagonal = np.arange(de.shape[-1])
    logarithm[..., diagonal, diagonal] = de
    values, vectors = np.linalg.eigh(logarithm)
    return (vectors * np.exp(values)[..., None, :]) @ vectors.swapaxes(-1, -2)
