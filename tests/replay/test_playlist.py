import json

import numpy as np
import pytest

from replay.playlist import marker_text, recording_items, skip_seconds, trial_items
from rtdreamer.data.recording import Recording
from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.errors import DataError


def test_trials_come_in_the_order_asked_with_their_ratings():
    source = SimulatedDreamer(n_subjects=2)
    items = list(trial_items(source, 2, (6, 1)))
    trial = source.trial(2, 6)
    np.testing.assert_array_equal(items[0].data, trial.eeg)
    assert items[1].data.shape == (14, 25472)
    start, end = (json.loads(marker_text(marker)) for marker in (items[0].start, items[0].end))
    assert start == {
        "event": "trial_start", "subject": 2, "trial": 6, "clip": "Van Wilder",
        "target_emotion": "disgust", **trial.ratings, "simulated": True,
    }  # fmt: skip
    assert end == start | {"event": "trial_end"}


def test_a_trial_is_made_when_its_turn_comes():
    items = trial_items(SimulatedDreamer(n_subjects=1), 1, (1, 99))
    next(items)
    with pytest.raises(DataError, match="no trial 99"):
        next(items)


def recording(name, n_times):
    return Recording(name, np.tile(np.arange(n_times, dtype=float), (14, 1)))


def test_a_start_leaves_out_the_beginning_of_the_first_item_alone():
    items = [*recording_items(recording("a", 1280)), *recording_items(recording("b", 640))]
    cut = list(skip_seconds(iter(items), 2.5))
    assert [item.data.shape[1] for item in cut] == [960, 640]
    assert cut[0].data[0, 0] == 320


def test_a_start_behind_the_end_is_refused():
    with pytest.raises(DataError, match="cannot start at 10 s: a lasts 10 s"):
        list(skip_seconds(recording_items(recording("a", 1280)), 10))


def test_a_recording_is_announced_by_its_name():
    (item,) = recording_items(recording("eyes.csv", 10))
    assert json.loads(marker_text(item.end)) == {"event": "recording_end", "recording": "eyes.csv"}
