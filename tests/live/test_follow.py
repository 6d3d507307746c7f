"""What is said while a stream cannot be opened, and how long it is waited for."""

from types import SimpleNamespace

import pytest

from rtdreamer.errors import NoStreamError, StreamLostError
from rtdreamer.live import follow as follow_module
from rtdreamer.live.follow import FollowConfig, follow
from rtdreamer.live.sink import Sink
from rtdreamer.signal.features import Spec


class Listener(Sink):
    def __init__(self):
        self.said = []

    def on_state(self, state):
        self.said.append(state.message)


@pytest.fixture
def mute(monkeypatch):
    """Each stream that is tried is there and mute; return how often one was."""
    tried = []

    def refuse(found, headset, reading):
        tried.append(found)
        raise StreamLostError("it does not answer")

    monkeypatch.setattr(follow_module, "wait_for_stream", lambda *asked, **how: object())
    monkeypatch.setattr(follow_module, "Inlet", refuse)
    return tried


def test_a_stream_that_does_not_answer_is_told_of_once(mute):
    listener = Listener()
    config = FollowConfig("EPOC", 16, 0.0, publish=False)
    follow(config, SimpleNamespace(spec=Spec()), [listener], lambda: len(mute) >= 5)
    assert len(mute) == 5
    assert listener.said == ["it does not answer"]


@pytest.mark.parametrize("started", [100.0, None])
def test_the_duration_counts_from_when_it_listens_on_the_clock_that_is_given(mute, started):
    config = FollowConfig("EPOC", 16, started, duration=30.0, publish=False)
    with pytest.raises(NoStreamError, match="no stream 'EPOC' in the 30 s given"):
        # A tenth of a second passes at each look.
        follow(
            config, SimpleNamespace(spec=Spec()), [Listener()], lambda: False,
            clock=lambda: 100.0 + 0.1 * len(mute),
        )  # fmt: skip
    assert len(mute) == 300
