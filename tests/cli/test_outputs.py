"""``live --osc`` and ``--websocket``: what they take, and what comes out."""

import json
import signal
import socket

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from rtdreamer.cli.main import run
from tests.loopback import OscListener, free_port

TOKEN = "correct-horse_battery"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--osc", "127.0.0.1"], "'127.0.0.1' has no port from 1 to 65535"),
        (["--osc", ""], "'' has no port"),
        (["--osc", ":9000"], "':9000' is no address"),
        (["--osc", "::1:9000"], "'::1:9000' is no address"),
        (["--osc", "[]:9000"], "'[]:9000' is no address"),
        (["--websocket", "0"], "'0' has no port"),
        (["--websocket", "65536"], "'65536' has no port"),
        (["--websocket", "-1"], "'-1' has no port"),
        (["--websocket", "٩"], "'٩' has no port"),
        (["--osc", "nobody.invalid:9000"], "'nobody.invalid' has no address"),
        (["--websocket", "0.0.0.0:9000"], "so clients must show a token: give one with --token"),
        (["--websocket", "9000", "--token", "short"], "the token has 5 characters"),
        (["--websocket", "9000", "--token", ""], "the token has 0 characters"),
        (["--websocket", "9000", "--token", "a b c d e f"], "or others than it may"),
        (["--token", TOKEN], "--token is for --websocket"),
    ],
)
@pytest.mark.parametrize("command", ["live", "demo"])
def test_what_cannot_be_is_one_line_before_anything_starts(command, options, words, capsys):
    assert run([command, *options]) == 2
    output, messages = capsys.readouterr()
    assert not output
    assert words in messages
    assert len(messages.splitlines()) == 1


def test_a_port_that_is_taken_is_one_line_before_anything_starts(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert run(["live", "--websocket", str(taken.getsockname()[1])]) == 2
    (message,) = capsys.readouterr().err.splitlines()
    assert message.endswith("another program does; give another port, or end that program")


def test_both_say_what_standard_output_says_and_that_it_is_over(headset, start, stream_name):
    headset(prefill=9.0)
    osc, port = OscListener(), free_port()
    live = start(
        "live", "--headless", "--stream", stream_name, "--no-outlet",
        "--osc", osc.port, "--websocket", port, RTDREAMER_TOKEN=TOKEN,
    )  # fmt: skip
    printed = [live.stdout.readline()]
    with pytest.raises(InvalidStatus), connect(f"ws://127.0.0.1:{port}"):
        pass
    with connect(f"ws://127.0.0.1:{port}/?token={TOKEN}", max_queue=None) as client:
        sent = [json.loads(client.recv(20))]
        while sum("sample" in line for line in sent) < 3:
            sent.append(json.loads(client.recv(20)))
        live.send_signal(signal.SIGINT)
        sent += map(json.loads, client)
        assert (client.close_code, client.close_reason) == (1001, "the session has ended")
    # Who comes before the first state is sent is told it like everyone.
    told = sent[1:] if sent[0].get("repeated") else sent
    output, messages = live.communicate(timeout=20)
    assert live.returncode == 0, messages
    assert TOKEN not in messages
    assert f"WebSocket: ws://127.0.0.1:{port} (with the token)" in messages.splitlines()
    printed = [json.loads(line) for line in (*printed, *output.splitlines())]
    by_osc = [json.loads(values[0]) for address, _, values in osc.until("/rtdreamer/ended")
              if address in ("/rtdreamer/prediction", "/rtdreamer/event")]  # fmt: skip
    osc.close()
    assert [same(line) for line in by_osc] == [same(line) for line in printed]
    assert [same(line) for line in told] == [same(line) for line in printed[-len(told) :]]


def same(line):
    """What is said, whoever says it: each looks at the clock for itself."""
    of_now = {"latency_ms", "timestamp"} if "event" in line else {"latency_ms"}
    return {name: value for name, value in line.items() if name not in of_now}
