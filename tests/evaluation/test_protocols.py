import re
from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.errors import DataError
from rtdreamer.evaluation.protocols import (
    PROTOCOLS,
    Fold,
    LeakError,
    check_fold,
    check_folds,
    describe_fold,
    make_folds,
)
from rtdreamer.metrics.names import Names
from tests.folds_files import shared
from tests.made_up_rows import rows

SEEDS = range(25)
every_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)


def layout(seed):
    """Subject and trial of windows in no order; some trials are missing, some are short."""
    rng = np.random.default_rng(seed)
    found = [
        (subject, trial)
        for subject in rng.permutation(40)[: rng.integers(4, 12)] + 1
        for trial in rng.permutation(18)[: rng.integers(9, 19)] + 1
        for _ in range(rng.integers(1, 4))
    ]
    subject, trial = rng.permutation(found).T
    return subject, trial


def different(subject):
    """Hashes of windows none of which is a copy."""
    return np.arange(len(subject)) - len(subject)


def folds_of(protocol, seed, n_folds=None):
    subject, trial = layout(seed)
    return make_folds(protocol, rows(subject, trial), n_folds, seed), subject, trial


def sizes(values):
    return np.unique(values, return_counts=True)[1]


@every_protocol
@pytest.mark.parametrize("n_folds", [None, 2, 4])
def test_every_window_is_judged_once_and_never_learned_from_then(protocol, n_folds):
    for seed in SEEDS:
        folds, subject, trial = folds_of(protocol, seed, n_folds)
        judged = np.concatenate([fold.test for fold in folds])
        assert sorted(judged) == list(range(len(subject)))
        for fold in folds:
            assert len(fold.train)
            assert not np.intersect1d(fold.train, fold.test).size
        check_folds(protocol, folds, rows(subject, trial))


@pytest.mark.parametrize("n_folds", [None, 3])
def test_loso_judges_people_never_seen(n_folds):
    for seed in SEEDS:
        folds, subject, _ = folds_of("loso", seed, n_folds)
        n_people = len(np.unique(subject))
        groups = [np.unique(subject[fold.test]) for fold in folds]
        assert len(folds) == (n_folds or n_people)
        assert np.ptp([len(group) for group in groups]) <= 1
        for fold in folds:
            assert not shared(fold, subject)
            # Nothing of the others is left aside.
            assert len(fold.train) + len(fold.test) == len(subject)


def test_trial_judges_trials_never_seen_of_people_who_were():
    for seed in SEEDS:
        folds, subject, trial = folds_of("trial", seed)
        assert len(folds) == 3
        for fold in folds:
            assert not shared(fold, subject, trial)
            assert set(subject[fold.test]) <= set(subject[fold.train])
        for one in np.unique(subject):
            per_fold = [len(np.unique(trial[f.test][subject[f.test] == one])) for f in folds]
            assert np.ptp(per_fold) <= 1


def test_crossed_judges_neither_people_nor_clips_that_were_seen():
    for seed in SEEDS:
        folds, subject, trial = folds_of("crossed", seed)
        assert len(folds) == 9
        for fold in folds:
            assert not shared(fold, subject)
            assert not shared(fold, trial)


def test_crossed_learns_from_all_that_it_may():
    subject, trial = np.repeat(np.arange(1, 8), 18), np.tile(np.arange(1, 19), 7)
    for seed in SEEDS:
        for fold in make_folds("crossed", rows(subject, trial), None, seed):
            judged = np.isin(subject, subject[fold.test]), np.isin(trial, trial[fold.test])
            assert np.array_equal(np.flatnonzero(judged[0] & judged[1]), fold.test)
            assert np.array_equal(np.flatnonzero(~judged[0] & ~judged[1]), fold.train)
            assert len(np.unique(subject[fold.test])) in (2, 3)
            assert len(np.unique(trial[fold.test])) == 6


def test_window_leaks_and_says_so():
    assert [name for name, protocol in PROTOCOLS.items() if protocol.leaks] == ["window"]
    for seed in SEEDS:
        folds, subject, trial = folds_of("window", seed)
        assert all(shared(fold, subject, trial) for fold in folds)
        assert np.ptp([len(fold.test) for fold in folds]) <= 1


@every_protocol
def test_folds_depend_on_the_seed_alone(protocol):
    subject, trial = layout(0)

    def judged(seed):
        return [fold.test.tolist() for fold in make_folds(protocol, rows(subject, trial), 3, seed)]

    assert judged(1) == judged(1)
    assert judged(1) != judged(2)


@pytest.mark.parametrize("protocol", [p for p in PROTOCOLS if p != "window"])
def test_no_order_of_the_windows_changes_who_is_with_whom(protocol):
    subject, trial = layout(1)
    order = np.random.default_rng(0).permutation(len(subject))

    def judged(subject, trial):
        folds = make_folds(protocol, rows(subject, trial), 3, 0)
        return [set(zip(subject[f.test], trial[f.test], strict=True)) for f in folds]

    assert judged(subject, trial) == judged(subject[order], trial[order])


def plant(folds, number, learned):
    """Let a fold learn from one more window."""
    spoilt = replace(folds[number], train=np.append(folds[number].train, learned))
    return (*folds[:number], spoilt, *folds[number + 1 :])


@every_protocol
def test_a_window_on_both_sides_is_caught(protocol):
    for seed in SEEDS:
        folds, subject, trial = folds_of(protocol, seed)
        spoilt = plant(folds, 1, folds[1].test[0])
        with pytest.raises(LeakError, match=r"fold 1: 1 of its windows are both"):
            check_folds(protocol, spoilt, rows(subject, trial))


# What a fold of the protocol must not share, alone: the same of the two, another of the other.
@pytest.mark.parametrize(
    ("protocol", "what", "same_subject", "same_trial"),
    [
        ("loso", "subject", True, False),
        ("loso", "subject", True, True),
        ("trial", "trial", True, True),
        ("crossed", "subject", True, False),
        ("crossed", "clip", False, True),
    ],
)
def test_each_kind_of_leak_is_caught(protocol, what, same_subject, same_trial):
    for seed in SEEDS:
        folds, subject, trial = folds_of(protocol, seed)
        number = seed % len(folds)
        index = folds[number].test
        judged = int(index[0])
        # A twin of what is judged, as far as is asked, that the fold learns from.
        subject = np.append(subject, subject[judged] if same_subject else 99)
        trial = np.append(trial, trial[judged] if same_trial else 99)
        twin = len(subject) - 1
        spoilt = plant(folds, number, twin)
        with pytest.raises(LeakError) as error:
            check_fold(protocol, number, spoilt[number], rows(subject, trial))
        message = str(error.value)
        assert "\n" not in message
        named = f"subject {subject[judged]}, trial {trial[judged]}"
        value = {"subject": f"subject {subject[judged]}", "clip": f"clip {trial[judged]}"}
        assert f"{protocol}, fold {number}: 1 of its {what}s are both" in message
        assert f"one of them {value.get(what, named)}: nothing was evaluated" in message


def with_copies(seed, of_all):
    """A layout in which one subject is also there as another: wholly, or with one trial."""
    subject, trial = layout(seed)
    original, copy = np.random.default_rng(seed).permutation(np.unique(subject))[:2]
    rows = np.flatnonzero(subject == original)
    if not of_all:
        rows = rows[trial[rows] == trial[rows[0]]]
    keep = (subject != copy) | ~np.isin(trial, trial[rows])
    hashes = different(subject)
    return (
        np.append(subject[keep], np.full(len(rows), copy)),
        np.append(trial[keep], trial[rows]),
        np.append(hashes[keep], hashes[rows]),
        (original, copy),
    )


@every_protocol
@pytest.mark.parametrize("of_all", [True, False])
def test_a_person_who_is_there_twice_is_caught(protocol, of_all):
    caught = []
    for seed in SEEDS:
        subject, trial, hashes, (original, copy) = with_copies(seed, of_all)
        folds = make_folds(protocol, rows(subject, trial), None, seed)
        # Who are one person leak where they are on both sides, whatever trials of theirs are.
        of = subject if "subject" in PROTOCOLS[protocol].apart else hashes
        alike = {original: copy} if of is subject else {h: h for h in hashes}
        leaks = any(
            {alike.get(one) for one in of[side].tolist()} & set(of[other].tolist())
            for fold in folds
            for side, other in ((fold.train, fold.test), (fold.test, fold.train))
        )
        caught.append(leaks)
        if not leaks:
            check_folds(protocol, folds, rows(subject, trial, hashes))
            continue
        with pytest.raises(LeakError) as error:
            check_folds(protocol, folds, rows(subject, trial, hashes))
        message = str(error.value)
        assert "\n" not in message
        low, high = sorted((original, copy))
        found = f"fold \\d+: subject {high}, trial (\\d+) is a copy of subject {low}, trial \\1,"
        assert re.search(found, message)
    # Two in one group are judged together, and neither is learned from then.
    always = protocol == "loso" or (of_all and protocol != "crossed")
    assert all(caught) if always else sum(caught) >= len(SEEDS) / 2


def test_a_copy_under_another_number_of_the_same_person_is_caught():
    for protocol in ("trial", "window"):
        subject, trial = layout(0)
        folds = make_folds(protocol, rows(subject, trial), None, 0)
        hashes = different(subject)
        judged = folds[0].test[0]
        learned = next(
            n for n in folds[0].train if subject[n] == subject[judged] and trial[n] != trial[judged]
        )
        hashes[learned] = hashes[judged]
        low, high = sorted((trial[judged], trial[learned]))
        said = f"subject {subject[judged]}, trial {high} is a copy of "
        said += f"subject {subject[judged]}, trial {low}, one of 1 pair"
        with pytest.raises(LeakError, match=said):
            check_folds(protocol, folds, rows(subject, trial, hashes))


@every_protocol
def test_windows_without_a_hash_and_trials_that_repeat_themselves_are_no_copies(protocol):
    for seed in SEEDS:
        folds, subject, trial = folds_of(protocol, seed)
        hashes = np.where(np.arange(len(subject)) % 2, 0, 1000 * subject + trial)
        check_folds(protocol, folds, rows(subject, trial, hashes))


@pytest.mark.parametrize("protocol", ["trial", "window"])
def test_what_a_protocol_allows_is_no_leak(protocol):
    folds, subject, trial = folds_of(protocol, 0)
    for number, fold in enumerate(folds):
        assert shared(fold, subject)
        check_fold(protocol, number, fold, rows(subject, trial))


@every_protocol
def test_folds_that_judge_a_window_twice_or_never_are_caught(protocol):
    folds, subject, trial = folds_of(protocol, 3)
    first = folds[0]
    twice = Fold(first.train, np.append(first.test, folds[1].test[0]))
    never = Fold(first.train, first.test[1:])
    for spoilt in (twice, never):
        with pytest.raises(LeakError, match=r"do not judge each window exactly once: nothing was"):
            check_folds(protocol, (spoilt, *folds[1:]), rows(subject, trial))


@pytest.mark.parametrize(
    ("protocol", "n_folds", "said"),
    [
        ("loso", 5, "5 folds of 4 subjects: ask for 2 to 4"),
        ("loso", 1, "1 fold of 4 subjects: ask for 2 to 4"),
        ("loso", 0, "0 folds of 4 subjects: ask for 2 to 4"),
        ("trial", 7, "7 folds of 6 trials of subject 1: ask for 2 to 6"),
        ("crossed", 5, "5 folds of 4 subjects: ask for 2 to 4"),
        ("window", 25, "25 folds of 24 windows: ask for 2 to 24"),
    ],
)
def test_too_many_folds_are_refused(protocol, n_folds, said):
    subject, trial = np.repeat([1, 2, 3, 4], 6), np.tile(np.arange(1, 7), 4)
    with pytest.raises(DataError) as error:
        make_folds(protocol, rows(subject, trial), n_folds, 0)
    assert str(error.value) == said


def test_a_person_with_one_trial_has_no_other_to_learn_from():
    with pytest.raises(DataError, match=r"^1 trial of subject 7: folds need at least 2$"):
        make_folds("trial", rows(np.array([7, 7, 8, 8]), np.array([1, 1, 1, 2])), 2, 0)


def test_pairs_of_groups_without_a_trial_make_no_fold():
    # Each of two people saw clips of their own.
    subject, trial = np.array([1, 1, 2, 2]), np.array([1, 2, 3, 4])
    n_folds = set()
    for seed in SEEDS:
        folds = make_folds("crossed", rows(subject, trial), 2, seed)
        check_folds("crossed", folds, rows(subject, trial))
        assert all(len(fold.test) and len(fold.train) for fold in folds)
        n_folds.add(len(folds))
    assert n_folds == {2, 4}


def test_a_fold_with_nothing_to_learn_from_is_refused():
    with pytest.raises(DataError, match="nothing to learn from: take more people"):
        make_folds("crossed", rows(np.array([1, 1, 2]), np.array([1, 2, 1])), 2, 0)


@every_protocol
def test_a_fold_can_be_made_again_from_its_description(protocol):
    folds, subject, trial = folds_of(protocol, 5)
    for fold in folds:
        said = describe_fold(protocol, fold, rows(subject, trial))
        assert (said["n_train"], said["n_test"]) == (len(fold.train), len(fold.test))
        held_out = said["held_out"]
        pairs = {tuple(pair) for pair in held_out.get("trials", [])}
        is_judged = {
            "subjects": lambda n, held=held_out: subject[n] in held["subjects"],
            "trials": lambda n, pairs=pairs: (subject[n], trial[n]) in pairs,
            "windows": lambda n, held=held_out: n in held["windows"],
        }[next(iter(held_out))]
        assert [n for n in range(len(subject)) if is_judged(n)] == sorted(fold.test)


def test_a_stimulus_seen_in_several_sessions_is_kept_on_one_side():
    """Five people saw six stimuli in each of two sessions: twelve trials each."""
    subject, stimulus = np.repeat(np.arange(1, 6), 12), np.tile(np.arange(1, 7), 10)
    trial = np.tile(np.arange(1, 13), 5)
    made = rows(subject, trial, stimulus=stimulus)
    for protocol in ("crossed", "loso", "trial"):
        folds = make_folds(protocol, made, None, 0)
        check_folds(protocol, folds, made)
        same = [shared(fold, stimulus) for fold in folds]
        assert not any(same) if protocol == "crossed" else all(same)


def test_a_stimulus_on_both_sides_is_caught_and_called_by_its_name():
    subject, trial, stimulus = np.array([1, 2]), np.array([1, 2]), np.array([1, 1])
    names = Names(subject=("ann", "bob"), stimulus=("the sea",), trial=("a/the sea", "b/the sea"))
    fold = Fold(np.array([0]), np.array([1]))
    check_fold("loso", 0, fold, rows(subject, trial, stimulus=stimulus, names=names))
    with pytest.raises(LeakError, match=r"1 of its clips are both .* one of them clip the sea: "):
        check_fold("crossed", 0, fold, rows(subject, trial, stimulus=stimulus, names=names))
    copied = rows(subject, trial, np.array([5, 5]), stimulus, names)
    said = "subject bob, trial b/the sea is a copy of subject ann, trial a/the sea"
    with pytest.raises(LeakError, match=said):
        check_fold("loso", 0, fold, copied)
