"""Real-time EEG affect classification for the Emotiv EPOC over the Lab Streaming Layer."""

import importlib
from typing import TYPE_CHECKING

from rtdreamer.errors import RtdreamerError

if TYPE_CHECKING:
    from rtdreamer.data.dataset import Dataset
    from rtdreamer.data.trials import Trial
    from rtdreamer.evaluation.api import EvaluationResult, evaluate
    from rtdreamer.live.api import Following, follow, load_model
    from rtdreamer.live.predictor import Predictor
    from rtdreamer.prediction import Prediction
    from rtdreamer.signal.features import Features, extract

__version__ = "0.1.0"

__all__ = [
    "Dataset",
    "EvaluationResult",
    "Features",
    "Following",
    "Prediction",
    "Predictor",
    "RtdreamerError",
    "Trial",
    "evaluate",
    "extract",
    "follow",
    "load_model",
]

_MODULES = {
    "Dataset": "rtdreamer.data.dataset",
    "EvaluationResult": "rtdreamer.evaluation.api",
    "Features": "rtdreamer.signal.features",
    "Following": "rtdreamer.live.api",
    "Prediction": "rtdreamer.prediction",
    "Predictor": "rtdreamer.live.predictor",
    "Trial": "rtdreamer.data.trials",
    "evaluate": "rtdreamer.evaluation.api",
    "extract": "rtdreamer.signal.features",
    "follow": "rtdreamer.live.api",
    "load_model": "rtdreamer.live.api",
}
"""Where each public name is: looked up when it is first asked for, so that importing stays cheap"""


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(importlib.import_module(_MODULES[name]), name)
    globals()[name] = found  # so that it is looked up once
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
