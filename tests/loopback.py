"""Ports of this machine, and what comes to them."""

import socket
import struct


def free_port():
    """A port that no one has now, for TCP and UDP."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


class OscListener:
    """Hears OSC messages; reads them itself, after the specification of OSC 1.0."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(20)
        self.port = self._socket.getsockname()[1]

    def close(self):
        self._socket.close()

    def message(self):
        """The next message: address, types and values."""
        content = self._socket.recv(65536)
        address, content = _string(content)
        types, content = _string(content)
        values = []
        for kind in types[1:]:
            if kind == "s":
                value, content = _string(content)
            else:
                (value,) = struct.unpack(f">{kind}", content[:4])
                content = content[4:]
            values.append(value)
        assert not content
        return address, types, values

    def until(self, last):
        """All messages up to one to that address."""
        found = [self.message()]
        while found[-1][0] != last:
            found.append(self.message())
        return found


def _string(content):
    """A string ends with a zero at least, and is padded to four bytes."""
    end = content.index(0)
    return content[:end].decode(), content[end + 4 - end % 4 :]
