import pytest

from rtdreamer.prediction import Affect, in_words


@pytest.mark.parametrize(
    ("valence", "arousal", "expected"),
    [(0.2, 0.2, 0), (0.5, 0.2, 1), (0.2, 0.5, 2), (0.9, 0.9, 3)],
)
def test_the_class_is_twice_arousal_plus_valence(valence, arousal, expected):
    assert Affect(valence, arousal).emotion_class == expected


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.0, "low valence 100 %"),
        (0.31, "low valence 69 %"),
        (0.45, "low valence 55 %"),
        (0.46, "valence undecided"),
        (0.5, "valence undecided"),
        (0.54, "valence undecided"),
        (0.55, "high valence 55 %"),
        (0.56, "high valence 56 %"),
        (1.0, "high valence 100 %"),
    ],
)
def test_words_name_the_likelier_class_and_its_probability(probability, words):
    assert in_words("valence", probability) == words
