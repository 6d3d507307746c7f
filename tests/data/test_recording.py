from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy import signal

from rtdreamer.channels import microvolts
from rtdreamer.data import recording
from rtdreamer.data.recording import read_recording
from rtdreamer.data.sensors import SensorData
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC
from rtdreamer.stream.decimation import delay_s
from tests import one_line


def write(tmp_path, data, name="a.csv"):
    path = tmp_path / name
    np.savetxt(path, data.T, delimiter=",", header=",".join(EPOC.ch_names), comments="", fmt="%.9g")
    return path


@pytest.fixture
def data():
    return np.round(np.random.default_rng(0).normal(4200, 20, (14, 300)), 2)


def test_a_csv_is_read(tmp_path, data):
    found = read_recording(write(tmp_path, data), sfreq=128)
    assert found.name == "a.csv"
    assert found.data == pytest.approx(data)


def test_the_path_may_be_text_and_the_suffix_in_capitals(tmp_path, data):
    path = write(tmp_path, data, "a.CSV")
    assert read_recording(str(path), sfreq=128).data == pytest.approx(data)


@pytest.mark.parametrize(
    ("unit", "factor"),
    [("uV", 1), ("µV", 1), ("μV", 1), ("microvolts", 1), ("mV", 1e3), ("V", 1e6), ("Volts", 1e6)],
)
def test_units(tmp_path, data, unit, factor):
    found = read_recording(write(tmp_path, data / factor), sfreq=128, unit=unit)
    assert found.data == pytest.approx(data)


def test_mne_files_come_out_in_microvolts_once(tmp_path, data):
    import mne

    path = tmp_path / "x_raw.fif"
    info = mne.create_info(list(EPOC.ch_names), 128, "eeg")
    mne.io.RawArray(data * 1e-6, info, verbose="ERROR").save(path, verbose="ERROR")
    assert read_recording(path).data == pytest.approx(data, rel=1e-6)


class TestUnitOfAReader:
    """A format says the unit or does not; ``found`` stands for what it says."""

    def read(self, tmp_path, monkeypatch, data, found, given, scale=1.0):
        def reader(path, rename):
            return SensorData(data / scale, units=(found,) * 14, sfreq=128.0)

        monkeypatch.setitem(recording.READERS, ".csv", reader)
        return read_recording(write(tmp_path, data), unit=given)

    @pytest.mark.parametrize("given", [None, "", "uV", "mV", "Volts"])
    @pytest.mark.parametrize("found", ["", " ", "uV", "V", "emotiv", "counts", "°C"])
    def test_what_is_given_wins_and_is_said_where_the_file_says_otherwise(
        self, tmp_path, monkeypatch, data, found, given
    ):
        scale = microvolts(given or found)
        if scale is None:
            with pytest.raises(DataError, match=r"unknown unit .*: say --unit uV"):
                self.read(tmp_path, monkeypatch, data, found, given)
            return
        read = self.read(tmp_path, monkeypatch, data, found, given, scale)
        assert read.data == pytest.approx(data)
        said = " ".join(read.notes)
        assert ("--unit says" in said) == bool(
            given and found.strip() and microvolts(found) != scale
        )
        assert ("taken as µV" in said) == (not given and found.strip() in ("", "emotiv"))

    def test_sensors_without_one_are_named(self, tmp_path, monkeypatch, data):
        def reader(path, rename):
            return SensorData(data, units=("uV",) * 12 + ("", " "), sfreq=128.0)

        monkeypatch.setitem(recording.READERS, ".csv", reader)
        read = read_recording(write(tmp_path, data))
        assert read.notes == ("it names no unit for F8, AF4: taken as µV",)

    def test_an_unknown_one_that_is_given_is_refused(self, tmp_path, monkeypatch, data):
        with pytest.raises(DataError, match="unknown unit 'counts': say --unit uV"):
            self.read(tmp_path, monkeypatch, data, "V", "counts")

    @pytest.mark.parametrize(("found", "true"), [("V", "uV"), ("uV", "V"), ("mV", "uV")])
    def test_one_that_no_head_can_have_meant_is_refused(
        self, tmp_path, monkeypatch, data, found, true
    ):
        scale = microvolts(true)
        with pytest.raises(DataError, match=f"is no EEG: it looks like {true}: say --unit {true}"):
            self.read(tmp_path, monkeypatch, data, found, None, scale)
        read = self.read(tmp_path, monkeypatch, data, found, true, scale)
        assert read.data == pytest.approx(data)
        assert len(read.notes) == 1

    def test_an_unlikely_one_that_is_given_is_taken_and_doubted(self, tmp_path, monkeypatch, data):
        read = self.read(tmp_path, monkeypatch, data, "uV", "V")
        assert read.data == pytest.approx(data * 1e6)
        assert read.notes[0] == "its unit is taken as V, as --unit says; the file says uV"
        assert read.notes[1].startswith("as --unit V has it, 4200 V, changing by ")
        assert read.notes[1].endswith("is no EEG: it looks like uV: say --unit uV")

    @pytest.mark.parametrize("said", ["", "uV", "mV"])
    @pytest.mark.parametrize("factor", [1e3, 1e-3, 1e-6])
    def test_one_sensor_in_another_unit_is_refused_by_name(
        self, tmp_path, monkeypatch, data, said, factor
    ):
        scale = microvolts(said)
        stored = data / scale
        stored[3] *= factor

        def reader(path, rename):
            return SensorData(stored, units=(said,) * 14, sfreq=128.0)

        monkeypatch.setitem(recording.READERS, ".csv", reader)
        path = write(tmp_path, data)
        message = one_line.refusal(read_recording, path)
        times = {1e3: "1/1,000", 1e-3: "1,000", 1e-6: "1,000,000"}[factor]
        assert f"FC5 would be like the other sensors at {times} times the size: " in message
        assert f"say --unit {said or 'uV'} to take all numbers as they are" in message
        read = read_recording(path, unit=said or "uV")
        assert read.data == pytest.approx(stored * scale)
        assert "FC5 would be" in read.notes[-1]

    def test_one_sensor_that_says_another_unit_than_it_has_is_put_right_by_unit(
        self, tmp_path, monkeypatch, data
    ):
        def reader(path, rename):
            return SensorData(data, units=("uV",) * 5 + ("mV",) + ("uV",) * 8, sfreq=128.0)

        monkeypatch.setitem(recording.READERS, ".csv", reader)
        path = write(tmp_path, data)
        message = one_line.refusal(read_recording, path)
        assert "P7 would be like the other sensors at 1/1,000 times the size" in message
        assert "say --unit uV if all are in that" in message
        read = read_recording(path, unit="uV")
        assert read.data == pytest.approx(data)
        note = "its unit is taken as uV, as --unit says; the file says mV for P7"
        assert read.notes == (note,)


class TestHalving:
    n_times = 2560
    time = np.arange(n_times) / 256

    def halved(self, tmp_path, wave):
        data = np.tile(4200 + wave, (14, 1))
        return read_recording(write(tmp_path, data), sfreq=256).data

    def test_a_slow_wave_stays_in_place(self, tmp_path):
        """But for the filter's delay, as live."""
        found = self.halved(tmp_path, 20 * np.sin(2 * np.pi * 10 * self.time))
        expected = 4200 + 20 * np.sin(2 * np.pi * 10 * (self.time[1::2] - delay_s(EPOC)))
        assert found.shape == (14, 1280)
        assert np.abs(found - expected)[:, 40:].max() < 0.05

    @pytest.mark.parametrize("freq", [85, 100, 118])
    def test_what_would_fold_into_the_band_is_removed(self, tmp_path, freq):
        found = self.halved(tmp_path, 20 * np.sin(2 * np.pi * freq * self.time))
        assert np.abs(found - 4200)[:, 40:].max() < 0.1

    def test_the_band_keeps_its_power(self, tmp_path):
        noise = np.random.default_rng(1).normal(0, 20, self.n_times)
        # From where the noise begins in it: the filter answers 13 samples later.
        found = self.halved(tmp_path, noise)[0, 6:]
        freqs, before = signal.welch(noise[:-12], 256, nperseg=512)
        _, after = signal.welch(found, 128, nperseg=256)
        band = (freqs >= 1) & (freqs <= 45)
        assert after[: len(freqs)][band[: len(after)]] == pytest.approx(before[band], rel=0.1)

    def test_the_offset_makes_no_transient_at_the_ends(self, tmp_path):
        drift = np.linspace(0, 30, self.n_times)
        expected = 4200 + np.interp(self.time[1::2] - delay_s(EPOC), self.time, drift)
        assert np.abs(self.halved(tmp_path, drift) - expected).max() < 0.1

    @given(st.sets(st.integers(300, 2200), min_size=1, max_size=5), st.integers(0, 13))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_what_no_headset_can_measure_is_missing_and_smears_nothing(self, tmp_path, at, row):
        at = sorted(at)
        assume(min(np.diff([0, *at])) > 40)
        plain = 4200 + np.tile(20 * np.sin(2 * np.pi * 10 * self.time), (14, 1))
        spoilt = plain.copy()
        spoilt[row, at] = 7e5
        found = read_recording(write(tmp_path, spoilt), sfreq=256)
        missing = np.isnan(found.data).any(axis=0)
        assert np.flatnonzero(missing).tolist() == [sample // 2 for sample in at]
        assert any("that no EPOC can measure" in note for note in found.notes)
        expected = read_recording(write(tmp_path, plain), sfreq=256).data
        np.testing.assert_allclose(found.data[:, ~missing], expected[:, ~missing], atol=3)


@pytest.mark.parametrize("sfreq", [64, 127, 250, 512, 0, -128, float("nan")])
def test_other_rates_are_refused(tmp_path, data, sfreq):
    with pytest.raises(DataError, match="must be 128 or 256 Hz"):
        read_recording(write(tmp_path, data), sfreq=sfreq)


CASES = Path(__file__).parent.parent / "field_cases"


def test_what_the_user_says_of_a_rate_counts_where_the_stamps_agree():
    overruled = read_recording(CASES / "rate-3-says-128-runs-256.xdf", sfreq=256)
    assert overruled.data.shape == (14, 256)
    assert any("128" in note and "256" in note for note in overruled.notes)
    assert read_recording(CASES / "refused-2-rate-0.xdf", sfreq=128).data.shape == (14, 512)
    for name, sfreq in (("rate-3-says-128-runs-256.xdf", 128), ("refused-2-rate-0.xdf", 256)):
        with pytest.raises(DataError, match=r"128 Hz.*256 Hz|256 Hz.*128 Hz"):
            read_recording(CASES / name, sfreq=sfreq)


def test_only_an_xdf_holds_several_devices(tmp_path, data):
    with pytest.raises(DataError, match="leave --source-id out"):
        read_recording(write(tmp_path, data), sfreq=128, source_id="EPOCX-1")
    with pytest.raises(DataError, match="leave --stream out"):
        read_recording(write(tmp_path, data), sfreq=128, stream="EPOC")


def test_a_rate_must_be_said_for_a_csv(tmp_path, data):
    with pytest.raises(DataError, match="say --sfreq"):
        read_recording(write(tmp_path, data))


def test_a_rate_that_the_file_contradicts_is_refused(tmp_path, data):
    import mne

    path = tmp_path / "x_raw.fif"
    info = mne.create_info(list(EPOC.ch_names), 128, "eeg")
    mne.io.RawArray(data * 1e-6, info, verbose="ERROR").save(path, verbose="ERROR")
    assert read_recording(path, sfreq=128).data.shape == data.shape
    with pytest.raises(DataError, match="128 Hz, not 256 Hz"):
        read_recording(path, sfreq=256)


def test_an_unknown_unit_is_refused(tmp_path, data):
    with pytest.raises(DataError, match="unknown unit 'counts'"):
        read_recording(write(tmp_path, data), sfreq=128, unit="counts")


def test_renaming_is_passed_on(tmp_path, data):
    path = write(tmp_path, data)
    path.write_text(path.read_text(encoding="utf-8").replace("P7", "P"), encoding="utf-8")
    assert read_recording(path, sfreq=128, rename={"P": "P7"}).data == pytest.approx(data)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_named(tmp_path, data, value):
    import mne

    path = tmp_path / "x_raw.fif"
    info = mne.create_info(list(EPOC.ch_names), 128, "eeg")
    data[6, 41] = value
    mne.io.RawArray(data * 1e-6, info, verbose="ERROR").save(path, verbose="ERROR")
    with pytest.raises(DataError, match="O1: sample 42 is not a finite number"):
        read_recording(path)


class TestRefusals:
    def refusal(self, path):
        return one_line.refusal(read_recording, path)

    def test_a_missing_file(self, tmp_path):
        assert "no such file" in self.refusal(tmp_path / "a.edf")

    def test_a_folder(self, tmp_path):
        assert "is a folder" in self.refusal(tmp_path)

    @pytest.mark.parametrize("name", ["a.docx", "a", "a.eeg"])
    def test_an_unknown_kind(self, tmp_path, name):
        (tmp_path / name).write_bytes(b"x")
        assert ".csv" in self.refusal(tmp_path / name)

    @pytest.mark.parametrize("name", ["a.csv", "a.edf", "a.fif", "a.xdf"])
    def test_an_empty_file(self, tmp_path, name):
        (tmp_path / name).write_bytes(b"")
        assert "is empty" in self.refusal(tmp_path / name)
