from rtdreamer.dashboard.electrodes import flaws_in_words, grade


def test_flaws_are_listed_with_their_electrodes(make_quality):
    quality = make_quality(F7=("flat", 0.0), AF4=("blink", 0.94))
    assert flaws_in_words(quality) == "F7 flat 0.00, AF4 blink 0.94"
    assert flaws_in_words(make_quality()) == ""


def test_the_grade_tells_what_the_answer_rests_on(make_prediction, make_withheld, make_quality):
    flat = make_quality(F7=("flat", 0.0))
    assert grade(make_prediction(quality=make_quality(AF3=("blink", 0.93)))) == "0.99 good"
    assert grade(make_prediction(quality=flat, left_out=(1,))) == "0.93, 13 of 14 electrodes"
    # Of a model that cannot leave any out.
    assert grade(make_prediction(quality=flat)) == "0.93 usable"
    assert grade(make_withheld()) == "0.29 poor"
    # No electrode's fault.
    assert grade(make_withheld(quality=make_quality())) == "1.00 no verdict"
