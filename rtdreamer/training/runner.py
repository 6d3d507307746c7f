"""Many independent pieces of work, on this machine or on a Dask cluster, each finished once.

A piece is finished when its result lies in a folder. From then on it is not run again: neither
when another piece takes its process down, nor in a later run.
"""

import importlib
import io
import logging
import os
import signal
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from joblib.externals.loky import ProcessPoolExecutor
from joblib.externals.loky.process_executor import TerminatedWorkerError
from numpy.typing import NDArray

from rtdreamer.errors import RtdreamerError
from rtdreamer.files import check_writable, write_atomically

if TYPE_CHECKING:
    from distributed import Client

Arrays = Mapping[str, NDArray[Any]]
Work = Callable[..., Arrays]

ATTEMPTS = 3
CONNECT_SECONDS = 10
# A cluster may be without workers for as long: they start, or start again.
WORKERS_SECONDS = 30
CHECK_SECONDS = 10
IDLE_SECONDS = 300
# Side by side, each piece would start as many compute threads as the machine has cores.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


def run_all(
    work: Work,
    arguments: Sequence[tuple[Any, ...]],
    folder: Path,
    n_jobs: int = 1,
    dask: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Arrays]:
    """Run each piece of work that is not finished yet, and give the results of all.

    Each result is written the moment it arrives, whole or not at all. Pieces whose process dies
    (killed, out of memory) are run again, until three attempts in a row have finished none.

    Parameters
    ----------
    work : callable
        What a piece does: a function of a module, unless ``n_jobs`` is 1.
    arguments : sequence of tuple
        What it is called with, one tuple for each piece.
    folder : Path
        Where finished pieces are kept, as ``piece-000.npz`` and so on; made if missing. Its name
        has to stand for all that the results depend on.
    n_jobs : int
        How many pieces run side by side, each in a process of its own with one compute thread;
        with 1, one after the other in this very process.
    dask : str, optional
        The address of a Dask scheduler (``tcp://host:port``), whose workers run the pieces
        instead, as many side by side as they have threads.
    progress : callable
        Told how many pieces are finished, and of how many; first, how many were before.

    Returns
    -------
    list of mapping from str to ndarray
        The results, in the order of the arguments.

    Raises
    ------
    RtdreamerError
        If pieces keep dying, the folder cannot be written, or the cluster cannot be used; or the
        one that a piece raised. Then, as with any error in a piece and at Ctrl-C, what is
        finished is kept, processes are ended, and workers of a cluster get no further piece.
    """
    finished = _Finished(folder, len(arguments))

    def finish(piece: int, result: Arrays) -> None:
        finished.add(piece, result)
        progress(len(finished.results), len(arguments))

    progress(len(finished.results), len(arguments))
    if n_jobs == 1 and dask is None:
        for piece in finished.missing():
            finish(piece, work(*arguments[piece]))
    else:
        _run_until_finished(work, arguments, finished, finish, n_jobs, dask)
    return [finished.results[piece] for piece in range(len(arguments))]


def _run_until_finished(
    work: Work,
    arguments: Sequence[tuple[Any, ...]],
    finished: "_Finished",
    finish: Callable[[int, Arrays], None],
    n_jobs: int,
    dask: str | None,
) -> None:
    pieces, fruitless = finished.missing(), 0
    while pieces:
        if fruitless == ATTEMPTS:
            names = ", ".join(finished.path(piece).stem for piece in sorted(pieces))
            raise RtdreamerError(
                f"{names} of {len(arguments)}: the process died in {ATTEMPTS} attempts, perhaps "
                "for want of memory: try fewer --jobs, or workers with more memory"
            )
        # After a fruitless attempt, one at a time: with all the memory, and dying alone. (A
        # cluster shares its pieces out itself, and blames none before several deaths.)
        n_processes = 1 if fruitless else min(n_jobs, len(pieces))
        n_before = len(finished.results)
        with _processes(n_processes) if dask is None else _cluster(dask) as workers:
            _attempt(workers, work, {piece: arguments[piece] for piece in pieces}, finish)
        fruitless = 0 if len(finished.results) > n_before else fruitless + 1
        # They were begun in order, so the first may have died: last, they take no others along.
        missing = [piece for piece in pieces if piece not in finished.results]
        pieces = missing[n_processes:] + missing[:n_processes]


class _Workers(NamedTuple):
    """Who runs pieces.

    Attributes
    ----------
    executor : Executor
        To hand pieces to.
    death : type
        The error of a piece whose process died.
    check : callable
        Raises ``RtdreamerError`` if no one is left to run pieces.
    """

    executor: Executor
    death: type[Exception]
    check: Callable[[], None]


def _attempt(
    workers: _Workers,
    work: Work,
    arguments: Mapping[int, tuple[Any, ...]],
    finish: Callable[[int, Arrays], None],
) -> None:
    """Run pieces, and finish those whose process does not die."""
    pieces: dict[Future[Arrays], int] = {}
    # The first piece may have died before the last is handed over.
    with suppress(workers.death):
        for piece, values in arguments.items():
            pieces[workers.executor.submit(work, *values)] = piece
    waiting = set(pieces)
    while waiting:
        done, waiting = wait(waiting, CHECK_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            with suppress(workers.death):
                finish(pieces[future], future.result())
        if waiting:
            workers.check()


@contextmanager
def _processes(n: int) -> Iterator[_Workers]:
    """Processes on this machine."""
    executor = ProcessPoolExecutor(
        n,
        timeout=IDLE_SECONDS,
        initializer=_depend_on_parent,
        initargs=(os.getpid(),),
        env=ONE_THREAD,
    )
    try:
        # The executor itself notices when a process is missing.
        yield _Workers(executor, TerminatedWorkerError, check=lambda: None)
    finally:
        # At the regular end they are idle; at any other, no one waits for what they are at.
        executor.shutdown(kill_workers=True)


def _depend_on_parent(parent: int) -> None:
    """Leave Ctrl-C, which reaches all processes of a terminal, to the parent; end when it ends.

    Otherwise a parent that is killed would leave its processes at pieces no one waits for, in the
    way of the next run. Windows never tells of a parent's end: there they finish what they hold,
    and end when they have been idle for a while.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _cluster(address: str) -> Iterator[_Workers]:
    """The workers of a Dask cluster."""
    # Not through joblib's own Dask backend: it waits forever for a piece that Dask gave up.
    try:
        from distributed import KilledWorker
    except ImportError as error:
        raise RtdreamerError(
            f"{address}: Dask is not installed: pip install 'rtdreamer[cluster]'"
        ) from error
    with _silent("distributed", "distributed.client"), _connect(address) as client:
        _check_workers(client, address)
        _check_imports(client, address)
        executor = client.get_executor(pure=False)
        try:
            yield _Workers(executor, KilledWorker, lambda: _check_workers(client, address))
        except CancelledError as error:
            raise RtdreamerError(
                f"{address}: the scheduler was lost: run the same again, what is finished is kept"
            ) from error


def _connect(address: str) -> "Client":
    from distributed import Client
    from distributed.comm.addressing import get_address_host

    try:
        # A client that is given an address of no such form is left half made.
        get_address_host(address)
        client: Client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
        return client
    except (OSError, ValueError) as error:
        raise RtdreamerError(
            f"{address}: no Dask scheduler answers: give the tcp://host:port that "
            "'dask scheduler' prints"
        ) from error


def _check_workers(client: "Client", address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=WORKERS_SECONDS)
    except OSError as error:
        raise RtdreamerError(
            f"{address}: the cluster has no workers: start some with 'dask worker {address}'"
        ) from error


def _check_imports(client: "Client", address: str) -> None:
    """Workers that are sent what they cannot import do not say so: they break."""
    try:
        client.run(importlib.import_module, "rtdreamer")
    except ImportError as error:
        raise RtdreamerError(
            f"{address}: its workers cannot import rtdreamer: install the same version there"
        ) from error


@contextmanager
def _silent(*loggers: str) -> Iterator[None]:
    levels = {logger: logging.getLogger(logger).level for logger in loggers}
    for logger in levels:
        logging.getLogger(logger).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in levels.items():
            logging.getLogger(logger).setLevel(level)


class _Finished:
    """The pieces whose results lie in a folder."""

    def __init__(self, folder: Path, n_pieces: int) -> None:
        self._folder = folder
        self._n_pieces = n_pieces
        self.results: dict[int, Arrays] = {}
        for piece in range(n_pieces):
            with suppress(OSError, _Unreadable):
                self.results[piece] = _decode(self.path(piece).read_bytes())
        for piece in self.missing()[:1]:
            check_writable(self.path(piece))

    def path(self, piece: int) -> Path:
        return self._folder / f"piece-{piece:03d}.npz"

    def missing(self) -> list[int]:
        return [piece for piece in range(self._n_pieces) if piece not in self.results]

    def add(self, piece: int, result: Arrays) -> None:
        content = _encode(result)
        write_atomically(self.path(piece), content)
        # As it will be read another time.
        self.results[piece] = _decode(content)


class _Unreadable(Exception):
    """These bytes are no whole .npz."""


def _encode(arrays: Arrays) -> bytes:
    """The bytes of an .npz; unlike ``numpy.savez``, never with pickled objects in it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
    return file.getvalue()


def _decode(content: bytes) -> Arrays:
    # Broken zip files raise more than BadZipFile; RuntimeError if one looks encrypted.
    broken = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, OSError)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {name: io.BytesIO(archive.read(name)) for name in archive.namelist()}
        return {
            name.removesuffix(".npy"): np.lib.format.read_array(member, allow_pickle=False)
            for name, member in members.items()
        }
    except broken as error:
        raise _Unreadable from error
