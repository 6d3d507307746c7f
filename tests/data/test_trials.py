import numpy as np
import pytest

from rtdreamer.data.clips import CLIPS
from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.data.trials import check_trial, dreamer_clip, dreamer_trial
from rtdreamer.errors import DataError


def test_a_trial_knows_its_clip():
    eeg = np.zeros((14, 1))
    trial = dreamer_trial(1, 5, eeg, eeg, (3, 3, 3))
    assert dreamer_clip(trial) is CLIPS[4]
    assert dreamer_clip(trial).title == "300"


def test_an_unknown_trial_is_refused_in_one_line():
    source = SimulatedDreamer(4)
    check_trial(source, 4, 18)
    with pytest.raises(DataError) as refusal:
        check_trial(source, 5, 1)
    assert str(refusal.value) == f"{source.name} has no subject 5: choose one of 1 to 4"
