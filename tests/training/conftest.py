"""Caches of windows, for all tests of this folder."""

import shutil

import pytest

from rtdreamer.data.dataset import of_source
from rtdreamer.training import cache as cache_module
from rtdreamer.training.cache import load_windows
from tests import short_training
from tests.cached_noise import Noise, load
from tests.short_training import RUN


@pytest.fixture
def given(monkeypatch):
    """Make the cache find a source, whatever it is asked for."""

    def give(source):
        monkeypatch.setattr(cache_module, "fingerprint", str)
        monkeypatch.setattr(cache_module, "open_dataset", lambda data: of_source(source))
        return source

    return give


@pytest.fixture
def nothing_left_to_do(monkeypatch):
    """Let opening and extracting fail from now on."""

    def forbid():
        def fail(*args):
            raise AssertionError("not from the cache")

        monkeypatch.setattr(cache_module, "open_dataset", fail)
        monkeypatch.setattr(cache_module, "extract", fail)

    return forbid


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """A cache of three people, and what it gave when it was made."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache_module, "fingerprint", str)
        patch.setattr(cache_module, "open_dataset", lambda data: of_source(Noise()))
        return folder, load(folder, with_signals=True)


@pytest.fixture
def copied(built, tmp_path):
    """A copy of that cache, to be damaged: its folder, and what it should give."""
    shutil.copytree(built[0], tmp_path / "cache")
    return tmp_path / "cache", built[1]


@pytest.fixture(scope="module")
def short_clips():
    """The simulation of ``tests.short_training``."""
    with short_training.short_clips():
        yield


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """Where what comes of ``short_training.RUN`` is kept."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def windows(cache):
    """Those that ``short_training.RUN`` learns from."""
    with short_training.short_clips():
        found = load_windows(RUN.data, RUN.spec, RUN.plan, cache, with_signals=True)
    return found.with_targets(2)


@pytest.fixture
def fresh(tmp_path, cache, windows):
    """A cache with the windows, and none of the work."""
    for folder in cache.glob("windows-*"):
        shutil.copytree(folder, tmp_path / folder.name)
    return tmp_path
