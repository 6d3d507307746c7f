"""The header of a checkpoint's file: all that is known of the model, in JSON. Imports no torch."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rtdreamer.decoding import decode
from rtdreamer.headset import EPOC
from rtdreamer.model.measured import read_measured
from rtdreamer.model.trained_model import Calibration, TrainedModel, TrainingRecord
from rtdreamer.signal.features import Spec, decode_spec, encode_spec
from rtdreamer.signal.profile import Profile, check_profile

FORMAT_VERSION = "6"

_BEFORE_DECIMATION = "5"
"""The version before: all bands at the full rate. It is read, too."""

_BEFORE_HEADSETS = "4"
"""The one before that: channels and rate in place of a headset's name. It is read, too."""

MAX_BYTES = 256 * 2**20
"""No checkpoint is larger: the largest that our configurations allow is not."""

MAX_HEADER_BYTES = 2**20
"""Ours have some 50 kB. JSON takes many times its size in memory, so no file may have more."""

MAX_NAME = 255
"""Characters, as of a file's name."""

_FORMAT = "rtdreamer"
_JSON_FIELDS = ("name", "config", "spec", "calibration", "calibration_over_time", "average",
                "record", "metrics")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says, checked as far as no network is needed for that.

    Attributes
    ----------
    facts : mapping
        The fields of ``TrainedModel``, by name.
    config : object
        What the architecture's configuration is to be decoded from.
    names_headset : bool
        Whether it is of a version in which configurations name their headset.
    """

    facts: Mapping[str, Any]
    config: Any
    names_headset: bool


def write_header(model: TrainedModel, config: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of a header, in which the network is rebuilt by ``config``.

    Raises
    ------
    TypeError, ValueError
        If they could not be read back.
    """
    values = {
        "name": model.name,
        "config": dict(config),
        "spec": encode_spec(model.spec),
        "calibration": asdict(model.calibration),
        "calibration_over_time": asdict(model.calibration_over_time),
        "average": None if model.average is None else model.average.to_json(),
        "record": asdict(model.record),
        "metrics": dict(model.metrics),
    }
    _calibration(values["calibration"])
    _calibration(values["calibration_over_time"])
    read_measured(model.metrics)
    _check_name(model.name)
    texts = {name: json.dumps(values[name], allow_nan=False) for name in _JSON_FIELDS}
    return {"format": _FORMAT, "version": FORMAT_VERSION} | texts


def read_header(texts: Mapping[str, str]) -> Header:
    """Read what ``write_header`` returned.

    Raises
    ------
    ValueError
        If it is not one, of another version, or a value cannot be used.
    """
    if texts.get("format") != _FORMAT:
        raise ValueError("the file was not written by rtdreamer")
    version = texts.get("version")
    if version not in (FORMAT_VERSION, _BEFORE_DECIMATION, _BEFORE_HEADSETS):
        raise ValueError(
            f"format version {version!r:.20}, this program reads {FORMAT_VERSION}; train it again"
        )
    missing = [name for name in _JSON_FIELDS if name not in texts]
    if missing:
        raise ValueError(f"the header lacks {', '.join(missing)}")
    values = {name: json.loads(texts[name]) for name in _JSON_FIELDS}
    names_headset = version != _BEFORE_HEADSETS
    spec = decode_spec(_as_it_was(values["spec"], version))
    average = None if values["average"] is None else decode(Profile, values["average"], "profile")
    _check_name(values["name"])
    if not isinstance(values["metrics"], dict):
        raise ValueError("its metrics are of the wrong kind")
    read_measured(values["metrics"])
    config = values["config"]
    architecture = config.get("architecture") if isinstance(config, dict) else None
    if not isinstance(architecture, str):
        raise ValueError(f"its architecture is {architecture!r:.40}, must be a name")
    facts = {
        "name": values["name"],
        "architecture": architecture,
        "spec": spec,
        "calibration": _calibration(values["calibration"]),
        "calibration_over_time": _calibration(values["calibration_over_time"]),
        "average": average,
        "record": _record(values["record"]),
        "metrics": values["metrics"],
    }
    return Header(facts, config, names_headset)


def _as_it_was(spec: Any, version: str) -> Any:
    """A spec of any version that is read, in the fields of today."""
    if not isinstance(spec, dict) or version == FORMAT_VERSION:
        return spec
    now = _with_headset(spec) if version == _BEFORE_HEADSETS else spec
    return now | {"decimate": False}


def _with_headset(spec: dict[str, Any]) -> dict[str, Any]:
    """Name the headset whose channels and rate a spec has, in their place."""
    if not {"sfreq", "ch_names"} <= spec.keys():
        return spec  # which is refused for what it is
    found = spec["sfreq"], spec["ch_names"]
    if found != (EPOC.sfreq, list(EPOC.ch_names)):
        raise ValueError(f"made for another headset than the EPOC: {found!r:.80}")
    others = {name: value for name, value in spec.items() if name not in ("sfreq", "ch_names")}
    return others | {"headset": EPOC.name}


def _calibration(values: Any) -> Calibration:
    calibration = decode(Calibration, values, "calibration")
    if len(calibration.bias) != 2:
        raise ValueError(f"its calibration is of {len(calibration.bias)} targets, must be of 2")
    return calibration


def _record(values: Any) -> TrainingRecord:
    record = decode(TrainingRecord, values, "training record")
    if not all(str(name).isprintable() for name in record.subjects):
        raise ValueError("the training record's subjects have names that cannot be shown")
    if not all(0 <= rate <= 1 for rate in record.base_rate):
        raise ValueError(f"the training record's base_rate is {record.base_rate}")
    if re.fullmatch("([0-9a-f]{16})*", record.last_windows) is None:
        raise ValueError("the training record's last_windows are no hashes")
    return record


def _check_name(name: Any) -> None:
    """It is shown on terminals and sent to other machines."""
    if not isinstance(name, str) or not name.isprintable() or len(name) > MAX_NAME:
        raise ValueError(f"its name {name!r:.40} is no short line of text")


def check_average(average: Profile | None, spec: Spec) -> None:
    """Raise ``ValueError`` if the average person does not go with the spec."""
    if (average is not None) != spec.standardise:
        raise ValueError("it standardises without an average person, or has one for nothing")
    if average is not None:
        check_profile(average, spec)
