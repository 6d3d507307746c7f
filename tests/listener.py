"""Runs ``rtdreamer replay`` in this process and hears with pylsl alone what it sends."""

import threading
from typing import Any, NamedTuple

import numpy as np
import pylsl

from tests.command_line import Outcome, outcome

END_S = 60.0


class Played(NamedTuple):
    """What was said, and of each stream its labels, samples (n_channels, n_times) and stamps."""

    said: Outcome
    labels: list[str]
    data: np.ndarray
    stamps: np.ndarray
    beside: dict[str, Any]

    def of(self, label):
        return self.data[self.labels.index(label)]


def play(name, *arguments, speed=20, beside=()):
    """Replay with some arguments; ``beside`` are endings of the names of streams heard as well."""
    heard: dict[str, Any] = {}
    has_ended = threading.Event()
    threads = [
        threading.Thread(target=_hear, args=(f"{name}{ending}", heard, has_ended), daemon=True)
        for ending in (*beside, "")
    ]
    for thread in threads:
        thread.start()
    said = outcome(["replay", *arguments, "--name", name, "--speed", speed, "--wait"])
    has_ended.set()
    if said.code == 0:
        for thread in threads:
            thread.join(END_S)
    else:
        heard.setdefault(name, ([], np.empty((0, 0)), np.empty(0)))
    return Played(said, *heard[name], heard)


def _hear(name, heard, has_ended):
    found = pylsl.resolve_byprop("name", name, timeout=END_S)
    if not found:
        return
    inlet = pylsl.StreamInlet(found[0], recover=False)
    info = inlet.info(timeout=END_S)
    labels = info.get_channel_labels() or []
    samples, stamps = [], []
    inlet.open_stream(timeout=END_S)
    try:
        # The player lingers until what it sent has come.
        while not has_ended.is_set():
            new, times = inlet.pull_chunk(timeout=0.1)
            samples += new
            stamps += times
    except pylsl.util.LostError:
        pass
    inlet.close_stream()
    heard[name] = labels, np.array(samples).T, np.array(stamps)
