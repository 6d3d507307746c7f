"""A session in a thread of its own."""

import threading
from collections.abc import Callable

from rtdreamer.errors import RtdreamerError

JOIN_S = 10.0
"""How long a session may take to end, seconds."""


class Worker:
    """Runs a session in a thread until it is told to end, and keeps what it raised.

    Parameters
    ----------
    work : callable
        The session: given what to ask whether to stop, and returns soon after that says so.
    on_end : callable
        Called in the thread when the session has ended.

    Attributes
    ----------
    error : BaseException or None
        What the session raised.
    """

    def __init__(
        self, work: Callable[[Callable[[], bool]], None], on_end: Callable[[], object]
    ) -> None:
        self.error: BaseException | None = None
        self._work = work
        self._on_end = on_end
        self._stop = threading.Event()
        # A daemon: one that does not end must not keep the process alive for ever.
        self._thread = threading.Thread(target=self._run, name="session", daemon=True)

    @property
    def was_started(self) -> bool:
        """Whether it runs, or did."""
        return self._thread.ident is not None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """Ask the session to stop and wait for it.

        Raises
        ------
        RtdreamerError
            If it does not end in ``JOIN_S`` seconds.
        """
        self._stop.set()
        self._thread.join(JOIN_S)
        if self._thread.is_alive():
            raise RtdreamerError(
                f"the session was asked to stop and still runs after {JOIN_S:g} s; "
                "it is cut off when the program ends"
            )

    def _run(self) -> None:
        try:
            self._work(self._stop.is_set)
        except BaseException as error:  # raised again in the thread that asks
            self.error = error
        finally:
            self._on_end()
