import pytest

from rtdreamer.prediction import Affect


@pytest.mark.parametrize(
    ("valence", "arousal", "expected"),
    [(0.2, 0.2, 0), (0.5, 0.2, 1), (0.2, 0.5, 2), (0.9, 0.9, 3)],
)
def test_the_class_is_twice_arousal_plus_valence(valence, arousal, expected):
    assert Affect(valence, arousal).emotion_class == expected
