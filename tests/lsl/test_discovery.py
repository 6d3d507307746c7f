import time

import pylsl
import pytest

from rtdreamer.epoc import CH_NAMES
from rtdreamer.errors import NoStreamError, StreamError
from rtdreamer.lsl.discovery import (
    FoundStream,
    Surroundings,
    is_same,
    list_streams,
    matches,
    wait_for_return,
    wait_for_stream,
)
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


def wait_until_there(stream_name, n_streams):
    """One that is there alone would be followed."""
    begins = f"starts-with(name,'{stream_name}')"
    assert len(pylsl.resolve_bypred(begins, minimum=n_streams, timeout=30)) == n_streams


def test_several_matches_are_listed_and_refused(open_outlet, stream_name, find):
    open_outlet(f"{stream_name}-a")
    open_outlet(f"{stream_name}-b")
    wait_until_there(stream_name, 2)
    with pytest.raises(StreamError, match="2 streams match") as caught:
        find(stream_name)
    assert f"id-{stream_name}-a" in str(caught.value)
    assert f"id-{stream_name}-b" in str(caught.value)
    assert str(caught.value).endswith("; pick one with --source-id")
    assert find(f"id-{stream_name}-b").description.name == f"{stream_name}-b"


@pytest.mark.parametrize("source_id", ["", "the same"])
def test_streams_that_no_source_id_tells_apart_are_not_said_to_be(
    open_outlet, stream_name, find, source_id
):
    for which in "ab":
        open_outlet(f"{stream_name}-{which}", source_id and f"{source_id}-{stream_name}")
    wait_until_there(stream_name, 2)
    with pytest.raises(StreamError, match=r"2 streams match .*; end all but one$"):
        find(stream_name)


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


def test_the_word_epoc_finds_a_stream_by_its_labels(open_outlet, stream_name):
    open_outlet(ch_names=("Timestamp", "Counter", *CH_NAMES))
    # The source_id keeps others apart that run on this machine.
    found = wait_for_stream(
        "EPOC", f"id-{stream_name}", timeout=10, should_stop=lambda: False, report=lambda line: None
    )
    assert found.description.name == stream_name


def test_of_streams_that_a_rule_prefers_only_those_with_the_source_id_count(
    open_outlet, stream_name
):
    open_outlet(stream_name, f"one-{stream_name}")
    open_outlet(f"{stream_name}-longer", f"two-{stream_name}")
    found = wait_for_stream(
        stream_name,
        f"TWO-{stream_name}",
        timeout=10,
        should_stop=lambda: False,
        report=lambda line: None,
    )
    assert found.description.source_id == f"two-{stream_name}"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("n", "s", "EEG", "h"), ("m", "s", "EEG", "g"), True),
        (("n", "s", "EEG", "h"), ("n", "t", "EEG", "h"), False),
        (("n", "s", "EEG", "h"), ("n", "", "EEG", "h"), False),
        (("n", "", "EEG", "h"), ("n", "", "EEG", "h"), True),
        (("n", "", "EEG", "h"), ("n", "", "EEG", "g"), False),
        (("n", "", "EEG", "h"), ("m", "", "EEG", "h"), False),
        (("n", "s", "EEG", "h"), ("n", "s", "Contact-Quality", "h"), False),
    ],
)
def test_a_device_is_known_by_its_source_id_or_else_by_name_and_host(one, other, same):
    descriptions = [
        StreamDescription(name, kind, source_id, host, 128.0, 14)
        for name, source_id, kind, host in (one, other)
    ]
    assert is_same(*descriptions) is same


def returned(gone, wanted, lines):
    """Wait for a stream's return until something is said of it."""
    return wait_for_return(gone, wanted, should_stop=lambda: bool(lines), report=lines.append)


def test_only_the_stream_that_went_returns(open_outlet, stream_name, find):
    outlet = open_outlet(stream_name, f"one-{stream_name}")
    gone = find(stream_name)
    outlet.close()
    lines = []
    open_outlet(stream_name, f"two-{stream_name}")
    assert returned(gone, stream_name, lines) is None
    assert f"{stream_name!r} is not back, but {stream_name} (EEG, two-{stream_name}" in lines[0]
    assert lines[0].endswith(f"start again with --source-id two-{stream_name} to follow it")
    open_outlet(stream_name, f"one-{stream_name}")
    back = returned(gone, stream_name, [])
    assert back.description.source_id == f"one-{stream_name}"
    assert back.handle.uid() != gone.handle.uid()


def test_a_stream_without_a_source_id_returns_once_it_is_the_only_one(
    open_outlet, stream_name, find
):
    outlet = open_outlet(source_id="")
    gone = find(stream_name)
    outlet.close()
    others = [open_outlet(source_id="") for _ in range(2)]
    wait_until_there(stream_name, 2)
    lines = []
    assert returned(gone, stream_name, lines) is None
    assert lines[0].startswith(f"more than one stream could be {stream_name!r} come back: ")
    assert lines[0].count("no source_id") == 2
    others[0].close()
    back = returned(gone, stream_name, [])
    assert back.description.name == stream_name
    assert back.handle.uid() != gone.handle.uid()


@pytest.fixture
def surroundings(find, stream_name):
    """Look around while a stream is followed."""
    looking = []

    def look():
        looking.append(Surroundings(find(stream_name)))
        return looking[-1]

    yield look
    for surroundings in looking:
        surroundings.close()


def wait_until(is_so):
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_contact_is_that_of_the_same_headset(open_outlet, stream_name, surroundings):
    open_outlet(stream_name, f"one-{stream_name}")
    around = surroundings()
    other = contact_outlet("two-contact", f"two-{stream_name}")
    own = contact_outlet("one-contact", f"one-{stream_name}")
    wait_until(lambda: getattr(around.contact(), "name", str)() == "one-contact")
    del own, other


def test_contact_is_else_the_only_one_where_there_is_one_eeg(
    open_outlet, stream_name, surroundings
):
    open_outlet(stream_name, "")
    around = surroundings()
    assert around.contact() is None
    outlets = [contact_outlet("one-contact", "some-id")]
    wait_until(lambda: around.contact() is not None)
    outlets.append(contact_outlet("two-contact", "some-other-id"))
    wait_until(lambda: around.contact() is None)
    outlets.pop()
    wait_until(lambda: around.contact() is not None)
    open_outlet(f"{stream_name}-2", "")
    wait_until(lambda: around.contact() is None)


def contact_outlet(name, source_id):
    info = pylsl.StreamInfo(name, "Contact-Quality", 18, 2.0, "float32", source_id)
    return pylsl.StreamOutlet(info)
