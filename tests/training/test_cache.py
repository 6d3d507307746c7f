import tracemalloc
import warnings
from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.data import simulated
from rtdreamer.data.dreamer_mat import write_dreamer
from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.errors import DataError
from rtdreamer.signal.features import extract
from rtdreamer.signal.profile import ARRAYS, Profile, network_inputs
from rtdreamer.training import cache as module
from rtdreamer.training.windows import WindowPlan, baseline_windows
from tests.cached_noise import PLAN, SPEC, Noise, assert_same, load


def test_every_window_is_there_once_in_order(built):
    windows = built[1]
    expected = [(s, t) for s in (1, 2, 3) for t in (1, 2) for _ in range(3)]
    assert list(zip(windows.subject, windows.trial, strict=True)) == expected
    assert [x.shape for x in windows.inputs] == [
        (18, 14, 45), (18, 5, 14, 15), (18, 5, 14, 14), (18, 5, 14, 14),
        (18, 14, 256),
    ]  # fmt: skip
    assert all(x.dtype == np.float32 for x in windows.inputs)
    assert (windows.source, windows.people, windows.simulated) == ("noise", "nobody", True)
    assert windows.too_short == ()


def test_reading_takes_no_more_memory_than_what_comes_of_it_and_one_person(given, tmp_path):
    given(Noise(n_subjects=10, n_trials=1))
    load(tmp_path)
    tracemalloc.start()
    windows = load(tmp_path, with_signals=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    size = sum(x.nbytes for x in windows.inputs)
    # Ten people: a tenth of it is one person's, who passes through several arrays.
    assert size < peak < 1.6 * size


def test_rows_are_what_was_extracted_relative_to_the_persons_profile(built):
    windows, source = built[1], Noise()
    for row in (0, 4, 17):
        subject, number = int(windows.subject[row]), int(windows.trial[row])
        trials = [source.trial(subject, t) for t in source.trials]
        baseline = [extract(w, SPEC) for trial in trials for w in baseline_windows(trial, SPEC)]
        profile = Profile.of(baseline, 8.0)
        features = extract(PLAN.cut(trials[number - 1].eeg, SPEC)[row % 3], SPEC)
        de, edges, spectrum, covariance = (np.float32(getattr(features, name)) for name in ARRAYS)
        inputs = network_inputs(de, edges, spectrum, profile, covariance, features.signals, SPEC)
        for found, expected in zip(windows.inputs, inputs, strict=True):
            assert np.array_equal(found[row], expected)
        assert windows.ratings[row].tolist() == [1 + number, 1 + subject, number]
        assert windows.profiles[subject].seconds == 8.0


def test_a_second_time_nothing_is_opened_or_extracted(built, given, nothing_left_to_do):
    given(None)
    nothing_left_to_do()
    assert_same(load(built[0], with_signals=True, progress=nothing_left_to_do), built[1])


def test_signals_only_if_asked_for(built, given):
    given(None)
    without = load(built[0])
    assert without.inputs.signals.shape == (18, 14, 0)
    inputs = built[1].inputs._replace(signals=without.inputs.signals)
    assert_same(without, replace(built[1], inputs=inputs))


def test_progress_counts_trials(tmp_path, given):
    given(Noise(n_subjects=2))
    told = []
    load(tmp_path, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_each_question_has_its_own_folder(tmp_path, given):
    given(Noise(n_subjects=1, n_trials=1))
    first = load(tmp_path)
    load(tmp_path, data="more noise")
    load(tmp_path, plan=WindowPlan(None))
    load(tmp_path, plan=WindowPlan(100))
    load(tmp_path, spec=replace(SPEC, mi_estimator="histogram"))
    load(tmp_path, spec=replace(SPEC, standardise=False))
    assert len(list(tmp_path.iterdir())) == 6
    assert_same(load(tmp_path), first)


def test_the_seed_of_a_simulation_is_part_of_the_question(tmp_path, monkeypatch):
    shorten(monkeypatch)
    first, second = (load(tmp_path, data=f"simulated:subjects=1,seed={seed}") for seed in (0, 1))
    assert len(list(tmp_path.iterdir())) == 2
    assert not np.array_equal(first.inputs.nodes, second.inputs.nodes)


def test_too_short_trials_are_left_out_and_counted(tmp_path, given, nothing_left_to_do):
    given(Noise(lengths={(1, 2): 255, (2, 1): 1, (2, 2): 255}))
    windows = load(tmp_path)
    assert windows.too_short == ((1, 2), (2, 1), (2, 2))
    assert windows.subjects == (1, 3)
    assert list(windows.profiles) == [1, 3]
    assert set(zip(windows.subject, windows.trial, strict=True)) == {(1, 1), (3, 1), (3, 2)}
    nothing_left_to_do()
    assert_same(load(tmp_path), windows)


def test_without_one_trial_of_a_windows_length_there_is_nothing_to_do(tmp_path, given):
    given(Noise(1, 2, lengths={(1, 1): 255, (1, 2): 255}))
    for _ in range(2):  # the second time from what was kept
        with pytest.raises(DataError, match="of 2 trials none is as long as") as refused:
            load(tmp_path)
        assert "\n" not in str(refused.value)


def test_who_has_no_baseline_is_seen_relative_to_the_mean_of_their_own_windows(tmp_path, given):
    given(Noise(baseline=255))
    for _ in range(2):  # the second time from what was kept
        windows = load(tmp_path)
        assert windows.without_baseline == windows.subjects == (1, 2, 3)
        trials = [Noise(baseline=255).trial(2, number) for number in (1, 2)]
        own = [extract(window, SPEC) for trial in trials for window in PLAN.cut(trial.eeg, SPEC)]
        mean = np.mean([features.de for features in own], axis=0)
        np.testing.assert_allclose(windows.profiles[2].de, mean)
        assert windows.profiles[2].seconds == 6 * 200 / 128


def test_a_baseline_in_any_trial_is_what_a_profile_is_from(tmp_path, given, monkeypatch):
    source, trial = Noise(), Noise.trial
    monkeypatch.setattr(
        Noise,
        "trial",
        lambda self, s, t: replace(trial(self, s, t), **({"baseline": None} if t == 1 else {})),
    )
    given(source)
    windows = load(tmp_path)
    assert windows.without_baseline == ()
    baseline = [extract(w, SPEC) for w in baseline_windows(source.trial(2, 2), SPEC)]
    mean = np.mean([features.de for features in baseline], axis=0)
    np.testing.assert_allclose(windows.profiles[2].de, mean)


def test_without_standardising_it_needs_none(tmp_path, given):
    given(Noise(n_subjects=1, baseline=255))
    windows = load(tmp_path, spec=replace(SPEC, standardise=False), with_signals=True)
    assert windows.profiles == {}
    features = extract(PLAN.cut(Noise(baseline=255).trial(1, 1).eeg, SPEC)[0], SPEC)
    assert np.array_equal(windows.inputs.signals[0], features.signals)
    assert np.array_equal(windows.inputs.spectrum[0], np.float32(features.spectrum))


def test_without_standardising_no_baseline_is_looked_at(tmp_path, given, monkeypatch):
    given(Noise(n_subjects=1))
    seen = []
    monkeypatch.setattr(module, "extract", lambda *window: seen.append(1) or extract(*window))
    assert len(load(tmp_path, spec=replace(SPEC, standardise=False))) == len(seen) == 6


def test_who_has_no_window_needs_no_baseline(tmp_path, given):
    given(Noise(1, 1, baseline=255, lengths={(1, 1): 255}))
    with pytest.raises(DataError, match="of 1 trial none is as long as"):
        load(tmp_path)


def test_amplifying_a_person_changes_nothing(tmp_path, given):
    given(Noise(n_subjects=2))
    plain = load(tmp_path / "a", with_signals=True)
    given(Noise(n_subjects=2, gains={2: 2.0}))
    amplified = load(tmp_path / "b", with_signals=True)
    for a, b in zip(plain.inputs, amplified.inputs, strict=True):
        np.testing.assert_allclose(a, b, atol=5e-6)
    np.testing.assert_allclose(plain.inputs.signals, amplified.inputs.signals, rtol=1e-3, atol=1e-4)


def test_amplifying_a_person_changes_much_without_standardising(tmp_path, given):
    spec = replace(SPEC, standardise=False)
    given(Noise(n_subjects=2))
    plain = load(tmp_path / "a", spec=spec)
    given(Noise(n_subjects=2, gains={2: 2.0}))
    change = load(tmp_path / "b", spec=spec).inputs.nodes[..., 0] - plain.inputs.nodes[..., 0]
    expected = np.where(plain.subject == 2, np.log(2), 0)[:, None, None]
    np.testing.assert_allclose(change, np.broadcast_to(expected, change.shape), atol=5e-6)


def test_processes_give_what_one_gives(tmp_path, built, given):
    given(Noise())
    told = []
    windows = load(tmp_path, n_jobs=2, with_signals=True, progress=lambda *now: told.append(now))
    assert_same(windows, built[1])
    assert told == [(n, 6) for n in range(1, 7)]


def test_processes_are_given_up_without_a_word(tmp_path, given):
    given(Noise(n_subjects=6, n_trials=6))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DataError, match="subject 1, trial 6: its dominance of 6 is not on the"):
            load(tmp_path, n_jobs=2)


def shorten(monkeypatch):
    """Let the simulation be quick: three seconds a clip."""
    monkeypatch.setattr(simulated, "CLIP_SECONDS", (3,) * 18)
    monkeypatch.setattr(simulated, "BASELINE_SECONDS", 2)


def test_a_file_gives_the_windows_of_the_source_it_was_written_from(tmp_path, monkeypatch):
    shorten(monkeypatch)
    path, folder = tmp_path / "DREAMER.mat", tmp_path / "cache"
    write_dreamer(path, SimulatedDreamer(2))
    source, file = (
        load(folder, plan=WindowPlan(None), data=data, with_signals=True)
        for data in ("simulated:subjects=2", str(path))
    )
    assert file.source == str(path)
    assert len(file) == 36
    assert_same(source, file, but=["source"])

    write_dreamer(path, SimulatedDreamer(2, seed=1))
    other = load(folder, plan=WindowPlan(None), data=str(path))
    assert not np.array_equal(other.inputs.nodes, file.inputs.nodes)
