import pytest

from rtdreamer.prediction import BAD_BELOW, Affect, Quality


@pytest.mark.parametrize(
    ("valence", "arousal", "expected"),
    [(0.2, 0.2, 0), (0.5, 0.2, 1), (0.2, 0.5, 2), (0.9, 0.9, 3)],
)
def test_the_class_is_twice_arousal_plus_valence(valence, arousal, expected):
    assert Affect(valence, arousal).emotion_class == expected


def test_the_overall_quality_is_the_mean_over_the_channels():
    assert Quality((1.0, 0.0, 0.5), ("", "flat", "muscle"), ("A", "B", "C")).overall == 0.5


def test_channels_below_the_limit_are_bad():
    quality = Quality(
        (1.0, 0.0, BAD_BELOW, BAD_BELOW - 0.01),
        ("", "flat", "blink", "blink"),
        ("A", "B", "C", "D"),
    )
    assert quality.bad == (1, 3)
