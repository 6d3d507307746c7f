"""What programs write above a table's header: the rate, the unit, how many samples, the labels."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rtdreamer.channels import microvolts

_RATE = re.compile(
    r"\b(?:sampling|sampl(?:ing|e)[ _-]*(?:rate|freq\w*)|s(?:rate|freq)|fs)"
    r"[ _]*(?:[(\[]?hz[)\]]?)?\s*(?:[:=,;\t]|(?<=rate)(?= \d)|(?<=frequency)(?= \d))"
    r"\s*(?P<value>[^,\t]*)",
    re.IGNORECASE,
)
_VAGUE_RATE = re.compile(
    r"[\s#%/;]*(?:(?P<word>(?:(?:data|eeg|signal|acquisition|recording)[ _-]*)?(?:rate|freq\w*))"
    r"[ _]*(?:[(\[]?hz[)\]]?)?[\s:=,;]+)?(?P<value>\d{1,9}(?:[.,]0*)?)\s*(?P<hz>hz)?[\s,;]*",
    re.IGNORECASE,
)
"""A line of nothing else: within others, such a rate may be of anything."""
_LEAST_VAGUE = 100.0
"""Hz. Below, it may be that of the mains, a filter or a heart."""
_LONGEST = 200  # characters of such a line
_EEG_RATE = re.compile(r"\beeg_(\d+)", re.IGNORECASE)  # beside those of motion and band power
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SAMPLES = re.compile(r"\bsamples\s*[:=](?:[^,\t]{0,60}\beeg_|\s*)(\d+)", re.IGNORECASE)
_UNITS = re.compile(r"\bunits?\s*[:=]\s*([^,;\t]*)", re.IGNORECASE)
_LABELS = re.compile(r"\blabels\s*[:=]\s*([^,;\t]*)", re.IGNORECASE)
_EMOTIVPRO = re.compile(r"\bheadset (?:type|serial)\s*[:=]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TableNotes:
    """What is told above the header.

    Attributes
    ----------
    rates : tuple of (int, float)
        Each rate of the EEG in Hz, with the number of the note, from 0, that tells it.
    unit : str
        Of all sensors; "" where none is told.
    samples : int or None
        How many rows shall follow.
    """

    rates: tuple[tuple[int, float], ...]
    unit: str
    samples: int | None


def read_notes(lines: Sequence[str]) -> TableNotes:
    """Read what is known of the notes of EmotivPRO, TestBench and CyKit, and common words."""
    rates: list[tuple[int, float]] = []
    unit, samples = "", None
    for number, line in enumerate(lines):
        here = [rate for rate in map(_rate, _RATE.finditer(line)) if rate is not None]
        here = here or _vague_rate(line)
        rates += [(number, rate) for rate in here]
        # In a remark the word may mean anything.
        for found in _UNITS.finditer(line):
            if here or microvolts(found[1]) is not None:
                unit = unit or found[1].strip()
        if here and _EMOTIVPRO.search(line):
            unit = unit or "uV"
        if found_samples := _SAMPLES.search(line):
            samples = int(found_samples[1][:18])
    return TableNotes(tuple(rates), unit, samples)


def labels_in_note(line: str) -> tuple[str, ...]:
    """Return the columns' names in a note, as TestBench and CyKit write them; none elsewhere."""
    found = _LABELS.search(line)
    return tuple(found[1].split()) if found else ()


def rate_in_label(label: str) -> float | None:
    """Return the rate in a header's cell, as OpenViBE writes it: ``Time:256Hz``."""
    found = re.fullmatch(r"\s*time\s*:\s*(\d+(?:[.,]\d+)?)\s*hz\s*", label[:100], re.IGNORECASE)
    return float(found[1].replace(",", ".")) if found else None


def _vague_rate(line: str) -> list[float]:
    """``Rate: 128``, ``Data Rate: 128``, ``Frequency: 128 Hz`` or ``256 Hz``, alone on a line."""
    found = _VAGUE_RATE.fullmatch(line) if len(line) <= _LONGEST else None
    if found is None or not (found["word"] or found["hz"]):
        return []
    rate = float(found["value"].replace(",", "."))
    return [rate] if rate >= _LEAST_VAGUE else []


def _rate(found: re.Match[str]) -> float | None:
    value = found["value"]
    number = _EEG_RATE.search(value) or _NUMBER.search(value)
    if number is None:
        return None
    rate = float(number[1] if number.re is _EEG_RATE else number[0])
    # What a header says of itself when nobody filled it in.
    return rate if 0 < rate < float("inf") else None
