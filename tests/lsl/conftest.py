import time
from contextlib import ExitStack, closing

import numpy as np
import pytest

from rtdreamer.headset import EPOC
from rtdreamer.lsl.discovery import wait_for_stream
from rtdreamer.lsl.inlet import Inlet
from rtdreamer.lsl.outlets import SignalOutlet

TIMEOUT_S = 10


@pytest.fixture
def open_outlet(stream_name):
    """Open real outlets that end with the test."""
    with ExitStack() as opened:

        def make(
            name=stream_name,
            source_id=None,
            ch_names=EPOC.ch_names,
            unit="microvolts",
            sfreq=EPOC.sfreq,
        ):
            units = (unit,) * len(ch_names)
            source_id = f"id-{name}" if source_id is None else source_id
            outlet = SignalOutlet(name, source_id, ch_names, units, sfreq)
            opened.callback(outlet.close)
            return outlet

        yield make


@pytest.fixture
def find():
    def wait(wanted, timeout=TIMEOUT_S):
        return wait_for_stream(
            wanted, timeout=timeout, should_stop=lambda: False, report=lambda line: None
        )

    return wait


@pytest.fixture
def open_inlet(find):
    """Open inlets that end before the test's outlets do."""
    with ExitStack() as opened:
        yield lambda wanted: opened.enter_context(closing(Inlet(find(wanted), EPOC)))


@pytest.fixture
def pull():
    def pull_samples(inlet, n_times):
        deadline = time.monotonic() + TIMEOUT_S
        chunks = []
        while sum(chunk.n_times for chunk in chunks) < n_times:
            assert time.monotonic() < deadline, "the samples did not arrive"
            chunks.append(inlet.pull(0.1))
        return (
            np.hstack([chunk.data for chunk in chunks]),
            np.hstack([chunk.timestamps for chunk in chunks]),
        )

    return pull_samples
