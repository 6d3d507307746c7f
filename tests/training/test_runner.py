"""What the pieces do is defined inside functions: such functions reach other processes whole."""

import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from rtdreamer.errors import DataError, RtdreamerError
from rtdreamer.training.runner import run_all

N = 6
posix = pytest.mark.skipif(os.name != "posix", reason="sends signals to a group of processes")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where every run of a piece leaves a line: its number and its process."""
    path = tmp_path / "log"
    path.touch()
    return path


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    dask = pytest.importorskip("dask")
    distributed = pytest.importorskip("distributed")
    # Otherwise Dask itself starts a piece four times before it gives it up.
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=":0",
            silence_logs=logging.CRITICAL,
        ) as running,
    ):
        yield running.scheduler_address


def piece(log: Path, fate: Callable[[int, int], None] = lambda index, run: None):
    """Make the work of a piece: write down the run, meet its fate, give the square."""

    def work(index):
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{index} {os.getpid()}\n")
        runs = [line.split()[0] for line in log.read_text(encoding="utf-8").splitlines()]
        fate(index, runs.count(str(index)))
        return {"square": np.array([index**2]), "file": np.array("x")}

    return work


def runs_of(log: Path) -> list[int]:
    return sorted(int(line.split()[0]) for line in log.read_text(encoding="utf-8").splitlines())


def processes_of(log: Path) -> set[int]:
    return {int(line.split()[1]) for line in log.read_text(encoding="utf-8").splitlines()}


def numbered(n: int = N) -> list[tuple[int]]:
    return [(index,) for index in range(n)]


def squares(results) -> list[int]:
    return [int(result["square"][0]) for result in results]


SQUARES = [index**2 for index in range(N)]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_results_stand_in_the_order_of_the_arguments(tmp_path, log, n_jobs):
    # The first takes longest.
    work = piece(log, lambda index, run: time.sleep(0.3 if index == 0 else 0))
    steps = []
    results = run_all(
        work, numbered(), tmp_path / "a" / "b", n_jobs, progress=lambda *step: steps.append(step)
    )
    assert squares(results) == SQUARES
    assert results[0]["file"] == "x"
    assert runs_of(log) == list(range(N))
    assert steps == [(done, N) for done in range(N + 1)]
    assert (os.getpid() in processes_of(log)) == (n_jobs == 1)
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == [
        f"piece-{index:03d}.npz" for index in range(N)
    ]


def test_a_later_run_does_only_what_is_missing(tmp_path, log):
    def stop_at_3(index, run):
        if index == 3 and run == 1:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_all(piece(log, stop_at_3), numbered(), tmp_path)
    assert runs_of(log) == [0, 1, 2, 3]
    steps = []
    results = run_all(
        piece(log, stop_at_3), numbered(), tmp_path, progress=lambda *step: steps.append(step)
    )
    assert squares(results) == SQUARES
    assert runs_of(log) == [0, 1, 2, 3, 3, 4, 5]
    assert steps == [(3, 6), (4, 6), (5, 6), (6, 6)]


def test_files_that_are_not_whole_are_made_again(tmp_path, log):
    run_all(piece(log), numbered(), tmp_path)
    paths = [tmp_path / f"piece-{index:03d}.npz" for index in range(N)]
    whole = paths[0].read_bytes()
    paths[0].write_bytes(whole[: len(whole) // 2])
    paths[1].write_bytes(b"")
    paths[2].write_bytes(b"something else")
    np.savez(paths[3].open("wb"), square=np.array([object()]))
    sixteen, seventeen = (np.int64(n).tobytes() for n in (16, 17))
    paths[4].write_bytes(paths[4].read_bytes().replace(sixteen, seventeen))
    results = run_all(piece(log), numbered(), tmp_path)
    assert squares(results) == SQUARES
    assert runs_of(log) == sorted([*range(N), *range(5)])
    assert paths[0].read_bytes() == whole


def test_files_are_what_numpy_makes_of_them(tmp_path, log):
    run_all(piece(log), numbered(1), tmp_path)
    with np.load(tmp_path / "piece-000.npz", allow_pickle=False) as arrays:
        assert arrays["square"] == 0
        assert arrays["file"] == "x"


def test_objects_are_refused_rather_than_pickled(tmp_path):
    with pytest.raises(ValueError, match="Object arrays"):
        run_all(lambda: {"a": np.array([{}])}, [()], tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_piece_that_kills_its_process_is_run_again(tmp_path, log):
    def die_once(index, run):
        if index == 2 and run == 1:
            time.sleep(0.3)
            os._exit(1)

    results = run_all(piece(log, die_once), numbered(), tmp_path, n_jobs=2)
    assert squares(results) == SQUARES
    runs = runs_of(log)
    assert runs.count(2) == 2
    # The first ones were finished by then.
    assert runs.count(0) == runs.count(1) == 1


def test_pieces_that_always_die_are_named_and_the_others_finished(tmp_path, log):
    def die(index, run):
        if index in (0, 4):
            os._exit(1)
        time.sleep(0.05)

    with pytest.raises(RtdreamerError, match=r"^piece-000, piece-004 of 6: .* 3 att.*--jobs") as e:
        run_all(piece(log, die), numbered(), tmp_path, n_jobs=2)
    assert "\n" not in str(e.value)
    assert sorted(path.name for path in tmp_path.glob("*.npz")) == [
        f"piece-{index:03d}.npz" for index in (1, 2, 3, 5)
    ]
    assert all(runs_of(log).count(index) >= 3 for index in (0, 4))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_error_for_the_user_passes_through(tmp_path, log, n_jobs):
    def fail(index, run):
        if index == 1:
            raise DataError("trial 7: too short")

    with pytest.raises(DataError, match=r"^trial 7: too short$"):
        run_all(piece(log, fail), numbered(), tmp_path, n_jobs)
    assert runs_of(log).count(1) == 1


def test_processes_have_one_compute_thread(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")

    def work():
        import torch

        return {"n": np.array(torch.get_num_threads())}

    assert [result["n"] for result in run_all(work, [()], tmp_path, n_jobs=2)] == [1]


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RtdreamerError, match=r"piece-000\.npz: cannot be written"):
        run_all(dict, [()], tmp_path / "file")


SLEEPERS = """
    import sys, time
    from pathlib import Path
    import numpy as np
    from rtdreamer.training.runner import run_all

    def work(folder, index):
        alive = folder / f"{index}.alive"
        alive.touch()
        while index:
            with alive.open("a") as file:
                file.write(".")
            time.sleep(0.1)
        return {"index": np.array(index)}

    if __name__ == "__main__":
        folder = Path(sys.argv[1])
        try:
            run_all(work, [(folder, index) for index in range(5)], folder, n_jobs=2)
        except KeyboardInterrupt:
            print("interrupted")
"""


@pytest.fixture
def sleepers(tmp_path) -> Iterator[subprocess.Popen]:
    """A program with two processes that never finish pieces 1 and 2; piece 0 is finished."""
    script = tmp_path / "sleepers.py"
    script.write_text(textwrap.dedent(SLEEPERS), encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, script, tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    ) as program:
        try:
            wait_for(lambda: all((tmp_path / f"{index}.alive").exists() for index in range(3)))
            yield program
        finally:
            program.kill()


def signs_of_life(folder: Path) -> int:
    """How many there are within half a second."""
    before = sum(path.stat().st_size for path in folder.glob("*.alive"))
    time.sleep(0.5)
    return sum(path.stat().st_size for path in folder.glob("*.alive")) - before


@posix
def test_ctrl_c_keeps_what_is_finished_and_ends_the_processes(tmp_path, sleepers):
    assert signs_of_life(tmp_path)
    os.killpg(sleepers.pid, signal.SIGINT)
    assert sleepers.communicate(timeout=15) == ("interrupted\n", "")
    assert not signs_of_life(tmp_path)
    assert [path.name for path in tmp_path.glob("*.npz")] == ["piece-000.npz"]


@posix
def test_processes_end_with_a_parent_that_is_killed(tmp_path, sleepers):
    sleepers.kill()
    wait_for(lambda: not signs_of_life(tmp_path))
    assert [path.name for path in tmp_path.glob("*.npz")] == ["piece-000.npz"]


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_cluster_shares_the_pieces(tmp_path, log, cluster, capfd):
    work = piece(log, lambda index, run: time.sleep(0.3))
    results = run_all(work, numbered(), tmp_path, dask=cluster)
    assert squares(results) == SQUARES
    assert runs_of(log) == list(range(N))
    assert len(processes_of(log)) == 2
    assert os.getpid() not in processes_of(log)
    (tmp_path / "piece-004.npz").unlink()
    assert squares(run_all(work, numbered(), tmp_path, dask=cluster)) == SQUARES
    assert runs_of(log) == [0, 1, 2, 3, 4, 4, 5]
    assert capfd.readouterr() == ("", "")


def test_a_piece_whose_worker_dies_is_run_again(tmp_path, log, cluster):
    def die_once(index, run):
        if index == 2 and run == 1:
            os._exit(1)

    assert squares(run_all(piece(log, die_once), numbered(), tmp_path, dask=cluster)) == SQUARES
    assert runs_of(log).count(2) == 2


def test_a_piece_that_always_takes_its_worker_down(tmp_path, log, cluster):
    def die(index, run):
        if index == 1:
            os._exit(1)

    with pytest.raises(RtdreamerError, match=r"^piece-001 of 2: .*died in 3 attempts"):
        run_all(piece(log, die), numbered(2), tmp_path, dask=cluster)
    assert (tmp_path / "piece-000.npz").exists()


def test_an_error_for_the_user_passes_through_a_cluster(tmp_path, log, cluster):
    def fail(index, run):
        raise DataError("trial 7: too short")

    with pytest.raises(DataError, match=r"^trial 7: too short$"):
        run_all(piece(log, fail), numbered(1), tmp_path, dask=cluster)


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:9", "nonsense", "tcp://127.0.0.1:port", "x://y:1"]
)
def test_no_cluster_there(tmp_path, monkeypatch, address, capfd):
    pytest.importorskip("distributed")
    monkeypatch.setattr("rtdreamer.training.runner.CONNECT_SECONDS", 0.5)
    with pytest.raises(RtdreamerError, match=f"^{address}: no Dask scheduler answers"):
        run_all(dict, [()], tmp_path, dask=address)
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def empty_cluster():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=0, dashboard_address=":0", silence_logs=logging.CRITICAL
    ) as running:
        yield running


@contextmanager
def lone_worker(cluster, folder: Path) -> Iterator[None]:
    """A worker that nobody starts again, and that imports from its folder first."""
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "distributed.cli.dask_worker", cluster.scheduler_address),
            *("--no-nanny", "--no-dashboard", "--nthreads", "1"),
        ],
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(sys.path), "DASK_TEMPORARY_DIRECTORY": str(folder)},
    ) as worker:
        try:
            wait_for(lambda: len(cluster.scheduler.workers) == 1)
            yield
        finally:
            worker.kill()


def test_a_cluster_without_workers(tmp_path, monkeypatch, empty_cluster):
    monkeypatch.setattr("rtdreamer.training.runner.WORKERS_SECONDS", 0.5)
    with pytest.raises(RtdreamerError, match="has no workers: start some"):
        run_all(dict, [()], tmp_path, dask=empty_cluster.scheduler_address)


def test_workers_that_never_come_back(tmp_path, log, monkeypatch, empty_cluster):
    monkeypatch.setattr("rtdreamer.training.runner.WORKERS_SECONDS", 0.5)
    monkeypatch.setattr("rtdreamer.training.runner.CHECK_SECONDS", 0.5)
    address = empty_cluster.scheduler_address

    def die(index, run):
        os._exit(1)

    with (
        lone_worker(empty_cluster, tmp_path),
        pytest.raises(RtdreamerError, match="has no workers: start some"),
    ):
        run_all(piece(log, die), numbered(), tmp_path, dask=address)
    assert runs_of(log) == [0]


def test_workers_that_cannot_import_rtdreamer(tmp_path, empty_cluster, capfd):
    (tmp_path / "rtdreamer.py").write_text("raise ImportError", encoding="utf-8")
    with (
        lone_worker(empty_cluster, tmp_path),
        pytest.raises(RtdreamerError, match="workers cannot import rtdreamer: install"),
    ):
        run_all(dict, [()], tmp_path, dask=empty_cluster.scheduler_address)
    assert capfd.readouterr() == ("", "")


def test_without_dask(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RtdreamerError, match=r"pip install 'rtdreamer\[cluster\]'$"):
        run_all(dict, [()], tmp_path, dask="tcp://127.0.0.1:8786")
