"""Several methods through the same folds of several data sets, with several seeds."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from rtdreamer.data.dataset import Data, Dataset, fingerprint
from rtdreamer.errors import DataError, RtdreamerError
from rtdreamer.evaluation.evaluation import cross_validate
from rtdreamer.evaluation.fold_judge import EvaluationRun
from rtdreamer.evaluation.predictions_file import (
    JudgedRun,
    predictions_csv,
    read_predictions,
    run_of,
)
from rtdreamer.evaluation.protocols import make_folds
from rtdreamer.files import write_atomically
from rtdreamer.training.cache import Progress, load_windows

CELLS = "cells"
"""Folder of the cells' predictions in a benchmark's folder."""

_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Cell:
    """One method on one data set with one seed.

    Attributes
    ----------
    name : str
        Of its files.
    run : EvaluationRun
        What is evaluated.
    key : str
        The run's: while it is the same, so is the result.
    """

    name: str
    run: EvaluationRun
    key: str

    def file(self, folder: Path) -> Path:
        """Where a benchmark's folder has the cell's predictions."""
        return folder / CELLS / f"{self.name}.csv"


@dataclass(frozen=True, slots=True, eq=False)
class Benchmark:
    """What came of cells.

    Attributes
    ----------
    cells : tuple of Cell
        All that were asked for.
    judged : mapping of str to JudgedRun
        Of those that are finished, by the cell's name.
    failures : mapping of str to str
        Of the others: why not, in a line.
    """

    cells: tuple[Cell, ...]
    judged: Mapping[str, JudgedRun]
    failures: Mapping[str, str]


def make_cells(
    data: Sequence[Data], runs: Sequence[EvaluationRun], seeds: Sequence[int]
) -> tuple[Cell, ...]:
    """Every data set with every seed and method.

    A seed's folds are the same for all methods, so that methods can be compared pair by pair.

    Parameters
    ----------
    data : sequence of Data
        Data sets, or what names them.
    runs : sequence of EvaluationRun
        One for each method, of the same protocol and number of folds; their ``data`` and
        ``config.seed`` are passed over.
    seeds : sequence
        Each for ``config.seed``.

    Raises
    ------
    DataError
        If a data set is missing, or there twice.
    """
    prints = [fingerprint(text) for text in data]
    for number, text in enumerate(data):
        if prints[number] in prints[:number]:
            raise DataError(
                f"{named(text)}: is given twice, perhaps under another name: give each data set "
                "once"
            )
    plain = [_file_name(text) for text in data]
    # What a name cannot hold becomes _, and some folders do not tell capitals apart.
    folded = [name.casefold() for name in plain]
    names = [
        f"{name}-{of_data[:8]}" if folded.count(name.casefold()) > 1 else name
        for name, of_data in zip(plain, prints, strict=True)
    ]
    cells = []
    for (text, name), seed, run in product(zip(data, names, strict=True), seeds, runs):
        asked = replace(run, data=text, config=replace(run.config, seed=seed))
        of_cell = f"{name}-{run.protocol}-{run.method}-seed-{seed}"
        cells.append(Cell(of_cell, asked, asked.key()))
    return tuple(cells)


def named(data: Data) -> str:
    """What a data set is given by."""
    return data.name if isinstance(data, Dataset) else data or "simulated"


def _file_name(data: Data) -> str:
    """A data set's name as a part of a file's name."""
    plain = re.sub(r"[^A-Za-z0-9.=]+", "_", named(data)).strip("_.")
    return plain[-_LONGEST_NAME:] or "data"


def run_cells(
    cells: Sequence[Cell],
    folder: Path,
    cache: Path,
    n_jobs: int = 1,
    dask: str | None = None,
    device: str = "cpu",
    extracting: Callable[[str], Progress] = lambda name: lambda done, total: None,
    judging: Progress = lambda done, total: None,
    planned: Callable[[str], None] = lambda line: None,
) -> Benchmark:
    """Judge each cell that is not finished yet; one that fails does not keep others from it.

    Parameters
    ----------
    cells : sequence of Cell
        As by ``make_cells``.
    folder : path
        Keeps the predictions of finished cells; made with the first one.
    cache, n_jobs, dask, device
        As for ``cross_validate``.
    extracting : callable
        From a data set's name to what is told how many of its trials are done, and of how many.
    judging : callable
        Told how many folds of all cells are done, and of how many.
    planned : callable
        As for ``cross_validate``.

    Raises
    ------
    RtdreamerError
        If the folder cannot be written.
    """
    judged = {c.name: found for c in cells if (found := read_cell(folder, c)) is not None}
    done = sum(len(np.unique(run.predictions.fold)) for run in judged.values())
    todo = [cell for cell in cells if cell.name not in judged]
    n_folds, failures = _count_folds(todo, cache, n_jobs, extracting)
    total = done + sum(n_folds.values())
    if total:
        judging(done, total)
    told_of: set[Data] = set()
    for cell in todo:
        if cell.name in failures:
            continue

        def told(of_cell: int, _: int, before: int = done) -> None:
            judging(before + of_cell, total)

        # Of a data set it is the same for all methods, and nearly so for all seeds.
        tell = (lambda line: None) if cell.run.data in told_of else planned
        told_of.add(cell.run.data)
        try:
            evaluation = cross_validate(
                cell.run, cache, n_jobs, dask, device, judging=told, planned=tell
            )
        except Exception as error:  # whatever it is, the other cells are still wanted
            failures[cell.name] = _in_a_line(error)
        else:
            judged[cell.name] = run_of(evaluation)
            _write_cell(folder, cell, judged[cell.name])
        done += n_folds[cell.name]
        judging(done, total)
    in_order = {cell.name: judged[cell.name] for cell in cells if cell.name in judged}
    return Benchmark(tuple(cells), in_order, failures)


def _count_folds(
    cells: Sequence[Cell], cache: Path, n_jobs: int, extracting: Callable[[str], Progress]
) -> tuple[dict[str, int], dict[str, str]]:
    """How many folds each cell has, by name; and why not, where it has none."""
    n_folds: dict[str, int] = {}
    failures: dict[str, str] = {}
    asked = [(c.run.data, c.run.spec, c.run.plan) for c in cells]
    for of_windows in dict.fromkeys(asked):
        of_data = [c for c, same in zip(cells, asked, strict=True) if same == of_windows]
        data, spec, plan = of_windows
        progress = extracting(named(data))
        try:
            windows = load_windows(data, spec, plan, cache, n_jobs, False, progress)
        except RtdreamerError as error:
            failures |= {cell.name: _in_a_line(error) for cell in of_data}
            continue
        for cell in of_data:
            run = cell.run
            try:
                folds = make_folds(run.protocol, windows, run.n_folds, run.config.seed)
            except RtdreamerError as error:
                failures[cell.name] = _in_a_line(error)
            else:
                n_folds[cell.name] = len(folds)
    return n_folds, failures


def _in_a_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if isinstance(error, RtdreamerError) else f"{type(error).__name__}: {text:.500}"


def read_cell(folder: Path, cell: Cell) -> JudgedRun | None:
    """A finished cell's predictions; None if they are of another run, or not as written."""
    path = cell.file(folder)
    try:
        stamp = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        if stamp != {"key": cell.key, "sha256": sha256(path.read_bytes())}:
            return None
        return read_predictions(path)
    except (OSError, ValueError, RecursionError, DataError):
        return None


def _write_cell(folder: Path, cell: Cell, judged: JudgedRun) -> None:
    path, content = cell.file(folder), predictions_csv(judged)
    write_atomically(path, content)
    # Only then is it finished.
    stamp = json.dumps({"key": cell.key, "sha256": sha256(content)}) + "\n"
    write_atomically(path.with_suffix(".json"), stamp.encode())


def sha256(content: bytes) -> str:
    """The SHA-256 of a cell's file, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
