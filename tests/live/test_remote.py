"""A session in a process of its own, for real: what either process hears of the other."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid

import numpy as np
import psutil
import pytest
from websockets.sync.client import connect

from rtdreamer.errors import NoStreamError, RtdreamerError
from rtdreamer.live import remote
from rtdreamer.live.follow import FollowConfig
from rtdreamer.live.orders import Mark, RecordingReport, StartRecording
from rtdreamer.live.output_config import Endpoint, OutputConfig
from rtdreamer.live.remote import RemoteConfig, RemoteSession
from rtdreamer.live.sink import Phase, Sink
from tests.loopback import free_port
from tests.onlookers import Kept

END_S = 30

DIES = """
import os, signal, sys, time
from rtdreamer.live.follow import FollowConfig
from rtdreamer.live.remote import RemoteConfig, RemoteSession
if __name__ == "__main__":
    session = RemoteSession(RemoteConfig(FollowConfig("nobody", 16, time.monotonic())))
    def tell(state):
        print(session._process.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    from rtdreamer.live.sink import Sink
    sink = Sink()
    sink.on_state = tell
    session.relay(sink, lambda: False)
"""


@pytest.fixture
def session(request):
    """One that waits for a stream that never comes."""
    made = []

    def make(duration=None):
        name = f"no-such-{uuid.uuid4().hex}"
        config = FollowConfig(name, 16, time.monotonic(), duration, publish=False)
        made.append(RemoteSession(RemoteConfig(config)))
        return made[-1]

    yield make
    for one in made:
        one.close()


def is_running(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_what_ends_it_there_is_raised_here(session):
    with pytest.raises(NoStreamError, match=r"no stream 'no-such-.*' in the 2 s given"):
        session(duration=2.0).relay(Kept(), lambda: False)


def test_it_does_what_is_ordered_while_it_waits_and_told_to_stop_it_ends(session, tmp_path):
    one, sink = session(), Kept()
    one.give(Mark("the door", 12.5))
    one.give(StartRecording(tmp_path / "study"))
    one.relay(sink, lambda: bool(sink.states and sink.markers and sink.reports))
    assert sink.phases == [Phase.WAITING]
    assert [(m.text, m.timestamp) for m in sink.markers] == [("the door", 12.5)]
    # Said again and again, since it also says for how long.
    assert set(sink.reports) == {RecordingReport(True)}
    one.close()
    assert not is_running(one._process.pid)


@pytest.mark.skipif(os.name != "posix", reason="signals are others here")
def test_what_a_terminal_sends_is_not_for_it_and_its_death_is_told(session):
    one, sink = session(), Kept()

    def strike():
        if sink.states and not struck:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                os.kill(one._process.pid, number)
            time.sleep(1.0)
            struck.append(is_running(one._process.pid))
            os.kill(one._process.pid, signal.SIGKILL)
        return False

    struck = []
    with pytest.raises(RtdreamerError, match=r"process is gone, with exit code -9: start again"):
        one.relay(sink, strike)
    assert struck == [True]


@pytest.mark.skipif(os.name != "posix", reason="signals are others here")
def test_it_ends_when_the_dashboards_process_dies(tmp_path):
    script = tmp_path / "dies.py"
    script.write_text(DIES)
    said = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=END_S
    )
    pid = int(said.stdout)
    deadline = time.monotonic() + END_S
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_running(pid)
    assert said.returncode == -signal.SIGKILL
    assert "Traceback" not in said.stderr


def test_a_model_that_cannot_be_loaded_is_told_of_at_once(tmp_path):
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(bytes(100))
    config = FollowConfig("nobody", 16, time.monotonic(), publish=False)
    session = RemoteSession(RemoteConfig(config, model=broken))
    with pytest.raises(RtdreamerError, match=r"broken\.safetensors"):
        session.relay(Kept(), lambda: False)
    session.close()


def test_predictions_come_with_the_graphs_and_are_sent_from_there(headset, stream_name):
    headset(prefill=11.0)
    outputs = OutputConfig(websocket=Endpoint("127.0.0.1", free_port()))
    config = FollowConfig(stream_name, 16, time.monotonic(), 60.0, publish=False, outputs=outputs)
    session, sink, clients = RemoteSession(RemoteConfig(config)), Kept(), []

    def listen():
        if sink.states and not clients:
            clients.append(connect(f"ws://{outputs.websocket}", max_queue=None, legacy=True))
        return len(sink.predictions) >= 3

    session.relay(sink, listen)
    session.close()
    sent = {line["sample"] for line in map(json.loads, clients[0]) if "sample" in line}
    assert {one.sample for one in sink.predictions[1:]} <= sent
    first, *_ = sink.predictions
    assert first.model == "simulated-23"
    assert first.hop == 1280
    assert sink.n_samples >= 1280 + 32
    for features in sink.features:
        assert features.de.shape == (5, 14)
        assert features.edge_weight.shape == (5, 14, 14)
        assert np.isfinite(features.mi).all()
        assert features.signals.size == 0


def test_all_that_a_sink_hears_goes_over_the_pipe_but_raw_chunks():
    heard = {name for name in vars(Sink) if name.startswith("on_")}
    assert heard - set(vars(remote._PipeSink)) == {"on_chunk"}
