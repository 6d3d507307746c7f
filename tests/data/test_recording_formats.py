"""Files are written by MNE where it can, and by hand from the formats' definitions elsewhere."""

import mne
import numpy as np
import pytest
from scipy import io

from rtdreamer.channels import microvolts
from rtdreamer.data.recording import READERS
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC

SFREQ = 128
LABELS = ("COUNTER", *reversed(EPOC.ch_names))
# Whole multiples of 1 µV, so that 16-bit formats lose nothing; first a column that is no EEG.
MICROVOLTS = np.rint(np.random.default_rng(0).normal(0, 50, (15, 4 * SFREQ)))
EXPECTED = MICROVOLTS[:0:-1]


def read(path):
    return READERS[path.suffix](path, {})


def write_fif(path):
    info = mne.create_info(list(LABELS), SFREQ, ["misc"] + ["eeg"] * 14)
    mne.io.RawArray(MICROVOLTS * 1e-6, info, verbose="ERROR").save(path, verbose="ERROR")


def write_edf(path, n_bytes=2):
    """EDF (16 bit) and BDF (24 bit): a header of fixed-width text, then records of one second."""
    n = len(LABELS)
    limit = 2 ** (8 * n_bytes - 1)
    version = b"0".ljust(8) if n_bytes == 2 else b"\xffBIOSEMI"
    head = [("", 80), ("", 80), ("01.01.20", 8), ("00.00.00", 8), (256 * (n + 1), 8)]
    head += [("" if n_bytes == 2 else "24BIT", 44), (4, 8), (1, 8), (n, 4)]
    head += [(label, 16) for label in LABELS] + [("", 80)] * n + [("uV", 8)] * n
    head += [(-limit, 8)] * n + [(limit - 1, 8)] * n  # physical limits
    head += [(-limit, 8)] * n + [(limit - 1, 8)] * n  # digital limits
    head += [("", 80)] * n + [(SFREQ, 8)] * n + [("", 32)] * n
    records = MICROVOLTS.reshape(n, 4, SFREQ).transpose(1, 0, 2).astype("<i4")
    digits = records[..., None].view(np.uint8)[..., :n_bytes]
    text = "".join(str(value).ljust(width) for value, width in head).encode("ascii")
    path.write_bytes(version + text + digits.tobytes())


def write_bdf(path):
    write_edf(path, n_bytes=3)


def write_brainvision(path):
    """Text beside a binary file of interleaved floats, with the unit in the header."""
    channels = "\n".join(f"Ch{i}={name},,1,µV" for i, name in enumerate(LABELS, start=1))
    path.write_text(
        "Brain Vision Data Exchange Header File Version 1.0\n\n[Common Infos]\nCodepage=UTF-8\n"
        f"DataFile={path.stem}.eeg\nMarkerFile={path.stem}.vmrk\nDataFormat=BINARY\n"
        f"DataOrientation=MULTIPLEXED\nNumberOfChannels={len(LABELS)}\n"
        f"SamplingInterval={1e6 / SFREQ}\n\n[Binary Infos]\nBinaryFormat=IEEE_FLOAT_32\n\n"
        f"[Channel Infos]\n{channels}\n",
        encoding="utf-8",
    )
    path.with_suffix(".vmrk").write_text(
        "Brain Vision Data Exchange Marker File, Version 1.0\n\n[Common Infos]\n"
        f"Codepage=UTF-8\nDataFile={path.stem}.eeg\n\n[Marker Infos]\n",
        encoding="utf-8",
    )
    MICROVOLTS.T.astype("<f4").tofile(path.with_suffix(".eeg"))


def write_eeglab(path):
    locations = np.array([(name,) for name in LABELS], dtype=[("labels", object)])
    n, n_times = MICROVOLTS.shape
    eeg = {
        "setname": "x", "nbchan": float(n), "pnts": float(n_times), "trials": 1.0,
        "srate": float(SFREQ), "xmin": 0.0, "xmax": (n_times - 1) / SFREQ, "data": MICROVOLTS,
        "chanlocs": locations, "event": np.empty((0, 0)), "epoch": np.empty((0, 0)),
        "icawinv": [], "icasphere": [], "icaweights": [], "icaact": [], "urchanlocs": [],
        "chaninfo": {"nosedir": "+X"}, "ref": "common",
    }  # fmt: skip
    io.savemat(path, {"EEG": eeg}, appendmat=False)


WRITERS = {
    "x_raw.fif": write_fif,
    "x.edf": write_edf,
    "x.bdf": write_bdf,
    "x.vhdr": write_brainvision,
    "x.set": write_eeglab,
}

UNITS = {"x_raw.fif": "V", "x.edf": "uV", "x.bdf": "uV", "x.vhdr": "µV", "x.set": "µV"}
SCALES = {"x_raw.fif": 1.0}  # V in one of its numbers


@pytest.mark.parametrize("name", WRITERS)
def test_each_format_gives_the_sensors_in_order_and_in_its_own_unit(tmp_path, name):
    WRITERS[name](tmp_path / name)
    found = read(tmp_path / name)
    assert found.units == (UNITS[name],) * 14
    assert found.sfreq == SFREQ
    assert found.data * microvolts(UNITS[name]) == pytest.approx(EXPECTED, abs=1e-4)
    assert (found.gaps, found.notes, found.part) == ((), (), "")
    assert found.counter == pytest.approx(MICROVOLTS[0] * 1e-6 / SCALES.get(name, 1e-6))


@pytest.mark.parametrize("name", WRITERS)
def test_a_broken_file_is_reported_in_one_line(tmp_path, name):
    (tmp_path / name).write_bytes(b"nothing of the kind\n" * 100)
    with pytest.raises(DataError, match="cannot be read as") as caught:
        read(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


@pytest.mark.parametrize("name", ["x_raw.fif", "x.set"])
def test_a_truncated_file_is_reported_in_one_line(tmp_path, name):
    path = tmp_path / name
    WRITERS[name](path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(DataError, match=name) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_a_missing_sensor_is_named(tmp_path):
    path = tmp_path / "x_raw.fif"
    info = mne.create_info(["P", *(name for name in EPOC.ch_names if name != "P7")], SFREQ, "eeg")
    mne.io.RawArray(EXPECTED * 1e-6, info, verbose="ERROR").save(path, verbose="ERROR")
    with pytest.raises(DataError, match=r"P7 missing.*--rename P=P7"):
        read(path)
    assert READERS[path.suffix](path, {"P": "P7"}).data[EPOC.ch_names.index("P7")] == pytest.approx(
        EXPECTED[0] * 1e-6
    )


@pytest.mark.parametrize("name", WRITERS)
def test_old_names_are_read_and_said(tmp_path, monkeypatch, name):
    old = {"T7": "T3", "T8": "T4", "P7": "T5", "P8": "T6"}
    monkeypatch.setitem(globals(), "LABELS", tuple(old.get(label, label) for label in LABELS))
    WRITERS[name](tmp_path / name)
    found = read(tmp_path / name)
    assert found.data * microvolts(UNITS[name]) == pytest.approx(EXPECTED, abs=1e-4)
    (note,) = found.notes
    assert "T3 as T7" in note
