import math

import numpy as np
import pytest

from rtdreamer.bench.stages import (
    ROOM,
    Stage,
    Times,
    keeps_up_with,
    measure_stages,
    simulated_windows,
)
from rtdreamer.model.checkpoint_file import load_checkpoint
from rtdreamer.model.released import find_model, load_live
from rtdreamer.signal.features import Spec

NAME = "simulated-100-ridge"


def test_times_in_closed_form():
    assert Times.of(np.arange(101.0)) == Times(50.0, 99.0, 100.0)
    assert Times.of([7.0]) == Times(7.0, 7.0, 7.0)
    assert all(map(math.isnan, vars_of(Times.of([]))))


def vars_of(times):
    return times.p50, times.p99, times.longest


@pytest.mark.parametrize("hop", [1, 2, 16, 100])
def test_a_machine_keeps_up_with_a_hop_that_leaves_time_to_spare(hop):
    just = 1e3 * ROOM * hop / 128
    assert keeps_up_with(Times(0.0, just * 0.999, 0.0), 128.0) == hop
    assert keeps_up_with(Times(0.0, just * 1.001, 0.0), 128.0) == hop + 1


def test_windows_follow_each_other():
    one, other, *_ = windows = simulated_windows(Spec(), 5)
    assert [window.shape for window in windows] == [(14, 1280)] * 5
    np.testing.assert_array_equal(one[:, 32:], other[:, :-32])


def test_every_stage_is_timed_in_both_ways():
    told = []
    stages = measure_stages(
        load_live(NAME), load_checkpoint(find_model(NAME)), 0.02, lambda *far: told.append(far)
    )
    assert [stage.name for stage in stages] == [
        "quality", "filters", "entropy, covariance", "mutual information", "spectrum",
        "all features", "network", "whole hop", "whole hop, by itself",
    ]  # fmt: skip
    for stage in stages:
        assert 0 < stage.times.p50 <= stage.times.p99 <= stage.times.longest
        assert (stage.plain is None) == (stage.name in ("quality", "whole hop, by itself"))
    assert told == [(done, 9) for done in range(10)]


def test_the_ratio_is_of_the_medians():
    assert Stage("x", Times(2.0, 9.0, 9.0), Times(5.0, 1.0, 1.0)).ratio == 2.5
    assert Stage("x", Times(2.0, 9.0, 9.0), None).ratio is None
