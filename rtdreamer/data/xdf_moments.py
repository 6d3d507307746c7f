"""What the streams beside the EEG say happened, and when the EEG was taken over."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.channels import find_channels
from rtdreamer.data.driver_channels import quality
from rtdreamer.data.xdf_streams import XdfStream
from rtdreamer.headset import EPOC

Array = NDArray[np.float64]

CHUNKS = "rtdreamer-Chunks"
"""The stream that says of each chunk: how many samples it had, and when it was taken over."""

CONTACT = "contact-quality"
"""The type of streams that tell how good the electrodes' contact is."""

FAR_S = 3600.0
"""Markers that lie farther than this from the EEG are on another clock."""

CUT_OFF = 2048
"""Samples by which EEG and its log may differ where a recording was broken off: 8 s at 256 Hz."""

_OURS = ("session", "predictions", "affect")
"""Types of streams that hold no markers."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment on the recording's clock, seconds, and what was said then."""

    stamp: float
    text: str


@dataclass(frozen=True, slots=True)
class Moments:
    """All that was said.

    Attributes
    ----------
    events, markers : tuple of Moment
        What the live session said of itself, and what others marked; each in order.
    notes : tuple of str
        What cannot be placed.
    """

    events: tuple[Moment, ...]
    markers: tuple[Moment, ...]
    notes: tuple[str, ...]


def find_moments(streams: Sequence[XdfStream]) -> Moments:
    """Find events and markers in all streams that hold text, or are of type Markers."""
    events, markers, notes = [], [], []
    for stream in streams:
        if stream.kind.lower() in _OURS:
            continue
        n_lost = 0
        for stamp, text in zip(stream.stamps.tolist(), stream.texts, strict=False):
            if not np.isfinite(stamp):
                n_lost += 1
                continue
            values = json_object(text)
            if stream.name.endswith("-Events") and "phase" in values:
                if not values.get("repeated"):
                    words = f"{values['phase']}: {values.get('message') or ''}"
                    events.append(Moment(stamp, _one_line(words)))
            elif text.strip():
                markers.append(Moment(stamp, _one_line(text)))
        if n_lost:
            what = "1 marker" if n_lost == 1 else f"{n_lost} markers"
            notes.append(f"{what} of its stream {stream} left out: the time is no number")
    return Moments(
        tuple(sorted(events, key=_when)), tuple(sorted(markers, key=_when)), tuple(notes)
    )


def near(seconds: Array, end: float) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Tell which markers belong to the EEG.

    Parameters
    ----------
    seconds : ndarray, shape (n,)
        After its first sample.
    end : float
        When it ends.

    Returns
    -------
    ndarray of bool, shape (n,)
    notes : tuple of str
        How many do not.
    """
    is_near = (seconds > -FAR_S) & (seconds < end + FAR_S)
    n_far = int(np.count_nonzero(~is_near))
    if not n_far:
        return is_near, ()
    return is_near, (
        f"{n_far} of {len(seconds)} markers left out: they lie more than an hour before or after "
        "the EEG, as stamps of another clock do",
    )


def json_object(text: str) -> dict[str, Any]:
    """Read a JSON object; an empty one where the text is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True, eq=False)
class Arrivals:
    """In what chunks samples were taken over.

    Attributes
    ----------
    sizes : ndarray of int, shape (n_chunks,)
        Samples of each.
    sources : ndarray of int, shape (n_chunks,)
        The source it is of.
    received : ndarray, shape (n_chunks,)
        When it was taken over, seconds.
    """

    sizes: NDArray[np.int64]
    sources: NDArray[np.int64]
    received: Array

    @property
    def of_each(self) -> Array:
        """When each sample was taken over, seconds, never less than those before."""
        found: Array = np.repeat(np.maximum.accumulate(self.received), self.sizes)
        return found


def arrivals(streams: Sequence[XdfStream], n_times: int) -> Arrivals | None:
    """When samples were taken over, where this program recorded it.

    Parameters
    ----------
    streams : sequence of XdfStream
        The file's.
    n_times : int
        Samples of the EEG.

    Returns
    -------
    Arrivals or None
        None where it is not known of each sample.
    """
    for stream in streams:
        if stream.kind.lower() == "session" and stream.name == CHUNKS and not stream.is_text:
            try:
                names = ("n_times", "source", "received")
                columns = [stream.labels.index(name) for name in names]
                sizes, sources, times = stream.samples[:, columns].T.astype(np.float64)
            except (ValueError, IndexError):
                return None
            whole = np.isfinite(times).all() and np.isfinite(sources).all() and (sizes >= 0).all()
            if not whole or len(sizes) == 0 or abs(sizes.sum() - n_times) > CUT_OFF:
                return None
            # A recording may be broken off between the EEG and its log.
            ends = np.minimum(np.cumsum(sizes.astype(np.int64)), n_times)
            ends[-1] = n_times
            return Arrivals(np.diff(ends, prepend=0), sources.astype(np.int64), times)
    return None


def contact_beside(
    streams: Sequence[XdfStream], chosen: Sequence[XdfStream]
) -> NDArray[np.float64] | None:
    """Contact that a stream of its own tells, each value until the next one; None unless one does.

    Where there are several, or several devices, it is the device's own one or none.
    """
    found = []
    for stream in streams:
        if stream.kind.lower() == CONTACT and len(stream.samples):
            rows = find_channels(stream.labels, EPOC.ch_names)
            whole = not (rows.missing or rows.repeated) and np.isfinite(stream.stamps).all()
            found += [(stream, list(rows.rows))] if whole else []
    own = [one for one in found if one[0].source_id == chosen[0].source_id]
    devices = {stream.source_id for stream in streams if stream.kind.lower() == "eeg"}
    if max(len(found), len(devices)) > 1:
        found = own
    if len(found) != 1:
        return None
    stream, picks = found[0]
    stamps = np.concatenate([one.stamps for one in chosen])
    newest = np.searchsorted(np.sort(stream.stamps), stamps, side="right") - 1
    values = stream.samples[np.argsort(stream.stamps, kind="stable")][np.maximum(newest, 0)]
    return quality(list(values[:, picks].T.astype(np.float64)))


def _when(moment: Moment) -> float:
    return moment.stamp


def _one_line(text: str) -> str:
    plain = " ".join(text.split())
    return "".join(one for one in plain if one.isprintable())
