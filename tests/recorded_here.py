"""Sessions of a made-up headset that are recorded without LSL, as fast as they can be."""

from contextlib import suppress

import numpy as np

from rtdreamer.errors import StreamLostError
from rtdreamer.headset import EPOC
from rtdreamer.live.predictor import Predictor
from rtdreamer.live.recorder import RecordConfig, Recorder
from rtdreamer.live.session import Session
from rtdreamer.live.session_writer import FORMAT
from rtdreamer.lsl.channel_plan import plan_recorded
from rtdreamer.stream.chunk import OpenedStream, RawChunk, StreamDescription

CH_NAMES = ("Counter", "Interpolate", *EPOC.ch_names)
UNITS = ("", "", *["uV"] * 14)


def header(sfreq, name="EPOC", fmt="float32"):
    channels = "".join(
        f"<channel><label>{label}</label><unit>{unit}</unit></channel>"
        for label, unit in zip(CH_NAMES, UNITS, strict=True)
    )
    return (
        f'<?xml version="1.0"?><info><name>{name}</name><type>EEG</type>'
        f"<channel_count>{len(CH_NAMES)}</channel_count><nominal_srate>{sfreq:g}</nominal_srate>"
        f"<channel_format>{fmt}</channel_format><source_id>EPOCX-1</source_id>"
        f"<desc><channels>{channels}</channels></desc></info>"
    )


def made_up(n_times, sfreq=EPOC.sfreq, seed=0, start=5000.0):
    """Samples of a headset, all channels, and their timestamps: (n_times, 16) and (n_times,)."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(n_times) / sfreq
    alpha = 15 * np.sin(2 * np.pi * 10 * seconds)[:, None]
    eeg = 4200 + rng.normal(0, 8, (n_times, 14)) + alpha
    counter = np.arange(n_times) % round(sfreq)
    values = np.column_stack([counter, np.zeros(n_times), eeg]).astype(np.float32)
    return values, start + seconds


class Wire:
    """A source that hands over samples as a stream does, a chunk at a time, then is lost."""

    note = ""

    def __init__(self, values, stamps, size, received=None, sfreq=EPOC.sfreq, contact=None):
        self.description = StreamDescription(
            "EPOC", "EEG", "EPOCX-1", "host", sfreq, len(CH_NAMES), CH_NAMES
        )
        self.plan = plan_recorded("EPOC", sfreq, CH_NAMES, UNITS, EPOC)
        self.opened = OpenedStream(self.description, header(sfreq), self.plan.to_json())
        received = stamps + 0.3 if received is None else received
        contact = (lambda number: None) if contact is None else contact
        self.chunks = [
            self.plan.chunk(
                RawChunk(values[n : n + size], stamps[n : n + size], 1e-5 * (n % 7), self.opened),
                float(received[min(n + size, len(values)) - 1]),
                contact(n),
            )
            for n in range(0, len(values), size)
        ]

    def pull(self, timeout):
        if not self.chunks:
            raise StreamLostError("gone")
        return self.chunks.pop(0)


class Passing:
    """A clock on which each look takes some time."""

    def __init__(self, step):
        self.now, self.step = 0.0, step

    def __call__(self):
        self.now += self.step
        return self.now


def record(folder, classifier, sources, hop, step=0.0, sinks=(), about=None):
    """Record a session that follows the sources one after the other; return the file's path."""
    known = {
        "format": FORMAT, "rtdreamer": "0", "versions": {}, "model": "m", "model_sha256": "",
        "in_torch": False, "hop": hop, "profile": None,
    }  # fmt: skip
    config = RecordConfig(folder, ch_names=EPOC.ch_names, about=known | (about or {}))
    recorder = Recorder(config, lambda: 7000.0)
    clock = recorder.watch(Passing(step))
    session = Session(Predictor(classifier), [recorder, *sinks], hop, clock)
    for source in sources:
        with suppress(StreamLostError):
            session.follow(source, lambda: False)
    recorder.close()
    return recorder.path
