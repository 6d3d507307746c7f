"""The examples that read a session from elsewhere, as they stand: a frame loop, a game, a page."""

import functools
import http.server
import json
import math
import re
import shutil
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from websockets.sync.client import connect

from rtdreamer.live.output_config import Endpoint, OutputConfig
from rtdreamer.live.outputs import Outputs
from rtdreamer.live.sink import Phase, State
from rtdreamer.lsl.outlets import AffectOutlet
from tests.loopback import free_port

EXAMPLES = Path(__file__).parents[2] / "examples"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
               None)  # fmt: skip
TOKEN = "correct-horse_battery"
WAIT_S = 20


def test_they_are_short():
    for name in ("psychopy_frames.py", "game_osc.py", "browser.html"):
        lines = (EXAMPLES / name).read_text(encoding="utf-8").splitlines()
        assert sum(map(bool, lines)) <= 20, name


@contextmanager
def running(name, *arguments):
    """An example in a process of its own, and a function that reads its next line."""
    command = [sys.executable, "-u", EXAMPLES / name, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as example:
        try:
            yield lambda: example.stdout.readline().strip()
        finally:
            example.kill()


@pytest.mark.lsl
def test_a_loop_over_frames_reads_the_newest_verdict(stream_name):
    outlet, ended = AffectOutlet(f"{stream_name}-Affect", stream_name, "a-model", True), False
    with closing(outlet), running("psychopy_frames.py", 10_000) as line:
        said = set()

        def read():
            while not ended:
                said.add(line())

        reader = threading.Thread(target=read)
        reader.start()
        deadline = time.monotonic() + WAIT_S
        for values in ((0.58, 0.31), (math.nan, math.nan)):
            n_said = len(said)
            while len(said) == n_said and time.monotonic() < deadline:
                outlet.push(values, time.monotonic())
                time.sleep(0.01)
        ended = True
        outlet.push(values, time.monotonic())
    reader.join()
    assert said - {""} == {"valence=0.58 arousal=0.31", "no verdict"}


def test_a_game_hears_verdicts_and_why_there_is_none(make_prediction, make_withheld):
    port = free_port()
    with (
        running("game_osc.py", port) as line,
        closing(Outputs(OutputConfig(osc=Endpoint("127.0.0.1", port)), lambda: 12.5)) as outputs,
    ):
        heard = threading.Event()

        def speak():
            while not heard.wait(0.05):  # it may not listen yet
                outputs.on_state(State(Phase.LIVE, "predicting"))

        speaker = threading.Thread(target=speak)
        speaker.start()
        first = line()
        heard.set()
        speaker.join()
        outputs.on_prediction(make_prediction(), None)
        outputs.on_prediction(make_withheld(), None)
        outputs.close()
        said = [first]
        while said[-1] != "/rtdreamer/ended":
            said.append(line())
    assert first == "/rtdreamer/state live predicting"
    *_, valence, arousal, withheld, _ = said
    for line, name, value in ((valence, "valence", 0.58), (arousal, "arousal", 0.31)):
        assert line.split()[0] == f"/rtdreamer/{name}"
        assert float(line.split()[1]) == pytest.approx(value)
    assert withheld == f"/rtdreamer/withheld {make_withheld().reason}"


class Pages(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def site():
    """The port of a server of the examples on this machine."""
    pages = functools.partial(Pages, directory=EXAMPLES)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


class Tab:
    """A page in a browser without a window, which is asked over its own debugging protocol."""

    def __init__(self, address):
        self._socket = connect(address, max_size=None, legacy=True)
        self._n_asked = 0

    def ask(self, method, **parameters):
        self._n_asked += 1
        asked = {"id": self._n_asked, "method": method, "params": parameters}
        self._socket.send(json.dumps(asked))
        while (answer := json.loads(self._socket.recv(WAIT_S))).get("id") != self._n_asked:
            pass
        return answer["result"]

    def shows(self, pattern):
        """Wait until the page's text is such."""
        deadline, text = time.monotonic() + WAIT_S, ""
        while time.monotonic() < deadline:
            expression = "document.body ? document.body.innerText : ''"
            text = self.ask("Runtime.evaluate", expression=expression)["result"]["value"]
            if re.fullmatch(pattern, text.strip(), re.DOTALL):
                return
            time.sleep(0.05)
        raise AssertionError(f"{pattern!r} is not shown, but {text!r}")

    def close(self):
        self._socket.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Open addresses; ``example.org`` is this machine, as a name of another that leads here."""
    if BROWSER is None:
        pytest.skip("there is no Chromium on this machine")
    command = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
        f"--user-data-dir={tmp_path_factory.mktemp('browser')}",
        "--host-resolver-rules=MAP example.org 127.0.0.1", "about:blank",
    ]  # fmt: skip
    with (
        subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as process,
        ExitStack() as opened,
    ):
        opened.callback(process.kill)
        for line in process.stderr:
            if found := re.search(r"ws://(\S+?)/devtools/browser/\S+", line):
                break
        whole = opened.enter_context(closing(Tab(found[0])))

        def visit(address):
            target = whole.ask("Target.createTarget", url=address)["targetId"]
            return opened.enter_context(closing(Tab(f"ws://{found[1]}/devtools/page/{target}")))

        yield visit


@contextmanager
def serving(token=""):
    endpoint = Endpoint("127.0.0.1", free_port())
    config = OutputConfig(websocket=endpoint, token=token)
    with closing(Outputs(config, lambda: 12.5)) as outputs:
        outputs.on_state(State(Phase.LIVE, "predicting"))
        yield outputs, f"browser.html?at={endpoint}"


def test_a_page_shows_verdicts_why_there_is_none_and_the_end(
    browser, site, make_prediction, make_withheld
):
    with serving() as (outputs, page):
        tab = browser(f"http://127.0.0.1:{site}/{page}")
        tab.shows("live: predicting")
        outputs.on_prediction(make_prediction(), None)
        tab.shows(r"valence 0\.58, arousal 0\.31\s+live: predicting")
        outputs.on_prediction(make_withheld(), None)
        tab.shows(rf"no verdict: {re.escape(make_withheld().reason)}\s+live: predicting")
        outputs.on_state(State(Phase.STALLED, "nothing usable"))
        tab.shows("stalled: nothing usable")
    tab.shows("ended: the session has ended")


def test_a_page_of_elsewhere_or_of_a_file_needs_the_token(browser, site):
    file = (EXAMPLES / "browser.html").as_uri().removesuffix("browser.html")
    with serving() as (_, page):
        for place in (f"http://example.org:{site}/", file):
            browser(place + page).shows("ended: cannot be reached")
    with serving(TOKEN) as (_, page):
        for place in (f"http://example.org:{site}/", file):
            browser(f"{place}{page}&token={TOKEN}").shows("live: predicting")
        browser(f"http://127.0.0.1:{site}/{page}").shows("ended: cannot be reached")
