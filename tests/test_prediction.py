import pytest

from rtdreamer.prediction import AS_USUAL, BAD_BELOW, Affect, Quality, in_words


@pytest.mark.parametrize(
    ("valence", "arousal", "expected"),
    [(0.2, 0.2, 0), (0.5, 0.2, 1), (0.2, 0.5, 2), (0.9, 0.9, 3)],
)
def test_the_class_is_twice_arousal_plus_valence(valence, arousal, expected):
    assert Affect(valence, arousal).emotion_class == expected


def test_the_overall_quality_is_the_mean_over_the_channels():
    assert Quality((1.0, 0.0, 0.5), ("", "flat", "muscle")).overall == 0.5


def test_channels_below_the_limit_are_bad():
    quality = Quality((1.0, 0.0, BAD_BELOW, BAD_BELOW - 0.01), ("", "flat", "blink", "blink"))
    assert quality.bad == (1, 3)


@pytest.mark.parametrize(
    ("probability", "base_rate", "words"),
    [
        (0.64, 0.75, "arousal below usual"),
        (0.64, 0.5, "arousal above usual"),
        (0.71, 0.75, "arousal as usual"),
        (0.79, 0.75, "arousal as usual"),
        (0.5, 0.5, "arousal as usual"),
        (0.0, 1.0, "arousal below usual"),
        (1.0, 0.0, "arousal above usual"),
    ],
)
def test_words_compare_a_probability_with_the_base_rate(probability, base_rate, words):
    assert in_words("arousal", probability, base_rate) == words


def test_what_is_usual_reaches_equally_far_both_ways():
    said = {in_words("valence", 0.5 + shift * AS_USUAL, 0.5) for shift in (-0.99, 0.0, 0.99)}
    assert said == {"valence as usual"}
    assert in_words("valence", 0.5 - 1.01 * AS_USUAL, 0.5) == "valence below usual"
    assert in_words("valence", 0.5 + 1.01 * AS_USUAL, 0.5) == "valence above usual"
