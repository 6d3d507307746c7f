"""The options of what is sent to programs that do not speak LSL."""

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from rtdreamer.cli.messages import say
from rtdreamer.live.output_config import Endpoint, OutputConfig

HERE = "127.0.0.1"

MIN_TOKEN = 8
"""Characters: who may try a shorter one a thousand times a second soon has it."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


def endpoint_of(ctx: click.Context, param: click.Parameter, value: str | None) -> Endpoint | None:
    """Read ``9000``, which is a port of this machine, ``HOST:9000`` or ``[::1]:9000``.

    IPv6 addresses stand in brackets, lest their end is taken for a port.
    """
    if value is None:
        return None
    host, colon, port = value.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if (colon and not bare.strip()) or (":" in bare and bare == host):
        raise click.BadParameter(f"{value!r:.80} is no address: give PORT or HOST:PORT.")
    if not (port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= 65535):
        raise click.BadParameter(
            f"{value!r:.80} has no port from 1 to 65535: give PORT or HOST:PORT."
        )
    return Endpoint(bare or HERE, int(port))


def output_options(command: _Command) -> _Command:
    """Give a command ``--osc``, ``--websocket`` and ``--token``."""
    options = [
        click.option(
            "--osc", callback=endpoint_of, metavar="[HOST:]PORT",
            help="Send predictions and events there as OSC messages, over UDP.",
        ),
        click.option(
            "--websocket", callback=endpoint_of, metavar="[HOST:]PORT",
            help="Serve predictions and events there as JSON, for this machine only unless there "
            "is a HOST and a token.",
        ),
        click.option(
            "--token", envvar="RTDREAMER_TOKEN", default="", metavar="TOKEN",
            help="What clients of --websocket must show.  [env: RTDREAMER_TOKEN]",
        ),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def outputs_of(osc: Endpoint | None, websocket: Endpoint | None, token: str) -> OutputConfig | None:
    """Return where to send; say so, and refuse what cannot be.

    Raises
    ------
    UsageError
        If the token is none, or has nothing to guard.
    RtdreamerError
        If a host has no address, or it cannot listen there, or may not without a token.
    """
    source = click.get_current_context().get_parameter_source("token")
    if websocket is None:
        if source is ParameterSource.COMMANDLINE:
            raise click.UsageError("--token is for --websocket: give that as well")
    elif source is not ParameterSource.DEFAULT and not _is_token(token):
        raise click.UsageError(
            f"the token has {len(token)} characters, or others than it may: take {MIN_TOKEN} or "
            "more of A-Z, a-z, 0-9, - and _"
        )
    if osc is None and websocket is None:
        return None
    config = OutputConfig(osc, websocket, token)
    config.check()
    if osc is not None:
        say(f"OSC goes to {osc}")
    if websocket is not None:
        say(f"WebSocket: ws://{websocket}" + (" (with the token)" if token else ""))
    return config


def _is_token(text: str) -> bool:
    # Such as need no escape in an address.
    return (
        len(text) >= MIN_TOKEN
        and text.isascii()
        and text.replace("-", "").replace("_", "").isalnum()
    )
