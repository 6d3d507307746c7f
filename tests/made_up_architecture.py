"""An architecture for tests: one weighted sum of each channel's power, and settings of its own."""

from dataclasses import dataclass

import torch
from torch import nn

from rtdreamer.model.architecture import Architecture, Module, Output


@dataclass(frozen=True, slots=True)
class Config:
    n_bands: int = 5


class MadeUp(Module):
    takes = ("nodes",)

    def __init__(self, config, n_targets=2):
        super().__init__()
        self.n_embedding = 14 * config.n_bands
        self.register_buffer("mean", torch.zeros(config.n_bands, 14))
        self.heads = nn.Linear(self.n_embedding, n_targets)

    def prepare(self, nodes):
        self.mean.copy_(nodes[..., 0].mean(dim=0))

    def forward(self, nodes):
        embedding = (nodes[..., 0] - self.mean).flatten(1)
        return Output(self.heads(embedding), embedding)


def configure(spec):
    return Config(len(spec.bands))


MADE_UP = Architecture(
    "made-up",
    "for tests",
    Config,
    configure,
    MadeUp,
    settings={"epochs": 2, "lr": 0.01},
    windows="last",
)
