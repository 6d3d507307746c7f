"""What a session sends by OSC and WebSocket, over real sockets, to those who listen and do not."""

import io
import json
import math
import socket
import struct
import threading
import time
from contextlib import ExitStack, closing

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK, InvalidStatus
from websockets.sync.client import connect

from rtdreamer.errors import RtdreamerError
from rtdreamer.headset import EPOC
from rtdreamer.live.json_lines import JsonLines
from rtdreamer.live.output_config import Endpoint, OutputConfig
from rtdreamer.live.outputs import MAX_WAITING, Outputs
from rtdreamer.live.predictor import Predictor
from rtdreamer.live.session import Session
from rtdreamer.live.sink import Phase, State
from rtdreamer.live.websocket import WebSocketServer
from rtdreamer.stream.chunk import Chunk
from rtdreamer.stream.marker import Marker
from tests.chunk_source import Source
from tests.loopback import OscListener, free_port
from tests.onlookers import Kept, LookerOn

WAIT_S = 20
TOKEN = "correct-horse_battery"
WAITING = State(Phase.WAITING, "waiting")


def clock():
    return 12.5


class Served:
    """Outputs with a WebSocket, and clients of it."""

    def __init__(self, token="", osc=None):
        self.port = free_port()
        websocket = Endpoint("127.0.0.1", self.port)
        osc = None if osc is None else Endpoint("127.0.0.1", osc)
        self.outputs = Outputs(OutputConfig(osc, websocket, token), clock)
        self._opened = ExitStack()

    def client(self, path="/", max_queue=None, **how):
        """A client; of what it has not read it takes all, or no more than it is told."""
        address = f"ws://127.0.0.1:{self.port}{path}"
        opening = connect(address, max_queue=max_queue, close_timeout=0.5, **how)
        return self._opened.enter_context(opening)

    def listener(self):
        """A first client that is surely served: what is said from now on reaches it."""
        client = self.client()
        self.outputs.on_state(WAITING)
        assert heard(client)["phase"] == "waiting"
        return client

    def close(self):
        self.outputs.close()
        self._opened.close()


@pytest.fixture
def serve():
    with ExitStack() as started:
        yield lambda *how, **more: started.enter_context(closing(Served(*how, **more)))


@pytest.fixture
def osc():
    with closing(OscListener()) as listener:
        yield listener


def refuse(word):
    raise AssertionError(f"{word} is no JSON")


def heard(client):
    return json.loads(client.recv(WAIT_S), parse_constant=refuse)


def all_heard(client):
    """What a client hears until it is told of the end, and of which end."""
    found = []
    try:
        while True:
            found.append(heard(client))
    except ConnectionClosedOK as end:
        return found, end.rcvd


def say_all(sink, make_prediction, make_withheld):
    sink.on_state(State(Phase.DISCONNECTED, "gone", Source.description))
    sink.on_prediction(make_prediction(), None)
    sink.on_prediction(make_withheld(), None)
    sink.on_marker(Marker(("stimulus", "é"), math.nan, 0.0, "PsychoPy", "<info/>"))


def test_a_client_is_told_what_is_printed(serve, make_prediction, make_withheld):
    served, printed = serve(), io.StringIO()
    client = served.listener()
    for sink in (served.outputs, JsonLines(printed, io.StringIO(), clock)):
        say_all(sink, make_prediction, make_withheld)
    lines = printed.getvalue().splitlines()
    assert [client.recv(WAIT_S) for _ in lines] == lines
    state, prediction, withheld, marker = (
        json.loads(line, parse_constant=refuse) for line in lines
    )
    assert (state["event"], prediction["valence"], marker["timestamp"]) == ("lost", 0.58, None)
    assert withheld["valence"] is None
    assert withheld["reason"]


def test_osc_has_verdicts_as_numbers_and_withheld_ones_as_words(
    serve, osc, make_prediction, make_withheld
):
    served = serve(osc=osc.port)
    say_all(served.outputs, make_prediction, make_withheld)
    served.outputs.close()
    plain, whole = [], []
    for address, types, values in osc.until("/rtdreamer/ended"):
        name = address.removeprefix("/rtdreamer/")
        if name in ("prediction", "event"):
            assert types == ",s"
            whole.append(json.loads(values[0], parse_constant=refuse))
        else:
            plain.append((name, types, values))
    reason = make_withheld().reason
    assert plain == [
        ("state", ",ss", ["disconnected", "gone"]),
        ("model", ",si", ["a-model", 0]),
        ("quality", ",f", [1.0]),
        ("valence", ",f", [pytest.approx(0.58)]),
        ("arousal", ",f", [pytest.approx(0.31)]),
        ("quality", ",f", [pytest.approx(4 / 14)]),
        ("withheld", ",s", [reason]),
        ("marker", ",ss", ["stimulus é", "PsychoPy"]),
        ("ended", ",", []),
    ]
    assert [one.get("event", one.get("valence")) for one in whole] == [
        "lost", 0.58, None, "marker",
    ]  # fmt: skip


def test_osc_says_again_how_things_stand(serve, osc, make_prediction, monkeypatch):
    monkeypatch.setattr("rtdreamer.live.outputs.REPEAT_S", 0.05)
    served = serve(osc=osc.port)
    served.outputs.on_state(State(Phase.LIVE, "predicting"))
    served.outputs.on_prediction(make_prediction(), None)
    osc.until("/rtdreamer/arousal")
    event, state, model = osc.until("/rtdreamer/model")
    assert json.loads(event[2][0])["repeated"]
    assert (state[2], model[2]) == (["live", "predicting"], ["a-model", 0])


def test_who_joins_late_is_told_the_current_state_first(serve, make_prediction):
    served = serve()
    reader = served.listener()
    served.outputs.on_state(State(Phase.LIVE, "predicting"))
    assert "repeated" not in heard(reader)
    client = served.client()
    first = heard(client)
    served.outputs.on_prediction(make_prediction(), None)
    assert (first["phase"], first["repeated"], first["timestamp"]) == ("live", True, 12.5)
    assert heard(client)["valence"] == 0.58


def test_who_never_reads_costs_the_others_nothing_and_is_told_what_it_lost(serve, make_prediction):
    served = serve()
    reader, never = served.listener(), served.client(max_queue=1)
    heard(never)
    n_said, words = 0, "x" * 10_000
    while not (news := served.outputs.news()):
        for _ in range(50):
            served.outputs.on_prediction(make_prediction(sample=n_said, note=words), None)
            n_said += 1
        assert [heard(reader)["sample"] for _ in range(50)] == list(range(n_said - 50, n_said))
        assert n_said < 10_000
    assert news.startswith("a WebSocket client reads too slowly: what waited for it is dropped")
    served.outputs.on_prediction(make_prediction(sample=-1), None)
    found = [heard(never)]
    while found[-1].get("sample") != -1:
        found.append(heard(never))
    (lost,) = (one for one in found if one.get("event") == "dropped")
    samples = [one["sample"] for one in found if "sample" in one]
    assert len(samples) - 1 + lost["dropped"] == n_said
    # Nothing twice, nothing in another order, and one gap.
    gap = samples.index(found[found.index(lost) + 2]["sample"])
    assert samples[:gap] == list(range(gap))
    assert samples[gap:-1] == list(range(gap + lost["dropped"], n_said))
    assert found[found.index(lost) + 1]["repeated"]


def test_who_takes_nothing_for_long_is_cut_off(serve, make_prediction, monkeypatch):
    monkeypatch.setattr("rtdreamer.live.websocket.STUCK_S", 0.1)
    served = serve()
    never, said, words = served.client(max_queue=1), set(), "x" * 10_000
    while not any("it is cut off" in line for line in said):
        served.outputs.on_prediction(make_prediction(note=words), None)
        said.add(served.outputs.news())
        time.sleep(0.001)
    with pytest.raises(ConnectionClosedError):
        for _ in never:
            pass
    # It has left its place.
    assert not served.outputs._senders[0]._clients


def test_one_that_dies_harms_no_one(serve, make_prediction):
    served = serve()
    reader = served.listener()
    with socket.create_connection(("127.0.0.1", served.port)) as dies:
        dies.sendall(
            b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert dies.recv(100).startswith(b"HTTP/1.1 101 ")
        # Reset without a word, as by a machine that goes down.
        dies.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    for _ in range(10):
        for sample in range(50):
            served.outputs.on_prediction(make_prediction(sample=sample), None)
        assert [heard(reader)["sample"] for _ in range(50)] == list(range(50))
    assert served.outputs.news() == ""


def status(served, path="/", **headers):
    """What a client is answered."""
    try:
        served.client(path, additional_headers=headers)
    except InvalidStatus as refused:
        return refused.response.status_code
    return 101


@pytest.mark.parametrize(
    "origin", ["https://example.org", "null", "file://", "http://127.0.0.1.example.org", "http://["]
)
def test_a_foreign_page_is_refused_unless_it_shows_the_token(serve, origin):
    assert status(serve(), Origin=origin) == 403
    guarded = serve(TOKEN)
    assert status(guarded, Origin=origin) == 401
    assert status(guarded, f"/?token={TOKEN}", Origin=origin) == 101


@pytest.mark.parametrize("origin", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:80"])
def test_a_page_of_this_machine_is_served(serve, origin):
    assert status(serve(), Origin=origin) == 101


def test_with_a_token_no_one_is_served_without_it(serve):
    served = serve(TOKEN)
    for path in ("/", "/?token=", f"/?token={TOKEN[:-1]}", f"/?token={TOKEN}x", "/?token=%ff%00é"):
        assert status(served, path) == 401, path
    assert status(served, Authorization=f"Bearer {TOKEN}x") == 401
    assert status(served, Authorization=f"Bearer {TOKEN}") == 101
    assert status(served, f"/?token={TOKEN}") == 101


def test_no_more_than_32_are_served(serve):
    served = serve()
    served.listener()
    for _ in range(31):
        heard(served.client())
    assert status(served) == 503


def test_in_the_end_clients_are_told_and_nothing_is_left(serve, make_prediction):
    served = serve()
    # One that reads, one that does not, and one that knocks and says nothing.
    reader, never = served.listener(), served.client(max_queue=1)
    heard(never)
    with socket.create_connection(("127.0.0.1", served.port)):
        for _ in range(500):
            served.outputs.on_prediction(make_prediction(), None)
        served.outputs.close()
        served.outputs.close()
    assert "outputs" not in {thread.name for thread in threading.enumerate()}
    lines, end = all_heard(reader)
    n_dropped = sum(line.get("dropped", 0) for line in lines)
    assert sum("sample" in line for line in lines) + n_dropped == 500
    assert (end.code, end.reason) == (1001, "the session has ended")
    never.close()
    with pytest.raises(ConnectionRefusedError):
        served.client()
    # Nobody hears, and nobody minds.
    served.outputs.on_prediction(make_prediction(), None)


def test_a_thread_that_is_held_up_holds_up_no_one(serve, make_prediction, monkeypatch):
    served, held, free = serve(), threading.Event(), threading.Event()
    reader, send = served.listener(), WebSocketServer.send

    def hold_up(server, said):
        held.set()
        free.wait(WAIT_S)
        send(server, said)

    monkeypatch.setattr(WebSocketServer, "send", hold_up)
    served.outputs.on_prediction(make_prediction(), None)
    assert held.wait(WAIT_S)
    for _ in range(MAX_WAITING + 500):
        served.outputs.on_prediction(make_prediction(), None)
    assert served.outputs.news() == (
        "this machine is too slow to send all: 1 messages dropped so far"
    )
    free.set()
    found = [heard(reader)]
    served.outputs.on_prediction(make_prediction(sample=-1), None)
    while found[-1].get("sample") != -1:
        found.append(heard(reader))
    n_dropped = sum(one.get("dropped", 0) for one in found)
    assert sum("sample" in one for one in found) + n_dropped == 1 + MAX_WAITING + 500 + 1
    assert n_dropped >= 500


def test_a_fault_of_ours_is_said_once_and_ends_it(serve, make_prediction, monkeypatch):
    def fail(server, said):
        raise ZeroDivisionError("so much")

    served = serve()
    reader = served.listener()
    monkeypatch.setattr(WebSocketServer, "send", fail)
    served.outputs.on_prediction(make_prediction(), None)
    assert all_heard(reader)[0] == []
    served.outputs.close()
    for _ in range(MAX_WAITING + 1):
        served.outputs.on_prediction(make_prediction(), None)
    assert served.outputs.news() == (
        "OSC and WebSocket have ended by a fault of this program: ZeroDivisionError: so much"
    )
    assert served.outputs.news() == ""


def test_what_cannot_be_sent_is_said_once(make_prediction):
    # To everyone at once, which the system does not allow just so.
    config = OutputConfig(Endpoint("255.255.255.255", free_port()))
    with closing(Outputs(config, clock)) as outputs:
        for _ in range(3):
            outputs.on_prediction(make_prediction(), None)
        outputs.close()
        assert "OSC cannot be sent to 255.255.255.255" in outputs.news()
        assert outputs.news() == ""


def predicted(sinks):
    rng = np.random.default_rng(0)
    data = 4200 + rng.normal(0, 8, (14, 1500))
    stamps = np.arange(1500) / EPOC.sfreq
    chunks = [Chunk(data[:, n : n + 20], stamps[n : n + 20]) for n in range(0, data.shape[1], 20)]
    kept, source = Kept(), Source(chunks)
    session = Session(Predictor(LookerOn()), [*sinks, kept], 16)
    session.follow(source, lambda: not source.chunks)
    return [(one.sample, one.affect, one.hop, one.skipped) for one in kept.predictions]


def test_a_session_predicts_the_same_whoever_listens(serve):
    served = serve(osc=free_port())  # where nobody does
    reader = served.listener()
    heard(served.client(max_queue=1))
    alone = predicted([])
    assert predicted([served.outputs]) == alone
    served.outputs.close()
    lines, _ = all_heard(reader)
    assert [line["sample"] for line in lines if "sample" in line] == [one[0] for one in alone]


def test_where_it_cannot_listen_or_may_not_is_said():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for host, words in {
            "127.0.0.1": "another program does; give another port",
            "0.0.0.0": "clients must show a token",
            "::": "clients must show a token",
            "192.0.2.1": "clients must show a token",
            "nobody.invalid": "'nobody.invalid' has no address",
            "a..b": "it can be no host's name",
        }.items():
            with pytest.raises(RtdreamerError, match=words):
                Outputs(OutputConfig(websocket=Endpoint(host, port)), clock)
        with pytest.raises(RtdreamerError, match="it is no address of this machine"):
            OutputConfig(websocket=Endpoint("192.0.2.1", port), token=TOKEN).check()
    with pytest.raises(RtdreamerError, match="has no address"):
        OutputConfig(osc=Endpoint("nobody.invalid", 9000)).check()
    assert TOKEN not in repr(OutputConfig(token=TOKEN))


def test_a_host_on_all_addresses_is_served_with_the_token():
    port = free_port()
    config = OutputConfig(websocket=Endpoint("0.0.0.0", port), token=TOKEN)
    with closing(Outputs(config, clock)):
        address = f"ws://127.0.0.1:{port}/"
        with pytest.raises(InvalidStatus), connect(address):
            pass
        with connect(f"{address}?token={TOKEN}") as client:
            client.ping().wait(WAIT_S)
