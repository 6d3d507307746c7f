"""A headset with faults, as a process of its own with a real LSL outlet.

Started with one JSON object (see ``Config``), commanded by JSON objects on standard input, one a
line (see ``Headset.do``); it answers each with the number of the next sample. It sends from the
moment somebody listens, and ends with its standard input.
"""

import json
import queue
import sys
import threading
import time
from dataclasses import dataclass, field

import numpy as np
import pylsl

SENSORS = [
    "AF3", "F7", "F3", "FC5", "T7", "P7", "O1", "O2", "P8", "T8", "FC6", "F4", "F8", "AF4",
]  # fmt: skip
CONTACT = ["Timestamp", "BatteryPercent", "Overall", "Signal", *SENSORS]
CONTACT_S = 0.5
POLL_S = 0.002
BLOCK_S = 16


@dataclass
class Config:
    name: str
    source_id: str = ""
    type: str = "EEG"
    ch_names: list[str] = field(default_factory=lambda: SENSORS)
    described: list[str] | None = None
    """What the description says, where that differs."""
    label_key: str = "label"
    unit: str = "microvolts"
    scale: float = 1.0
    """Of what is sent: 1e-6 for volts."""
    format: str = "float32"
    sfreq: float = 128.0
    true_sfreq: float | None = None
    """The rate of the headset's own clock, where it drifts."""
    speed: float = 1.0
    """How many times as fast it says that it is played."""
    chunk: int = 4
    prefill: float = 0.0
    """Seconds of samples, with their true timestamps, that are sent at once at the start."""
    drops: list[tuple[int, int]] = field(default_factory=list)
    """Samples that are never sent: the first one's number, and how many."""
    values: dict[str, float] = field(default_factory=dict)
    """Channels that hold one value all the time, µV; ``*`` is all sensors."""
    interpolated: list[tuple[int, int]] = field(default_factory=list)
    """Samples that are marked as made up, in the same way."""
    clock: float = 0.0
    """Seconds that the headset's clock is ahead."""
    contact: float | None = None
    """Each electrode's contact, on a stream of its own."""
    seed: int = 0


class Headset:
    def __init__(self, config):
        self.config = config
        self.rate = config.true_sfreq or config.sfreq
        self.signal = eeg(config.sfreq, config.seed)
        self.outlet = pylsl.StreamOutlet(describe(config), 0, 360)
        self.contact_outlet = None if config.contact is None else contact_outlet(config)
        self.contact = dict.fromkeys(CONTACT, config.contact)
        self.contact_due = 0.0
        self.drops = [tuple(drop) for drop in config.drops]
        # Channel, value, and the sample's number from which it is well again.
        self.values = [(name, value, np.inf) for name, value in config.values.items()]
        self.made_up = [tuple(run) for run in config.interpolated]
        self.offset = config.clock
        self.stamps, self.stamps_from = "right", 0
        self.held_until = 0.0
        self.next = 0
        self.start = None

    def do(self, command):
        """Obey one command; it holds from the next sample on."""
        (word, value), *more = command.items()
        until = self.next + dict(more).get("n", np.inf)
        match word:
            case "drop":
                self.drops.append((self.next, value))
            case "hold":
                self.held_until = time.monotonic() + value
            case "pause":
                # Nothing is measured meanwhile, and the timestamps count only what is.
                self.start += value
                self.offset -= value
            case "jump":
                self.offset += value
            case "stamps":
                self.stamps, self.stamps_from = value, self.next
            case "values":
                self.values += [(name, held, until) for name, held in value.items()]
            case "interpolated":
                self.made_up.append((self.next, value))
            case "contact" if value is None:
                self.contact_outlet = None
            case "contact":
                self.contact.update(value)
                self.contact_due = 0.0
            case _:
                raise ValueError(command)

    def step(self):
        """Send what is due."""
        if self.start is None:
            if not self.outlet.have_consumers():
                return
            self.start = pylsl.local_clock() - self.config.prefill
        if time.monotonic() >= self.held_until:
            due = int((pylsl.local_clock() - self.start) * self.rate)
            while due - self.next >= self.config.chunk:
                self.send(np.arange(self.next, self.next + self.config.chunk))
        if self.contact_outlet is not None and time.monotonic() >= self.contact_due:
            self.contact_outlet.push_sample([self.contact[name] for name in CONTACT])
            self.contact_due = time.monotonic() + CONTACT_S

    def send(self, numbers):
        self.next = int(numbers[-1]) + 1
        numbers = numbers[~within(self.drops, numbers)]
        if len(numbers) == 0:
            return
        samples = self.channels(numbers).T
        kind = {"int16": np.int16, "float32": np.float32}.get(self.config.format, np.float64)
        if self.config.format == "string":
            samples = samples.astype(str).tolist()
        else:
            samples = np.rint(samples) if kind is np.int16 else samples
            samples = np.ascontiguousarray(samples, dtype=kind)
        self.outlet.push_chunk(samples, self.timestamps(numbers).tolist())

    def channels(self, numbers):
        sensors = self.signal[:, numbers % self.signal.shape[1]].copy()
        for name, value, until in self.values:
            rows = slice(None) if name == "*" else SENSORS.index(name)
            sensors[rows, numbers < until] = value
        rows = dict(zip(SENSORS, sensors * self.config.scale, strict=True))
        rows["Timestamp"] = self.timestamps(numbers)
        rows["Counter"] = numbers % round(self.config.sfreq)
        rows["Interpolate"] = 1.0 * within(self.made_up, numbers)
        nothing = np.zeros(len(numbers))
        return np.array([rows.get(name.split(".")[-1], nothing) for name in self.config.ch_names])

    def timestamps(self, numbers):
        base = self.start + self.offset
        if self.stamps == "right":
            return base + numbers / self.rate
        since = np.maximum(numbers - self.stamps_from, 0)
        step = {"equal": 0.0, "backward": -1.0, "nan": np.nan}[self.stamps]
        return base + (self.stamps_from + step * since) / self.rate


def within(runs, numbers):
    """Which numbers lie in one of the runs, each given by its first number and its length."""
    found = np.zeros(len(numbers), bool)
    for first, n in runs:
        found |= (numbers >= first) & (numbers < first + n)
    return found


def eeg(sfreq, seed):
    """Noise as the headset sends it, that can be repeated: 1/f from 0.5 to 45 Hz, 20 µV strong."""
    rng = np.random.default_rng(seed)
    n_times = round(BLOCK_S * sfreq)
    freqs = np.fft.rfftfreq(n_times, 1 / sfreq)
    weight = np.where((freqs >= 0.5) & (freqs <= 45), 1 / np.maximum(freqs, 0.5) ** 0.7, 0)
    phases = rng.uniform(0, 2 * np.pi, (len(SENSORS), len(freqs)))
    signal = np.fft.irfft(weight * np.exp(1j * phases), n_times, axis=1)
    signal *= 20 / signal.std(axis=1, keepdims=True)
    return 4200 + np.round(signal / 0.51) * 0.51


def describe(config):
    info = pylsl.StreamInfo(
        config.name, config.type, len(config.ch_names), config.sfreq, config.format,
        config.source_id,
    )  # fmt: skip
    if config.speed != 1:
        info.desc().append_child("replay").append_child_value("speed", str(config.speed))
    channels = info.desc().append_child("channels")
    for name in config.ch_names if config.described is None else config.described:
        channel = channels.append_child("channel")
        channel.append_child_value(config.label_key, name)
        channel.append_child_value("type", "EEG")
        if config.unit and name.split(".")[-1] in SENSORS:
            channel.append_child_value("unit", config.unit)
    return info


def contact_outlet(config):
    info = pylsl.StreamInfo(
        f"{config.name}-Contact", "Contact-Quality", len(CONTACT), 2.0, "float32", config.source_id
    )
    info.set_channel_labels(CONTACT)
    return pylsl.StreamOutlet(info)


def main():
    headset = Headset(Config(**json.loads(sys.argv[1])))
    commands = queue.Queue()

    def read():
        for line in sys.stdin:
            commands.put(json.loads(line))
        commands.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        headset.step()
        try:
            command = commands.get(timeout=POLL_S)
        except queue.Empty:
            continue
        if command is None:
            return
        headset.do(command)
        sys.stdout.write(f"{headset.next}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
