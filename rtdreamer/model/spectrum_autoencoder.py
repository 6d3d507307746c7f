"""The autoencoder of ``spectral``: log spectra, on a map of the scalp, to ``z`` and back.

An autoencoder of plain waveforms spends ``z`` on drift and blinks, which hold nearly all
of their variance: heads on its ``z`` alone could not tell high from low (AUC .50), on the ``z`` of
log spectra they can (.70; simulated people never seen), in a quarter of the time.
"""

from torch import Tensor, nn

from rtdreamer.headset import Headset
from rtdreamer.model.map_convolution import PlaneConv3d
from rtdreamer.model.normalisation import Normalisation
from rtdreamer.model.scalp_map import MAX_LOGSTD, from_grid, grid_cells, to_grid

_FEWEST_FREQS, _FREQ_STEP = 9, 12
"""Numbers of frequencies that the decoder gives back to the last one: 21, 33, 45, 57, ..."""

_LAYERS = (
    # kernel, stride and padding in (frequency, row, column)
    ((6, 3, 3), (3, 1, 1), (0, 1, 1)),
    ((4, 3, 3), (2, 2, 2), (1, 1, 1)),
    ((3, 3, 3), (2, 2, 2), (0, 1, 1)),
)
"""The encoder's three convolutions; the decoder has the same ones transposed, in reverse."""


def fits_autoencoder(n_freqs: int) -> bool:
    """Whether spectra of this many frequencies come back from the decoder whole."""
    return n_freqs > _FEWEST_FREQS and (n_freqs - _FEWEST_FREQS) % _FREQ_STEP == 0


def _coarse_freqs(n_freqs: int) -> int:
    return (n_freqs - _FEWEST_FREQS) // _FREQ_STEP


class SpectrumEncoder(nn.Module):
    """Normalised log spectra on the map of the scalp to the posterior over ``z``."""

    cells: Tensor

    def __init__(self, headset: Headset, n_freqs: int, width: int, n_latent: int) -> None:
        super().__init__()
        self.register_buffer("cells", grid_cells(headset), persistent=False)
        w = width
        first, second, third = _LAYERS
        self.convolutions = nn.Sequential(
            PlaneConv3d(1, w, *first),
            nn.ELU(),
            PlaneConv3d(w, 2 * w, *second),
            nn.ELU(),
            PlaneConv3d(2 * w, 4 * w, *third),
            nn.ELU(),
            nn.Flatten(),
        )
        n_features = 4 * w * _coarse_freqs(n_freqs) * 3 * 3
        self.mu = nn.Linear(n_features, n_latent)
        self.logstd = nn.Linear(n_features, n_latent)

    def forward(self, spectrum: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, F) to ``mu`` and ``logstd``, each (B, n_latent)."""
        h = self.convolutions(to_grid(spectrum, self.cells))  # (B, 4w · F/12 · 3 · 3)
        return self.mu(h), self.logstd(h).clamp(max=MAX_LOGSTD)


class SpectrumDecoder(nn.Module):
    """``z`` back to normalised log spectra: the encoder in reverse."""

    cells: Tensor

    def __init__(self, headset: Headset, n_freqs: int, width: int, n_latent: int) -> None:
        super().__init__()
        self.register_buffer("cells", grid_cells(headset), persistent=False)
        w, n_coarse = width, _coarse_freqs(n_freqs)
        first, second, third = _LAYERS
        self.layers = nn.Sequential(
            nn.Linear(n_latent, 4 * w * n_coarse * 3 * 3),
            nn.ELU(),
            nn.Unflatten(1, (4 * w, n_coarse, 3, 3)),
            nn.ConvTranspose3d(4 * w, 2 * w, *third),
            nn.ELU(),
            nn.ConvTranspose3d(2 * w, w, *second),
            nn.ELU(),
            nn.ConvTranspose3d(w, 1, *first),
        )

    def forward(self, z: Tensor) -> Tensor:
        """(B, n_latent) to (B, C, F)."""
        return from_grid(self.layers(z), self.cells)


class Autoencoder(nn.Module):
    """Normalisation, encoder and decoder."""

    def __init__(self, headset: Headset, n_freqs: int, width: int, n_latent: int) -> None:
        super().__init__()
        self.normalisation = Normalisation((headset.n_channels, n_freqs))
        self.encoder = SpectrumEncoder(headset, n_freqs, width, n_latent)
        self.decoder = SpectrumDecoder(headset, n_freqs, width, n_latent)
