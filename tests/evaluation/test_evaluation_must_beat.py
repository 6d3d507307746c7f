import json
from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.errors import RtdreamerError
from rtdreamer.evaluation import evaluation as module
from rtdreamer.evaluation.evaluation import MUST_BEAT, Evaluation, compare_with_linear
from rtdreamer.evaluation.fold_judge import EvaluationRun
from rtdreamer.metrics.comparison import compare
from rtdreamer.model.registry import find_architecture
from rtdreamer.signal.features import Spec
from rtdreamer.training.settings import training_config
from rtdreamer.training.windows import WindowPlan
from tests.made_up_runs import make_run


def evaluation(method, skill):
    """Of somebody of this skill."""
    run = make_run(method, 0, skill, n_people=6)
    return Evaluation(
        protocol="loso",
        method=method,
        data="noise",
        simulated=True,
        too_short=(),
        folds=({},) * 2,
        predictions=run.predictions,
        window=run.window,
        learned_from=(np.empty(0, int),) * 2,
        settings={},
    )


CONFIG = training_config(find_architecture("vae-gnn"))
RUN = EvaluationRun(None, Spec(), WindowPlan(), CONFIG, "loso", 2, "spectral")


@pytest.fixture
def asked(monkeypatch):
    """What was asked for; linear models of some skill answer."""
    runs = []

    def answer(run, cache, n_jobs, dask, judging):
        runs.append(run)
        return evaluation(run.method, 0.2)

    monkeypatch.setattr(module, "cross_validate", answer)
    return runs


def test_the_difference_is_the_networks_minus_theirs(asked, tmp_path):
    network = evaluation("spectral", 0.8)
    found = compare_with_linear(network, RUN, training_config, tmp_path)
    own = {name: training_config(find_architecture(name)) for name in MUST_BEAT}
    assert asked == [replace(RUN, method=name, config=own[name]) for name in MUST_BEAT]
    assert RUN.config not in own.values()
    for name in MUST_BEAT:
        for k, target in enumerate(("valence", "arousal")):
            other = evaluation(name, 0.2).trials
            assert found.minus_linear[name][target] == compare([network.trials], [other], k)
    values = json.loads(json.dumps(found.to_json(), allow_nan=False))["minus_linear"]
    assert values["ridge"]["valence"]["difference"] > 0
    assert found.metrics == network.metrics


def test_what_is_not_installed_is_passed_over(asked, tmp_path, monkeypatch):
    def check(name):
        if name == "tangent":
            raise RtdreamerError("pip install it")

    monkeypatch.setattr(module, "check_method", check)
    found = compare_with_linear(evaluation("spectral", 0.8), RUN, training_config, tmp_path)
    assert list(found.minus_linear) == ["ridge"]


def test_without_pairs_there_is_no_difference(asked, tmp_path, monkeypatch):
    network = evaluation("spectral", 0.8)
    network.predictions.labels[:, 1] = 1
    other = evaluation("ridge", 0.2)
    other.predictions.labels[:, 1] = 1
    monkeypatch.setattr(module, "cross_validate", lambda *args, **kwargs: other)
    found = compare_with_linear(network, RUN, training_config, tmp_path)
    assert list(found.minus_linear["ridge"]) == ["valence"]
