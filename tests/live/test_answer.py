import pytest

from rtdreamer.live.answer import Answer
from rtdreamer.live.steady import ENTER, Steadied


@pytest.mark.parametrize(
    ("probability", "base_rate", "words"),
    [
        (0.64, 0.75, "arousal below base rate"),
        (0.64, 0.5, "arousal above base rate"),
        (0.71, 0.75, "arousal at base rate"),
        (0.79, 0.75, "arousal at base rate"),
        (0.5, 0.5, "arousal at base rate"),
        (0.0, 1.0, "arousal below base rate"),
        (1.0, 0.0, "arousal above base rate"),
    ],
)
def test_words_compare_a_probability_with_the_base_rate(probability, base_rate, words):
    assert Answer("arousal", probability, base_rate).in_words == words


def test_the_base_rate_reaches_equally_far_both_ways():
    def said(shift):
        return Answer("valence", 0.5 + shift * ENTER, 0.5).in_words

    assert {said(shift) for shift in (-0.99, 0.0, 0.99)} == {"valence at base rate"}
    assert said(-1.0) == "valence below base rate"
    assert said(1.0) == "valence above base rate"


def test_what_the_last_seconds_say_goes_before_the_last_window():
    answer = Answer("valence", 0.9, 0.5, steadied=Steadied(0.3, -1, 0.2, 0.8, 0.0))
    assert answer.mean == 0.3
    assert answer.plainly == "less pleasant than usual"
    assert Answer("valence", 0.9, 0.5).mean == 0.9
