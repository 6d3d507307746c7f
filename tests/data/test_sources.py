import pytest

from rtdreamer.data.simulated import DEFAULT_EFFECT, SimulatedDreamer
from rtdreamer.data.sources import open_dreamer
from rtdreamer.errors import DataError


@pytest.mark.parametrize("text", [None, "simulated"])
def test_by_default_the_simulation_is_opened(text):
    source = open_dreamer(text)
    assert isinstance(source, SimulatedDreamer)
    assert (len(source.subjects), source.seed, source.effect) == (23, 0, DEFAULT_EFFECT)


def test_parameters_are_read_in_any_order():
    source = open_dreamer("simulated:effect=0, seed=7,subjects=4")
    assert isinstance(source, SimulatedDreamer)
    assert (len(source.subjects), source.seed, source.effect) == (4, 7, 0)


def test_parameters_left_out_keep_their_defaults():
    source = open_dreamer("simulated:subjects=4")
    assert isinstance(source, SimulatedDreamer)
    assert (len(source.subjects), source.seed, source.effect) == (4, 0, DEFAULT_EFFECT)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("simulated:people=4", "unknown parameter 'people'"),
        ("simulated:", "unknown parameter ''"),
        ("simulated:subjects=4,", "unknown parameter ''"),
        ("simulated:subjects=four", "subjects is 'four'"),
        ("simulated:subjects=2.5", "must be a whole number"),
        ("simulated:seed=", "seed is ''"),
        ("simulated:effect=strong", "effect is 'strong': must be a number"),
        ("simulated:effect=nan", "effect is nan"),
        ("simulated:subjects=0", "subjects is 0"),
        ("simulated:seed=1,seed=2", "seed is given twice"),
    ],
)
def test_bad_parameters_are_named(text, named):
    with pytest.raises(DataError, match=named) as refusal:
        open_dreamer(text)
    assert "\n" not in str(refusal.value)


def test_anything_else_is_the_path_of_a_file(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.mat: no such file"):
        open_dreamer(str(tmp_path / "nowhere.mat"))
