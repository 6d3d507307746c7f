"""What a benchmark writes when its cells are done: all figures, and how they were made."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rtdreamer.evaluation.benchmark import Benchmark, Cell, named, sha256
from rtdreamer.evaluation.fold_judge import EvaluationRun
from rtdreamer.evaluation.predictions_file import JudgedRun
from rtdreamer.evaluation.protocols import PROTOCOLS
from rtdreamer.evaluation.provenance import environment, hashes
from rtdreamer.evaluation.results_table import Result, results_csv, results_of
from rtdreamer.files import write_atomically
from rtdreamer.signal.features import encode_spec

JSON_NAME = "benchmark.json"
RESULTS_NAME = "results.csv"


def write_benchmark(folder: Path, benchmark: Benchmark) -> list[Result]:
    """Write ``results.csv`` and ``benchmark.json`` beside the cells, and return all figures.

    Raises
    ------
    DataError
        If the data are no longer there.
    RtdreamerError
        If they cannot be written.
    """
    results = [result for judged in benchmark.judged.values() for result in results_of(judged)]
    content = json.dumps(_described(folder, benchmark), indent=1, allow_nan=False) + "\n"
    write_atomically(folder / RESULTS_NAME, results_csv(results))
    write_atomically(folder / JSON_NAME, content.encode())
    return results


def _described(folder: Path, benchmark: Benchmark) -> dict[str, Any]:
    cells = benchmark.cells
    run = cells[0].run
    # The same for all methods, but for what each has of its own.
    spec = {name: v for name, v in encode_spec(run.spec).items() if name != "standardise"}
    names = {cell.run.data: judged.dataset for cell, judged in _finished(benchmark)}
    return {
        "protocol": run.protocol,
        "leaks": PROTOCOLS[run.protocol].leaks,
        "same_clips_on_both_sides": PROTOCOLS[run.protocol].same_clips,
        "simulated": any(judged.simulated for judged in benchmark.judged.values()),
        "methods": list(dict.fromkeys(cell.run.method for cell in cells)),
        "seeds": list(dict.fromkeys(cell.run.config.seed for cell in cells)),
        "data": [
            {"given": named(data), "name": name, "hashes": hashes(data, spec)}
            for data, name in names.items()
        ],
        "settings": {
            "spec": spec,
            "n_folds": run.n_folds,
            "n_targets": run.n_targets,
            "of_methods": {c.run.method: _settings(c.run) for c in cells},
        },
        "cells": [
            {
                "file": cell.file(folder).relative_to(folder).as_posix(),
                "sha256": sha256(cell.file(folder).read_bytes()),
                "key": cell.key,
                "dataset": judged.dataset,
                "method": judged.method,
                "seed": judged.seed,
            }
            for cell, judged in _finished(benchmark)
        ],
        "failures": [{"cell": name, "why": why} for name, why in benchmark.failures.items()],
        "environment": environment(),
    }


def _settings(run: EvaluationRun) -> dict[str, Any]:
    """What one method was fitted by, but for the seed."""
    settings = {name: v for name, v in asdict(run.config).items() if name != "seed"}
    return settings | {"hop": run.plan.hop, "standardise": run.spec.standardise}


def _finished(benchmark: Benchmark) -> list[tuple[Cell, JudgedRun]]:
    judged = benchmark.judged
    return [(cell, judged[cell.name]) for cell in benchmark.cells if cell.name in judged]
