"""Small files as headsets' programs write them, played over LSL and compared with their formula."""

from pathlib import Path

import numpy as np
import pytest

from rtdreamer.headset import EPOC
from rtdreamer.stream.decimation import delay_s
from tests.command_line import ERROR, outcome
from tests.listener import play
from tests.made_up_tables import Table, noise

CASES = Path(__file__).parents[1] / "field_cases"
SPEED = 20


def sine(n_times, delay=0.0):
    """What all the files hold: a wave of 10 Hz on an offset, another for each sensor, µV."""
    row = np.arange(14)[:, None]
    return 4200 + 10 * row + (20 + row) * np.sin(20 * np.pi * (np.arange(n_times) / 128 - delay))


@pytest.mark.parametrize(
    ("file", "options", "n_times", "said"),
    [
        ("layout-1-testbench.csv", (), 256, "unit emotiv is taken as µV"),
        ("layout-2-emokit.csv", (), 256, "names no unit: taken as µV"),
        ("layout-2-emokit.csv", ("--sfreq", 128), 256, "names no unit: taken as µV"),
        ("layout-3-header-at-line-16.csv", ("--sfreq", 128), 256, ""),
        ("layout-4-utf16.csv", ("--sfreq", 128), 128, ""),
        ("unit-4-volts.csv", ("--sfreq", 128, "--unit", "V"), 256, ""),
        ("cut-2-emotivpro.csv", ("--sfreq", 128), 200, "promises 1536 samples"),
        ("made-up-1-emotivpro.csv", (), 256, ""),
    ],
)
def test_what_is_sent_is_what_the_file_holds(stream_name, file, options, n_times, said):
    played = play(stream_name, "--file", CASES / file, *options)
    assert (played.said.code, played.said.messages) == (0, "")
    assert played.labels == list(EPOC.ch_names)
    np.testing.assert_allclose(played.data, sine(n_times), atol=0.011)
    np.testing.assert_allclose(np.diff(played.stamps), 1 / (128 * SPEED), rtol=1e-3)
    assert said in played.said.output


@pytest.mark.parametrize("file", ["rate-1-emotivpro-256.csv", "rate-2-openvibe.csv"])
def test_256_hz_are_told_and_halved(stream_name, file):
    played = play(stream_name, "--file", CASES / file)
    assert played.said.code == 0
    assert played.data.shape == (14, 128)
    # From the second of the first pair on; the filter answers late.
    expected = sine(128, delay_s(EPOC) - 1 / 256)
    np.testing.assert_allclose(played.data[:, 14:], expected[:, 14:], atol=0.1)
    spectrum = np.abs(np.fft.rfft(played.data - played.data.mean(axis=1, keepdims=True)))
    assert (spectrum.argmax(axis=1) == 10).all()


@pytest.mark.parametrize("how", ["keep", "skip"])
def test_a_gap_is_played_as_a_gap(stream_name, how):
    path = CASES / "gap-2-timestamps.csv"
    played = play(stream_name, "--file", path, "--gaps", how, "--layout", "emotiv")
    assert "1 gap of 30.0 s" in played.said.output.splitlines()[0]
    sensors = np.stack([played.of(name) for name in EPOC.ch_names])
    np.testing.assert_allclose(sensors, np.hstack([sine(128)] * 2), atol=0.011)
    steps = np.diff(played.stamps)
    lasts = 30 / SPEED if how == "keep" else 1.0
    assert steps[127] == pytest.approx(lasts + 1 / (128 * SPEED), abs=1e-3)
    np.testing.assert_allclose(np.delete(steps, 127), 1 / (128 * SPEED), rtol=1e-3)


def test_what_the_driver_made_up_is_sent_as_made_up(stream_name):
    path = CASES / "made-up-1-emotivpro.csv"
    played = play(stream_name, "--file", path, "--layout", "emotiv")
    # By a reader of its own: the rows' second and third cells.
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()[2:]]
    np.testing.assert_array_equal(played.of("Counter"), [float(row[1]) for row in rows])
    np.testing.assert_array_equal(played.of("Interpolate"), [float(row[2]) for row in rows])
    assert played.of("Interpolate").sum() == 128


@pytest.mark.parametrize(
    ("file", "options", "said"),
    [
        ("rate-1-emotivpro-256.csv", ("--sfreq", 128), ("256 Hz", "128 Hz", "--sfreq")),
        ("rate-2-openvibe.csv", ("--sfreq", 128), ("256 Hz", "128 Hz", "--sfreq")),
        ("layout-3-header-at-line-16.csv", ("--sfreq", 256), ("128 Hz", "256 Hz", "--sfreq")),
        ("unit-4-volts.csv", ("--sfreq", 128), ("looks like V", "--unit V")),
        ("layout-4-utf16.csv", (), ("does not tell its rate", "--sfreq 128")),
        ("message-1-bad-cell.csv", (), ("line 103", "EEG.F3", "'n/a'")),
    ],
)
def test_what_is_refused_is_refused_in_one_line(file, options, said):
    found = outcome(["replay", "--file", CASES / file, *options])
    assert found.code == 2
    assert found.output == ""
    assert found.messages.startswith(ERROR)
    assert found.messages.count("\n") == 1
    for word in (file, *said):
        assert word in found.messages


def test_contact_that_a_file_tells_is_sent_beside_the_emotiv_layout(stream_name, tmp_path):
    contact = np.tile([0, 1, 2, 4] * 3 + [4, 4], (256, 1)).T
    quality = zip(EPOC.ch_names, contact, strict=True)
    columns = {f"CQ.{name}": [str(value) for value in row] for name, row in quality}
    path = Table(noise(256), columns=columns).write(tmp_path / "a.csv")
    options = ("--file", path, "--sfreq", 128, "--layout", "emotiv")
    played = play(stream_name, *options, speed=1, beside=("-Contact-Quality",))
    np.testing.assert_array_equal([played.of(name) for name in EPOC.ch_names], noise(256))
    labels, samples, _ = played.beside[f"{stream_name}-Contact-Quality"]
    assert labels[4:] == list(EPOC.ch_names)
    assert samples.shape[1] > 0
    np.testing.assert_array_equal(samples[4:], np.tile(contact[:, :1], (1, samples.shape[1])))


def test_gaps_are_those_of_a_file():
    found = outcome(["replay", "--subject", 1, "--gaps", "skip"])
    assert found.code == 2
    assert "go with --file" in found.messages
