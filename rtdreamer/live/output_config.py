"""Where a session sends what it says beside LSL, and whether that is possible."""

import errno
import ipaddress
import socket
from dataclasses import dataclass, field
from typing import Any

from rtdreamer.errors import RtdreamerError


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host, by its name or its IP address, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def resolve(self) -> tuple[socket.AddressFamily, tuple[Any, ...]]:
        """Return the address family, and the address that the system's sockets take.

        Of several addresses the first is taken that is IPv4, or else the first.

        Raises
        ------
        RtdreamerError
            If the host has no address.
        """
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "it can be no host's name"
            raise RtdreamerError(
                f"{self}: {self.host!r} has no address: {reason}; "
                "correct the name, or give an IP address"
            ) from None
        family, _, _, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
        return family, address

    def listen(self, token: str) -> socket.socket:
        """Return a socket that listens there.

        Raises
        ------
        RtdreamerError
            If it cannot, or if other machines could reach it and there is no ``token``.
        """
        family, address = self.resolve()
        if not token and not ipaddress.ip_address(address[0]).is_loopback:
            raise RtdreamerError(
                f"{self}: other machines reach this address, so clients must show a token: give "
                "one with --token or in RTDREAMER_TOKEN, or listen on 127.0.0.1"
            )
        try:
            return socket.create_server(address, family=family)
        except OSError as error:
            raise RtdreamerError(f"{self}: cannot listen there: {_why(error)}") from None


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program does; give another port, or end that program"
    if error.errno == errno.EADDRNOTAVAIL:
        return "it is no address of this machine; 127.0.0.1 is"
    if error.errno == errno.EACCES:
        return "the system does not allow that; give a port above 1023"
    return f"{error.strerror or error}; give another address"


@dataclass(frozen=True, slots=True)
class OutputConfig:
    """Where a session sends what it says.

    Attributes
    ----------
    osc : Endpoint or None
        Where OSC messages go.
    websocket : Endpoint or None
        Where WebSocket clients are served.
    token : str
        What these must show; empty for nothing.
    """

    osc: Endpoint | None = None
    websocket: Endpoint | None = None
    token: str = field(default="", repr=False)

    def check(self) -> None:
        """Refuse what cannot be, before anything is started.

        Raises
        ------
        RtdreamerError
            If a host has no address, or it cannot listen there, or may not without a token.
        """
        if self.osc is not None:
            self.osc.resolve()
        if self.websocket is not None:
            self.websocket.listen(self.token).close()
