"""A recorded session in a BIDS data set, written by MNE-BIDS."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

from rtdreamer import __version__
from rtdreamer.data.boundaries import SKIPPED
from rtdreamer.data.session import Session
from rtdreamer.data.session_export import (
    INTERPOLATED,
    Annotation,
    in_one_line,
    raw_of,
    staged,
    write_raw,
)
from rtdreamer.data.session_path import TASK
from rtdreamer.errors import RtdreamerError

_SHARED = (
    "participants.tsv", "participants.json", "dataset_description.json", "README", ".bidsignore"
)  # fmt: skip
"""Files of the data set itself, to which a session adds its rows."""

COLUMNS = {
    "valence": {"Description": "Probability that valence is high, by the window that ends here"},
    "arousal": {"Description": "Probability that arousal is high, by the window that ends here"},
    "reason": {"Description": "Why there is no verdict"},
}


LEVELS = {
    "prediction": "A window of EEG ends here, of which valence and arousal were said",
    INTERPOLATED: "Samples that the headset's driver made up",
    SKIPPED: "Nothing was recorded",
}


def labels_of(name: str) -> dict[str, str]:
    """The BIDS labels in a file's name, such as LabRecorder gives; defaults for the others."""
    found = dict(re.findall(r"(?:^|_)(sub|ses|task|run)-([A-Za-z0-9]+)", name))
    return {"sub": "01", "task": TASK} | found


def write_bids(session: Session, annotations: list[Annotation], root: Path) -> None:
    """Add a session to a data set, or begin one; all of it or nothing, and over no other run.

    Parameters
    ----------
    session : Session
        Its name gives subject, session, task and run.
    annotations : list of Annotation
        As ``annotations_of`` returns them.
    root : Path
        The data set's folder.

    Raises
    ------
    RtdreamerError
        If the run is there, or the folder holds something else than a data set.
    """
    import mne_bids

    if root.exists() and (not root.is_dir() or (any(root.iterdir()) and not _is_bids(root))):
        raise RtdreamerError(f"{root}: is there, and no BIDS data set: give another --out")
    labels = labels_of(session.name)
    place = mne_bids.BIDSPath(
        subject=labels["sub"], session=labels.get("ses"), task=labels["task"],
        run=labels.get("run"), datatype="eeg", suffix="eeg", extension=".vhdr", root=root,
    )  # fmt: skip
    if place.fpath.exists():
        raise RtdreamerError(f"{place.fpath}: is there already: give another folder with --out")
    with staged(root.parent) as folder:
        made = folder / "bids"
        made.mkdir()
        _bring_along(root, made, place.directory.relative_to(root).parent)
        with in_one_line(root, "BIDS"):
            _write(session, annotations, place.copy().update(root=made), made)
        _complete(made, session)
        _merge(made, root)


def _is_bids(root: Path) -> bool:
    return (root / "dataset_description.json").is_file()


def _bring_along(root: Path, made: Path, of_session: Path) -> None:
    """Copy the tables to which rows are added."""
    scans = [one.relative_to(root) for one in (root / of_session).glob("*_scans.tsv")]
    for name in (*map(Path, _SHARED), *scans):
        if (root / name).is_file():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, made / name)


def _write(session: Session, annotations: list[Annotation], place: Any, made: Path) -> None:
    import mne_bids

    if not _is_bids(made):
        mne_bids.make_dataset_description(
            path=made, name="EEG of an Emotiv headset", dataset_type="raw",
            generated_by=[{"Name": "rtdreamer", "Version": __version__}], verbose="ERROR",
        )  # fmt: skip
    raw = raw_of(session, annotations, with_values=True)
    mne_bids.write_raw_bids(
        raw, place, format="BrainVision", allow_preload=True, overwrite=True, verbose="ERROR"
    )
    # Of markers it keeps numbers, by which no reader of the file alone would see the gaps.
    write_raw(session, annotations, place.fpath, "brainvision")


def _complete(made: Path, session: Session) -> None:
    """Say in the JSON files what MNE-BIDS cannot know."""
    facts = {
        "Manufacturer": "n/a",
        "RecordingType": "discontinuous" if session.gaps else "continuous",
        "TaskDescription": "What was shown or asked is in events.tsv, where it was marked",
    }
    for path in made.rglob("*_eeg.json"):
        _update(path, facts)
    for path in made.rglob("*_coordsystem.json"):
        place = "Places of a template, MNE's standard_1020: not measured"
        _update(path, {"EEGCoordinateSystemDescription": place})
    for path in made.rglob("*_events.json"):
        kinds = {"Description": "What happened: a marker as it was sent, or", "Levels": LEVELS}
        _update(path, {"trial_type": kinds, **(COLUMNS if session.verdicts else {})})


def _update(path: Path, values: dict[str, Any]) -> None:
    found = json.loads(path.read_text("utf-8"))
    text = json.dumps(found | values, indent=4, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def _merge(made: Path, root: Path) -> None:
    """Move what was made into the data set: new files first, then the tables that name them."""
    if not root.exists():
        made.rename(root)
        return
    files = [one.relative_to(made) for one in made.rglob("*") if one.is_file()]
    tables = [one for one in files if str(one) in _SHARED or one.name.endswith("_scans.tsv")]
    new = [one for one in files if one not in tables and not _is_same(made / one, root / one)]
    for one in new:
        if (root / one).exists():
            raise RtdreamerError(f"{root / one}: is there already: give another folder with --out")
    moved: list[Path] = []
    try:
        for one in (*new, *tables):
            (root / one).parent.mkdir(parents=True, exist_ok=True)
            (made / one).replace(root / one)
            moved += [root / one] if one in new else []
    except OSError as error:
        for path in moved:
            path.unlink(missing_ok=True)
        raise RtdreamerError(f"{root}: cannot be written: {error.strerror}") from error


def _is_same(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()
