from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.image import imread

from rtdreamer.errors import DataError, RtdreamerError
from rtdreamer.evaluation.evaluation import Evaluation
from rtdreamer.metrics.predictions import HeldOutPredictions
from rtdreamer.pictures.picture import ALARM, COLOURS
from rtdreamer.pictures.report import write_report
from tests.pixels import area_of

NAMES = ["roc.png", "reliability.png", "subjects.png", "confusion.png"]


def drawn(n_people=5, n_windows=3, n_folds=2, n_targets=2):
    """Windows of trials; the last person rates everything high."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, (n_people, 6, 1, n_targets)).repeat(n_windows, axis=2).astype(float)
    labels[-1] = 1
    people, trials, _ = np.indices(labels.shape[:3]).reshape(3, -1)
    labels = labels.reshape(-1, n_targets)
    return HeldOutPredictions(
        subject=people + 1,
        trial=trials + 1,
        fold=people % n_folds,
        labels=labels,
        probabilities=0.2 * labels + rng.uniform(0, 0.8, labels.shape),
        base_rate=np.full(labels.shape, 0.6),
        ratings=2 + 2 * labels,
    )


def evaluation(predictions, method="method", leaks=False, simulated=False):
    """Of windows that somebody judged."""
    return Evaluation(
        protocol="window" if leaks else "loso",
        method=method,
        data="noise",
        simulated=simulated,
        too_short=(),
        folds=({},) * len(np.unique(predictions.fold)),
        predictions=predictions,
        window=np.zeros(len(predictions), np.int64),
        learned_from=(),
        settings={},
    )


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The pictures of the usual."""
    return write_report(tmp_path_factory.mktemp("plain"), evaluation(drawn()))


def test_four_pictures_in_a_new_folder(tmp_path):
    folder = tmp_path / "new" / "report"
    before = dict(mpl.rcParams)
    paths = write_report(folder, evaluation(drawn(), "a method with a $ and a $"))
    assert paths == [folder / name for name in NAMES]
    assert sorted(folder.iterdir()) == sorted(paths)
    for path in paths:
        assert imread(path).std() > 0.05
    for target, colour in COLOURS.items():
        assert (area_of(folder / "roc.png", colour) > 500) is (target != "dominance")
    assert dict(mpl.rcParams) == before


def test_a_third_target_has_a_panel_of_its_own(plain, tmp_path):
    three = write_report(tmp_path, evaluation(drawn(n_targets=3)))
    for narrow, wide in zip(plain, three, strict=True):
        assert imread(wide).shape[1] == pytest.approx(1.5 * imread(narrow).shape[1], abs=1)
        assert imread(wide).shape[0] == imread(narrow).shape[0]
    for colour in COLOURS.values():
        assert area_of(three[0], colour) > 500


def test_every_picture_warns_of_leaks_in_red_and_of_simulated_people(plain, tmp_path):
    leaking, simulated = (
        write_report(tmp_path / flag, evaluation(drawn(), **{flag: True}))
        for flag in ("leaks", "simulated")
    )
    for paths in zip(plain, leaking, simulated, strict=True):
        assert [area_of(path, ALARM) > 10_000 for path in paths] == [False, True, False]
        heights = [len(imread(path)) for path in paths]
        assert heights[0] < heights[1] == heights[2]


@pytest.mark.parametrize(("target", "label"), [(0, 1), (1, 0)])
def test_a_target_of_one_class_is_drawn(tmp_path, target, label):
    predictions = drawn()
    predictions.labels[:, target] = label
    for path in write_report(tmp_path, evaluation(predictions)):
        assert imread(path).std() > 0.05


@pytest.mark.parametrize("n_people", [2, 60])
def test_few_and_many_people_are_drawn(tmp_path, n_people):
    write_report(tmp_path, evaluation(drawn(n_people), leaks=True))


def test_windows_of_a_trial_in_several_folds_are_drawn(tmp_path):
    predictions = drawn()
    scattered = replace(predictions, fold=np.arange(len(predictions)) % 4)
    write_report(tmp_path, evaluation(scattered, leaks=True))


def test_a_picture_follows_what_was_predicted(plain, tmp_path):
    predictions = drawn()
    contrary = replace(predictions, probabilities=1 - predictions.probabilities)
    other = write_report(tmp_path, evaluation(contrary))
    for pair in zip(plain, other, strict=True):
        first, second = (path.read_bytes() for path in pair)
        assert first != second


def test_confusion_says_high_above_the_base_rate(tmp_path):
    predictions = drawn(n_windows=1)  # with a base rate of .6
    above = predictions.probabilities > 0.6
    near, far = (
        replace(predictions, probabilities=np.where(above, high, low))
        for high, low in ((0.61, 0.59), (0.9, 0.1))
    )
    paths = [write_report(tmp_path / str(k), evaluation(p))[3] for k, p in enumerate((near, far))]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    path = tmp_path / "report"
    path.write_text("", encoding="utf-8")
    with pytest.raises(RtdreamerError, match="cannot be written") as error:
        write_report(path, evaluation(drawn()))
    assert "\n" not in str(error.value)


def test_what_is_no_probability_leaves_no_folder(tmp_path):
    predictions = drawn()
    predictions.probabilities[0] = np.nan
    with pytest.raises(DataError):
        write_report(tmp_path / "report", evaluation(predictions))
    assert not (tmp_path / "report").exists()
