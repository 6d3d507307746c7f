"""The networks that can be fitted: the whole one, each of its branches alone, and EEGNet."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from rtdreamer.model.linear import LinearModel
from rtdreamer.model.network import AffectNetwork, NetworkConfig
from rtdreamer.signal.features import Spec
from rtdreamer.training.augmentation import band_of_frequency, vary_inputs, vary_signals
from rtdreamer.training.eegnet import EEGNet
from rtdreamer.training.windows import Windows

Tensors = tuple[Tensor, ...]


@dataclass(frozen=True, slots=True)
class Architecture:
    """How to make a network and what to feed it.

    Attributes
    ----------
    make : callable
        From a spec, the inputs of the training windows and the number of targets to a network whose
        ``forward`` gives an ``Output`` and whose ``predict`` gives logits.
    inputs : callable
        From windows to the tensors that the network takes, each with a leading axis of n.
    vary : callable
        From a spec and an SD of log amplitude to what changes such tensors at random.
    with_signals : bool
        Whether it needs the waveforms.
    """

    make: Callable[[Spec, Tensors, int], nn.Module]
    inputs: Callable[[Windows], Tensors]
    vary: Callable[[Spec, float], Callable[..., Tensors]]
    with_signals: bool = False


def network_config(
    spec: Spec, with_graphs: bool = True, with_autoencoder: bool = True
) -> NetworkConfig:
    """The network for windows of this spec, or a branch of it."""
    return NetworkConfig(
        n_freqs=spec.n_freqs,
        n_bands=len(spec.bands),
        with_graphs=with_graphs,
        with_autoencoder=with_autoencoder,
    )


def _branches(with_graphs: bool, with_autoencoder: bool) -> Architecture:
    def make(spec: Spec, inputs: Tensors, n_targets: int) -> AffectNetwork:
        network = AffectNetwork(network_config(spec, with_graphs, with_autoencoder), n_targets)
        network.fit_normalisation(*inputs[:2])
        return network

    def vary(spec: Spec, sd: float) -> Callable[..., Tensors]:
        return partial(vary_inputs, sd=sd, bands=band_of_frequency(spec))

    def inputs(windows: Windows) -> Tensors:
        return inputs_of(AffectNetwork, windows)

    return Architecture(make, inputs, vary)


def _eegnet() -> Architecture:
    def make(spec: Spec, inputs: Tensors, n_targets: int) -> EEGNet:
        return EEGNet(len(spec.ch_names), spec.n_times, spec.sfreq, n_targets)

    def vary(spec: Spec, sd: float) -> Callable[..., Tensors]:
        return lambda signals: (vary_signals(signals, sd),)

    return Architecture(
        make, lambda windows: _tensors(windows.inputs.signals), vary, with_signals=True
    )


def inputs_of(
    model: AffectNetwork | LinearModel | type[AffectNetwork], windows: Windows
) -> Tensors:
    """What a model takes of windows, in the order of the arguments of its ``predict``."""
    return _tensors(*(getattr(windows.inputs, name) for name in model.takes))


def _tensors(*arrays: object) -> Tensors:
    return tuple(torch.as_tensor(array) for array in arrays)


ARCHITECTURES = {
    "network": _branches(with_graphs=True, with_autoencoder=True),
    "gnn": _branches(with_graphs=True, with_autoencoder=False),
    "vae": _branches(with_graphs=False, with_autoencoder=True),
    "eegnet": _eegnet(),
}
