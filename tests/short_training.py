"""A training on a few people who are simulated in brief."""

from contextlib import contextmanager

import pytest
import torch

from rtdreamer.data import simulated
from rtdreamer.signal.features import Spec
from rtdreamer.training.config import TrainingConfig
from rtdreamer.training.train import TrainingRun
from rtdreamer.training.windows import WindowPlan

CONFIG = TrainingConfig(epochs=2, batch_size=32, calibration_groups=2, seed=5)
RUN = TrainingRun("simulated:subjects=4,seed=3,effect=3", Spec(), WindowPlan(), CONFIG)


@contextmanager
def short_clips():
    """Let the simulation be quick; the first clip is shorter than a window."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulated, "CLIP_SECONDS", (9,) + (10,) * 17)
        patch.setattr(simulated, "BASELINE_SECONDS", 10)
        yield


def assert_same(one, other):
    """The same weights and calibration, bit for bit, and all the rest of a checkpoint too."""
    assert one.weights.keys() == other.weights.keys()
    assert all(torch.equal(one.weights[key], other.weights[key]) for key in one.weights)
    assert one.calibration == other.calibration
    assert one.calibration_over_time == other.calibration_over_time
    assert (one.record, one.metrics) == (other.record, other.metrics)
    assert one.average.to_json() == other.average.to_json()


class BrokenOffError(BaseException):
    """Like Ctrl-C, but nothing else is meant by it."""


def stop_at(point):
    def told(*where):
        if where[: len(point)] == point:
            raise BrokenOffError

    return told
