"""A session whose samples come at another rate, or with other times, than they should."""

from dataclasses import replace

from rtdreamer.live.sink import Phase
from rtdreamer.window import WINDOW
from tests.live.test_session import cut, heard_of, recording


def test_samples_that_come_too_slowly_get_no_verdict():
    data, stamps = recording(2 * WINDOW + 200)
    predictions, told = heard_of(cut(data, stamps, 20), 16, sfreq=256.0)
    said = (
        "samples come at 128 Hz, not at 256: the stream names a wrong rate, or many are lost unseen"
    )
    assert {p.reason for p in predictions} == {said}
    assert told[1:] == [(Phase.POOR, said)]


def test_samples_that_come_too_fast_get_no_verdict():
    data, stamps = recording(WINDOW + 100)
    predictions, told = heard_of(cut(data, stamps / 2, 10), 16)
    said = (
        "samples come at 256 Hz, not at 128: the stream names a wrong rate, or is a recording "
        "played faster"
    )
    assert {p.reason for p in predictions} == {said}
    assert told[1:] == [(Phase.POOR, said)]


def test_a_sender_that_counts_at_a_wrong_rate_gets_no_verdict():
    """Its stamps are those of its nominal rate, and its clock is wrong all the time."""
    data, stamps = recording(5 * WINDOW)
    chunks = [
        replace(chunk, received=1000 + float(chunk.timestamps[-1]) / 2)
        for chunk in cut(data, stamps - stamps[0] + 1000, 16)
    ]
    predictions, _ = heard_of(chunks, 64)
    assert predictions[-1].affect is None
    assert predictions[-1].reason.startswith("samples come at 256 Hz, not at 128: ")
    assert [p for p in predictions if p.affect is not None] == []


def test_stamps_that_are_ahead_are_noted():
    data, stamps = recording(WINDOW + 100)
    chunks = [
        replace(chunk, received=float(chunk.timestamps[-1]) - 0.3)
        for chunk in cut(data, stamps, 10)
    ]
    predictions, _ = heard_of(chunks, 20)
    assert all(p.affect is not None for p in predictions)
    assert {p.note for p in predictions} == {
        "its samples are stamped 300 ms ahead of when they come"
    }
