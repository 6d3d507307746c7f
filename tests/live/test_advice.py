from dataclasses import replace

import pytest

from rtdreamer.headset import EPOC
from rtdreamer.live.advice import CHOOSE, REMEDIES, Standing, advise, remedies, seconds
from rtdreamer.live.sink import Phase

QUIET = Standing(Phase.LIVE, "what goes on", None, 0.0, 0.0, 0, 0.0, 0, 0.0, "")


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_has_one_line_that_says_what_goes_on(phase, make_withheld):
    newest = make_withheld() if phase is Phase.POOR else None
    advice = advise(replace(QUIET, phase=phase, newest=newest, to_come_s=7.2, silent_s=63.0))
    assert "\n" not in advice.line
    assert ("what goes on" in advice.line) == (phase is not Phase.POOR)
    calm = (Phase.WAITING, Phase.FILLING, Phase.LIVE)
    assert advice.is_urgent == (phase not in calm)


def test_where_a_stream_is_to_be_chosen_that_is_all_that_is_said():
    standing = replace(QUIET, phase=Phase.WAITING, message=f"{CHOOSE}: 2 streams match")
    advice = advise(standing)
    assert (advice.line, advice.is_urgent) == ("choose a stream: 2 streams match", True)


def test_filling_counts_down_and_silence_counts_up():
    assert "first answer in 8 s" in advise(replace(QUIET, phase=Phase.FILLING, to_come_s=7.2)).line
    for phase in (Phase.STALLED, Phase.DISCONNECTED):
        assert "1 min 3 s" in advise(replace(QUIET, phase=phase, silent_s=63.9)).line


def test_all_is_well_only_where_it_is(make_prediction):
    advice = advise(replace(QUIET, newest=make_prediction()))
    assert (advice.line, advice.is_urgent) == ("all 14 electrodes good", False)


def test_four_flat_electrodes_are_no_good_news(make_prediction, make_quality):
    flat = make_quality(**dict.fromkeys(("F7", "T7", "O1", "T8"), ("flat", 0.0)))
    newest = make_prediction(quality=flat, excluded=flat.bad)
    advice = advise(replace(QUIET, newest=newest))
    assert advice.is_urgent
    assert advice.line == "4 of 14 electrodes bad and left out · wet and press on F7, T7, O1, T8"
    # To a model that cannot leave them out they count.
    assert "left out" not in advise(replace(QUIET, newest=replace(newest, excluded=()))).line


def test_a_withheld_answer_is_said_with_its_reason_and_its_remedy(make_withheld):
    advice = advise(replace(QUIET, newest=make_withheld(reason="4 of 14 electrodes are good")))
    assert advice.line.startswith("no answer: 4 of 14 electrodes are good · wet and press on AF3,")
    assert advice.is_urgent


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"skipped": 2985, "skipped_share": 0.8}, "2985 predictions skipped"),
        ({"lost": 120, "lost_share": 0.03}, "120 samples lost"),
        ({"wrong_rate": "samples come at 64 Hz"}, "samples come at 64 Hz"),
    ],
)
def test_many_losses_are_urgent_and_named(make_prediction, change, words):
    advice = advise(replace(QUIET, newest=make_prediction(), **change))
    assert advice.is_urgent
    assert words in advice.line


def test_few_losses_are_said_and_are_no_alarm(make_prediction):
    advice = advise(replace(QUIET, newest=make_prediction(), skipped=3, skipped_share=0.01, lost=1))
    assert not advice.is_urgent
    assert "3 predictions skipped" in advice.line
    assert "1 sample lost" in advice.line
    assert "too slow" not in advice.line


def test_each_flaw_has_its_remedy_and_electrodes_are_grouped_by_it(make_quality):
    quality = make_quality(F7=("flat", 0.0), T7=("muscle", 0.3), T8=("contact", 0.0))
    rows = [EPOC.ch_names.index(name) for name in ("F7", "T7", "T8")]
    found = remedies(quality, rows)
    assert found == f"{REMEDIES['flat']} F7, T8; {REMEDIES['muscle']} T7"
    everywhere = make_quality(**dict.fromkeys(EPOC.ch_names, ("mains", 0.2)))
    assert remedies(everywhere, range(14)) == f"{REMEDIES['mains']} all electrodes"


@pytest.mark.parametrize(
    ("length", "words"), [(0.4, "0 s"), (59.9, "59 s"), (60, "1 min 0 s"), (3671, "61 min 11 s")]
)
def test_lengths_of_time_are_written_plainly(length, words):
    assert seconds(length) == words
