import pytest

from rtdreamer.epoc import CH_NAMES
from rtdreamer.errors import NoStreamError, StreamError
from rtdreamer.lsl.discovery import FoundStream, list_streams, matches, wait_for_stream
from rtdreamer.stream import StreamDescription


def stream(name="n", source_id="s", kind="EEG", ch_names=CH_NAMES):
    return FoundStream(
        StreamDescription(name, kind, source_id, "host", 128.0, len(ch_names), ch_names), None
    )


def picked(wanted, *streams):
    return [streams.index(found) for found in matches(wanted, list(streams))]


def test_the_rules_come_in_order():
    exact = stream("epoc")
    by_id = stream("other", "EPOC")
    prefix = stream("other", "EPOCX-5A688F41")
    part = stream("My EPOC+")
    labels = stream("EmotivDataStream-EEG", "INSIGHT-1")
    everything = [labels, part, prefix, by_id, exact]
    for best in (exact, by_id, prefix, part, labels):
        assert matches("EPOC", everything) == [best]
        everything.remove(best)


def test_only_eeg_streams_match_and_case_does_not_matter():
    assert picked("epoc", stream("EPOC", kind="Motion"), stream("EPOC", kind="eeg")) == [1]


def test_labels_count_for_the_word_epoc_alone():
    emotiv = stream("EmotivDataStream-EEG", "X", ch_names=("Counter", *CH_NAMES))
    assert picked("EPOC", emotiv) == [0]
    assert picked("Muse", emotiv) == []
    assert picked("EPOC", stream("E", "X", ch_names=CH_NAMES[1:])) == []
    assert picked("EPOC", stream("E", "X", ch_names=tuple(f"EEG.{n.lower()}" for n in CH_NAMES)))


def test_a_stream_is_listed_with_its_channels(open_outlet, stream_name):
    open_outlet()
    found = {item.description.name: item.description for item in list_streams()}
    description = found[stream_name]
    assert description.ch_names == CH_NAMES
    assert (description.type, description.sfreq, description.n_channels) == ("EEG", 128.0, 14)
    assert description.source_id == f"id-{stream_name}"
    assert description.hostname


def test_a_stream_that_comes_later_is_waited_for(open_outlet, stream_name):
    lines = []

    def report(line):
        lines.append(line)
        open_outlet()

    found = wait_for_stream(stream_name, timeout=10, should_stop=lambda: False, report=report)
    assert found.description.name == stream_name
    assert lines[0].startswith(f"no stream '{stream_name}' yet; found: ")


def test_several_matches_are_listed_and_refused(open_outlet, stream_name, find):
    open_outlet(f"{stream_name}-a")
    open_outlet(f"{stream_name}-b")
    with pytest.raises(StreamError, match="2 streams match") as caught:
        find(stream_name)
    assert f"id-{stream_name}-a" in str(caught.value)
    assert f"id-{stream_name}-b" in str(caught.value)
    assert find(f"id-{stream_name}-b").description.name == f"{stream_name}-b"


def test_time_up_says_what_was_there(open_outlet, stream_name, find):
    open_outlet()
    with pytest.raises(NoStreamError, match="no stream 'missing' in 1 s") as caught:
        find("missing", timeout=1)
    assert stream_name in str(caught.value)
    assert caught.value.exit_code == 3


def test_a_stop_ends_the_wait():
    assert (
        wait_for_stream("x", timeout=None, should_stop=lambda: True, report=lambda line: None)
        is None
    )


def test_the_word_epoc_finds_a_stream_by_its_labels(open_outlet, stream_name, find):
    others = [item.description.name for item in list_streams()]
    open_outlet(ch_names=("Timestamp", "Counter", *CH_NAMES))
    if any("epoc" in name.casefold() for name in others):
        pytest.skip("another stream of this machine is called EPOC")
    assert find("EPOC").description.name == stream_name
