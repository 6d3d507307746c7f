import pytest

from rtdreamer.dashboard.readout import in_words


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.0, "low valence 100 %"),
        (0.31, "low valence 69 %"),
        (0.46, "valence undecided"),
        (0.5, "valence undecided"),
        (0.54, "valence undecided"),
        (0.56, "high valence 56 %"),
        (1.0, "high valence 100 %"),
    ],
)
def test_words_name_the_likelier_class_and_its_probability(probability, words):
    assert in_words("valence", probability) == words
