"""A model of one's own: two layers over differential entropy."""

from dataclasses import dataclass

import torch
from torch import nn

from rtdreamer.model.architecture import Architecture, Module, Output


@dataclass(frozen=True)
class OwnConfig:
    """What rebuilds the model; in a checkpoint it is JSON."""

    n_bands: int = 5
    n_hidden: int = 32

    def __post_init__(self):
        if not (1 <= self.n_bands <= 16 and 1 <= self.n_hidden <= 1024):
            raise ValueError(f"a size is out of bounds: {self}")


class OwnModel(Module):
    """See ``rtdreamer.model.architecture.Module`` for what each part must do."""

    takes = ("nodes",)

    def __init__(self, config, n_targets):
        super().__init__()
        self.n_embedding = config.n_hidden
        self.register_buffer("sd", torch.ones(config.n_bands, 14))
        self.hidden = nn.Linear(config.n_bands * 14, config.n_hidden)
        self.heads = nn.Linear(config.n_hidden, n_targets)

    def prepare(self, nodes):
        self.sd.copy_(nodes[..., 0].std(dim=0).clamp(min=0.02))

    def forward(self, nodes):
        entropy = nodes[..., 0] / self.sd  # (B, n_bands, 14), relative to the person
        embedding = torch.tanh(self.hidden(entropy.flatten(1)))  # (B, n_hidden)
        return Output(self.heads(embedding), embedding)


OWN = Architecture(
    name="own",
    summary="two layers over differential entropy",
    config=OwnConfig,
    configure=lambda spec: OwnConfig(n_bands=len(spec.bands)),
    build=OwnModel,
    settings={"epochs": 20, "lr": 0.003},
)
