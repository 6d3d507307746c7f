"""EDF and BDF files, written and read by hand from the formats' definitions."""

import re
from dataclasses import dataclass

import numpy as np

ANNOTATION_BYTES = 60


@dataclass(frozen=True)
class Channel:
    """``digits`` are whole numbers, shape (n_records, n_samples)."""

    label: str
    digits: np.ndarray
    unit: str | bytes = "uV"
    physical: tuple = (0, 8400)
    digital: tuple = (-32768, 32767)


def edf(channels, seconds=1, onsets=None, kind="EDF", promised=None, reserved=None):
    """A whole file; ``onsets`` adds the annotations that tell when each record begins."""
    size = 2 if kind == "EDF" else 3
    n_records = len(channels[0].digits)
    blocks = [
        one.digits.astype("<i4").view(np.uint8).reshape(*one.digits.shape, 4)[..., :size]
        for one in channels
    ]
    blocks = [block.reshape(n_records, -1) for block in blocks]
    lengths = [one.digits.shape[1] for one in channels]
    if onsets is not None:
        lists = [_annotation(onset) for onset in onsets]
        blocks.append(np.stack([np.frombuffer(one, np.uint8) for one in lists]))
        lengths.append(ANNOTATION_BYTES // size)
        limits = (-(2 ** (8 * size - 1)), 2 ** (8 * size - 1) - 1)
        channels = [*channels, Channel(f"{kind} Annotations", None, "", (-1, 1), limits)]
    n = len(channels)
    rows = [(one.label, "", one.unit, *one.physical, *one.digital, "") for one in channels]
    rows = [(*row, length, "") for row, length in zip(rows, lengths, strict=True)]
    version = b"0".ljust(8) if kind == "EDF" else b"\xffBIOSEMI"
    reserved = reserved if reserved is not None else "" if onsets is None else f"{kind}+D"
    head = [("X X X X", 80), ("Startdate X X X X", 80), ("01.01.20", 8), ("00.00.00", 8)]
    head += [(256 * (n + 1), 8), (reserved, 44)]
    head += [(n_records if promised is None else promised, 8), (seconds, 8), (n, 4)]
    widths = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
    fields = [(row[k], width) for k, width in enumerate(widths) for row in rows]
    text = b"".join(_field(value, width) for value, width in head + fields)
    return version + text + np.concatenate(blocks, axis=1).tobytes()


def _field(value, width):
    content = value if isinstance(value, bytes) else str(value).encode("ascii")
    assert len(content) <= width
    return content.ljust(width)


def _annotation(onset):
    text = onset if isinstance(onset, bytes) else f"{onset:+.10g}\x14\x14\0".encode()
    return text.ljust(ANNOTATION_BYTES, b"\0")


def parse(content):
    """Read a file anew: by label, (unit, physical values of shape (n_records, n_samples)).

    Under ``""`` the records' beginnings, seconds, if annotations tell.
    """
    size = 3 if content[:1] == b"\xff" else 2
    n = int(content[252:256])
    columns, at = [], 256
    for width in (16, 80, 8, 8, 8, 8, 8, 80, 8, 32):
        columns.append([content[at + width * i :][:width].strip() for i in range(n)])
        at += width * n
    lengths = [int(one) for one in columns[8]]
    record = size * sum(lengths)
    records = [content[start:][:record] for start in range(at, len(content) - record + 1, record)]
    found, start = {}, 0
    for i, length in enumerate(lengths):
        parts = [one[start : start + size * length] for one in records]
        start += size * length
        if b"Annotations" in columns[0][i]:
            found[""] = [float(re.match(rb"[+-][\d.]+", one)[0]) for one in parts]
            continue
        digits = [
            [
                int.from_bytes(one[k : k + size], "little", signed=True)
                for k in range(0, len(one), size)
            ]
            for one in parts
        ]
        low, high, bottom, top = (float(columns[k][i]) for k in (3, 4, 5, 6))
        values = low + (np.array(digits) - bottom) * ((high - low) / (top - bottom))
        found[columns[0][i].decode()] = columns[2][i].decode(), values
    return found
