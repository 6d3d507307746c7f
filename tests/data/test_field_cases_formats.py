"""Small made-up files of kinds that people have: channel i is at 4200 + 10 i µV, at 10 Hz."""

from pathlib import Path

import mne
import numpy as np
import pytest
import pyxdf

from rtdreamer.channels import microvolts
from rtdreamer.data.recording import READERS
from rtdreamer.data.recording_xdf import read_xdf
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC
from tests.edf_bytes import parse

CASES = Path(__file__).parents[1] / "field_cases"


def as_parsed(path):
    """EDF by the parser of the tests."""
    anew = parse(path.read_bytes())
    return np.stack([anew[name][1].ravel() for name in EPOC.ch_names])


def as_pyxdf_has_it(path):
    streams, _ = pyxdf.load_xdf(path, dejitter_timestamps=False)
    return next(one["time_series"].T for one in streams if len(one["time_series"]))


def as_mne_has_it(path):
    return mne.io.read_raw(path, verbose="ERROR").get_data(picks=list(EPOC.ch_names))


BOTH = {
    ".edf": (READERS[".edf"], as_parsed),
    ".fif": (READERS[".fif"], as_mne_has_it),
    ".xdf": (read_xdf, as_pyxdf_has_it),
}


@pytest.mark.parametrize(
    ("name", "unit", "n_times", "sfreq", "gaps", "noted"),
    [
        ("unit-1-blank.edf", "", 512, 128, [], ""),
        ("unit-2-lower-case.edf", "uv", 512, 128, [], ""),
        ("gap-1-edf-plus-d.edf", "uV", 512, 128, [(256, 30)], ""),
        ("gap-3-boundary_raw.fif", "V", 384, 128, [(192, 1)], "how long a gap lasted"),
        ("cut-1-half.edf", "uV", 256, 128, [], "promises 4 records of 1 s, 2 are there"),
        ("refused-1-ecg-at-256.edf", "uV", 512, 128, [], ""),
        ("refused-2-rate-0.xdf", "microvolts", 512, None, [], ""),
        ("refused-3-empty-twin.xdf", "microvolts", 512, 128, [], ""),
    ],
)
def test_what_is_read(name, unit, n_times, sfreq, gaps, noted):
    path = CASES / name
    read, read_otherwise = BOTH[path.suffix]
    found = read(path, {})
    assert np.array_equal(found.data, read_otherwise(path))
    assert found.units == (unit,) * 14
    assert found.sfreq == sfreq
    assert [(gap.sample, gap.seconds) for gap in found.gaps] == gaps
    assert noted in " ".join(found.notes)
    assert bool(found.notes) == bool(noted)
    assert found.data.shape == (14, n_times)
    in_microvolts = found.data * microvolts(unit)
    assert in_microvolts.mean(axis=1) == pytest.approx(4200 + 10 * np.arange(14), abs=3)
    power = np.abs(np.fft.rfft(in_microvolts[:, :128] - in_microvolts[:, :128].mean()))
    assert (power[:, 1:].argmax(axis=1) + 1 == 10).all()


def test_volts_that_are_microvolts_are_handed_over_as_they_are():
    """That no head has 4200 V is for the plausibility of all recordings to say."""
    found = READERS[".fif"](CASES / "unit-3-microvolts-as-volts_raw.fif", {})
    assert found.units == ("V",) * 14
    assert found.data.mean(axis=1) == pytest.approx(4200 + 10 * np.arange(14), abs=3)


def test_stamps_that_contradict_the_rate():
    path = CASES / "rate-3-says-128-runs-256.xdf"
    with pytest.raises(DataError, match="says 128 Hz, but its time stamps run at 256 Hz"):
        read_xdf(path, {})
    found = read_xdf(path, {}, sfreq=256.0)
    assert (found.sfreq, found.data.shape) == (256, (14, 512))
