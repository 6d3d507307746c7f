"""Where a session stands, in words that can be shown as they are."""

import enum
from dataclasses import dataclass

from rtdreamer.stream.chunk import StreamDescription


class Phase(enum.Enum):
    """The phases of a session."""

    WAITING = "waiting"
    """No stream yet."""
    FILLING = "filling"
    """Samples arrive, the first window is not full yet (or again, after a long gap)."""
    LIVE = "live"
    POOR = "poor signal"
    """Windows are full, but no verdict can be given: too poor, hardly measured, or too slow."""
    STALLED = "stalled"
    """The stream is open and nothing usable comes."""
    DISCONNECTED = "disconnected"
    """The stream was there and is gone; it is waited for."""


@dataclass(frozen=True, slots=True)
class State:
    """A phase, one plain line about it, and the stream once there is one."""

    phase: Phase
    message: str
    stream: StreamDescription | None = None
