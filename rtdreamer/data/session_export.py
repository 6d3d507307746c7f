"""A recorded session in the formats that the field reads, written by MNE."""

import importlib
import re
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data.boundaries import SKIPPED, is_boundary, is_skipped
from rtdreamer.data.session import Session
from rtdreamer.errors import DataError, RtdreamerError
from rtdreamer.headset import EPOC

MONTAGES = ("colin27_1020", "standard_1020")
"""Names of one template of places, in newer and in older versions of MNE."""

INTERPOLATED = "BAD_interpolated"
"""Of what the headset's driver made up: MNE leaves what is called bad out of epochs."""

ENDINGS = {"edf": ".edf", "bdf": ".bdf", "fif": "_raw.fif", "brainvision": ".vhdr", "bids": "_bids"}
"""What is put behind a session's name, by format."""

_NEEDS = {
    "edf": ("edfio",), "bdf": ("edfio",), "fif": (), "brainvision": ("pybv",),
    "bids": ("mne_bids", "pybv"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Annotation:
    """So many seconds after the first sample, for so long, in words; and its values by name."""

    onset: float
    duration: float
    text: str
    values: Mapping[str, float | str | None] = field(default_factory=dict)


def check_format(form: str) -> None:
    """Find out whether the packages are there that write a format.

    Raises
    ------
    RtdreamerError
        If one is missing.
    """
    for package in _NEEDS[form]:
        try:
            importlib.import_module(package)
        except ImportError:
            raise RtdreamerError(
                f"{form} needs the package {package.replace('_', '-')}: "
                'pip install "rtdreamer[export]"'
            ) from None


def place_for(path: Path, form: str) -> Path:
    """Where a session goes unless told otherwise: beside itself, with the format's ending."""
    stem = path.stem
    ending = ENDINGS[form]
    if form == "fif" and re.search(r"_(eeg|raw)$", stem):  # as MNE wants it already
        ending = ".fif"
    return path.with_name(stem + ending)


def write_session(session: Session, out: Path, form: str) -> str:
    """Write a session, whole or not at all, and never over a file.

    Parameters
    ----------
    session : Session
        What was recorded.
    out : Path
        The file; for ``bids`` the data set's folder, to which a session is added.
    form : str
        One of ``ENDINGS``.

    Returns
    -------
    str
        What was written, in one line.

    Raises
    ------
    RtdreamerError
        If there is such a file, or it cannot be written.
    """
    annotations, n_outside = annotations_of(session)
    if form == "bids":
        from rtdreamer.data.session_bids import write_bids

        write_bids(session, annotations, out)
    else:
        if out.suffix.lower() != Path("_" + ENDINGS[form]).suffix:
            ending = ENDINGS[form].removeprefix("_raw")
            raise RtdreamerError(f"{out}: a file of {form} must end in {ending}")
        refuse_to_replace(out)
        with staged(out.parent) as folder:
            with in_one_line(out, form):
                write_raw(session, annotations, folder / out.name, form)
            _move_all(folder, out)
    return _in_words(session, n_outside)


def annotations_of(session: Session) -> tuple[list[Annotation], int]:
    """Everything about a session but its samples, in order.

    Returns
    -------
    annotations : list of Annotation
    n_outside : int
        How many events and markers are before the first sample or after the last one: files of
        EEG have no place for them.
    """
    sfreq, end = session.sfreq, session.seconds
    found = [Annotation(at / sfreq, n / sfreq, SKIPPED) for at, n in session.gaps]
    found += [
        Annotation(at / sfreq, n / sfreq, INTERPOLATED) for at, n in session.interpolated_stretches
    ]
    said = [(f"rtdreamer {one.text}", one.seconds) for one in session.events]
    said += [(_marker(one.text), one.seconds) for one in session.markers]
    inside = [Annotation(at, 0.0, text) for text, at in said if 0 <= at < end]
    found += inside + list(_verdicts(session))
    return sorted(found, key=lambda one: one.onset), len(said) - len(inside)


def _marker(text: str) -> str:
    # Else it would be read as a gap.
    return f"marker {text}" if is_boundary(text) or is_skipped(text) else text


def _verdicts(session: Session) -> Iterator[Annotation]:
    verdicts = session.verdicts
    if verdicts is None:
        return
    last = session.place[-1] / session.sfreq
    seconds = np.clip(verdicts.seconds, 0, last)  # stamps are uneven, and the last may be late
    for at, (valence, arousal), reason in zip(
        seconds.tolist(), verdicts.affect.tolist(), verdicts.reasons, strict=True
    ):
        if np.isnan(valence) or np.isnan(arousal):
            yield Annotation(at, 0.0, f"prediction withheld: {reason}", {"reason": reason})
        else:
            values: dict[str, float | str | None] = {"valence": valence, "arousal": arousal}
            text = f"prediction valence={valence:.4f} arousal={arousal:.4f}"
            yield Annotation(at, 0.0, text, values)


def raw_of(session: Session, annotations: list[Annotation], with_values: bool = False) -> Any:
    """A session as MNE has it: volts, with the sensors' places; gaps filled and annotated.

    Parameters
    ----------
    session : Session
        What was recorded.
    annotations : list of Annotation
        As ``annotations_of`` returns them.
    with_values : bool
        Whether predictions get one description, and their values beside it, as BIDS has a place
        for.
    """
    import mne

    info = mne.create_info(list(EPOC.ch_names), session.sfreq, "eeg")
    raw = mne.io.RawArray(_on_grid(session) * 1e-6, info, verbose="ERROR")
    known = mne.channels.get_builtin_montages()
    raw.set_montage(next(name for name in MONTAGES if name in known), verbose="ERROR")
    identity = session.identity
    if identity:
        device = {"type": session.stream, "serial": identity.get("device", "")}
        raw.info["device_info"] = device | {"site": identity.get("computer", "")}
        raw.set_meas_date(_date(identity.get("recorded", "")))
    texts = [one.text for one in annotations]
    extras: dict[str, Any] = {}
    if with_values:
        texts = [one.text.partition(" ")[0] if one.values else one.text for one in annotations]
        extras = {"extras": [dict(one.values) for one in annotations]}
    onsets, durations = ([getattr(one, k) for one in annotations] for k in ("onset", "duration"))
    raw.set_annotations(mne.Annotations(onsets, durations, texts, **extras), verbose="ERROR")
    return raw


def _on_grid(session: Session) -> NDArray[np.float64]:
    """All samples, µV, the last one held through each gap: zeros would cost EDF its resolution."""
    n_times = int(session.place[-1]) + 1
    newest = np.searchsorted(session.place, np.arange(n_times), side="right") - 1
    whole: NDArray[np.float64] = session.data[:, newest]
    return whole


def _date(text: str) -> datetime | None:
    """A date as LabRecorder writes it, with its zone or without."""
    try:
        found = datetime.fromisoformat(re.sub(r"([+-]\d{2})(\d{2})$", r"\1:\2", text))
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def write_raw(session: Session, annotations: list[Annotation], path: Path, form: str) -> None:
    """Write one file, and those that belong to it, as MNE does; raises what MNE raises."""
    import mne

    if form == "brainvision":
        # Its definition has a code for commas, which its readers do not know.
        annotations = [replace(one, text=one.text.replace(",", ";")) for one in annotations]
    raw = raw_of(session, annotations)
    if form == "fif":
        raw.save(path, fmt="single", verbose="ERROR")
        return
    extra = {} if form == "brainvision" else {"physical_range": "channelwise"}
    mne.export.export_raw(path, raw, fmt=form, overwrite=True, verbose="ERROR", **extra)
    if form == "brainvision":
        # A type of the format's own, and what MNE leaves out: it knows bad ones by their beginning.
        markers = path.with_suffix(".vmrk")
        text = markers.read_text("utf-8").replace("=Comment,BAD_", "=Bad Interval,BAD_")
        markers.write_text(text, "utf-8", newline="\n")


@contextmanager
def in_one_line(out: Path, form: str) -> Iterator[None]:
    """Keep what libraries say of naming and rounding to ourselves, and say why one cannot write."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{out}: cannot be written as {form}: {reason}") from error


def refuse_to_replace(out: Path) -> None:
    """Raise RtdreamerError if something of this name is there."""
    if out.exists():
        raise RtdreamerError(f"{out}: is there already: give another name with --out")


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A folder of its own on the same disk, in which files are made, and which then goes."""
    try:
        made = Path(tempfile.mkdtemp(prefix=".rtdreamer-", dir=folder))
    except OSError as error:
        raise RtdreamerError(f"{folder}: cannot be written: {error.strerror}") from error
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _move_all(folder: Path, out: Path) -> None:
    """Move what was made to its place, the file that is named last; all or nothing."""
    made = sorted(folder.iterdir(), key=lambda one: one.name == out.name)
    for one in made:
        refuse_to_replace(out.with_name(one.name))
    moved: list[Path] = []
    try:
        for one in made:
            moved.append(one.rename(out.with_name(one.name)))
    except OSError as error:
        for one in moved:
            one.unlink(missing_ok=True)
        raise RtdreamerError(f"{out}: cannot be written: {error.strerror}") from error


def _in_words(session: Session, n_outside: int) -> str:
    n_verdicts = 0 if session.verdicts is None else len(session.verdicts.seconds)
    counts = {
        "gap": len(session.gaps), "made-up stretch": len(session.interpolated_stretches),
        "prediction": n_verdicts, "event": len(session.events), "marker": len(session.markers),
    }  # fmt: skip
    endings = {"made-up stretch": "es"}
    told = [f"{n} {w}{'' if n == 1 else endings.get(w, 's')}" for w, n in counts.items() if n]
    text = f"{session.seconds:.1f} s at {session.sfreq:g} Hz"
    text += f"; {', '.join(told)} as annotations" if told else ""
    if n_outside:
        text += f"; {n_outside} outside the EEG left out"
    return text
