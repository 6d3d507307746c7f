"""A game's side of ``rtdreamer live --osc 9000``: ``python game_osc.py 9000``."""

import sys

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer

heard = Dispatcher()
for name in ("valence", "arousal", "withheld", "state", "ended"):
    heard.map(f"/rtdreamer/{name}", lambda address, *values: print(address, *values, flush=True))
BlockingOSCUDPServer(("127.0.0.1", int(sys.argv[1])), heard).serve_forever()
