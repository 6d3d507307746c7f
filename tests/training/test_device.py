import pytest
import torch

from rtdreamer.errors import RtdreamerError
from rtdreamer.training.device import find_device

no_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")


def test_the_processor_is_always_there():
    assert find_device("cpu") == "cpu"


@pytest.mark.parametrize("available", [False, True])
def test_auto_takes_a_gpu_if_there_is_one(available, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    assert find_device("auto") == ("cuda" if available else "cpu")


@pytest.mark.parametrize(
    "name",
    [
        "gpu",
        "",
        "cuda:x",
        "cpu:-1",
        "cuda:" + 60 * "9",
        "two\nlines",
        "meta",
        "hpu",
        "privateuseone",
        pytest.param("cuda", marks=no_gpu),
        pytest.param("cuda:7", marks=no_gpu),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(name):
    with pytest.raises(RtdreamerError, match="try cpu") as refused:
        find_device(name)
    message = str(refused.value)
    assert len(message.splitlines()) == 1
    assert len(message) < 250
    assert repr(name)[:40] in message
