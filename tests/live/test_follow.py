"""What is said while a stream cannot be opened."""

import time
from types import SimpleNamespace

import pytest

from rtdreamer.errors import StreamLostError
from rtdreamer.live import follow as follow_module
from rtdreamer.live.follow import FollowConfig, follow
from rtdreamer.signal.features import Spec


class Listener:
    def __init__(self):
        self.said = []

    def on_state(self, state):
        self.said.append(state.message)


@pytest.fixture
def mute(monkeypatch):
    """Each stream that is tried is there and mute; return how often one was."""
    tried = []

    def refuse(found, headset):
        tried.append(found)
        raise StreamLostError("it does not answer")

    monkeypatch.setattr(follow_module, "wait_for_stream", lambda *asked, **how: object())
    monkeypatch.setattr(follow_module, "Inlet", refuse)
    return tried


def test_a_stream_that_does_not_answer_is_told_of_once(mute):
    listener = Listener()
    config = FollowConfig("EPOC", 16, time.monotonic(), publish=False)
    follow(config, SimpleNamespace(spec=Spec()), [listener], lambda: len(mute) >= 5)
    assert len(mute) == 5
    assert listener.said == ["it does not answer"]
