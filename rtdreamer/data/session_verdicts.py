"""What a recorded session predicted: from its JSON, or from the stream of its numbers alone."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data.session_file import RecordedStream
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC

Array = NDArray[np.float64]

NO_REASON = "withheld; the recording does not say why"


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """All predictions of a session, in the order of their windows.

    Attributes
    ----------
    seconds : ndarray, shape (n,)
        Time of each window's last sample.
    affect : ndarray, shape (n, 2)
        Probabilities of high valence and arousal; NaN where the verdict was withheld.
    over_time : ndarray, shape (n, 2)
        The same of the last 60 s; NaN where there is none.
    reasons : tuple of str
        Why there is no verdict; empty where there is one.
    quality : ndarray, shape (n, 14), or None
        Of each channel, 0 to 1; None where the recording does not tell.
    excluded : tuple of tuple of str
        The channels that each answer does not rest on.
    missing, interpolated, skipped : int
        At the end: samples missing and made up by the driver, and predictions skipped; −1 where
        the recording does not tell.
    model : str
        Its name; empty where the recording does not tell.
    simulated : bool
        Whether it was trained on simulated people.
    samples : ndarray of int, shape (n,), or None
        The number of each window's last sample; None where the recording does not tell.
    """

    seconds: Array
    affect: Array
    over_time: Array
    reasons: tuple[str, ...]
    quality: Array | None
    excluded: tuple[tuple[str, ...], ...]
    missing: int
    interpolated: int
    skipped: int
    model: str
    simulated: bool
    samples: NDArray[np.int64] | None = None

    @property
    def withheld(self) -> NDArray[np.bool_]:
        """Which have no verdict, shape (n,)."""
        return _withheld(self.affect)

    def saying(self, words: Callable[[str], str]) -> "Verdicts":
        """The same with its reasons in other words."""
        return replace(self, reasons=tuple(map(words, self.reasons)))


def read_verdicts(
    path: Path, streams: Sequence[RecordedStream], eeg: str, about: Mapping[str, Any]
) -> Verdicts | None:
    """Find what was predicted from the EEG stream of this name; None if nothing was recorded.

    Their times are as recorded. Of several streams that of the EEG's name goes first.

    Raises
    ------
    DataError
        If a prediction cannot be understood.
    """
    model = str(about.get("model") or "")
    if stream := _one(streams, "predictions", eeg):
        try:
            return _from_json(stream, model)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(
                f"{path}: its stream {stream.name} holds no predictions that can be understood "
                f"({type(error).__name__}): make them again with 'rtdreamer rescore'"
            ) from None
    if stream := _one(streams, "affect", eeg):
        values = np.asarray(stream.values, np.float64)
        if stream.is_text or values.ndim != 2 or values.shape[1] != 2:
            raise DataError(f"{path}: its stream {stream.name} does not hold valence and arousal")
        return _from_numbers(stream, values, model)
    return None


def _one(streams: Sequence[RecordedStream], kind: str, eeg: str) -> RecordedStream | None:
    found = [one for one in streams if one.type.lower() == kind and len(one.timestamps)]
    own = [one for one in found if one.name.startswith(eeg)]
    return next(iter(own or found), None)


def _from_json(stream: RecordedStream, model: str) -> Verdicts:
    rows = [json.loads(text) for text in stream.texts]
    last = rows[-1]
    return Verdicts(
        seconds=stream.timestamps,
        affect=_pairs(rows, "valence", "arousal"),
        over_time=_pairs(rows, "valence_60s", "arousal_60s"),
        reasons=tuple(str(row["reason"] or "") for row in rows),
        quality=np.array(
            [[float(row["channel_quality"][name]) for name in EPOC.ch_names] for row in rows]
        ),
        excluded=tuple(tuple(map(str, row["excluded_channels"])) for row in rows),
        missing=int(last["missing"]),
        interpolated=int(last["driver_interpolated"]),
        skipped=int(last["skipped"]),
        model=model or str(last["model"]),
        simulated=bool(last["simulated_model"]),
        samples=_samples(rows),
    )


def _samples(rows: Sequence[Mapping[str, Any]]) -> NDArray[np.int64] | None:
    found = [row.get("sample") for row in rows]
    return np.array(found) if all(type(one) is int and 0 <= one < 2**53 for one in found) else None


def _pairs(rows: Sequence[Mapping[str, Any]], *keys: str) -> Array:
    return np.array(
        [[math.nan if row[key] is None else float(row[key]) for key in keys] for row in rows]
    )


def _from_numbers(stream: RecordedStream, values: Array, model: str) -> Verdicts:
    return Verdicts(
        seconds=stream.timestamps,
        affect=values,
        over_time=np.full_like(values, np.nan),
        reasons=tuple(NO_REASON if one else "" for one in _withheld(values)),
        quality=None,
        excluded=((),) * len(values),
        missing=-1,
        interpolated=-1,
        skipped=-1,
        model=model or stream.model,
        simulated=stream.simulated,
    )


def _withheld(affect: Array) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = np.any(np.isnan(affect), axis=1)
    return found
