import pytest

from rtdreamer.data import simulated
from rtdreamer.errors import RtdreamerError
from rtdreamer.signal.features import Spec
from rtdreamer.training import run as module
from rtdreamer.training.config import TrainingConfig
from rtdreamer.training.run import Run, windows_of
from rtdreamer.training.windows import WindowPlan

RUN = Run("simulated:subjects=1,seed=3", Spec(n_times=256), WindowPlan(None), TrainingConfig())


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(simulated, "CLIP_SECONDS", (2,) * 18)
    monkeypatch.setattr(simulated, "BASELINE_SECONDS", 2)


def test_windows_are_read_once_for_all_pieces(tmp_path, short, monkeypatch):
    first = windows_of(RUN, RUN.key(), tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(module, "load_windows", None)
        assert windows_of(RUN, RUN.key(), tmp_path) is first
    with_signals = windows_of(RUN, RUN.key(), tmp_path, with_signals=True)
    assert len(with_signals.inputs.signals) == len(first) == 18
    assert windows_of(RUN, RUN.key(), tmp_path) is not first


def test_a_worker_with_other_data_or_code_is_refused(tmp_path):
    with pytest.raises(RtdreamerError, match=r"^a worker has other data.*give it the same$"):
        windows_of(RUN, "the key of another", tmp_path)
    assert not list(tmp_path.iterdir())
