import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.metrics.names import Names, numbered


def test_whole_numbers_stand_for_themselves():
    assert numbered(["18", "2", "101", "2"]) == ({"2": 2, "18": 18, "101": 101}, ())
    assert Names().of("subject", np.int64(7)) == 7


def test_other_names_are_numbered_in_their_natural_order():
    number_of, names = numbered(["b", "10", "9", "a", "09"])
    assert names == ("09", "9", "10", "a", "b")
    assert [number_of[name] for name in names] == [1, 2, 3, 4, 5]
    assert Names(subject=names).each("subject", np.array([3, 1])) == ["10", "09"]


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=4) | st.integers(0, 30).map(str)))
def test_each_name_has_a_number_of_its_own_that_gives_it_back(names):
    number_of, in_order = numbered(names)
    assert set(number_of) == set(names)
    assert len(set(number_of.values())) == len(number_of)
    for name, number in number_of.items():
        assert number >= 1
        assert str(Names(subject=in_order).of("subject", number)) == name
    assert numbered(reversed(names)) == (number_of, in_order)
