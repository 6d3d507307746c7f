import signal
import time
from types import SimpleNamespace

import pylsl
import pytest

from rtdreamer.errors import NoStreamError, StreamError
from rtdreamer.headset import EPOC
from rtdreamer.lsl import discovery
from rtdreamer.lsl.discovery import (
    DESCRIPTION_TIMEOUT_S,
    FoundStream,
    is_same,
    list_streams,
    matches,
    wait_for_return,
    wait_for_stream,
)
from rtdreamer.stream.chunk import StreamDescription


def stream(name="n", source_id="s", kind="EEG", ch_names=EPOC.ch_names):
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


def test_an_exact_name_finds_a_stream_of_another_type():
    signal = stream("EPOC", kind="signal")
    assert picked("epoc", stream("EPOC 2"), signal) == [1]
    assert picked("epoc", signal, stream("EPOC")) == [1]
    assert picked("EPO", signal) == []
    assert picked("EPOC-Affect", stream("EPOC-Affect", kind="Affect")) == []
    assert picked("EPOC", stream("EPOC", kind="Motion", ch_names=("ACCX",))) == []


def test_an_exact_name_is_waited_for_and_a_part_says_what_it_took(open_outlet, stream_name):
    open_outlet(f"{stream_name}-2")
    lines, late = [], []

    def report(line):
        lines.append(line)
        if late:
            open_outlet(late.pop())

    def find():
        found = wait_for_stream(stream_name, timeout=20, should_stop=lambda: False, report=report)
        return found.description.name

    assert find() == f"{stream_name}-2"
    said = f"no stream '{stream_name}' yet; in 5 s, if there is none: {stream_name}-2 (EEG"
    assert lines[-1].startswith(said)
    late.append(stream_name)
    assert find() == stream_name


def test_labels_count_for_the_word_epoc_alone():
    emotiv = stream("EmotivDataStream-EEG", "X", ch_names=("Counter", *EPOC.ch_names))
    assert picked("EPOC", emotiv) == [0]
    assert picked("Muse", emotiv) == []
    assert picked("EPOC", stream("E", "X", ch_names=EPOC.ch_names[1:])) == []
    assert picked(
        "EPOC", stream("E", "X", ch_names=tuple(f"EEG.{n.lower()}" for n in EPOC.ch_names))
    )


def test_a_stream_is_listed_with_its_channels(open_outlet, stream_name):
    open_outlet()
    found = {item.description.name: item.description for item in list_streams()}
    description = found[stream_name]
    assert description.ch_names == EPOC.ch_names
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
    open_outlet(ch_names=("Timestamp", "Counter", *EPOC.ch_names))
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
        (("n", "s", "EEG", "h"), ("n", "s", "EEG", "g"), True),
        (("n", "s", "EEG", "h"), ("m", "s", "EEG", "h"), False),  # as one program's are
        (("n", "s", "EEG", "h"), ("n", "t", "EEG", "h"), False),
        (("n", "s", "EEG", "h"), ("n", "", "EEG", "h"), False),
        (("n", "", "EEG", "h"), ("n", "", "EEG", "h"), True),
        (("n", "", "EEG", "h"), ("n", "", "EEG", "g"), False),
        (("n", "", "EEG", "h"), ("m", "", "EEG", "h"), False),
        (("n", "s", "EEG", "h"), ("n", "s", "Contact-Quality", "h"), False),
    ],
)
def test_a_device_is_known_by_its_name_and_source_id_or_else_host(one, other, same):
    descriptions = [
        StreamDescription(name, kind, source_id, host, 128.0, 14)
        for name, source_id, kind, host in (one, other)
    ]
    assert is_same(*descriptions) is same


def returned(gone, wanted, lines, lookalikes=()):
    """Wait for a stream's return until something is said of it."""
    return wait_for_return(
        gone, wanted, lookalikes, should_stop=lambda: bool(lines), report=lines.append
    )


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


@pytest.mark.parametrize("source_id", ["", "the same"])
def test_one_that_looks_the_same_and_was_there_before_is_no_return(
    open_outlet, stream_name, find, source_id
):
    source_id = source_id and f"{source_id}-{stream_name}"
    outlet = open_outlet(source_id=source_id)
    gone = find(stream_name)
    open_outlet(source_id=source_id)
    wait_until_there(stream_name, 2)
    handles = pylsl.resolve_byprop("name", stream_name, minimum=2, timeout=30)
    lookalikes = {handle.uid() for handle in handles} - {gone.handle.uid()}
    outlet.close()
    lines = []
    assert returned(gone, stream_name, lines, lookalikes) is None
    assert f"{stream_name!r} is not back, but {stream_name} (EEG" in lines[0]
    # A source_id that is the same would not tell them apart.
    assert lines[0].endswith(" is there: choose it in the dashboard, or start again to follow it")
    open_outlet(source_id=source_id)
    back = returned(gone, stream_name, [], lookalikes)
    assert back.handle.uid() not in {gone.handle.uid(), *lookalikes}


def test_one_of_another_name_is_offered_by_its_name(open_outlet, stream_name, find):
    outlet = open_outlet(source_id=f"id-{stream_name}")
    gone = find(stream_name)
    outlet.close()
    open_outlet(f"another-{stream_name[::-1]}", source_id=f"id-{stream_name}")
    lines = []
    assert returned(gone, stream_name, lines) is None
    assert lines[0].endswith(
        f"start again with --stream 'another-{stream_name[::-1]}' to follow it"
    )


def found(uid, hostname):
    description = StreamDescription("n", "EEG", "s", hostname, 128.0, 14, EPOC.ch_names)
    return FoundStream(description, SimpleNamespace(uid=lambda: uid))


def test_of_several_that_answer_the_one_on_its_host_is_the_return(monkeypatch):
    here, elsewhere = found("2", "here"), found("3", "elsewhere")
    answers = [[], [elsewhere], [elsewhere, here]]

    def streams(*asked):
        return answers.pop(0) if len(answers) > 1 else answers[0]

    monkeypatch.setattr(discovery, "_Network", lambda: SimpleNamespace(streams=streams))
    assert returned(found("1", "here"), "n", []) is here


def test_an_outlet_that_fell_silent_and_is_still_there_is_not_mixed_up_with_its_restart(
    open_outlet, stream_name, find
):
    open_outlet()
    gone = find(stream_name)
    open_outlet()
    wait_until_there(stream_name, 2)
    assert returned(gone, stream_name, []).handle.uid() != gone.handle.uid()


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="a process cannot be frozen here")
def test_streams_that_do_not_answer_hold_up_no_stop(headset, stream_name):
    devices = [headset(name=f"{stream_name}-{n}") for n in range(3)]
    wait_until_there(stream_name, 3)
    for device in devices:
        device.freeze()
    stop = time.monotonic() + 1.0
    found = wait_for_stream(
        "EPOC",
        timeout=None,
        should_stop=lambda: time.monotonic() > stop,
        report=lambda line: None,
    )
    assert found is None
    assert time.monotonic() - stop < DESCRIPTION_TIMEOUT_S / 2
