"""One thread of BLAS: the last bits of a product hang on how many there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from threadpoolctl import ThreadpoolController


@contextmanager
def one_thread() -> Iterator[None]:
    """Have BLAS take one thread meanwhile; where it does already, that takes next to no time."""
    libraries = _libraries()
    if all(library.num_threads == 1 for library in libraries.lib_controllers):
        yield
        return
    with libraries.limit(limits=1):
        yield


@lru_cache(maxsize=1)
def _libraries() -> ThreadpoolController:
    """The process's BLAS libraries: to look for them takes a thousand times as long as to set."""
    return ThreadpoolController().select(user_api="blas")
