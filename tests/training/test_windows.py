import numpy as np
import pytest

from rtdreamer.data.trials import Trial
from rtdreamer.errors import DataError
from rtdreamer.signal.features import Spec, extract
from rtdreamer.training.windows import cut_windows, load_windows

SPEC = Spec(n_times=256)


class Recorded:
    """A source of noise, one level for each trial."""

    name, people, simulated = "noise", "nobody", True
    subjects, trials = (1, 2), (1, 2, 3)

    def __init__(self, n_times=3000):
        self.n_times = n_times

    def trial(self, subject, trial):
        rng = np.random.default_rng([subject, trial])
        stimuli = rng.normal(4200, 10 * subject + trial, (14, self.n_times))
        return Trial(subject, trial, stimuli, stimuli[:, :10], trial, 6 - trial, 3, True)


@pytest.fixture(scope="module")
def windows():
    return load_windows(Recorded(), SPEC, per_trial=2)


def test_everything_has_one_row_for_each_window(windows):
    assert len(windows) == 2 * 3 * 2
    assert windows.signals.shape == (12, 14, 256)
    assert windows.de.shape == (12, 5, 14)
    assert windows.edge_weight.shape == (12, 5, 14, 14)
    assert windows.ratings.shape == (12, 2)
    assert windows.signals.dtype == windows.de.dtype == windows.edge_weight.dtype == np.float32


def test_rows_belong_together(windows):
    source = Recorded()
    for row in (0, 3, 5, 11):
        trial = source.trial(windows.subject[row], windows.trial[row])
        cut = cut_windows(trial.stimuli, SPEC, 2, "")[row % 2]
        expected = extract(cut, SPEC)
        assert np.array_equal(windows.signals[row], expected.signals)
        assert np.array_equal(windows.de[row], expected.de.astype(np.float32))
        assert np.array_equal(windows.edge_weight[row], expected.edge_weight.astype(np.float32))
        assert tuple(windows.ratings[row]) == (trial.valence, trial.arousal)


def test_other_processes_give_the_same(windows):
    again = load_windows(Recorded(), SPEC, per_trial=2, n_jobs=2)
    for name in ("signals", "de", "edge_weight", "ratings", "subject", "trial"):
        assert np.array_equal(getattr(again, name), getattr(windows, name)), name


def test_labels_are_high_from_the_threshold_on(windows):
    assert windows.labels(3)[::2].tolist() == 2 * [[0, 1], [0, 1], [1, 1]]
    assert windows.labels(3.5)[::2].tolist() == 2 * [[0, 1], [0, 1], [0, 0]]


def test_the_windows_of_some_subjects(windows):
    second = windows.of((2,))
    assert len(second) == 6
    assert (second.subject == 2).all()
    assert np.array_equal(second.signals, windows.signals[6:])


def test_progress_counts_trials():
    told = []
    load_windows(Recorded(), SPEC, 1, progress=lambda *counts: told.append(counts))
    assert told == [(k, 6) for k in range(1, 7)]


def starts(n_times, per_trial, spec=SPEC):
    stimuli = np.tile(np.arange(n_times, dtype=float), (14, 1))
    return [int(cut[0, 0]) for cut in cut_windows(stimuli, spec, per_trial, "")]


def test_a_single_window_is_the_last():
    assert starts(10_000, 1) == [10_000 - 256]


def test_windows_spread_over_the_last_minute():
    spec = Spec()
    assert starts(20_000, 6, spec) == [20_000 - 7680 + k * 1280 for k in range(6)]
    assert starts(20_000, 2, spec) == [20_000 - 7680, 20_000 - 1280]


def test_a_short_trial_gives_what_it_has():
    assert starts(1000, 3) == [0, 372, 744]
    assert starts(256, 2) == [0, 0]


def test_a_trial_shorter_than_a_window_is_refused():
    with pytest.raises(DataError, match=r"subject 1, trial 1 has 255 samples.*256"):
        load_windows(Recorded(255), SPEC, 1)


def test_no_windows_at_all_is_refused():
    with pytest.raises(DataError, match="0 windows"):
        load_windows(Recorded(), SPEC, 0)
