import math

import pytest
from matplotlib.image import imread
from matplotlib.text import Text

from rtdreamer.errors import DataError, RtdreamerError
from rtdreamer.pictures import learning_curve
from rtdreamer.pictures.learning_curve import draw_learning_curve
from rtdreamer.training.fit import Epoch, LossParts


def epoch(number, best=False, loss=None, skipped=0, held_out=True):
    loss = LossParts(1 / number, 0.1, 0.0, 0.9, 30 / number) if loss is None else loss
    if not held_out:
        return Epoch(number, loss, math.nan, (), best, skipped)
    return Epoch(number, loss, 0.7 - 0.01 * number, (0.5 + 0.01 * number, 0.6), best, skipped)


def test_a_picture_of_the_fit(tmp_path):
    path = tmp_path / "new" / "model.png"
    draw_learning_curve(path, [epoch(1, True), epoch(2, True), epoch(3)])
    assert imread(path).std() > 0.05
    assert [p.name for p in path.parent.iterdir()] == ["model.png"]


def test_the_last_best_epoch_is_the_one_that_was_kept(tmp_path):
    pictures = []
    for best in ((True, False, False), (True, True, False), (False, True, False)):
        path = tmp_path / "model.png"
        draw_learning_curve(path, [epoch(n, b) for n, b in enumerate(best, start=1)])
        pictures.append(path.read_bytes())
    assert pictures[0] != pictures[1]
    assert pictures[1] == pictures[2]


def test_one_epoch_and_epochs_that_failed_are_drawn(tmp_path):
    broken = LossParts(*[math.nan] * 5)
    draw_learning_curve(tmp_path / "one.png", [epoch(1, best=True)])
    draw_learning_curve(tmp_path / "broken.png", [epoch(n, loss=broken, skipped=9) for n in (1, 2)])
    assert imread(tmp_path / "broken.png").std() > 0.05


@pytest.mark.parametrize("best", [True, False])
def test_with_nobody_held_out_the_losses_are_drawn_alone(tmp_path, monkeypatch, best):
    drawn = []
    monkeypatch.setattr(learning_curve, "save_picture", lambda figure, path: drawn.append(figure))
    for held_out in (True, False):
        epochs = [epoch(n, best, held_out=held_out) for n in (1, 2, 3)]
        draw_learning_curve(tmp_path / "model.png", epochs)
    some, nobody = drawn
    assert (len(some.get_axes()), len(nobody.get_axes())) == (7, 5)
    for axes in nobody.get_axes():
        (line, *_) = axes.get_lines()
        assert list(line.get_xdata()) == [1, 2, 3]
        assert all(map(math.isfinite, line.get_ydata()))
    words = [[text.get_text() for text in figure.findobj(Text)] for figure in drawn]
    assert not any("no one was held out" in text for text in words[0])
    assert any("no one was held out" in text for text in words[1])
    assert not any("held-out people" in text for text in words[1])


def test_no_epochs_are_refused(tmp_path):
    with pytest.raises(DataError, match="no epochs"):
        draw_learning_curve(tmp_path / "model.png", [])


def test_a_path_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(RtdreamerError, match="cannot be written"):
        draw_learning_curve(tmp_path / "file" / "model.png", [epoch(1)])


def test_that_people_are_simulated_is_said(tmp_path):
    for name, simulated in (("real.png", False), ("simulated.png", True)):
        draw_learning_curve(tmp_path / name, [epoch(1, best=True)], simulated)
    real, banner = (imread(tmp_path / name).shape[0] for name in ("real.png", "simulated.png"))
    assert banner > real
