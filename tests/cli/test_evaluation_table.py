import json
import math
from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.cli.evaluation_table import OVER_TIME, print_evaluation
from rtdreamer.evaluation.chance import ClipsAlone
from rtdreamer.evaluation.evaluation import Evaluation
from rtdreamer.metrics.comparison import Comparison
from tests.made_up_runs import make_run

NONE = ClipsAlone(*(math.nan,) * 5)


def evaluation(protocol, n_targets, of_one_class, clips_alone=()):
    """Of people who all rated one of the targets high, whatever they saw."""
    run = make_run(protocol=protocol, n_targets=n_targets)
    labels, ratings = run.predictions.labels.copy(), run.predictions.ratings.copy()
    labels[:, of_one_class], ratings[:, of_one_class] = 1, 5
    predictions = replace(run.predictions, labels=labels, ratings=ratings)
    return Evaluation(
        protocol=protocol,
        method=run.method,
        data=run.dataset,
        simulated=True,
        too_short=(),
        folds=({}, {}),
        predictions=predictions,
        window=run.window,
        learned_from=(np.empty(0, np.int64),) * 2,
        settings={"seed": 0},
        clips_alone=clips_alone,
    )


def test_a_model_has_a_table_of_the_last_minute_too(capsys):
    found = evaluation("crossed", 2, 0)
    print_evaluation(found)
    assert "over the last 60 s" not in capsys.readouterr().out
    print_evaluation(replace(found, over_time=found.trials))
    said = capsys.readouterr().out
    heads = [line.split("┃")[1].strip() for line in said.splitlines() if line.startswith("┃")]
    assert heads == ["by trial", "by window", "over the last 60 s"]
    assert OVER_TIME in " ".join(said.split())


@pytest.mark.parametrize(("n_targets", "of_one_class"), [(2, 0), (2, 1), (3, 2)])
def test_a_target_of_one_class_is_shown_beside_others(capsys, n_targets, of_one_class):
    print_evaluation(evaluation("crossed", n_targets, of_one_class))
    rows = [line.split("│") for line in capsys.readouterr().out.splitlines() if "by chance" in line]
    of_p = [cell.strip() for row in rows if "p of that AUC" in row[1] for cell in row[2:-1]]
    assert len(of_p) == n_targets
    assert [k for k, text in enumerate(of_p) if text == "none"] == [of_one_class]


def test_of_a_target_of_one_class_clips_alone_are_worth_nothing(capsys):
    alone = ClipsAlone(0.55, 0.4, 0.7, 0.6, 0.3)
    found = evaluation("loso", 2, 0, (NONE, alone))
    print_evaluation(found)
    said = capsys.readouterr().out
    assert "nan" not in said
    assert "valence: no one has a pair to tell what clips alone are worth by" in said
    assert "arousal: ridge regression finds 0.550" in said
    values = json.loads(json.dumps(found.to_json(), allow_nan=False))["clips_alone"]
    assert values["valence"].pop("auc_less_clips_ci") == [None, None]
    assert set(values["valence"].values()) == {None}
    trial = found.metrics["arousal"]["trial"]
    assert values["arousal"]["auc_less_clips"] == pytest.approx(trial.auc - 0.05)
    ends = values["arousal"]["auc_less_clips_ci"]
    assert ends == pytest.approx([end - 0.05 for end in trial.auc_ci])
    (row,) = [line for line in said.splitlines() if "│ AUC less what clips give" in line]
    less = [cell.strip()[:5] for cell in row.split("│")[2:-1]]
    assert less == ["none", f"{trial.auc - 0.05:.3f}"]


@pytest.mark.parametrize("n_targets", [2, 3])
def test_how_far_it_lies_above_linear_models_stands_below_its_figures(capsys, n_targets):
    found = evaluation("crossed", n_targets, n_targets - 1)
    targets = found.targets[:-1]
    apart = Comparison(-0.05, -0.12, -0.004, 0.04, -1.0, "d", 4, 1, 2, -0.3, math.nan)
    beside = dict.fromkeys(("ridge", "tangent"), dict.fromkeys(targets, apart))
    print_evaluation(replace(found, minus_linear=beside))
    said = capsys.readouterr().out
    assert all(len(line) <= 80 for line in said.splitlines()[1:])
    for name in beside:
        rows = [line for line in said.splitlines() if f"AUC minus that of {name}" in line]
        cells = [cell.strip() for row in rows for cell in row.split("│")[2:-1]]
        # By trial alone; a target without pairs has none.
        assert cells == ["-0.05 [-0.12, -0.00]"] * len(targets) + ["none"]
