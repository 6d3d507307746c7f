"""A session's predictions and events as JSON, for clients of a WebSocket."""

import asyncio
import hmac
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from rtdreamer.live.json_lines import to_json
from rtdreamer.live.message import Message, Sender
from rtdreamer.live.sink import State

MAX_CLIENTS = 32

MAX_WAITING = 256
"""Messages for one client, beside what the system holds: at hop 16 half a minute's."""

STUCK_S = 60.0
"""Who takes nothing for so long is cut off: it is held up for good, or its machine is gone."""

OPEN_S = 5.0
"""So long a client has to say that it is one."""

LAST_S = 0.5
"""So long the end waits for clients to take the last of what was said."""

HELD_BYTES = 65_536
"""What the system holds for a client at most: else it is megabytes, and minutes old when read."""

CLOSE_S = 1.0
"""So long a client has to answer when it is told of the end."""

GOING_AWAY = 1001

HERE = ("127.0.0.1", "::1", "localhost")


class WebSocketServer(Sender):
    """Serves clients, each at the pace at which it reads.

    Each is told the current state first. Where one has ``MAX_WAITING`` messages to take, these are
    dropped, and it is told how many, and the current state again. Who takes nothing for
    ``STUCK_S``, or does not answer a ping for 20 s, is cut off.

    With a token, who cannot show it is refused. Without one a browser is refused that shows a page
    of another machine, or of a file: any page on the web can reach a port of this machine.

    Parameters
    ----------
    listening : socket
        Is closed in the end.
    token : str
        What clients must show; empty for nothing.
    clock : callable
        LSL time now, seconds.
    tell : callable
        Is told, in one line, what goes wrong.
    """

    def __init__(
        self,
        listening: socket.socket,
        token: str,
        clock: Callable[[], float],
        tell: Callable[[str], None],
    ) -> None:
        self._socket = listening
        self._token = token
        self._clock = clock
        self._tell = tell
        self._clients: set[_Client] = set()
        self._n_gaps = 0
        self._state: Message | None = None
        self._server: Server | None = None

    async def open(self) -> None:
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, HELD_BYTES)
        # Who knocks and is no WebSocket client is no matter of whoever reads standard error.
        silent = logging.Logger("websocket", logging.CRITICAL + 1)
        self._server = await serve(
            self._serve, sock=self._socket, process_request=self._refusal, logger=silent,
            compression=None, open_timeout=OPEN_S, close_timeout=CLOSE_S, max_size=1024,
        )  # fmt: skip

    def send(self, said: Message) -> None:
        if isinstance(said.what, State):
            self._state = said
        if self._clients:
            text = said.json()
            for client in self._clients:
                if not client.put(text):
                    self._tell_of_gap()

    def lose(self, n_lost: int) -> None:
        for client in self._clients:
            client.n_dropped += n_lost

    async def close(self) -> None:
        if self._server is None:
            self._socket.close()
            return
        for client in self._clients:
            client.put(None)
        if self._clients:
            await asyncio.wait([client.sending for client in self._clients], timeout=LAST_S)
        self._server.close(code=GOING_AWAY, reason="the session has ended")
        with suppress(TimeoutError):
            await asyncio.wait_for(self._server.wait_closed(), CLOSE_S)
        for client in self._clients:
            client.connection.transport.abort()

    def _refusal(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer who is not to be served; None for all others."""
        if self._token:
            if not _shows(self._token, request):
                return connection.respond(HTTPStatus.UNAUTHORIZED, "a token is needed\n")
        elif not all(map(_is_of_here, request.headers.get_all("Origin"))):
            return connection.respond(
                HTTPStatus.FORBIDDEN, "pages of other machines, and files, need a token\n"
            )
        if len(self._clients) >= MAX_CLIENTS:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "too many clients\n")
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        """Have a client be sent what is said until it is gone."""
        client = _Client(connection)
        if self._state is not None:
            client.put(self._state.json(repeated=True))
        self._clients.add(client)
        client.sending = asyncio.create_task(self._send_to(client))
        try:
            with suppress(ConnectionClosed):
                async for _ in connection:
                    pass  # nothing that a client says matters, but that it is there
        finally:
            self._clients.discard(client)
            client.sending.cancel()

    async def _send_to(self, client: "_Client") -> None:
        with suppress(ConnectionClosed):
            try:
                while (text := await client.waiting.get()) is not None:
                    for line in (*self._of_gap(client), text):
                        async with asyncio.timeout(STUCK_S):
                            await client.connection.send(line)
            except TimeoutError:
                # No word of farewell: that would wait behind what it does not take.
                client.connection.transport.abort()
                self._tell(f"a WebSocket client took nothing for {STUCK_S:g} s: it is cut off")

    def _of_gap(self, client: "_Client") -> list[str]:
        """What a client must know before it goes on where something was dropped."""
        if not client.n_dropped:
            return []
        n_dropped, client.n_dropped = client.n_dropped, 0
        state = [] if self._state is None else [self._state.json(repeated=True)]
        return [_dropped_json(n_dropped, self._clock()), *state]

    def _tell_of_gap(self) -> None:
        self._n_gaps += 1
        if self._n_gaps.bit_count() == 1:  # the 1st, 2nd, 4th, … time
            times = f", {self._n_gaps} times so far" if self._n_gaps > 1 else ""
            self._tell(
                f"a WebSocket client reads too slowly{times}: what waited for it is dropped, and "
                "it is told"
            )


class _Client:
    """Who is served, and what waits for it."""

    sending: "asyncio.Task[None]"

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.waiting: asyncio.Queue[str | None] = asyncio.Queue(MAX_WAITING)
        self.n_dropped = 0

    def put(self, text: str | None) -> bool:
        """Have something wait; return whether there was room. If not, all before it is dropped."""
        had_room = not self.waiting.full()
        while not had_room and not self.waiting.empty():
            self.waiting.get_nowait()
            self.n_dropped += 1
        self.waiting.put_nowait(text)
        return had_room


def _shows(token: str, request: Request) -> bool:
    """Whether a request shows the token: in its header, or as browsers must in the address."""
    given = parse_qs(request.path.partition("?")[2]).get("token", [])
    for value in request.headers.get_all("Authorization"):
        given.append(value.removeprefix("Bearer "))
    # As bytes, since what is given may be in any script, or in none.
    shown = [one.encode(errors="surrogateescape") for one in given]
    return any(hmac.compare_digest(one, token.encode()) for one in shown)


def _is_of_here(origin: str) -> bool:
    """Whether a browser's page comes from a server on this machine; files have no origin."""
    try:
        return urlsplit(origin).hostname in HERE
    except ValueError:
        return False


def _dropped_json(n_dropped: int, now: float) -> str:
    message = f"you read too slowly: {n_dropped} messages before this one were dropped"
    return to_json({"event": "dropped", "timestamp": now, "message": message, "dropped": n_dropped})
