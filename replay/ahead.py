"""What is played next is made while something else is played."""

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

POLL_S = 0.1
"""Between two looks whether anyone still wants what is being made."""


def one_ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield items, each of which but the first was made while the last one was in use.

    A thread makes them, one ahead and no more. It ends with the items, and after the item it is
    making when the iterator is closed.

    Raises
    ------
    BaseException
        What an item's making raised, in its place.
    """
    made: queue.Queue[tuple[bool, T | None, BaseException | None]] = queue.Queue(maxsize=1)
    # A queue of one and one being waited with would be two ahead.
    wanted = threading.Semaphore(0)
    is_closed = threading.Event()

    def make() -> None:
        iterator = iter(items)
        while not is_closed.is_set():
            if not wanted.acquire(timeout=POLL_S):
                continue
            try:
                made.put((True, next(iterator), None))
            except StopIteration:
                made.put((False, None, None))
                return
            except BaseException as error:  # raised again where the item would be
                made.put((False, None, error))
                return

    # A daemon: no one who leaves has to wait for what no one will hear.
    threading.Thread(target=make, name="next item", daemon=True).start()
    try:
        wanted.release()
        while True:
            is_item, item, error = made.get()
            if error is not None:
                raise error
            if not is_item:
                return
            wanted.release()
            yield item  # type: ignore[misc]
    finally:
        is_closed.set()
