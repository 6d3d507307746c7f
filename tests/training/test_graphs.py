import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch_geometric.data import Data

from rtdreamer.signal.features import Spec, extract
from rtdreamer.signal.profile import Profile
from rtdreamer.training import graphs as module
from rtdreamer.training.graphs import count_windows, read_graphs, window_graph, write_graphs

SPEC = Spec(n_times=256)
RATINGS = [(1, 5, 2), (4, 2, 1), (3, 3, 5)]
HASHES = (2**63 - 1, 0, -(2**63))


@pytest.fixture(scope="module")
def features():
    rng = np.random.default_rng(0)
    return [extract(rng.normal(4200, 15, (14, 256)), SPEC) for _ in RATINGS]


@pytest.fixture(scope="module")
def graphs(features):
    return [
        window_graph(f, r, n, HASHES[n])
        for n, (f, r) in enumerate(zip(features, RATINGS, strict=True))
    ]


@pytest.fixture
def written(tmp_path, graphs, features):
    path = tmp_path / "x.safetensors"
    write_graphs(path, graphs, Profile.of(features, 6.0))
    return path


def test_a_window_is_a_graph_in_the_usual_names_and_shapes(graphs):
    graph = graphs[1]
    assert isinstance(graph, Data)
    assert graph.num_nodes == 14
    assert graph.num_edges == 14 * 13
    assert graph.num_node_features == graph.num_edge_features == 5
    assert {name: tuple(graph[name].shape) for name in graph.keys()} == {  # noqa: SIM118
        "x": (14, 5),
        "edge_index": (2, 182),
        "edge_attr": (182, 5),
        "spectrum": (1, 14, 45),
        "covariance": (1, 5, 14, 14),
        "signals": (1, 14, 256),
        "y": (1, 3),
        "trial": (1,),
        "hash": (1,),
    }
    assert graph.edge_index.dtype == graph.trial.dtype == graph.hash.dtype == torch.int64
    assert graph.y.dtype == torch.float64  # ratings may be decimals
    for name in ("x", "edge_attr", "spectrum", "covariance", "signals"):
        assert graph[name].dtype == torch.float32, name
    graph.validate()
    assert not graph.has_self_loops()
    assert graph.is_undirected()
    assert graph.y.tolist() == [[4, 2, 1]]
    assert graph.trial.tolist() == [1]


def test_every_edge_carries_its_own_weight(graphs, features):
    graph, weight = graphs[0], features[0].edge_weight
    for edge, (i, j) in enumerate(graph.edge_index.T.tolist()):
        assert np.array_equal(graph.edge_attr[edge], weight[:, i, j].astype(np.float32))
    assert np.array_equal(graph.x, features[0].de.T.astype(np.float32))


def test_what_was_written_comes_back_exactly(written, features):
    found = read_graphs(written, with_signals=True)
    assert np.array_equal(found.de, np.float32([f.de for f in features]))
    assert np.array_equal(found.edge_weight, np.float32([f.edge_weight for f in features]))
    assert np.array_equal(found.spectrum, np.float32([f.spectrum for f in features]))
    assert np.array_equal(found.covariance, np.float32([f.covariance for f in features]))
    assert np.array_equal(found.signals, [f.signals for f in features])
    assert found.ratings.tolist() == [list(r) for r in RATINGS]
    assert found.trial.tolist() == [0, 1, 2]
    assert found.hash.tolist() == list(HASHES)
    for array in (found.de, found.edge_weight, found.spectrum, found.covariance, found.signals):
        assert array.dtype == np.float32


def test_the_profile_comes_back_in_full_precision(written, features):
    expected, found = Profile.of(features, 6.0), read_graphs(written, False).profile
    assert np.array_equal(found.de, expected.de)
    assert np.array_equal(found.edge_weight, expected.edge_weight)
    assert np.array_equal(found.spectrum, expected.spectrum)
    assert np.array_equal(found.covariance, expected.covariance)
    assert found.seconds == 6.0


def test_there_may_be_one_window_and_no_profile(tmp_path, graphs):
    write_graphs(tmp_path / "x", graphs[:1], None)
    found = read_graphs(tmp_path / "x", with_signals=True)
    assert found.profile is None
    assert found.de.shape == (1, 5, 14)
    assert found.signals.shape == (1, 14, 256)


def test_signals_are_read_only_if_asked_for(written, monkeypatch):
    asked = []

    class Spy:
        def __init__(self, *args, **kwargs):
            self.file = open_file(*args, **kwargs)

        def __enter__(self):
            self.inner = self.file.__enter__()
            return self

        def __exit__(self, *args):
            return self.file.__exit__(*args)

        def keys(self):
            return self.inner.keys()

        def get_tensor(self, name):
            asked.append(name)
            return self.inner.get_tensor(name)

    open_file = module.safe_open
    monkeypatch.setattr(module, "safe_open", Spy)
    assert read_graphs(written, with_signals=False).signals.size == 0
    assert "x" in asked
    assert "signals" not in asked
    read_graphs(written, with_signals=True)
    assert "signals" in asked


def test_the_bytes_returned_are_those_in_the_file(tmp_path, graphs):
    content = write_graphs(tmp_path / "x", graphs, None)
    assert (tmp_path / "x").read_bytes() == content
    assert write_graphs(tmp_path / "y", graphs, None) == content


def test_the_file_holds_a_header_of_json_and_numbers_and_nothing_that_runs(written):
    content = written.read_bytes()
    n_header = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + n_header])
    n_bytes = {"F32": 4, "F64": 8, "I64": 8}
    sizes = [n_bytes[t["dtype"]] * int(np.prod(t["shape"])) for t in header.values()]
    assert 8 + n_header + sum(sizes) == len(content)


def test_reading_leaves_the_file_free(written):
    read_graphs(written, with_signals=True)
    written.unlink()
    assert not written.exists()


def test_windows_are_counted_without_being_read(tmp_path, written, graphs, monkeypatch):
    write_graphs(tmp_path / "one", graphs[:1], None)
    monkeypatch.setattr(module, "read_graphs", None)
    assert count_windows(written) == len(graphs) > 1
    assert count_windows(tmp_path / "one") == 1


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
@pytest.mark.parametrize("read", [count_windows, lambda path: read_graphs(path, False)])
def test_a_truncated_file_is_refused(written, read, share):
    content = written.read_bytes()
    written.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=r"x\.safetensors"):
        read(written)


def tensors(path):
    with module.safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118


FOREIGN = {
    "nothing": lambda found: {},
    "scalars": lambda found: {key: torch.tensor(1) for key in found},
    "vectors": lambda found: {key: torch.zeros(3) for key in found},
    "no labels": lambda found: {k: v for k, v in found.items() if k != "y"},
    "half a profile": lambda found: {k: v for k, v in found.items() if k != "profile_seconds"},
    "no numbers": lambda found: found | {"profile_de": found["profile_de"] * torch.nan},
}


@pytest.mark.parametrize("change", FOREIGN.values(), ids=FOREIGN)
def test_other_tensors_are_refused(written, change):
    found = change(tensors(written))
    save_file(found, written)
    with pytest.raises(ValueError, match=r"x\.safetensors"):
        read_graphs(written, with_signals=True)


def test_what_holds_no_tensors_is_refused(tmp_path):
    (tmp_path / "text").write_text("no tensors here " * 20, encoding="utf-8")
    (tmp_path / "folder").mkdir()
    for name in ("text", "folder", "missing"):
        with pytest.raises(ValueError, match=name):
            read_graphs(tmp_path / name, with_signals=True)
        with pytest.raises(ValueError, match=name):
            count_windows(tmp_path / name)
