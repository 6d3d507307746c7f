import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from rtdreamer.errors import DataError
from rtdreamer.evaluation.folds_audit import audit_folds
from rtdreamer.evaluation.folds_rows import read_folds, read_outcomes
from rtdreamer.evaluation.protocols import PROTOCOLS
from rtdreamer.metrics.predictions import HeldOutPredictions
from rtdreamer.metrics.target_metrics import target_metrics
from tests.folds_files import fold_rows, layout, shared, write

SEEDS = range(6)


@pytest.fixture
def audit(tmp_path):
    """Audit rows, in any order; with predictions beside them if there are any."""

    def found(rows, predictions=None, threshold=3.0):
        order = np.random.default_rng(len(rows)).permutation(len(rows))
        folds = read_folds(write(tmp_path / "folds.csv", [rows[n] for n in order]))
        beside = predictions and write(tmp_path / "predictions.csv", predictions)
        return audit_folds(folds, read_outcomes(folds, beside, threshold))

    return found


# Those of crossed leave windows aside, which only sides can tell.
HOW = [(p, sides) for p in PROTOCOLS for sides in (True, False) if sides or p != "crossed"]


@pytest.mark.parametrize(("protocol", "with_sides"), HOW)
def test_folds_of_a_protocol_amount_to_it(audit, protocol, with_sides):
    for seed in SEEDS:
        rows, folds, (subject, trial, window) = fold_rows(protocol, seed, with_sides)
        found = audit(rows)
        assert found.protocol == protocol
        assert found.leaks is PROTOCOLS[protocol].leaks
        assert set(PROTOCOLS[protocol].apart) <= set(found.kept_apart)
        assert found.judged_once
        assert found.repeated_rows == 0
        assert found.targets == ()
        assert found.total == {
            "window": len(subject),
            "trial": len({*zip(subject, trial, strict=True)}),
            "subject": len({*subject}),
            "clip": len({*trial}),
        }
        sides = {side.name: side for side in found.folds}
        assert set(sides) == {str(k) for k in range(len(folds))}
        for number, fold in enumerate(folds):
            side = sides[str(number)]
            assert (side.n_train, side.n_test) == (len(fold.train), len(fold.test))
            assert side.both == {
                "window": len(shared(fold, subject, trial, window)),
                "trial": len(shared(fold, subject, trial)),
                "subject": len(shared(fold, subject)),
                "clip": len(shared(fold, trial)),
            }
        for kind, n in found.both.items():
            assert n >= max(side.both[kind] for side in found.folds)
            assert (n == 0) is (kind in found.kept_apart) is (kind not in found.example)


def test_crossed_folds_without_sides_are_taken_for_what_they_say(audit):
    assert audit(fold_rows("crossed", 0, with_sides=False)[0]).protocol == "trial"


def test_one_leaking_row_is_found_and_named(audit):
    rows = fold_rows("loso", 1, with_sides=True)[0]
    judged = next(row for row in rows if row["side"] == "test" and row["fold"] == 1)
    other = next(
        row
        for row in rows
        if row["side"] == "test" and row["subject"] == judged["subject"]
        and (row["trial"], row["fold"]) == (judged["trial"], 1) and row is not judged
    )  # fmt: skip
    rows = [row for row in rows if row is not other]
    found = audit([*rows, other | {"side": "train"}])
    assert found.protocol == "window"
    assert (found.both["window"], found.both["trial"], found.both["subject"]) == (0, 1, 1)
    named = f"subject {judged['subject']}, trial {judged['trial']} in fold 1"
    assert found.example["trial"] == named
    assert (found.never, found.repeatedly) == (1, 0)
    # The same window on both sides is worse than its trial.
    found = audit([*rows, other, other | {"side": "train"}])
    assert (found.both["window"], found.judged_once) == (1, True)
    assert found.example["window"].startswith(f"subject {judged['subject']}, ")


def test_windows_judged_twice_and_rows_that_repeat_are_counted(audit):
    rows = fold_rows("loso", 2, with_sides=False)[0]
    again = [row | {"fold": (row["fold"] + 1) % 3} for row in rows[:5]]
    found = audit([*rows, *again, *rows[:2], rows[0]])
    assert (found.never, found.repeatedly, found.repeated_rows) == (0, 5, 3)
    assert not found.judged_once


def labelled(protocol, seed, with_sides=False, of_trial=True, n_folds=3, **how):
    """Rows with labels, the same within a trial or not, and with predictions of some use."""
    rows, folds, windows = fold_rows(protocol, seed, with_sides, n_folds, **how)
    rng = np.random.default_rng([seed, 1])
    of = {}
    for row in rows:
        key = (row["subject"], row["trial"], None if of_trial else row["window"])
        row["label"] = of.setdefault(key, int(rng.random() < 0.6))
        row["p"] = round(float(rng.normal() + row["label"]), 6)
    return rows, folds, windows


def test_where_windows_are_split_the_trial_twin_knows_everything(audit):
    for seed in SEEDS:
        windows = layout(seed, per_trial=8)
        (target,) = audit(labelled("window", seed, n_folds=40, windows=windows)[0]).targets
        twin = target.twins["trial"]
        assert target.known["trial"] == 1
        assert twin.trial == twin.trial_within == twin.window == twin.window_within == 1


@pytest.mark.parametrize("protocol", ["loso", "trial", "crossed"])
def test_twins_that_know_nothing_guess(audit, protocol):
    unknown = {"loso": {"trial", "subject"}, "trial": {"trial"}, "crossed": {*["trial", "clip"]}}
    for seed in SEEDS:
        rows = labelled(protocol, seed, with_sides=True)[0]
        (target,) = audit(rows).targets
        assert unknown[protocol] <= {twin for twin, share in target.known.items() if share == 0}
        for twin in unknown[protocol]:
            score = target.twins[twin]
            assert score.trial == score.trial_within == score.window == score.window_within == 0.5


def test_where_everybody_rates_alike_the_clip_twin_knows_everything(audit):
    rows = fold_rows("loso", 3, with_sides=False, n_folds=None, windows=layout(3, 6))[0]
    for row in rows:
        row["rating"] = 2 + 2 * (row["trial"] % 2)
    seen = {}
    for row in rows:
        seen.setdefault(row["clip"], set()).add(row["subject"])
    rows = [row for row in rows if len(seen[row["clip"]]) > 1]
    (target,) = audit(rows).targets
    assert target.own is None
    assert target.twins["clip"].trial == target.twins["clip"].window_within == 1
    # With the threshold above all ratings there is one class only.
    (target,) = audit(rows, threshold=4.5).targets
    assert np.isnan(target.twins["clip"].trial)
    assert json.loads(json.dumps(target.to_json()))["twins"]["clip"]["trial"] is None


def test_where_each_person_says_one_thing_the_subject_twin_knows_everything(audit):
    rows = fold_rows("trial", 4, with_sides=False)[0]
    for row in rows:
        row["label"] = row["subject"] % 2
    (target,) = audit(rows).targets
    assert target.known["subject"] == 1
    assert target.twins["subject"].trial == target.twins["subject"].window == 1
    assert np.isnan(target.twins["subject"].trial_within)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_twins_are_what_one_counts_by_hand(audit, protocol):
    rows, folds, (subject, trial, _) = labelled(protocol, 5, with_sides=True)
    (target,) = audit(rows).targets
    label_of = {(r["subject"], r["trial"]): r["label"] for r in rows}
    label = np.array([label_of[key] for key in zip(subject, trial, strict=True)])
    said = {"trial": [], "clip": [], "subject": []}
    for fold in folds:
        for n in fold.test:
            s, t = subject[fold.train], trial[fold.train]
            knows = {
                "trial": (s == subject[n]) & (t == trial[n]),
                "clip": (s != subject[n]) & (t == trial[n]),
                "subject": (s == subject[n]) & (t != trial[n]),
            }
            for twin, of in knows.items():
                known = label[fold.train][of]
                said[twin].append(known.mean() if len(known) else label[fold.train].mean())
    order = np.concatenate([fold.test for fold in folds])
    number = np.repeat(np.arange(len(folds)), [len(fold.test) for fold in folds])
    own = {(r["subject"], r["trial"], r["window"]): r["p"] for r in rows if r["side"] == "test"}
    assert len(own) == len(order)
    for twin, p in said.items():
        assert_agrees(target.twins[twin], subject[order], trial[order], number, label[order], p)


def assert_agrees(score, subject, trial, fold, label, p):
    """With the figures of an evaluation, which counts pairs in another way."""
    two = np.stack([p] * 2, axis=1)
    labels = np.stack([label] * 2, axis=1).astype(float)
    found = HeldOutPredictions(subject, trial, fold, labels, two, two, labels)
    by_trial = found.by_trial()
    by_trial = HeldOutPredictions(
        *(by_trial.subject, by_trial.trial, by_trial.fold, by_trial.labels),
        *([np.round(by_trial.probabilities, 10)] * 2),
        by_trial.ratings,
    )
    for rows, pooled, within in (
        (found, score.window, score.window_within),
        (by_trial, score.trial, score.trial_within),
    ):
        expected = target_metrics(rows, 0)
        assert pooled == pytest.approx(expected.auc_pooled, nan_ok=True)
        assert within == pytest.approx(expected.auc, nan_ok=True)


def test_ones_own_auc_is_that_of_scikit_learn_fold_by_fold(audit):
    rows = labelled("trial", 6, of_trial=False)[0]
    (target,) = audit(rows).targets
    parts = []
    for fold in range(3):
        label, p = np.array([(r["label"], r["p"]) for r in rows if r["fold"] == fold]).T
        parts.append((roc_auc_score(label, p), label.sum() * (1 - label).sum()))
    aucs, pairs = np.array(parts).T
    assert target.own.window == pytest.approx((aucs * pairs).sum() / pairs.sum())
    # Labels that change within a trial are not the trial's.
    assert np.isnan(target.own.trial)
    assert np.isnan(target.twins["trial"].trial_within)


def test_constant_predictions_guess_however_many_windows_a_trial_has(audit):
    rows = labelled("trial", 7)[0]
    for constant in (0.1, 0.7, -1e6 / 3, 1e-9 / 3, 0):
        (target,) = audit([row | {"p": constant} for row in rows]).targets
        assert target.own.trial == target.own.window == target.own.trial_within == 0.5


def test_predictions_beside_the_folds_are_found_by_window_and_fold(audit):
    rows = labelled("crossed", 8, with_sides=True)[0]
    inside = audit(rows).targets
    bare = [{k: v for k, v in row.items() if k not in ("label", "p")} for row in rows]
    beside = [{k: v for k, v in row.items() if k not in ("side", "clip")} for row in rows
              if row["side"] == "test"]  # fmt: skip
    # All of them are judged by some fold, so each label is known.
    assert audit(bare, beside[::-1]).targets == inside
    no_fold = [{k: v for k, v in row.items() if k != "fold"} for row in beside]
    assert audit(bare, no_fold).targets == inside
    # What belongs to no window of the folds is no business of theirs.
    further = [{**no_fold[0], "subject": "nobody", "label": 1 - no_fold[0]["label"]}]
    assert audit(bare, no_fold + further).targets == inside


def test_predictions_that_evaluate_writes_are_folds_too(audit):
    """Of two targets, in columns of which most are not needed."""
    long = []
    for number, target in enumerate(("valence", "arousal")):
        for row in labelled("window", 9)[0]:
            label = row["label"] if number else 1 - row["label"]
            long.append(
                {"dataset": "d", "protocol": "window", "fold": row["fold"], "method": "m",
                 "seed": 0, "subject": row["subject"], "clip": row["clip"], "trial": row["trial"],
                 "window": row["window"], "target": target, "rating": 1 + 4 * label,
                 "label": label, "p": -row["p"] if number == 0 else row["p"], "base_rate": 0.5}
            )  # fmt: skip
    found = audit(long)
    assert found.protocol == "window"
    assert (found.repeated_rows, found.judged_once) == (0, True)
    valence, arousal = sorted(found.targets, key=lambda target: target.target, reverse=True)
    assert (valence.target, arousal.target) == ("valence", "arousal")
    assert valence.own.trial == pytest.approx(arousal.own.trial)
    one_run = [row | {"method": "n"} for row in long[:3]]
    with pytest.raises(DataError, match="holds 2 values of method"):
        audit(long + one_run)


def test_a_window_judged_by_two_folds_may_have_two_predictions(audit):
    rows = labelled("loso", 10)[0]
    again = [row | {"fold": (row["fold"] + 1) % 3, "p": row["p"] + 1} for row in rows[:9]]
    (target,) = audit(rows + again).targets
    assert 0 <= target.own.window <= 1


def test_labels_may_be_missing_of_what_is_only_learned_from(audit):
    rows = labelled("loso", 11, with_sides=True)[0]
    one = [row for row in rows if row["fold"] == 0]
    bare = [row | {"label": "", "p": ""} if row["side"] == "train" else row for row in one]
    with pytest.raises(DataError, match="fold 0 learns from no window with a label"):
        audit(bare)
    known = next(n for n, row in enumerate(bare) if row["side"] == "train")
    bare[known] = one[known] | {"p": ""}
    (target,) = audit(bare).targets
    assert target.known["trial"] == 0
    assert target.twins["subject"].window == 0.5
