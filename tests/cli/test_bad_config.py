"""Settings files spoiled in bulk: taken, or refused in one line that names the file."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.command_line import assert_clear, outcome
from tests.live.test_bad_profile import inline
from tests.mutations import json_values, spoiled, texts

SETTINGS = b"""\
# What a paper used
data = "missing.mat"
epochs = 3
lr = 1e-4
threshold = 3.5
windows = "sliding"
hop = 640
standardise = false
jobs = 1
cache = "cache"
"""
NAMES = (
    "data", "epochs", "patience", "batch", "lr", "weight_decay", "beta1", "beta2", "beta3",
    "amplitude_sd", "threshold", "seed", "calibration_groups", "windows", "hop", "mi",
    "standardise", "device", "jobs", "dask", "cache", "out", "protocol", "folds", "model",
    "method", "baseline", "json", "report", "subject", "methods", "seeds", "data_sets", "config",
    "help", "nothing",
)  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A settings file in a folder to be in."""
    folder = tmp_path_factory.mktemp("settings")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("RTDREAMER_CACHE", raising=False)
        yield folder / "settings.toml"


def use(path, command, content):
    """No data are there, so it is an error in any case; nothing is left."""
    path.write_bytes(content)
    arguments = [command, "--config", path, "--data", "missing.mat"]
    if command == "train":
        arguments += ["--out", "made.safetensors"]
    found = outcome(arguments)
    assert found.code == 2
    assert_clear(found)
    assert found.output == ""
    assert len(found.messages) < 1000
    assert list(path.parent.iterdir()) == [path]


commands = st.sampled_from(["train", "evaluate"])


@given(command=commands, content=spoiled(SETTINGS))
def test_spoiled_bytes(path, command, content):
    use(path, command, content)


@given(
    command=commands,
    values=st.dictionaries(st.sampled_from(NAMES) | texts, json_values, min_size=1, max_size=4),
)
def test_any_value_behind_any_name(path, command, values):
    lines = [f"{name} = {inline(value)}" for name, value in values.items()]
    use(path, command, "\n".join(lines).encode("utf-8", "replace"))


@given(command=commands, values=st.dictionaries(st.sampled_from(NAMES), texts, max_size=4))
def test_any_text_behind_any_name(path, command, values):
    lines = [f"{name} = {text}" for name, text in values.items()]
    use(path, command, "\n".join(lines).encode("utf-8", "replace"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"epochs = " + b"[" * 100_000, "nested too deep"),
        (b"epochs = " + b"9" * 5000, "is not TOML"),
        (b"# " * 2**20, "too many"),
        (b'data = "a\\u0000b"', "data: holds a NUL"),
        (b'out = "a\\u0000b.safetensors"', "out: holds a NUL"),
        (b'cache = "a\\u0000b"', "cache: holds a NUL"),
    ],
    ids=["deep", "vast", "long", "data", "out", "cache"],
)
def test_each_of_these_is_refused(path, content, said):
    path.write_bytes(content)
    found = outcome(["train", "--config", path])
    assert found.code == 2
    assert_clear(found)
    assert f"--config {path}: " in found.messages
    assert said in found.messages


def test_a_file_without_end_is_not_read():
    if not Path("/dev/zero").exists():
        pytest.skip("no such file here")
    found = outcome(["train", "--config", "/dev/zero"])
    assert found.code == 2
    assert "not a file" in found.messages


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(2**40)
    found = outcome(["train", "--config", path])
    assert found.code == 2
    assert "too many" in found.messages
