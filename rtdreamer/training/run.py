"""What is learned from and how: all that weights depend on."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, ClassVar, Self

from rtdreamer.data.dataset import Data, Dataset, fingerprint, for_workers, rating_scale
from rtdreamer.errors import RtdreamerError
from rtdreamer.model.registry import find_architecture, foreign_code
from rtdreamer.signal.features import Spec
from rtdreamer.training.cache import load_windows
from rtdreamer.training.code_version import LEARNING, code_version, versions
from rtdreamer.training.config import TrainingConfig
from rtdreamer.training.windows import WindowPlan, Windows


@dataclass(frozen=True, slots=True)
class Run:
    """What is learned from, and how; what comes of it depends on nothing else.

    Attributes
    ----------
    data : Data
        A data set, or what names it.
    spec, plan
        The windows.
    config : TrainingConfig
        How to learn.

    Raises
    ------
    DataError
        If the threshold is not on the data set's scale.
    """

    data: Data
    spec: Spec
    plan: WindowPlan
    config: TrainingConfig

    code: ClassVar[tuple[str, ...]] = LEARNING
    """Which files of this package what comes of it depends on."""

    def __post_init__(self) -> None:
        name = self.data.name if isinstance(self.data, Dataset) else self.data or "simulated"
        rating_scale(self.data).check(self.config.label_threshold, name)

    @property
    def made_by(self) -> str:
        """Name of what is fitted; empty if the run does not say."""
        return ""

    def for_workers(self) -> Self:
        """The same for another process, to which no trial of a data set in memory is sent."""
        return replace(self, data=for_workers(self.data))

    def key(self) -> str:
        """Changes with the run, the data, the code and the packages that it runs on."""
        values = {one.name: getattr(self, one.name) for one in fields(self)} | {
            "data": fingerprint(self.data),
            "spec": asdict(self.spec),
            "plan": asdict(self.plan),
            "config": asdict(self.config),
        }
        code = code_version(self.code) + foreign_code(self.made_by)
        return hashlib.sha256(
            json.dumps([values, code, versions()], default=_token).encode()
        ).hexdigest()


def _token(value: Any) -> str:
    """What stands for a value that JSON cannot hold."""
    token: str = value.token
    return token


def takes_signals(architecture: str, spec: Spec) -> bool:
    """Whether an architecture's module takes signals, which are most of what a cache holds."""
    return "signals" in find_architecture(architecture).takes(spec)


_last: dict[tuple[str, Path, bool], Windows] = {}


def windows_of(
    run: Run,
    key: str,
    cache: Path,
    with_signals: bool = False,
    n_jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
    n_targets: int = 2,
) -> Windows:
    """A run's windows, as by ``load_windows``; this process reads them once for all its pieces.

    Parameters
    ----------
    run : Run
        Whose.
    key : str
        The run's key where the work was handed out.
    cache, with_signals, n_jobs, progress
        As for ``load_windows``.
    n_targets : int
        How many of valence, arousal and dominance they are rated by; always the same for one run.

    Raises
    ------
    RtdreamerError
        If the key is another one here: a worker with other data or code, whose result would pass
        for one of ours.
    """
    name = key, cache, with_signals
    if name not in _last:
        if key != run.key():
            raise RtdreamerError(
                "a worker has other data, or another version of rtdreamer, than this machine: "
                "give it the same"
            )
        _last.clear()
        found = load_windows(run.data, run.spec, run.plan, cache, n_jobs, with_signals, progress)
        _last[name] = found.with_targets(n_targets)
    return _last[name]
