"""What a player says was rated, over real streams."""

import socket
import time
from contextlib import ExitStack, closing
from dataclasses import astuple, replace

import pylsl
import pytest

from rtdreamer.lsl import library
from rtdreamer.lsl import ratings as module
from rtdreamer.lsl.outlets import RATING_CHANNELS, RATINGS_EVERY_S, RatingsOutlet
from rtdreamer.lsl.ratings import Ratings, rated_trial
from rtdreamer.stream.chunk import StreamDescription
from rtdreamer.stream.rated import RatedTrial

END_S = 15
TRIAL = RatedTrial(5, 3, 4, 2, False, 100.25)
SAMPLE = dict(zip(RATING_CHANNELS, map(float, astuple(TRIAL)), strict=True))


@pytest.fixture
def stream(stream_name):
    """The EEG that is played."""
    source_id, host = f"id-{stream_name}", socket.gethostname()
    return StreamDescription(stream_name, "EEG", source_id, host, 128.0, 14)


@pytest.fixture
def ratings():
    with closing(Ratings()) as made:
        yield made


def until(condition):
    deadline = time.monotonic() + END_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_trial_is_known_in_its_middle_until_it_is_over(ratings, stream, monkeypatch):
    with closing(RatingsOutlet(f"{stream.name}-Ratings", stream.source_id)) as outlet:
        outlet.push(TRIAL, library.clock())  # nobody listens yet

        def hear(trial):
            outlet.push(trial, library.clock())
            return ratings.of(stream)

        until(lambda: hear(TRIAL) is not None)
        found = ratings.of(stream)
        assert replace(found, began=TRIAL.began) == TRIAL
        assert found.began == pytest.approx(TRIAL.began, abs=0.01)
        # It is told of as the same one, whatever is found out of the clocks.
        began = library.clock()
        while library.clock() < began + RATINGS_EVERY_S + 0.1:
            assert hear(TRIAL) is found
            time.sleep(0.02)
        other = replace(TRIAL, trial=4, valence=1, began=200.0)
        until(lambda: hear(other).trial == 4)
        # Another stream's it is not.
        for another in ({"source_id": "another"}, {"hostname": "another"}):
            assert ratings.of(replace(stream, **another)) is None
        until(lambda: hear(other) is not None)
        monkeypatch.setattr(module, "STALE_S", 0.3)
        until(lambda: ratings.of(stream) is None)
        monkeypatch.undo()
        ratings.close()  # before the outlet, of the same process, is


def test_it_is_said_twice_a_second_and_at_once_of_another_trial():
    class Outlet:
        def __init__(self):
            self.sent = []

        def push_sample(self, values, timestamp):
            self.sent.append((values[1], timestamp))

    outlet = RatingsOutlet("a", "a-rated-one")
    outlet._outlet = Outlet()
    for place in range(10):
        outlet.push(replace(TRIAL, trial=1 + place // 6), place / 8)
    assert outlet._outlet.sent == [(1, 0.0), (1, 0.5), (2, 0.75)]


OTHERS = ("no scale", "another scale", "markers", "other channels", "twins")


def test_what_is_no_players_is_never_taken_for_ratings(stream):
    def described(how, number=0):
        kind = "Markers" if how == "markers" else "Ratings"
        name, source_id = f"{stream.name}-{how}-{number}", f"{stream.source_id}-{how}"
        info = pylsl.StreamInfo(name, kind, 6, 0, "double64", source_id)
        labels = [*RATING_CHANNELS]
        info.set_channel_labels(labels[::-1] if how == "other channels" else labels)
        if how != "no scale":
            scale = "1 to 9" if how == "another scale" else "1 to 5"
            info.desc().append_child("replay").append_child_value("scale", scale)
        return pylsl.StreamOutlet(info)

    def listen(how):
        outlets.append(described(how))
        ratings = stack.enter_context(closing(Ratings()))
        followed = replace(stream, source_id=f"{stream.source_id}-{how}")
        return lambda: ratings.of(followed)

    def hear():
        for outlet in outlets:
            outlet.push_sample([*SAMPLE.values()])
        assert [how for how, find in others.items() if find() is not None] == []
        return find_players()

    outlets = [described("twins", 1)]
    with ExitStack() as stack:
        others = {how: listen(how) for how in OTHERS}
        find_players = listen("a player's")
        until(hear)
        # What answers later than it is not taken either.
        end = time.monotonic() + 1.0
        until(lambda: hear() and time.monotonic() > end)
    outlets.clear()


@pytest.mark.parametrize(
    "odd",
    [
        {"valence": 0.0}, {"arousal": 6.0}, {"valence": 3.5}, {"arousal": float("nan")},
        {"subject": 0.0}, {"trial": float("inf")}, {"simulated": 2.0}, {"began": float("nan")},
    ],
)  # fmt: skip
def test_what_can_be_no_rating_is_none(odd):
    assert rated_trial([*SAMPLE.values()], 0.5) == replace(TRIAL, began=TRIAL.began + 0.5)
    assert rated_trial([*(SAMPLE | odd).values()], 0.5) is None
