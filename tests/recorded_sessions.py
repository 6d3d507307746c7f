"""Sessions in XDF, made by hand, with all that goes wrong in one."""

import json
from xml.etree import ElementTree

import numpy as np

from rtdreamer.data.xdf_writer import XdfFile, stream_header
from rtdreamer.headset import EPOC
from rtdreamer.live.session_writer import CHUNK_COLUMNS

SFREQ = 128
HOST = "kims-laptop"
SERIAL = "EPOCX-5A688F41"
GAP = (1280, 320)
"""Before which sample, and how many are missing."""
MADE_UP = (600, 8)
START = 5000.0


def signals(n_times=5120, seed=0):
    """Emotiv's raw µV: an offset, alpha at the back, noise; shape (n_times, 14), float32."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(n_times)[:, None] / SFREQ
    alpha = np.where(np.isin(EPOC.ch_names, ("O1", "O2", "P7", "P8")), 20.0, 6.0)
    waves = alpha * np.sin(2 * np.pi * 10 * seconds + np.arange(14))
    return (4200 + waves + rng.normal(0, 9, (n_times, 14))).astype(np.float32)


def prediction(stamp, sample, **values):
    found = {
        "timestamp": stamp, "sample": sample, "valence": 0.62, "arousal": 0.41,
        "emotion_class": 1, "valence_60s": 0.58, "arousal_60s": 0.45, "seconds_60s": 20.0,
        "reason": None, "note": None, "quality": 0.98,
        "channel_quality": {**dict.fromkeys(EPOC.ch_names, 1.0), "T7": 0.4},
        "flaws": {"T7": "contact"}, "excluded_channels": ["T7"], "hop": 16, "skipped": 0,
        "missing": 320, "driver_interpolated": 8, "compute_ms": 3.0, "model": "simulated-23",
        "simulated_model": True,
    }  # fmt: skip
    return found | values


def withheld(stamp, sample, reason=f"too few channels on {HOST}"):
    nothing = dict.fromkeys(("valence", "arousal", "emotion_class", "valence_60s", "arousal_60s"))
    return prediction(stamp, sample, reason=reason, **nothing)


def stamps_of(n_times):
    sample, missing = GAP
    return START + (np.arange(n_times) + missing * (np.arange(n_times) >= sample)) / SFREQ


CHUNK_LOG = [(name, "") for name in CHUNK_COLUMNS]


def chunk_log(received, size):
    """When each chunk of so many samples was taken over, as a session writes it."""
    return np.array([[float(n), 0.0, size, at, 0.0] for n, at in enumerate(received)])


def played(seconds, speed):
    """When what happened then happens where it is played at another speed."""
    return START + (np.asarray(seconds, np.float64) - START) / speed


class Recording:
    """An XDF file that is put together stream by stream, of what is played at some speed."""

    def __init__(self, path, speed=1):
        self.path, self.file, self.number, self.speed = path, XdfFile(path), 0, speed

    def add(self, name, kind, stamps, values, channels=(("text", ""),), source_id="", extra=""):
        self.number += 1
        form = "string" if isinstance(values, list) else {4: "float32", 8: "double64"}[
            np.asarray(values).itemsize]  # fmt: skip
        header = stream_header(name, kind, form, channels)
        rate = SFREQ if kind == "EEG" else 0
        if kind == "EEG" and self.speed != 1:
            extra = f"<replay><speed>{self.speed!r}</speed></replay>"
        header = _with(header, nominal_srate=rate, source_id=source_id, extra=extra)
        self.file.add_stream(self.number, header)
        if len(stamps):
            rows = [[text] for text in values] if isinstance(values, list) else values
            self.file.add_samples(self.number, played(stamps, self.speed), rows)
        self.file.add_footer(self.number, {"sample_count": len(stamps)})
        return self

    def eeg(self, values, stamps=None, channels=None, flags=None, source_id=SERIAL):
        stamps = stamps_of(len(values)) if stamps is None else stamps
        flags = np.zeros(len(values), np.float32) if flags is None else flags
        channels = [("Interpolate", ""), *((n, "microvolts") for n in channels or EPOC.ch_names)]
        return self.add("EPOC", "EEG", stamps, np.column_stack([flags, values]), channels,
                        source_id)  # fmt: skip

    def done(self):
        self.file.flush()
        return self.path


def _with(header, nominal_srate, source_id, extra):
    info = ElementTree.fromstring(header)
    for tag, text in {"nominal_srate": f"{nominal_srate:g}", "source_id": source_id}.items():
        found = info.find(tag)
        if found is None:
            found = ElementTree.SubElement(info, tag)
        found.text = text
    ElementTree.SubElement(info, "hostname").text = HOST
    if extra:
        info.find("desc").append(ElementTree.fromstring(extra))
    return '<?xml version="1.0"?>' + ElementTree.tostring(info, "unicode")


def whole_session(path, n_times=5120, speed=1):
    """A session as ``live --record`` writes it: a gap, made-up samples, all streams."""
    values, stamps = signals(n_times), stamps_of(n_times)
    flags = np.zeros(n_times, np.float32)
    flags[MADE_UP[0] : sum(MADE_UP)] = 1
    after = np.arange(GAP[0] + 1280, n_times, 64)
    made = [
        withheld(stamps[k], k + GAP[1]) if n % 7 == 3 else
        prediction(stamps[k], k + GAP[1], valence=0.5 + 0.3 * np.sin(n / 5),
                   arousal=0.5 - 0.003 * n)
        for n, k in enumerate(after.tolist())
    ]  # fmt: skip
    affect = np.array(
        [[np.nan if p[key] is None else p[key] for key in ("valence", "arousal")] for p in made]
    )
    about = {
        "record": "session", "format": 1, "rtdreamer": "0.4.0", "versions": {"numpy": "2.4.6"},
        "model": "simulated-23", "model_sha256": "0" * 64, "in_torch": False, "hop": 64,
        "profile": None,
    }  # fmt: skip
    event = {
        "event": "live", "phase": "live", "timestamp": stamps[1290], "stream": "EPOC",
        "message": f"following EPOC of {HOST} (source_id {SERIAL})", "source_id": SERIAL,
    }  # fmt: skip
    again = event | {"repeated": True}
    taken_over = stamps[15::16]
    chunks = chunk_log(played(taken_over, speed), 16)
    recording = Recording(path, speed)
    recording.eeg(values, flags=flags)
    recording.add("EPOC-Affect", "Affect", stamps[after], affect, [("valence", ""),
                                                                   ("arousal", "")])  # fmt: skip
    recording.add("EPOC-Predictions", "Predictions", stamps[after], [json.dumps(p) for p in made])
    recording.add("EPOC-Events", "Markers", [stamps[1290], stamps[1800]],
                  [json.dumps(event), json.dumps(again)])  # fmt: skip
    recording.add("PsychoPy", "Markers", [START + 3.25, START + 25.5],
                  ["clip <1> & begins, now", "New Segment"])  # fmt: skip
    recording.add("rtdreamer-Session", "Session", [START], [json.dumps(about)])
    recording.add("rtdreamer-Chunks", "Session", taken_over, chunks, CHUNK_LOG)
    return recording.done()
