from rtdreamer.dashboard.readout import Readout


def test_the_words_are_there_once_there_is_a_value(app):
    readout = Readout("arousal", "#ffffff")
    assert readout.text == "arousal: no prediction yet"
    readout.show_value(0.31, believed=True)
    assert readout.text == "low arousal 69 %"
    readout.show_value(0.52, believed=True)
    assert readout.text == "arousal undecided"
