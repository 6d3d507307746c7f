from dataclasses import fields, replace

import pytest
import torch

from rtdreamer.model.architecture import SETTINGS, inputs_for
from rtdreamer.model.registry import BUILT_IN, find_architecture
from rtdreamer.signal.features import Spec
from rtdreamer.signal.profile import Inputs
from rtdreamer.training.config import TrainingConfig
from tests.made_up_architecture import MADE_UP
from tests.made_up_windows import make_windows


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "My Model"}, "its name 'My Model' must be of small letters"),
        ({"name": ""}, "its name '' must be"),
        ({"name": "a,b"}, "its name 'a,b' must be"),
        ({"name": 5}, "its name 5 must be"),
        ({"summary": "two\nlines"}, "its summary .* must be one line"),
        ({"windows": "first"}, "its windows are 'first', must be last or sliding"),
        ({"standardise": "no"}, "its standardise is 'no', must be True or False"),
        ({"standardise": 0}, "its standardise is 0, must be True or False"),
        ({"fitted_by": "prayer"}, "it is fitted by 'prayer', must be gradient or ridge"),
        ({"settings": {"seed": 1}}, "its setting 'seed' cannot be set by it, only: epochs, "),
        ({"settings": {"label_threshold": 4.0}}, "its setting 'label_threshold' cannot"),
        ({"settings": {"epochs": 2.5}}, "its setting epochs is 2.5"),
        ({"settings": {"epochs": 0}}, "its setting epochs is 0"),
        ({"settings": {"lr": -1.0}}, "its setting lr is -1"),
        ({"settings": {"lr": float("nan")}}, "its setting lr is nan"),
        ({"settings": {"validation": 1.0}}, "its setting validation is 1"),
        ({"settings": {"lr": True}}, "its setting lr is True"),
        ({"fitted_by": "ridge"}, "its setting 'epochs' cannot be set by it, only: amplitude_sd, l"),
    ],
)
def test_what_cannot_be_used_is_refused(change, said):
    with pytest.raises(ValueError, match=said):
        replace(MADE_UP, **change)


def test_settings_are_those_of_a_fit_with_its_types():
    usual = {field.name: type(field.default) for field in fields(TrainingConfig)}
    others = {"label_threshold", "calibration_groups", "seed"}
    assert {name: usual[name] for name in SETTINGS} == dict(SETTINGS)
    assert set(usual) - set(SETTINGS) == others


@pytest.mark.parametrize("name", BUILT_IN)
def test_what_is_taken_is_known_before_anything_is_made(name):
    found = find_architecture(name)
    takes = found.takes(Spec())
    assert takes == found.build(found.configure(Spec()), 2).takes
    assert set(takes) <= set(Inputs._fields)


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_fits_its_spec(name):
    found = find_architecture(name)
    bands = (*Spec().bands[:3], Spec().bands[3]._replace(h_freq=33.0))
    spec = Spec(bands=bands, n_times=256)
    config = found.configure(spec)
    of_spec = {"n_bands": 4, "n_freqs": spec.n_freqs, "n_times": 256}
    for field, value in of_spec.items():
        assert getattr(config, field, value) == value


def test_a_branch_alone_is_a_part_of_the_whole():
    parts = {}
    for name in ("vae-gnn", "vae-gnn-no-read-out", "gnn", "vae", "read-out"):
        found = find_architecture(name)
        parts[name] = set(found.build(found.configure(Spec()), 2).state_dict())
    assert parts["gnn"] | parts["vae"] == parts["vae-gnn-no-read-out"]
    assert {key.split(".")[0] for key in parts["gnn"]} == {"graphs", "heads"}
    assert {key.split(".")[0] for key in parts["vae"]} == {"vae", "heads"}
    read_out = {f"read_out.{key}" for key in parts["read-out"]}
    assert parts["vae-gnn"] == parts["vae-gnn-no-read-out"] | read_out


@pytest.mark.parametrize("name", ["vae-gnn", "spectral", "gnn", "vae", "eegnet"])
def test_what_learns_by_gradient_sees_windows_varied(name):
    windows = make_windows(n_subjects=2, n_trials=6, n_times=256)
    found = find_architecture(name)
    inputs = inputs_for(found.build(found.configure(windows.spec), 2), windows.inputs)
    varied = found.vary(windows.spec, 0.1)(*inputs)
    changed = [not torch.equal(a, b) for a, b in zip(varied, inputs, strict=True)]
    # Mutual information does not depend on amplitude, but on whether a channel is known.
    fixed = {"edge_weight"} if name == "spectral" else set()
    assert changed == [x not in fixed for x in found.takes(windows.spec)]


def test_only_relative_to_a_person_are_channels_dropped():
    windows = make_windows(n_subjects=2, n_trials=6, n_times=256)
    spec = replace(windows.spec, standardise=False)
    found = find_architecture("vae-gnn")
    seen = inputs_for(found.build(found.configure(spec), 2), windows.inputs)
    signals, nodes, edges = found.vary(spec, 0.1)(*seen)
    assert (signals.abs().amax(dim=-1) > 0).all()
    assert torch.equal(nodes[..., 1:], seen[1][..., 1:])
    assert torch.equal(edges, seen[2])
