"""What carried an answer, where that is known in closed form."""

from functools import cache, partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.model.classifier import Classifier
from rtdreamer.model.why import (
    N_EDGES,
    carrying,
    explain,
    furthest_edges,
    without_bands,
    without_edges,
)
from rtdreamer.signal.features import Spec, extract
from rtdreamer.signal.mutual_information import edge_weight
from rtdreamer.signal.profile import Profile
from tests.untrained import untrained

SPEC = Spec()
N_BANDS, N_CHANNELS = len(SPEC.bands), len(SPEC.ch_names)


@cache
def seen(seed=0):
    """What is seen of a window whose channels share some of their noise."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 10, (N_CHANNELS, SPEC.n_times))
    return extract(4200 + noise + 0.4 * np.roll(noise, 1, axis=0), SPEC)


PROFILE = Profile.of([seen(1), seen(2)], 20.0)


class Linear:
    """Log odds that are weighted sums of what lies beside the baseline; NaN is at it."""

    def __init__(self, seed=0):
        rng = np.random.default_rng(seed)
        self.of_de = rng.normal(size=(2, N_BANDS, N_CHANNELS))
        weights = rng.normal(size=(2, N_BANDS, N_CHANNELS, N_CHANNELS))
        self.of_edges = weights + weights.swapaxes(-1, -2)
        self.bias = rng.normal(size=2)

    def parts(self, features):
        """What each value adds: of DE (2, K, C), of edges (2, K, C, C), each of them twice."""
        de = np.nan_to_num(features.de - PROFILE.de)
        edges = np.nan_to_num(features.edge_weight - PROFILE.edge_weight)
        return self.of_de * de, self.of_edges * edges / 2

    def __call__(self, features):
        of_de, of_edges = self.parts(features)
        return self.bias + of_de.sum(axis=(1, 2)) + of_edges.sum(axis=(1, 2, 3))


def test_of_a_linear_answer_each_part_added_what_its_weights_say():
    answer, window = Linear(), seen()
    of_de, of_edges = answer.parts(window)
    why = explain(answer, window, PROFILE, SPEC, sample=77)
    assert why.sample == 77
    electrodes = of_de.sum(axis=1) + 2 * of_edges.sum(axis=(1, 3))
    np.testing.assert_allclose(why.electrodes, electrodes, atol=1e-10)
    bands = of_de.sum(axis=2) + of_edges.sum(axis=(2, 3))
    np.testing.assert_allclose(why.bands, bands, atol=1e-10)
    edges = np.array([2 * of_edges[(slice(None), *edge)] for edge in why.edges]).T
    np.testing.assert_allclose(why.of_edges, edges, atol=1e-10)
    # Bands share nothing, so that together they are all that was added.
    np.testing.assert_allclose(why.bands.sum(axis=1), answer(window) - answer.bias, atol=1e-10)


def test_what_was_left_out_already_added_nothing():
    why = explain(Linear(), seen().without((3, 7)), PROFILE, SPEC)
    assert (why.electrodes[:, [3, 7]] == 0).all()
    assert (np.delete(why.electrodes, [3, 7], axis=1) != 0).all()
    assert len(why.edges) == N_EDGES
    assert not {3, 7} & {end for _, *ends in why.edges for end in ends}


@pytest.mark.parametrize("architecture", ["vae-gnn", "spectral", "ridge", "tangent"])
def test_without_all_bands_networks_say_what_they_say_without_all_electrodes(architecture):
    classifier = Classifier(untrained(architecture), PROFILE)
    ask = partial(classifier.log_odds, profile=PROFILE)
    nothing = ask(seen().without(range(N_CHANNELS)))
    np.testing.assert_allclose(ask(without_bands(seen(), range(N_BANDS), SPEC)), nothing, atol=1e-5)
    assert not np.allclose(ask(seen()), nothing, atol=1e-3)


def test_a_network_gives_the_same_reasons_again_and_keeps_nothing():
    classifier = Classifier(untrained("vae-gnn"), PROFILE)
    twin = Classifier(untrained("vae-gnn"), PROFILE)
    ask = partial(classifier.log_odds, profile=PROFILE)
    first, again = (explain(ask, seen(), PROFILE, SPEC) for _ in range(2))
    for name in ("electrodes", "bands", "of_edges"):
        found = getattr(first, name)
        assert np.array_equal(found, getattr(again, name))
        assert np.isfinite(found).all()
        assert found.any()
    assert first.electrodes.shape == (2, N_CHANNELS)
    assert first.bands.shape == (2, N_BANDS)
    assert first.of_edges.shape == (2, N_EDGES) == (2, len(first.edges))
    assert classifier.classify(seen(), 1280) == twin.classify(seen(), 1280)


def test_a_band_is_gone_from_all_that_is_seen_and_nothing_else_is():
    time = np.arange(SPEC.n_times) / SPEC.sfreq
    slow, fast = (np.sin(2 * np.pi * f * time) for f in (10.0, 20.0))
    both = seen()
    signals = np.broadcast_to(slow + fast, both.signals.shape).astype(np.float32)
    left = without_bands(
        type(both)(signals, both.spectrum, both.de, both.mi, both.covariance), [2], SPEC
    )
    np.testing.assert_allclose(left.signals, np.broadcast_to(fast, signals.shape), atol=1e-4)
    assert SPEC.bands[2].name == "alpha"
    gone = np.zeros(N_BANDS, bool)
    gone[2] = True
    for name in ("de", "mi", "covariance"):
        found = np.isnan(getattr(left, name)).reshape(N_BANDS, -1)
        assert np.array_equal(found.all(axis=1), gone)
        assert np.array_equal(found.any(axis=1), gone)
    hz = 1 + np.flatnonzero(np.isnan(left.spectrum).all(axis=0))
    assert hz.tolist() == [8, 9, 10, 11, 12]


def test_bands_side_by_side_leave_no_frequency_out():
    left = without_bands(seen(), range(N_BANDS), SPEC)
    assert np.isnan(left.spectrum).all()
    assert not left.signals.any()


def test_an_edge_is_gone_at_both_its_ends():
    left = without_edges(seen(), [(1, 2, 5)])
    assert {tuple(place) for place in np.argwhere(np.isnan(left.mi))} == {(1, 2, 5), (1, 5, 2)}
    assert np.isnan(edge_weight(left.mi)).sum() == 2
    assert np.isfinite(seen().mi).all()


def test_edges_are_those_furthest_from_the_baseline():
    rng = np.random.default_rng(3)
    weights, baseline = (w + w.swapaxes(-1, -2) for w in rng.random((2, 3, 6, 6)))
    weights[0, 1, 2] = weights[0, 2, 1] = np.nan
    distance = {
        (band, row, col): abs(weights[band, row, col] - baseline[band, row, col])
        for band in range(3)
        for row in range(6)
        for col in range(row + 1, 6)
        if (band, row, col) != (0, 1, 2)
    }
    by_distance = tuple(sorted(distance, key=lambda edge: -distance[edge]))
    assert furthest_edges(weights, baseline, 7) == by_distance[:7]
    assert furthest_edges(weights, baseline, 1000) == by_distance


@given(st.lists(st.floats(-5, 5), max_size=14), st.sampled_from([-1, 1]), st.integers(0, 5))
def test_named_is_what_pushed_hardest_to_that_side(added, side, n):
    named = carrying(np.array(added), side, n)
    share = [side * value for value in added]
    others = [value for place, value in enumerate(share) if place not in named]
    assert len(named) == min(n, sum(value > 0 for value in share))
    assert [share[place] for place in named] == sorted((share[p] for p in named), reverse=True)
    assert all(share[place] > 0 for place in named)
    if named and others:
        assert share[named[-1]] >= max(others)
