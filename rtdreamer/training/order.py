"""What is learned from and how: all that weights depend on."""

import hashlib
import json
from dataclasses import asdict, dataclass

from rtdreamer.data.sources import fingerprint
from rtdreamer.signal.features import Spec
from rtdreamer.training.code_version import LEARNING, code_version
from rtdreamer.training.fit import TrainingConfig
from rtdreamer.training.windows import WindowPlan


@dataclass(frozen=True, slots=True)
class Order:
    """What is learned from, and how; what comes of it depends on nothing else.

    Attributes
    ----------
    data : str or None
        As for ``open_dreamer``.
    spec, plan
        The windows.
    config : TrainingConfig
        How to learn.
    """

    data: str | None
    spec: Spec
    plan: WindowPlan
    config: TrainingConfig

    def key(self) -> str:
        """Changes with the order, the data and the code."""
        values = asdict(self) | {"data": fingerprint(self.data), "spec": self.spec.to_json()}
        return hashlib.sha256((json.dumps(values) + code_version(LEARNING)).encode()).hexdigest()
