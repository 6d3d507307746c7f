import pytest
import torch

from rtdreamer.model.network import Output
from rtdreamer.signal.features import Spec
from rtdreamer.training.architectures import ARCHITECTURES, network_config


@pytest.fixture(scope="module")
def windows(make_windows):
    return make_windows(n_subjects=2, n_trials=6, n_times=128)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_each_is_made_fed_and_varied(name, windows):
    architecture = ARCHITECTURES[name]
    inputs = architecture.inputs(windows)
    assert all(len(x) == len(windows) for x in inputs)
    torch.manual_seed(0)
    network = architecture.make(windows.spec, inputs, 2)
    output = network(*inputs)
    assert isinstance(output, Output)
    assert output.logits.shape == (12, 2)
    assert output.embedding.shape == (12, network.n_embedding)

    before = [x.clone() for x in inputs]
    varied = architecture.vary(windows.spec, 0.1)(*inputs)
    assert [x.shape for x in varied] == [x.shape for x in inputs]
    assert not torch.equal(varied[0], inputs[0])
    assert all(torch.equal(a, b) for a, b in zip(inputs, before, strict=True))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_prediction_is_what_the_network_gives_in_evaluation(name, windows):
    architecture = ARCHITECTURES[name]
    inputs = architecture.inputs(windows)
    torch.manual_seed(0)
    network = architecture.make(windows.spec, inputs, 2).eval()
    with torch.inference_mode():
        assert torch.allclose(network.predict(*inputs), network(*inputs).logits, atol=1e-6)


def test_only_those_who_read_signals_ask_for_them():
    assert [name for name, a in ARCHITECTURES.items() if a.with_signals] == ["eegnet"]


def test_a_branch_alone_is_a_part_of_the_whole(windows):
    inputs = ARCHITECTURES["network"].inputs(windows)
    parts = {
        name: set(ARCHITECTURES[name].make(windows.spec, inputs, 2).state_dict())
        for name in ("network", "gnn", "vae")
    }
    assert parts["gnn"] | parts["vae"] == parts["network"]
    assert {key.split(".")[0] for key in parts["gnn"]} == {"graphs", "valence", "arousal"}
    assert {key.split(".")[0] for key in parts["vae"]} == {"vae", "valence", "arousal"}


def test_the_scale_of_inputs_is_that_of_those_learned_from(windows):
    architecture = ARCHITECTURES["network"]
    spectrum, nodes, _ = inputs = architecture.inputs(windows)
    network = architecture.make(windows.spec, inputs, 2)
    seen = network.vae.normalisation(spectrum)
    assert torch.allclose(seen.mean(dim=0), torch.zeros(()), atol=1e-5)
    assert torch.allclose(seen.std(dim=0, correction=0), torch.ones(()), atol=1e-5)
    assert torch.allclose(network.graphs.normalisation.mean, nodes.mean(dim=0))


def test_the_network_fits_its_spec():
    spec = Spec(bands=(*Spec().bands[:4], Spec().bands[4]._replace(h_freq=33.0)))
    assert network_config(spec).n_freqs == spec.n_freqs == 33
    assert network_config(spec).n_bands == 5
    alone = network_config(spec, with_graphs=False)
    assert (alone.with_graphs, alone.with_autoencoder) == (False, True)
