"""What a player says was rated, from the player to the window, over real streams and the pipe."""

import threading
import time
from contextlib import closing

import numpy as np

from replay.layout import LAYOUTS
from replay.player import Player
from replay.playlist import recording_items, trial_items
from rtdreamer.dashboard.bridge import Bridge
from rtdreamer.dashboard.window import DashboardWindow
from rtdreamer.data.recording import Recording
from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.live.follow import FollowConfig
from rtdreamer.live.remote import RemoteConfig, RemoteSession
from rtdreamer.live.sink import FLOWING
from rtdreamer.lsl import library
from tests.made_up_predictions import FACTS

END_S = 60


class Playing:
    """A player in a thread of its own that goes from one item to the next when told to."""

    def __init__(self, name, *items):
        self._name, self._items = name, items
        self._next = [threading.Event() for _ in items]
        self._thread = threading.Thread(target=self._play, daemon=True)
        self._thread.start()

    def _play(self):
        player = Player(
            self._name, f"id-{self._name}", LAYOUTS["epoc"], 1.0, library.clock, time.sleep,
            has_ratings=True,
        )  # fmt: skip
        with closing(player):
            for item, is_over in zip(self._items, self._next, strict=True):
                for _ in player.play([item], is_over.is_set):
                    pass

    def go_on(self, place):
        self._next[place].set()

    def end(self):
        for is_over in self._next:
            is_over.set()
        self._thread.join(END_S)


def test_the_ratings_of_the_trial_that_is_played_reach_the_window_and_leave_it(app, stream_name):
    source = SimulatedDreamer(n_subjects=2)
    ((item,), ratings) = [*trial_items(source, 2, (6,))], source.trial(2, 6).ratings
    quiet = np.random.default_rng(0).normal(4200, 8, (14, 128 * 100))
    (measured,) = recording_items(Recording("no trial", quiet))
    session = RemoteSession(RemoteConfig(FollowConfig(stream_name, 16, publish=False)))
    bridge, ended = Bridge(), threading.Event()
    window = DashboardWindow(FACTS, bridge, library.clock, 16)
    window.show()
    relay = threading.Thread(target=session.relay, args=(bridge, ended.is_set), daemon=True)
    relay.start()
    # It is found in the middle of the trial.
    playing = Playing(stream_name, item, measured)

    def until(condition):
        deadline = time.monotonic() + END_S
        while not condition():
            assert time.monotonic() < deadline, window._summariser.summary()
            app.processEvents()
            time.sleep(0.01)

    def truth():
        return window._summariser.summary().truth

    try:
        until(lambda: truth() is not None)
        assert window.state.badge.text().startswith("◌ FILLING")
        trial = truth().trial
        assert (trial.subject, trial.trial, trial.simulated) == (2, 6, True)
        assert (trial.valence, trial.arousal) == (ratings["valence"], ratings["arousal"])
        assert 0 < library.clock() - trial.began < END_S
        until(window.history.strip.isVisible)
        assert window.affect.plane.truth == window.affect.valence.truth == truth()
        # The same stream goes on, with nothing that was rated.
        playing.go_on(0)
        until(lambda: truth() is None)
        assert window._summariser.summary().state.phase in FLOWING
        until(lambda: window.affect.plane.truth is window.affect.valence.truth is None)
        ((oldest, newest, played),) = window._rated.stretches(library.clock())
        assert played.trial == trial
        assert oldest > newest > 0
    finally:
        ended.set()
        playing.end()
        relay.join(END_S)
        session.close()
        window.close()
