from rtdreamer.dashboard.electrodes import flaws_in_words, grade, poor_electrodes


def test_electrodes_below_half_are_poor(make_quality):
    quality = make_quality(F7=("flat", 0.0), T7=("muscle", 0.49), O1=("mains", 0.5))
    assert poor_electrodes(quality) == (1, 4)
    assert poor_electrodes(make_quality()) == ()


def test_flaws_are_listed_with_their_electrodes(make_quality):
    quality = make_quality(F7=("flat", 0.0), AF4=("blink", 0.94))
    assert flaws_in_words(quality) == "F7 flat 0.00, AF4 blink 0.94"
    assert flaws_in_words(make_quality()) == ""


def test_the_grade_tells_good_usable_and_poor_apart(make_prediction, make_withheld, make_quality):
    assert grade(make_prediction(quality=make_quality(AF3=("blink", 0.86)))) == "0.99 good"
    assert grade(make_prediction(quality=make_quality(F7=("flat", 0.0)))) == "0.93 usable"
    assert grade(make_withheld()) == "0.29 poor"
