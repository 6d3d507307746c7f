import numpy as np

from tests.nulls.__main__ import COLUMNS, _row
from tests.nulls.draws import RealFeatures, States
from tests.nulls.judge import judge


def test_states_hold_what_a_clip_does_and_no_rating():
    without, with_clips = (States(clip).draw(200, 3) for clip in (0.0, 1.5))
    np.testing.assert_array_equal(without.ratings, with_clips.ratings)

    def of_clips(draw):
        means = [draw.x[draw.clip == clip].mean(axis=0) for clip in range(18)]
        return np.var(means, axis=0).mean()

    assert of_clips(with_clips) > 20 * of_clips(without)
    for draw in (without, with_clips):
        centred = draw.x - np.array([draw.x[draw.clip == c].mean(axis=0) for c in draw.clip])
        r = np.corrcoef(np.column_stack([centred, draw.labels]).T)[-2:, :-2]
        assert np.abs(r).max() < 0.1


def test_real_features_keep_a_clips_people_together(make_windows):
    windows = make_windows(n_subjects=6, n_trials=18)
    draw = RealFeatures(windows).draw(4, 1)
    assert draw.x.shape == (72, 525)
    # All people's row of one clip is their row of one other clip.
    de = windows.inputs.nodes[:, 0, :, 0].reshape(6, 18, 14)
    sources = []
    for clip in range(18):
        rows = draw.x[draw.clip == clip, :14]
        near = [np.isclose(de, row, atol=1e-6).all(axis=2) for row in rows]
        _, source = np.nonzero(np.any(near, axis=0))
        assert len(source) == len(rows) == 4
        sources.append(set(source.tolist()))
    assert sorted(source for (source,) in sources) == list(range(18))


def test_a_row_says_how_often(monkeypatch):
    found = [f for k in range(2) for f in judge(States(0.4).draw(6, k), "crossed", k, True)]
    assert len(found) == 4
    row = _row("crossed", 6, 0.4, found)
    assert len(row.split("|")) == len(COLUMNS.split("|"))
    assert f"{100 * np.mean([f.by_auc for f in found]):.1f}" in row.split("|")[1]
