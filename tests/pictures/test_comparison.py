from dataclasses import replace

import matplotlib as mpl
import pytest
from matplotlib.image import imread

from rtdreamer.errors import DataError
from rtdreamer.evaluation.comparison_table import compare_runs
from rtdreamer.evaluation.pooled_table import pool_tables
from rtdreamer.pictures.comparison import draw_comparison
from rtdreamer.pictures.picture import ALARM, COLOURS
from tests.made_up_runs import make_run
from tests.pixels import area_of


def tables(**how):
    methods = {"spectral": 0.6, "ridge": 0.5, "a $ and a $": 0.3}
    return compare_runs(
        [make_run(method, seed, skill, **how) for seed in (0, 1)
         for method, skill in methods.items()]
    )  # fmt: skip


def cohorts(*people):
    """Tables of data sets of these people, and the one over them."""
    methods = {"spectral": 0.6, "ridge": 0.5}
    runs = [
        make_run(method, 0, skill, n_trials=10, people=k, dataset=f"cohort {number}")
        for number, k in enumerate(people)
        for method, skill in methods.items()
    ]
    found = compare_runs(runs)
    return found, pool_tables(found, runs)


def test_each_target_is_drawn_in_a_new_folder(tmp_path):
    before = dict(mpl.rcParams)
    path = draw_comparison(tmp_path / "new" / "comparison.png", tables())
    for target in ("valence", "arousal"):
        assert area_of(path, COLOURS[target]) > 200
    assert [file.name for file in path.parent.iterdir()] == ["comparison.png"]
    assert dict(mpl.rcParams) == before


def test_it_warns_of_leaks_in_red_and_of_simulated_people(tmp_path):
    (plain,) = tables(simulated=False)
    kinds = [plain, replace(plain, protocol="window"), replace(plain, simulated=True)]
    paths = [draw_comparison(tmp_path / f"{k}.png", [table]) for k, table in enumerate(kinds)]
    assert [area_of(path, ALARM) > 10_000 for path in paths] == [False, True, False]
    heights = [len(imread(path)) for path in paths]
    assert heights[0] < min(heights[1:])


def test_every_table_has_its_panels(tmp_path):
    one = draw_comparison(tmp_path / "one.png", tables())
    two = draw_comparison(tmp_path / "two.png", 2 * tables())
    assert len(imread(two)) > 1.5 * len(imread(one))


def test_a_difference_that_does_not_exist_is_drawn(tmp_path):
    (table,) = tables(n_people=1, n_folds=1)
    nan = float("nan")
    rows = tuple(
        replace(
            row,
            p_holm=nan,
            comparison=replace(row.comparison, difference=nan, low=nan, high=nan),
        )
        for row in table.rows
    )
    draw_comparison(tmp_path / "none.png", [replace(table, rows=rows)])


def test_nothing_to_draw_is_refused(tmp_path):
    with pytest.raises(DataError, match="there is nothing to draw"):
        draw_comparison(tmp_path / "comparison.png", [])
    assert not list(tmp_path.iterdir())


@pytest.mark.filterwarnings("error")
def test_letters_that_the_font_lacks_are_no_news(tmp_path):
    assert draw_comparison(tmp_path / "comparison.png", tables(dataset="日本.mat")).exists()


def test_the_table_over_data_sets_is_drawn_like_the_others(tmp_path):
    each, over_all = cohorts(0, 1, 2)
    alone = draw_comparison(tmp_path / "alone.png", over_all)
    for target in ("valence", "arousal"):
        assert area_of(alone, COLOURS[target]) > 200
    without = draw_comparison(tmp_path / "without.png", each)
    both = draw_comparison(tmp_path / "both.png", [*each, *over_all])
    assert len(imread(both)) > 1.2 * len(imread(without))


def test_of_what_cannot_be_pooled_nothing_is_drawn(tmp_path):
    each, refused = cohorts(0, 1, 0)
    assert refused[0].rows == ()
    paths = [draw_comparison(tmp_path / "0.png", each)]
    paths.append(draw_comparison(tmp_path / "1.png", [*each, *refused]))
    assert paths[0].read_bytes() == paths[1].read_bytes()
