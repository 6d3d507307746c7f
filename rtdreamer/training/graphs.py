"""Windows as torch-geometric graphs: one file a subject, with all that is known of its windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor
from torch_geometric.data import Batch, Data
from torch_geometric.utils import dense_to_sparse, to_dense_adj

from rtdreamer.files import write_atomically
from rtdreamer.signal.features import Features
from rtdreamer.signal.profile import ARRAYS, Profile

_PROFILE = (*(f"profile_{name}" for name in ARRAYS), "profile_seconds")


def window_graph(
    features: Features, ratings: Sequence[float], trial: int, window_hash: int
) -> Data:
    """One window as a graph whose nodes are the channels.

    Parameters
    ----------
    features : Features
        Of the window.
    ratings : sequence of three floats
        Valence, arousal and dominance; NaN for what is not rated.
    trial : int
        Which of the subject's trials, from 1.
    window_hash : int
        Of the raw window, as by ``windows.window_hash``.

    Returns
    -------
    Data
        ``x`` (n_channels, n_bands) is DE in nats; ``edge_index`` joins each channel with every
        other, and ``edge_attr`` (n_edges, n_bands) are the edges' weights; ``spectrum``
        (1, n_channels, n_freqs), ``covariance`` (1, n_bands, n_channels, n_channels) in µV²,
        ``signals`` (1, n_channels, n_times), ``y`` (1, 3), ``trial`` (1,) and ``hash`` (1,) belong
        to the window as a whole.
    """
    weight = torch.from_numpy(features.edge_weight).float().permute(1, 2, 0)  # (C, C, K)
    n_channels = len(weight)
    edge_index, _ = dense_to_sparse(1 - torch.eye(n_channels))
    return Data(
        x=torch.from_numpy(features.de.T).float().contiguous(),
        edge_index=edge_index,
        edge_attr=weight[edge_index[0], edge_index[1]],
        spectrum=torch.from_numpy(features.spectrum).float()[None],
        covariance=torch.from_numpy(features.covariance).float()[None],
        signals=torch.from_numpy(features.signals)[None],
        y=torch.tensor([ratings], dtype=torch.float64),
        trial=torch.tensor([trial]),
        hash=torch.tensor([window_hash]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class SubjectWindows:
    """One subject's n windows, not yet relative to the subject's profile.

    Attributes
    ----------
    de : ndarray, shape (n, n_bands, n_channels), float32
    edge_weight : ndarray, shape (n, n_bands, n_channels, n_channels), float32
    spectrum : ndarray, shape (n, n_channels, n_freqs), float32
    covariance : ndarray, shape (n, n_bands, n_channels, n_channels), float32
    signals : ndarray, shape (n, n_channels, n_times), float32
        Or of no windows, if they were not asked for.
    ratings : ndarray, shape (n, 3)
    trial, hash : ndarray, shape (n,)
    profile : Profile or None
        None where none was made.
    """

    de: NDArray[np.float32]
    edge_weight: NDArray[np.float32]
    spectrum: NDArray[np.float32]
    covariance: NDArray[np.float32]
    signals: NDArray[np.float32]
    ratings: NDArray[np.float64]
    trial: NDArray[np.int64]
    hash: NDArray[np.int64]
    profile: Profile | None


def write_graphs(path: Path, graphs: Sequence[Data], profile: Profile | None) -> bytes:
    """Write a subject's graphs, whole or not at all, and return what was written.

    Raises
    ------
    RtdreamerError
        If it cannot be written.
    """
    batch = Batch.from_data_list(list(graphs))
    tensors: dict[str, Tensor] = {k: v for k, v in batch.to_dict().items() if torch.is_tensor(v)}
    if profile is not None:
        arrays = (*(getattr(profile, name) for name in ARRAYS), np.array([profile.seconds]))
        tensors |= {name: torch.from_numpy(a) for name, a in zip(_PROFILE, arrays, strict=True)}
    content: bytes = save({name: tensor.contiguous() for name, tensor in tensors.items()})
    write_atomically(path, content)
    return content


def count_windows(path: Path) -> int:
    """How many windows ``write_graphs`` wrote there; none of them is read.

    Raises
    ------
    ValueError
        If it is not such a file.
    """
    try:
        with safe_open(path, framework="pt") as file:
            (n_windows,) = file.get_slice("trial").get_shape()
    except (SafetensorError, OSError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error
    return int(n_windows)


def read_graphs(path: Path, with_signals: bool) -> SubjectWindows:
    """Read what ``write_graphs`` wrote.

    Raises
    ------
    ValueError
        If it is not that.
    """
    try:
        with safe_open(path, framework="pt") as file:
            names = set(file.keys()) - (set() if with_signals else {"signals"})
            # Cloned, for a tensor that lies in the mapped file would keep it open.
            data = Data.from_dict({name: file.get_tensor(name).clone() for name in names})
        n_windows = len(data.trial)
        weight = to_dense_adj(data.edge_index, data.batch, data.edge_attr)  # (n, C, C, K)
        de = data.x.view(n_windows, -1, data.x.shape[1]).transpose(1, 2)  # (n, K, C)
        return SubjectWindows(
            de=de.contiguous().numpy(),
            edge_weight=weight.permute(0, 3, 1, 2).contiguous().numpy(),
            spectrum=data.spectrum.numpy(),
            covariance=data.covariance.numpy(),
            signals=data.signals.numpy() if with_signals else np.empty((0, 0, 0), np.float32),
            ratings=data.y.numpy(),
            trial=data.trial.numpy(),
            hash=data.hash.numpy(),
            profile=_read_profile(data),
        )
    except (
        SafetensorError,
        OSError,
        LookupError,
        AttributeError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        raise ValueError(f"{path}: {error}") from error


def _read_profile(data: Data) -> Profile | None:
    if _PROFILE[0] not in data:
        return None
    arrays = {name: data[f"profile_{name}"].numpy() for name in ARRAYS}
    return Profile(**arrays, seconds=data["profile_seconds"].numpy().item())
