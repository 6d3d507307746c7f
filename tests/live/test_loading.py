"""A model that loads while samples are taken already."""

import threading
from contextlib import closing

from rtdreamer.live.loading import LoadingClassifier
from tests.untrained import AVERAGE, untrained


def test_nothing_is_loaded_any_more_once_it_is_closed():
    with closing(LoadingClassifier(untrained("ridge"), 16, AVERAGE)) as classifier:
        assert not classifier.has_failed
    assert "model" not in {thread.name for thread in threading.enumerate()}
    assert classifier.wait().profile is AVERAGE
