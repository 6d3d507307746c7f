"""Any other EEG of the 14 sensors, brought to one form: µV, 128 Hz, the order of DREAMER."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rtdreamer.counting import are, counted
from rtdreamer.data.plausibility import LARGEST_UV
from rtdreamer.data.recording_brainvision import read_brainvision
from rtdreamer.data.recording_csv import read_csv
from rtdreamer.data.recording_edf import read_edf
from rtdreamer.data.recording_eeglab import read_eeglab
from rtdreamer.data.recording_fif import read_fif
from rtdreamer.data.recording_xdf import read_xdf
from rtdreamer.data.sensors import Gap, RecordedMarker, SensorData
from rtdreamer.data.units import about_units, scales_of
from rtdreamer.errors import DataError
from rtdreamer.files import reading
from rtdreamer.headset import EPOC
from rtdreamer.stream.chunk import Chunk
from rtdreamer.stream.decimation import decimate
from rtdreamer.stream.glitches import GlitchFilter

READERS: dict[str, Callable[[Path, Mapping[str, str]], SensorData]] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".txt": read_csv,
    ".edf": read_edf,
    ".bdf": read_edf,
    ".fif": read_fif,
    ".fif.gz": read_fif,
    ".vhdr": read_brainvision,
    ".set": read_eeglab,
}
_XDF = ".xdf"
_PACKED = (".gz", ".zip", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar", ".tgz", ".xdfz")

_CLOSE = 1e-3
"""By which share a told rate may be off the headset's: intervals are rounded."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """EEG in one piece, or in several that lie apart.

    Attributes
    ----------
    name : str
        The file's name, and which part of it this is where it is not all of it.
    data : ndarray, shape (14, n_times)
        µV, 128 Hz, in the order of ``EPOC.ch_names``.
    gaps : tuple of Gap
        Where moments lie apart, in order, in samples of ``data``.
    interpolated : ndarray of bool, shape (n_times,), or None
        Which samples the headset's driver made up, where the file tells.
    counter : ndarray, shape (n_times,), or None
        The headset's own sample counter, where the file has it.
    contact : ndarray, shape (14, n_times), or None
        Contact quality of each sensor, 0 (none) to 1 (good), where the file has it.
    notes : tuple of str
        What the user must be told: what was assumed, what is cut.
    markers : tuple of RecordedMarker
        What was marked meanwhile, in order, in samples of ``data``. Read from XDF.
    """

    name: str
    data: NDArray[np.float64]
    gaps: tuple[Gap, ...] = ()
    interpolated: NDArray[np.bool_] | None = None
    counter: NDArray[np.float64] | None = None
    contact: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()
    markers: tuple[RecordedMarker, ...] = ()


def read_recording(
    path: Path | str,
    sfreq: float | None = None,
    unit: str | None = None,
    rename: Mapping[str, str] | None = None,
    source_id: str | None = None,
    stream: str | None = None,
) -> Recording:
    """Read a recording of the 14 sensors.

    Parameters
    ----------
    path : path
        CSV (with the sensors' names in a header), EDF, BDF, FIF, BrainVision (the ``.vhdr``),
        EEGLAB or XDF.
    sfreq : float, optional
        Hz, for a file that does not say. 256 Hz is low-passed and halved, as live does it.
    unit : str, optional
        ``uV``, ``mV`` or ``V``: what the file's numbers are, whatever it says itself. Where
        neither says, µV.
    rename : mapping, optional
        What to read in the place of some of the file's labels, as ``{"P": "P7"}``.
    source_id : str, optional
        Which device to take where an XDF holds several.
    stream : str, optional
        The name or source id of the stream to take there, in upper or lower case.

    Raises
    ------
    DataError
        If the file is missing, unreadable or of an unknown kind, a sensor is missing, the rate
        is none of those above or contradicts the file, the unit is unknown, or a value is no
        finite number or beyond a million volts (in XDF, which is recorded as it comes, if all
        are: samples of which one is so are NaN there); and where no unit was given, if in the
        file's no head has such amplitudes.
    """
    path = Path(path)
    found = _read(path, rename or {}, source_id, sfreq, stream)
    scales = scales_of(path, found.units, unit)
    # What is no number is not below anything.
    is_known = np.all(np.abs(found.data) <= (LARGEST_UV / scales)[:, None], axis=0)
    if path.suffix.lower() != _XDF or not is_known.any():
        _check_values(path, found.data, LARGEST_UV / scales)
    doubts = about_units(path, found.data[:, is_known], found.units, unit, scales)
    notes = (*found.notes, *doubts)
    if n := int(np.count_nonzero(~is_known)):
        notes += (f"{counted(n, 'sample')} not finite {are(n)} sent as missing",)
    name = f"{path.name} ({found.part})" if found.part else path.name
    whole = Recording(
        name,
        np.where(is_known, found.data, np.nan) * scales[:, None],
        _in_order(found.gaps, found.data.shape[1]),
        found.interpolated,
        found.counter,
        found.contact,
        notes,
        found.markers,
    )
    return _at_128_hz(path, whole, _rate(path, sfreq, found.sfreq))


def _read(
    path: Path,
    rename: Mapping[str, str],
    source_id: str | None,
    sfreq: float | None,
    stream: str | None,
) -> SensorData:
    suffix = _kind(path)
    with reading(path, "one recording in it"):
        size = path.stat().st_size
    if suffix.endswith(_PACKED) and suffix not in READERS:
        raise DataError(f"{path}: is compressed: unpack it, then name what comes out of it")
    if suffix not in (*READERS, _XDF):
        kinds = ", ".join((*READERS, _XDF))
        raise DataError(f"{path}: unknown kind of file {path.suffix!r:.40}: can read {kinds}")
    if size == 0:
        raise DataError(f"{path}: is empty")
    if suffix == _XDF:
        return read_xdf(path, rename, source_id, sfreq, stream)
    if source_id is not None or stream is not None:
        option = "--stream" if source_id is None else "--source-id"
        raise DataError(f"{path}: only an XDF holds several devices: leave {option} out")
    return READERS[suffix](path, rename)


def _kind(path: Path) -> str:
    """Its suffix in small letters; with the one before, where it is compressed."""
    *others, last = ["", *(suffix.lower() for suffix in path.suffixes)]
    return others[-1] + last if last in _PACKED and others else last


def _check_values(path: Path, data: NDArray[np.float64], most: NDArray[np.float64]) -> None:
    bad = ~(np.abs(data) <= most[:, None])  # what is not a number is not below anything
    if bad.any():
        channel, sample = np.argwhere(bad)[0]
        value = data[channel, sample]
        fault = f"is {value:g}, too large" if np.isfinite(value) else "is not a finite number"
        raise DataError(
            f"{path}: {EPOC.ch_names[channel]}: sample {sample + 1} {fault}: cut it out"
        )


def _rate(path: Path, given: float | None, found: float | None) -> float:
    if found is None:
        if given is None:
            raise DataError(f"{path}: does not tell its rate: say --sfreq 128 or --sfreq 256")
        return given
    if given is not None and _nominal(found) not in (EPOC.sfreq, 2 * EPOC.sfreq):
        return found  # whatever is given, it is refused
    if given is not None and not np.isclose(_nominal(found), given):
        raise DataError(
            f"{path}: says that its rate is {found:g} Hz, not {given:g} Hz: leave --sfreq out"
        )
    return found


def _in_order(gaps: tuple[Gap, ...], n_times: int) -> tuple[Gap, ...]:
    """Gaps between samples, one at each place."""
    seconds: dict[int, float] = {}
    for gap in sorted(gaps, key=lambda gap: gap.sample):
        if 0 < gap.sample < n_times and gap.seconds > 0:
            seconds[gap.sample] = seconds.get(gap.sample, 0.0) + gap.seconds
    return tuple(Gap(sample, length) for sample, length in seconds.items())


def _nominal(sfreq: float) -> float:
    """The headset's rate that is meant: 7812 µs between samples are 128.008 Hz."""
    rates = (EPOC.sfreq, 2 * EPOC.sfreq)
    return next((rate for rate in rates if abs(sfreq / rate - 1) <= _CLOSE), sfreq)


def _at_128_hz(path: Path, recording: Recording, sfreq: float) -> Recording:
    sfreq = _nominal(sfreq)
    if np.isclose(sfreq, EPOC.sfreq):
        return recording
    if np.isclose(sfreq, 2 * EPOC.sfreq):
        return _halved(recording)
    raise DataError(f"{path}: its rate is {sfreq:g} Hz: must be 128 or 256 Hz: resample it first")


def _halved(whole: Recording) -> Recording:
    """Every other sample, each standing for two; the filter starts over after each gap.

    What no headset can measure would be smeared by the filter, so that nobody could tell it from
    EEG any more: it is left out, NaN, as missing.
    """
    n_times = whole.data.shape[1]
    data, notes, is_number = whole.data, whole.notes, np.isfinite(whole.data.sum(axis=0))
    if not is_number.all():
        data = _bridged(data, is_number)
    impossible = _impossible(data) | ~is_number
    known = np.flatnonzero(~impossible)
    if not len(known):  # of another offset, then, and as good as any
        impossible = np.zeros(n_times, np.bool_)
    elif impossible.any():
        data = _bridged(data, ~impossible)
        if n := int(np.count_nonzero(impossible & is_number)):
            notes += (f"{counted(n, 'sample')} that no EPOC can measure {are(n)} sent as missing",)
    bounds = [0, *(gap.sample for gap in whole.gaps), n_times]
    pieces, gaps, kept, pending = [], [], 0, 0.0
    for start, stop, gap in zip(bounds, bounds[1:], (None, *whole.gaps), strict=False):
        pending += gap.seconds if gap else 0.0
        piece = decimate(data[:, start:stop], EPOC) if stop > start else data[:, :0]
        if piece.shape[1] and kept:
            gaps.append(Gap(kept, pending))
        if piece.shape[1]:
            pending = 0.0
        pending += (stop - start) % 2 / (2 * EPOC.sfreq)  # a sample without its second
        kept += piece.shape[1]
        pieces.append(piece)
    # The place of the second of each pair, in the whole.
    second = np.concatenate([np.arange(a + 1, b, 2) for a, b in pairwise(bounds)])
    flags, counter, contact = whole.interpolated, whole.counter, whole.contact
    halves = np.concatenate(pieces, axis=1)
    halves[:, impossible[second] | impossible[second - 1]] = np.nan
    return Recording(
        whole.name,
        halves,
        tuple(gaps),
        None if flags is None else flags[second] | flags[second - 1],
        None if counter is None else counter[second] // 2,
        None if contact is None else np.minimum(contact[:, second], contact[:, second - 1]),
        notes,
        _halved_markers(whole.markers, second),
    )


def _halved_markers(
    markers: tuple[RecordedMarker, ...], second: NDArray[np.int64]
) -> tuple[RecordedMarker, ...]:
    """Markers in samples of which each stands for that of ``second`` and the one before."""
    if not len(second):
        return ()
    samples = np.array([one.sample for one in markers])
    before, after = np.minimum(samples - second[0], 0), np.maximum(samples - second[-1], 0)
    places = np.interp(samples, second, np.arange(len(second))) + (before + after) / 2
    return tuple(
        RecordedMarker(place, one.text) for place, one in zip(places.tolist(), markers, strict=True)
    )


def _bridged(data: NDArray[np.float64], is_known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Samples with a straight line wherever they are not known."""
    known, place = np.flatnonzero(is_known), np.arange(data.shape[1])
    return np.stack([np.interp(place, known, row[known]) for row in data])


def _impossible(data: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which samples at twice the headset's rate no headset can have measured, as live finds it."""
    sfreq = 2 * EPOC.sfreq
    chunk = Chunk(data, np.arange(data.shape[1]) / sfreq)
    parts = [part.data for part in GlitchFilter(EPOC, sfreq).split(chunk)]
    found = np.isnan(np.concatenate(parts, axis=1)[0])
    # What is held back at the end, since it is not over, passes.
    return np.append(found, np.zeros(data.shape[1] - len(found), np.bool_))
