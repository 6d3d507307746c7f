import json
import shutil
import tracemalloc
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rtdreamer.data import simulated
from rtdreamer.data.dataset import of_source
from rtdreamer.data.dreamer_mat import write_dreamer
from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.data.trials import dreamer_trial
from rtdreamer.errors import DataError, RtdreamerError
from rtdreamer.signal.features import Spec, extract
from rtdreamer.signal.profile import ARRAYS, Profile, network_inputs
from rtdreamer.training import cache as module
from rtdreamer.training.cache import load_windows
from rtdreamer.training.windows import WindowPlan, baseline_windows

SPEC = Spec(n_times=256)
PLAN = WindowPlan(hop=200)
N_TIMES = 700  # three windows


class Noise:
    """A source of noise: one level for each subject, and trials of any length."""

    name, people, clips, simulated = "noise", "nobody", "nothing", True

    def __init__(self, n_subjects=3, n_trials=2, baseline=512, lengths=None, gains=None):
        self.subjects = tuple(range(1, n_subjects + 1))
        self.trials = tuple(range(1, n_trials + 1))
        self.baseline, self.lengths, self.gains = baseline, lengths or {}, gains or {}
        self.asked = []
        self.ends_at = None

    def trial(self, subject, trial):
        if (subject, trial) == self.ends_at:
            raise KeyboardInterrupt
        self.asked.append((subject, trial))
        rng = np.random.default_rng([subject, trial])
        gain = 5 * (1 + subject) * self.gains.get(subject, 1)
        baseline = 4200 + gain * rng.normal(0, 1, (14, self.baseline))
        n_times = self.lengths.get((subject, trial), N_TIMES)
        stimuli = 4200 + gain * rng.normal(0, 1, (14, n_times))
        ratings = 1 + trial % 5, 1 + subject % 5, trial
        return dreamer_trial(subject, trial, stimuli, baseline, ratings)


@pytest.fixture
def given(monkeypatch):
    """Make the cache find a source, whatever it is asked for."""

    def give(source):
        monkeypatch.setattr(module, "fingerprint", str)
        monkeypatch.setattr(module, "open_dataset", lambda data: of_source(source))
        return source

    return give


@pytest.fixture
def nothing_left_to_do(monkeypatch):
    """Let opening and extracting fail from now on."""

    def forbid():
        def fail(*args):
            raise AssertionError("not from the cache")

        monkeypatch.setattr(module, "open_dataset", fail)
        monkeypatch.setattr(module, "extract", fail)

    return forbid


def load(folder, spec=SPEC, plan=PLAN, data="noise", **kwargs):
    return load_windows(data, spec, plan, folder, **kwargs)


def assert_same(a, b, but=()):
    for name in ("source", "people", "simulated", "spec", "too_short"):
        if name not in but:
            assert getattr(a, name) == getattr(b, name), name
    for x, y in zip(arrays(a), arrays(b), strict=True):
        assert x.dtype == y.dtype
        assert np.array_equal(x, y)
    assert list(a.profiles) == list(b.profiles)


def arrays(windows):
    for profile in windows.profiles.values():
        yield from (getattr(profile, name) for name in ARRAYS)
        yield np.array(profile.seconds)
    yield from windows.inputs
    yield from (windows.ratings, windows.subject, windows.trial, windows.hash)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A cache of three people, and what it gave when it was made."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "fingerprint", str)
        patch.setattr(module, "open_dataset", lambda data: of_source(Noise()))
        return folder, load(folder, with_signals=True)


@pytest.fixture
def copied(built, tmp_path):
    """A copy of that cache, to be damaged: its folder, and what it should give."""
    shutil.copytree(built[0], tmp_path / "cache")
    return tmp_path / "cache", built[1]


def inner(folder):
    (path,) = folder.glob("windows-*")
    return path


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


def damage(change):
    def damaged(path):
        path.write_bytes(change(path.read_bytes()))

    return damaged


def flip(share):
    """Change one bit of the byte that stands at this share of the file."""

    def flipped(content):
        position = int(share * (len(content) - 1))
        return content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]

    return damage(flipped)


DAMAGE = {
    "truncated": damage(lambda content: content[: len(content) // 2]),
    "one byte short": damage(lambda content: content[:-1]),
    "one byte more": damage(lambda content: content + b"\0"),
    "empty": damage(lambda content: b""),
    "deleted": lambda path: path.unlink(),
    "of somebody else": lambda path: shutil.copy(path.with_name("subject-01.safetensors"), path),
} | {f"flipped at {share:.0%}": flip(share) for share in (0.0, 0.01, 0.5, 1.0)}


@pytest.mark.parametrize("broken", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_alone_is_made_anew(broken, copied, given, nothing_left_to_do):
    folder, expected = copied
    broken(inner(folder) / "subject-02.safetensors")
    source = given(Noise())
    assert_same(load(folder, with_signals=True), expected)
    assert source.asked == [(2, 1), (2, 2)]
    nothing_left_to_do()
    assert_same(load(folder, with_signals=True), expected)


def change_value(key, value):
    """An index that says something else, and is otherwise as it should be."""

    def changed(path):
        values = json.loads(path.read_text(encoding="utf-8"))
        values["index"][key] = value
        path.write_text(json.dumps(values), encoding="utf-8")

    return changed


BROKEN_INDEX = {
    "truncated": damage(lambda content: content[:-10]),
    "deleted": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir(), path.rmdir()),
    "no text": damage(lambda content: b"\xff\xfe\x00"),
    "nothing": damage(lambda content: b""),
    "a number": damage(lambda content: b"7"),
    "null": damage(lambda content: b"null"),
    "a list": damage(lambda content: b"[]"),
    "empty": damage(lambda content: b"{}"),
    "no index": damage(lambda content: b'{"index": null}'),
    "other people": change_value("subjects", [1, 2, 2]),
    "other trials left out": change_value("too_short", {"1": [2], "2": [], "3": []}),
    "other names": change_value("source", "real"),
    "a person missed": change_value("sha256", {"1": "", "2": "", "3": ""}),
    "wrong kind": change_value("sha256", []),
} | {f"flipped at {share:.0%}": flip(share) for share in (0.0, 0.3, 0.6, 0.9, 1.0)}


@pytest.mark.parametrize("broken", BROKEN_INDEX.values(), ids=BROKEN_INDEX)
def test_a_broken_index_is_not_believed(broken, copied, given):
    folder, expected = copied
    broken(inner(folder) / "index.json")
    source = given(Noise())
    assert_same(load(folder, with_signals=True), expected)
    assert len(source.asked) == 6


def test_other_code_makes_everything_anew(copied, given, monkeypatch, nothing_left_to_do):
    folder, expected = copied
    source = given(Noise())
    monkeypatch.setattr(module, "code_version", lambda patterns: "another")
    assert_same(load(folder, with_signals=True), expected)
    assert len(source.asked) == 6
    nothing_left_to_do()
    assert_same(load(folder, with_signals=True), expected)


def test_a_lost_folder_is_made_anew(copied, given):
    folder, expected = copied
    shutil.rmtree(folder)
    given(Noise())
    assert_same(load(folder, with_signals=True), expected)


def test_what_was_done_when_it_broke_off_is_not_done_again(tmp_path, built, given):
    source = given(Noise())
    source.ends_at = (3, 2)
    with pytest.raises(KeyboardInterrupt):
        load(tmp_path)
    source.asked, source.ends_at = [], None
    told = []
    windows = load(tmp_path, with_signals=True, progress=lambda *now: told.append(now))
    assert source.asked == [(3, 1), (3, 2)]
    assert told == [(1, 2), (2, 2)]
    assert_same(windows, built[1])


def test_what_was_written_by_halves_does_not_matter(tmp_path, built, given):
    source = given(Noise())
    source.ends_at = (2, 2)
    with pytest.raises(KeyboardInterrupt):
        load(tmp_path)
    (inner(tmp_path) / "subject-02.safetensors").write_bytes(b"the beginning")
    (inner(tmp_path) / "subject-03.safetensors.7.part").write_bytes(b"the beginning")
    source.ends_at = None
    assert_same(load(tmp_path, with_signals=True), built[1])


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
        with pytest.raises(DataError, match="each of the 2 trials is shorter") as refused:
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
    with pytest.raises(DataError, match="each of the 1 trials is shorter"):
        load(tmp_path)


@pytest.mark.parametrize("fault", ["a file in its place", "a full disk"])
def test_a_folder_that_cannot_be_written_is_named_in_one_line(fault, tmp_path, given, monkeypatch):
    given(Noise(1, 1))
    folder = tmp_path / "cache"
    if fault == "a full disk":

        def fail(path, content):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "write_bytes", fail)
    else:
        folder.write_text("x", encoding="utf-8")
    with pytest.raises(RtdreamerError, match="cannot be written") as refused:
        load(folder)
    assert str(folder) in str(refused.value)
    assert "\n" not in str(refused.value)


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
