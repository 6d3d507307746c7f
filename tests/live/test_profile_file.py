from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.errors import DataError, RtdreamerError
from rtdreamer.headset import EPOC
from rtdreamer.live.profile_file import MAX_BYTES, read_profile, write_profile
from rtdreamer.signal.features import Spec, extract
from rtdreamer.signal.profile import Profile
from rtdreamer.window import BANDS

SPEC = Spec()


@pytest.fixture(scope="module")
def profile():
    rng = np.random.default_rng(0)
    eeg = 4200 + rng.normal(0, 15, (3, EPOC.n_channels, SPEC.n_times))
    return Profile.of([extract(window, SPEC) for window in eeg], 12.5)


@pytest.fixture
def written(tmp_path, profile):
    path = tmp_path / "me.toml"
    write_profile(path, profile, SPEC)
    return path


def test_a_profile_from_before_slow_bands_were_decimated_is_of_the_full_rate(written, profile):
    full = replace(SPEC, decimate=False)
    write_profile(written, profile, full)
    without("decimate")(written)
    assert read_profile(written, full).seconds == 12.5
    with pytest.raises(DataError, match="decimate false, the model's have true; run rtdreamer bas"):
        read_profile(written, SPEC)


def test_a_profile_survives_bit_for_bit(written, profile):
    again = read_profile(written, SPEC)
    for name in ("de", "edge_weight", "spectrum", "covariance"):
        np.testing.assert_array_equal(getattr(again, name), getattr(profile, name))
    assert again.seconds == 12.5
    assert list(written.parent.iterdir()) == [written]


def test_the_file_says_what_it_is(written):
    text = written.read_text(encoding="utf-8")
    assert text.startswith("# The baseline of one person's EEG")
    assert "seconds = 12.5\n" in text
    assert 'ch_names = ["AF3", "F7"' in text


def test_writing_again_replaces(written, profile):
    write_profile(written, replace(profile, seconds=60.0), SPEC)
    assert read_profile(written, SPEC).seconds == 60


def test_a_model_that_only_differs_in_what_it_does_with_a_profile_can_read_it(written):
    assert read_profile(written, replace(SPEC, standardise=False)).seconds == 12.5


def swap(old, new):
    def change(path):
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def without(name):
    """Leave out one line, or an array with all its lines."""

    def change(path):
        head, _, tail = path.read_text(encoding="utf-8").partition(f"\n{name} = ")
        rest = tail.partition("\n]\n" if tail.startswith("[\n") else "\n")[2]
        path.write_text(f"{head}\n{rest}", encoding="utf-8")

    return change


def first_number(name, value):
    def change(path):
        head, start, tail = path.read_text(encoding="utf-8").partition(f"\n{name} = [\n    ")
        brackets = len(tail) - len(tail.lstrip("["))
        after = tail.partition(",")[2]
        path.write_text(f"{head}{start}{'[' * brackets}{value},{after}", encoding="utf-8")

    return change


def written_anew(content):
    return lambda path: path.write_bytes(content)


BROKEN = {
    "missing": (lambda path: path.unlink(), "no such file: 'rtdreamer baseline"),
    "folder": (lambda path: (path.unlink(), path.mkdir()), "is a folder"),
    "empty": (written_anew(b""), "exactly the fields"),
    "not TOML": (written_anew(b"AF3,F7\n1,2\n"), "not a usable profile"),
    "not text": (written_anew(b"\x89HDF\r\n\xff\xfe" * 40), "not a usable profile"),
    "too large": (written_anew(b"#" * (MAX_BYTES + 1)), "bytes are more than"),
    "nested without end": (written_anew(b"de = " + b"[" * 500_000), "nested too deep"),
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:9000]), "not a usable profile"),
    "other version": (swap("version = 2", "version = 3"), "version 3, this .* reads 2"),
    "a version before": (
        swap("version = 2", "version = 1"),
        "version 1, .* run .*baseline again",
    ),
    "no version": (without("version"), "exactly the fields"),
    "no spectrum": (without("spectrum"), "exactly the fields"),
    "something more": (swap("version", "more = 1\nversion"), "exactly the fields"),
    "no windows": (swap("[windows]", "[other]"), "exactly the fields"),
    "windows are a number": (swap("[windows]", "windows = 1\n[other]"), "exactly the fields"),
    "windows lack the rate": (without("sfreq"), r"its \[windows\] has exactly"),
    "seconds of words": (
        swap("seconds = 12.5", 'seconds = "12.5"'),
        "is '12.5', must be a number",
    ),
    "seconds are true": (
        swap("seconds = 12.5", "seconds = true"),
        "is True, must be a number",
    ),
    "no seconds": (swap("seconds = 12.5", "seconds = 0"), "cannot be of 0"),
    "endless seconds": (swap("seconds = 12.5", "seconds = inf"), "cannot be of inf"),
    "seconds of 400 digits": (swap("seconds = 12.5", f"seconds = {'9' * 400}"), "must be a number"),
    "de is a number": (swap("de = [", "de = 1\nother = ["), "exactly the fields"),
    "de of words": (first_number("de", '"1.0"'), "de is .*must be a table of numbers"),
    "de of dates": (first_number("de", "2026-01-01"), "de is .*must be a table of numbers"),
    "de too long": (first_number("de", "1.0, 1.0"), "de is .*must be a table of numbers"),
    "weights too long": (first_number("edge_weight", "0.1, 0.1"), "must be a table of numbers"),
    "spectrum too long": (first_number("spectrum", "1.0, 1.0"), "must be a table of numbers"),
    "covariance too long": (first_number("covariance", "1.0, 1.0"), "must be a table of numbers"),
    "a covariance of volts": (first_number("covariance", "1e13"), "covariance goes beyond"),
    "no covariance": (without("covariance"), "exactly the fields"),
    "NaN": (first_number("spectrum", "nan"), "not finite"),
    "endless": (first_number("de", "-inf"), "not finite"),
    "400 digits": (first_number("de", "9" * 400), "table of numbers"),
    "vast": (first_number("de", "1e300"), "its de goes beyond -50 to 50"),
    "a weight above 1": (first_number("edge_weight", "1.5"), "edge_weight goes beyond 0 to 1"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_profile_is_refused_in_one_line(written, case):
    damage, message = BROKEN[case]
    damage(written)
    with pytest.raises(DataError, match=message) as caught:
        read_profile(written, SPEC)
    assert "\n" not in str(caught.value)
    assert str(written) in str(caught.value)


OTHER = {
    "sfreq": ({"headset": replace(EPOC, sfreq=256.0)}, "128.0.* 256.0"),
    "n_times": ({"n_times": 640}, "1280.* 640"),
    "ch_names": (
        {"headset": replace(EPOC, ch_names=EPOC.ch_names[::-1])},
        '"AF3", "F7".*"AF4", "F8"',
    ),
    "bands": ({"bands": BANDS[:4]}, '"gamma", 30.0, 45.0'),
    "mi_estimator": ({"mi_estimator": "histogram"}, '"gaussian-copula".* "histogram"'),
    "scale_uv": ({"scale_uv": 30.0}, "20.0.* 30.0"),
    "clip": ({"clip": 5.0}, "10.0.* 5.0"),
}


@pytest.mark.parametrize("name", OTHER)
def test_a_profile_from_other_windows_is_refused_and_told_apart(written, name):
    change, both = OTHER[name]
    with pytest.raises(DataError, match=f"windows with {name} .*{both}.*run rtdreamer baseline"):
        read_profile(written, replace(SPEC, **change))


def test_a_path_that_cannot_be_written_says_so(tmp_path, profile):
    with pytest.raises(RtdreamerError, match="cannot be written"):
        write_profile(tmp_path, profile, SPEC)
    assert not list(tmp_path.iterdir())
