"""What is exported is read back, by MNE and by our own readers."""

import re
import shutil
import subprocess
from pathlib import Path

import mne
import numpy as np
import pytest

from rtdreamer.data.recording import read_recording
from rtdreamer.data.session import Mark, Session, read_recorded
from rtdreamer.data.session_bids import labels_of
from rtdreamer.data.session_export import annotations_of, place_for, write_session
from rtdreamer.errors import RtdreamerError
from rtdreamer.headset import EPOC
from tests.recorded_sessions import GAP, HOST, MADE_UP, SERIAL, SFREQ, signals, whole_session

pytest.importorskip("edfio")
pytest.importorskip("mne_bids")
pytest.importorskip("pybv")

NAME = "sub-P001_ses-S001_task-Default_run-001_eeg.xdf"
ENDINGS = {"edf": "edf", "bdf": "bdf", "fif": "fif", "brainvision": "vhdr"}
PREFIX = re.compile("^(Comment|Bad Interval)/")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return whole_session(tmp_path_factory.mktemp("session") / NAME)


@pytest.fixture(scope="module")
def session(path):
    return read_recorded(path)


@pytest.fixture(scope="module")
def exported(session, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    found = {form: folder / f"a_raw.{ending}" for form, ending in ENDINGS.items()}
    for form, out in found.items():
        write_session(session, out, form)
    write_session(session, folder / "study", "bids")
    (found["bids"],) = (folder / "study").rglob("*.vhdr")
    return found


def resolution(form):
    """µV that a step of the format is, for each channel, shape (14, 1)."""
    data = signals().T.astype(np.float64)
    if form in ("edf", "bdf"):
        # The header's limits have 8 characters: their last digit is lost, too.
        steps = 2**16 - 2 if form == "edf" else 2**24 - 2
        return np.ptp(data, axis=1, keepdims=True) / steps + 1e-3
    return np.abs(data) * 2.0**-23


@pytest.mark.parametrize("form", [*ENDINGS, "bids"])
def test_our_own_reader_has_the_session_back(exported, session, form):
    found = read_recording(exported[form])
    assert (np.abs(found.data - session.data) <= resolution(form)).all()
    ((at, seconds),) = ((gap.sample, gap.seconds) for gap in found.gaps)
    assert (at, seconds * SFREQ) == GAP


@pytest.mark.parametrize("form", [*ENDINGS, "bids"])
def test_mne_has_the_session_back(exported, session, form):
    raw = mne.io.read_raw(exported[form], verbose="ERROR")
    assert raw.ch_names == list(EPOC.ch_names)
    assert raw.info["sfreq"] == SFREQ
    data = raw.get_data()[:, session.place] * 1e6
    assert (np.abs(data - session.data) <= resolution(form)).all()
    expected, n_outside = annotations_of(session)
    assert n_outside == 0
    found = [
        (PREFIX.sub("", text), onset, duration)
        for text, onset, duration in zip(
            raw.annotations.description, raw.annotations.onset, raw.annotations.duration,
            strict=True,
        )
        if onset < session.seconds  # EDF fills its last record
    ]  # fmt: skip
    texts = [one.text for one in expected]
    if form in ("brainvision", "bids"):
        texts = [text.replace(",", ";") for text in texts]
    assert sorted(text for text, _, _ in found) == sorted(texts)
    times = {text: (onset, duration) for text, onset, duration in found}
    assert times["BAD_ACQ_SKIP"] == pytest.approx((GAP[0] / SFREQ, GAP[1] / SFREQ))
    assert times["BAD_interpolated"] == pytest.approx((MADE_UP[0] / SFREQ, MADE_UP[1] / SFREQ))
    assert times["marker New Segment"][0] == pytest.approx(25.5, abs=1e-4)


@pytest.mark.parametrize("form", [*ENDINGS, "bids"])
def test_mne_leaves_out_what_is_bad(exported, form):
    raw = mne.io.read_raw(exported[form], verbose="ERROR")
    events = mne.make_fixed_length_events(raw, duration=1.0)
    epochs = mne.Epochs(raw, events, tmin=0, tmax=0.99, baseline=None, preload=True,
                        verbose="ERROR")  # fmt: skip
    dropped = {k for k, why in enumerate(epochs.drop_log) if any("bad" in w.lower() for w in why)}
    assert dropped >= {4, 10, 11, 12}
    assert 5 not in dropped


def test_sensors_have_their_places(exported):
    raw = mne.io.read_raw(exported["fif"], verbose="ERROR")
    known = set(mne.channels.get_builtin_montages())
    (name,) = sorted(known & {"colin27_1020", "standard_1020"})[:1]
    expected = mne.channels.make_standard_montage(name).get_positions()["ch_pos"]
    found = raw.get_montage().get_positions()["ch_pos"]
    assert set(found) == set(EPOC.ch_names)
    apart = {name: np.linalg.norm(found[name] - found["AF3"]) for name in found}
    for name in EPOC.ch_names:
        assert apart[name] == pytest.approx(
            np.linalg.norm(expected[name] - expected["AF3"]), abs=1e-4
        )


@pytest.mark.parametrize("form", [*ENDINGS, "bids"])
def test_nothing_names_a_computer_or_a_headset(exported, form):
    out = exported[form]
    files = out.parents[3].rglob("*") if form == "bids" else out.parent.glob(f"{out.stem}.*")
    for file in files:
        content = file.read_bytes() if file.is_file() else b""
        assert HOST.encode() not in content
        assert SERIAL.encode() not in content


def test_identity_is_kept_where_it_is_asked_for(path, tmp_path):
    out = tmp_path / "a_raw.fif"
    write_session(read_recorded(path, keep_identity=True), out, "fif")
    device = mne.io.read_raw(out, verbose="ERROR").info["device_info"]
    assert (device["serial"], device["site"]) == (SERIAL, HOST)


def test_events_of_a_data_set_have_values(exported):
    (table,) = exported["bids"].parent.glob("*_events.tsv")
    head, *rows = (line.split("\t") for line in table.read_text("utf-8").splitlines())
    rows = [dict(zip(head, row, strict=True)) for row in rows]
    made = [row for row in rows if row["trial_type"] == "prediction"]
    assert len(made) == 40
    assert {row["reason"] for row in made if row["valence"] == "n/a"} == {
        "too few channels on [removed]"
    }
    assert 0 <= float(made[0]["valence"]) <= 1


def test_a_second_session_is_added_to_a_data_set(path, tmp_path):
    other = tmp_path / NAME.replace("P001", "P002").replace("run-001", "run-002")
    shutil.copy(path, other)
    root = tmp_path / "study"
    write_session(read_recorded(path), root, "bids")
    before = {one: one.read_bytes() for one in root.rglob("*eeg.*")}
    write_session(read_recorded(other), root, "bids")
    people = (root / "participants.tsv").read_text("utf-8")
    assert "sub-P001" in people
    assert "sub-P002" in people
    assert {one: one.read_bytes() for one in before} == before
    assert len(list(root.rglob("*.vhdr"))) == 2
    third = tmp_path / NAME.replace("run-001", "run-003")
    shutil.copy(path, third)
    write_session(read_recorded(third), root, "bids")
    (scans,) = (root / "sub-P001").rglob("*_scans.tsv")
    assert "run-001" in scans.read_text("utf-8")
    assert "run-003" in scans.read_text("utf-8")
    with pytest.raises(RtdreamerError, match="is there already"):
        write_session(read_recorded(path), root, "bids")


PLACES = (None, "node_modules/.bin")
VALIDATOR = next(filter(None, (shutil.which("bids-validator", path=p) for p in PLACES)), None)


@pytest.mark.skipif(VALIDATOR is None, reason="npm's bids-validator is not installed")
def test_the_validator_passes_the_data_set(exported):
    root = exported["bids"].parents[3]
    done = subprocess.run([VALIDATOR, root], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    assert "BIDS compatible" in done.stdout


@pytest.mark.parametrize("form", [*ENDINGS, "bids"])
def test_no_file_is_written_over(session, tmp_path, form):
    out = tmp_path / ("study" if form == "bids" else f"a.{ENDINGS[form]}")
    out.write_text("mine")
    with pytest.raises(RtdreamerError, match="is there"):
        write_session(session, out, form)
    assert [one.name for one in tmp_path.iterdir()] == [out.name]
    assert out.read_text() == "mine"


def test_files_beside_are_not_written_over_either(session, tmp_path):
    (tmp_path / "a.eeg").write_text("mine")
    with pytest.raises(RtdreamerError, match=r"a\.eeg: is there already"):
        write_session(session, tmp_path / "a.vhdr", "brainvision")
    assert [one.name for one in tmp_path.iterdir()] == ["a.eeg"]


def test_a_wrong_ending_is_refused(session, tmp_path):
    with pytest.raises(RtdreamerError, match=r"must end in \.edf"):
        write_session(session, tmp_path / "a.fif", "edf")
    assert not list(tmp_path.iterdir())


def test_what_a_library_cannot_write_leaves_nothing(session, tmp_path, monkeypatch):
    def fails(path, raw, **how):
        Path(path).write_text("half")
        raise RuntimeError("no\nsuch range")

    monkeypatch.setattr(mne.export, "export_raw", fails)
    with pytest.raises(RtdreamerError, match="cannot be written as edf: no such range"):
        write_session(session, tmp_path / "a.edf", "edf")
    assert not list(tmp_path.iterdir())


def test_what_lies_outside_is_counted():
    marks = tuple(Mark(at, "x") for at in (-1.0, 0.0, 3.9, 4.0))
    data = np.zeros((14, 512))
    session = Session("a.xdf", "EPOC", 128.0, data, np.arange(512), markers=marks)
    found, n_outside = annotations_of(session)
    assert [one.onset for one in found] == [0.0, 3.9]
    assert n_outside == 2


def test_places_and_labels():
    assert place_for(Path("a/b.xdf"), "fif") == Path("a/b_raw.fif")
    assert place_for(Path("a/b_eeg.xdf"), "fif") == Path("a/b_eeg.fif")
    assert place_for(Path("a/b.xdf"), "bids") == Path("a/b_bids")
    labels = {"sub": "P001", "ses": "S001", "task": "Default", "run": "001"}
    assert labels_of(NAME) == labels
    assert labels_of("a.xdf") == {"sub": "01", "task": "Default"}
