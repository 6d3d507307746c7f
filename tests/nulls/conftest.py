"""Windows of nobody, for all tests of this folder."""

from collections.abc import Callable

import pytest
import torch

from rtdreamer.training.windows import Windows
from tests import made_up_windows


@pytest.fixture(scope="session")
def make_windows() -> Callable[..., Windows]:
    """Factory of small ``Windows``: see ``tests.made_up_windows``."""
    return made_up_windows.make_windows


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """Networks this small gain nothing from a second thread, and lose on a busy machine."""
    torch.set_num_threads(1)
