from dataclasses import replace

import pytest
import torch
from torch import nn

from rtdreamer.errors import RtdreamerError
from rtdreamer.model import contract, registry
from rtdreamer.model.contract import ContractError, check_architecture
from rtdreamer.model.registry import BUILT_IN, find_architecture
from tests import made_up_architecture
from tests.made_up_architecture import MADE_UP, Config, MadeUp


@pytest.fixture(autouse=True, scope="module")
def _once():
    """Windows are the same every time, and extracting them is most of the work."""
    windows = tuple(contract._windows())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contract, "_windows", lambda: iter(windows))
        yield


@pytest.fixture
def known(monkeypatch):
    """Make the registry know an architecture."""

    def make(architecture):
        monkeypatch.setattr(made_up_architecture, "SPOILT", architecture, raising=False)
        place = "tests.made_up_architecture:SPOILT"
        monkeypatch.setitem(registry.BUILT_IN, architecture.name, place)
        return architecture

    return make


@pytest.mark.slow
@pytest.mark.parametrize("name", BUILT_IN)
def test_every_architecture_of_ours_keeps_it(name):
    check_architecture(find_architecture(name))


def test_it_leaves_the_callers_random_numbers_alone(known):
    architecture = known(MADE_UP)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    check_architecture(architecture)
    assert torch.equal(torch.get_rng_state(), before)


def test_one_that_is_not_installed_is_told_so():
    with pytest.raises(RtdreamerError, match="made by architecture 'made-up', which is not inst"):
        check_architecture(MADE_UP)


class ThreeLogits(MadeUp):
    def predict(self, nodes):
        return torch.cat([self(nodes).logits, nodes[:, 0, 0, :1]], dim=1)


class OtherEmbedding(MadeUp):
    def __init__(self, config, n_targets=2):
        super().__init__(config, n_targets)
        self.n_embedding += 1


class OfTheBatch(MadeUp):
    def forward(self, nodes):
        return super().forward(nodes - nodes.mean(dim=0))


class ByChance(MadeUp):
    def forward(self, nodes):
        return super().forward(nodes + torch.randn_like(nodes))


class NotFinite(MadeUp):
    def forward(self, nodes):
        found = super().forward(nodes)
        return found._replace(logits=found.logits / 0)


class Unreached(MadeUp):
    def __init__(self, config, n_targets=2):
        super().__init__(config, n_targets)
        self.idle = nn.Linear(2, 2)


class Counting(MadeUp):
    def __init__(self, config, n_targets=2):
        super().__init__(config, n_targets)
        self.register_buffer("count", torch.zeros((), dtype=torch.long))


class NotSaved(MadeUp):
    def __init__(self, config, n_targets=2):
        super().__init__(config, n_targets)
        self.register_buffer("mean", torch.zeros(5, 14), persistent=False)


class Forgetful(MadeUp):
    def state_dict(self, *args, **kwargs):
        return {}


class Tuple(MadeUp):
    def forward(self, nodes):
        return tuple(super().forward(nodes))


class Elsewhere(MadeUp):
    takes = ("thoughts",)


class AnyConfig(Config):
    @classmethod
    def from_json(cls, values):
        return cls(values["n_bands"] if isinstance(values, dict) and "n_bands" in values else 5)


def in_place(spec, sd):
    return lambda nodes: (nodes.add_(sd),)


def test_without_profiles_no_channel_is_ever_unknown(known, monkeypatch):
    seen = []

    class Looking(MadeUp):
        def forward(self, nodes):
            seen.append(bool(nodes.isfinite().all()) and float(nodes[..., 0].mean()) > 1)
            return super().forward(nodes)

    # Entropies of EEG in nats lie well above those that are relative to a person.
    check_architecture(known(replace(MADE_UP, build=Looking, standardise=False)))
    assert all(seen)
    seen.clear()
    check_architecture(known(replace(MADE_UP, build=Looking)))
    assert not any(seen)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"build": ThreeLogits}, r"predictions have shape \(8, 3\), not \(8, 2\)"),
        ({"build": OtherEmbedding}, r"embedding have shape \(8, 70\), not \(8, 71\)"),
        ({"build": OfTheBatch}, "alone, a window has another answer"),
        ({"build": ByChance}, "another answer the second time"),
        ({"build": NotFinite}, "not every answer is finite"),
        ({"build": Unreached}, "no gradient reaches idle"),
        ({"build": Counting}, r"count is torch\.int64, not float32"),
        ({"build": NotSaved}, "live it answers"),
        ({"build": Forgetful}, "is learned and not saved"),
        ({"build": Tuple}, "forward gives tuple, not Output"),
        ({"build": Elsewhere}, "it takes 'thoughts'"),
        ({"build": lambda config, n_targets: nn.Linear(2, 2)}, "build gives Linear, not a Module"),
        ({"config": AnyConfig}, "from JSON|should raise ValueError"),
        ({"vary": in_place}, "vary changes what it is given"),
        ({"vary": lambda spec, sd: lambda nodes: (nodes[:4],)}, "vary changes shapes"),
    ],
)
def test_who_breaks_a_rule_is_told_which(change, said, known):
    architecture = known(replace(MADE_UP, **change))
    with pytest.raises(ContractError, match=said):
        check_architecture(architecture)
