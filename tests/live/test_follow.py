"""What is said while a stream cannot be opened, and what the streams of predictions are called."""

import socket
import time

import pylsl
import pytest

from rtdreamer.errors import StreamLostError
from rtdreamer.live import follow as follow_module
from rtdreamer.live.follow import FollowConfig, follow


class Listener:
    def __init__(self):
        self.said = []

    def on_state(self, state):
        self.said.append(state.message)


@pytest.fixture
def mute(monkeypatch):
    """Each stream that is tried is there and mute; return how often one was."""
    tried = []

    def refuse(found):
        tried.append(found)
        raise StreamLostError("it does not answer")

    monkeypatch.setattr(follow_module, "wait_for_stream", lambda *asked, **how: object())
    monkeypatch.setattr(follow_module, "Inlet", refuse)
    return tried


def test_a_stream_that_does_not_answer_is_told_of_once(mute):
    listener = Listener()
    config = FollowConfig("EPOC", 16, time.monotonic(), publish=False)
    follow(config, None, [listener], lambda: len(mute) >= 5)
    assert len(mute) == 5
    assert listener.said == ["it does not answer"]


def test_what_is_published_is_no_other_computer_s(headset, follow_here, stream_name):
    headset(prefill=11.0)
    live = follow_here()
    live.prediction()
    for name, rest in [
        (f"{stream_name}-Events", f"{stream_name}--events"),
        (f"{stream_name}-Affect", f"id-{stream_name}-looker-on"),
    ]:
        (info,) = pylsl.resolve_byprop("name", name, timeout=60)
        assert info.source_id() == f"rtdreamer-{socket.gethostname()}-{rest}"
