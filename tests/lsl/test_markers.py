"""Markers of other programs, over real streams."""

import time
import uuid
from contextlib import closing

import pylsl
import pytest

from rtdreamer.lsl import library
from rtdreamer.lsl.markers import MarkerStreams
from rtdreamer.lsl.outlets import MarkerOutlet
from rtdreamer.stream.marker import MARKS

END_S = 15


def heard(streams, n):
    """The first so many markers."""
    found, deadline = [], time.monotonic() + END_S
    while len(found) < n:
        assert time.monotonic() < deadline, found
        found += streams.take()
        time.sleep(0.01)
    return found


def listened(outlet, streams):
    deadline = time.monotonic() + END_S
    while not outlet.has_consumers:
        assert time.monotonic() < deadline
        assert streams.take() == []
        time.sleep(0.01)


@pytest.fixture
def outlet(stream_name):
    with closing(MarkerOutlet(stream_name, f"id-{stream_name}")) as made:
        yield made


@pytest.mark.parametrize("word", ["{}", "id-{}"])
def test_markers_come_with_their_time(outlet, stream_name, word):
    with closing(MarkerStreams([word.format(stream_name).upper()])) as streams:
        listened(outlet, streams)
        now = library.clock()
        for number in range(3):
            outlet.push(f"trial {number}", now - 10 + number)
        markers = heard(streams, 3)
        assert stream_name in streams.news()
        assert not streams.news()
    assert [marker.text for marker in markers] == ["trial 0", "trial 1", "trial 2"]
    times = [marker.timestamp for marker in markers]
    assert times == pytest.approx([now - 10, now - 9, now - 8], abs=0.01)
    assert all(stream_name in marker.header for marker in markers)


@pytest.mark.parametrize("clock", ["right", "as-sent"])
def test_unix_time_is_seen_and_put_right_or_left(outlet, stream_name, clock):
    with closing(MarkerStreams([stream_name], clock)) as streams:
        listened(outlet, streams)
        streams.news()
        here, of_day = library.clock(), time.time()
        outlet.push("a", of_day - 2)
        outlet.push("b", of_day - 1)
        markers = heard(streams, 2)
        news = streams.news()
    assert news.count("Unix time") == 1
    expected = here if clock == "right" else of_day
    times = [marker.timestamp for marker in markers]
    assert times == pytest.approx([expected - 2, expected - 1], abs=0.05)


def test_others_are_not_followed(outlet, stream_name):
    with closing(MarkerStreams([f"not-{stream_name}"])) as streams:
        end = time.monotonic() + 2
        while time.monotonic() < end:
            assert streams.take() == []
            time.sleep(0.05)
        assert not outlet.has_consumers


def test_numbers_and_several_channels_are_texts(stream_name):
    info = pylsl.StreamInfo(stream_name, "Markers", 2, 0, "int32", f"id-{stream_name}")
    outlet = pylsl.StreamOutlet(info)
    with closing(MarkerStreams([stream_name])) as streams:
        deadline = time.monotonic() + END_S
        while not outlet.have_consumers():
            assert time.monotonic() < deadline
            streams.take()
        outlet.push_sample([769, 2])
        (marker,) = heard(streams, 1)
    assert marker.values == ("769", "2")
    del outlet


def test_a_stream_that_ends_keeps_no_one_from_the_next(stream_name):
    with closing(MarkerStreams([])) as streams:
        for number in range(2):
            with closing(MarkerOutlet(MARKS, uuid.uuid4().hex)) as outlet:
                listened(outlet, streams)
                outlet.push(f"mark {number}", library.clock())
                (marker,) = heard(streams, 1)
                assert marker.text == f"mark {number}"
                # The one who set it sees that it was taken.
                deadline = time.monotonic() + END_S
                while outlet.has_consumers:
                    assert time.monotonic() < deadline
                    assert streams.take() == []
                    time.sleep(0.01)
        assert not streams.news()
