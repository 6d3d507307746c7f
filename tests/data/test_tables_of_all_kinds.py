"""Tables made up in bulk: rate × source × contradiction, gaps, encodings × delimiters × labels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.data.recording import read_recording
from rtdreamer.data.recording_csv import read_csv
from rtdreamer.headset import EPOC
from rtdreamer.stream.decimation import decimate
from tests import one_line
from tests.made_up_tables import LABEL_STYLES, OLD, TIMES, Table, noise, times

N_TIMES = 300

RATE_NOTES = {
    "EmotivPRO 3": "title:x, headset type:EPOCX, sampling rate:eeg_{};mot_32;pow_8, version:2.1,",
    "EmotivPRO 1": "title:x, headset:EPOCPLUS, sampling rate:{}, version:2.0,",
    "TestBench": "title:x, recorded:01.01.24 12.00.00, sampling:{}, subject:none, units:emotiv",
    "words": "#Sample rate,{}",
    "words with a unit": "Sampling frequency (Hz): {}",
    "equals": "% srate = {}.0",
    "Rate": "Rate: {}",
    "Rate in Hz": "# rate (Hz),{}",
    "Frequency": "Frequency: {} Hz",
    "Data Rate": "Data Rate: {}",
    "Data Rate of a spreadsheet": "Data Rate,{},,,",
    "bare": "# {} Hz",
}
OPENVIBE = "OpenViBE's header"
COLUMN = "a column"
SOURCES = (*RATE_NOTES, OPENVIBE, COLUMN, *TIMES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


def told(rate, *sources, n_times=N_TIMES):
    """A table whose sources tell their rates; ``sources`` are (source, rate) beside the first."""
    above, columns = [], {}
    for source, said in sources:
        if source in RATE_NOTES:
            above.append(RATE_NOTES[source].format(said))
        elif source == OPENVIBE:
            columns |= {f"Time:{said}Hz": next(iter(times(n_times, rate).values()))}
        elif source == COLUMN:
            columns |= {"Sampling Rate": [str(said), *[""] * (n_times - 1)]}
        else:
            columns |= times(n_times, said, source)
    return Table(noise(n_times), above=tuple(above), columns=columns)


@given(source=st.sampled_from(SOURCES), rate=st.sampled_from([128, 256]))
def test_each_source_of_a_rate_is_heard(folder, source, rate):
    path = told(rate, (source, rate)).write(folder / "a.csv")
    assert read_csv(path, {}).sfreq == rate
    assert read_csv(path, {}).gaps == ()
    found = read_recording(path)
    data = noise(N_TIMES)
    np.testing.assert_array_equal(found.data, data if rate == 128 else decimate(data, EPOC))
    assert read_recording(path, sfreq=rate).data.shape == found.data.shape


@given(source=st.sampled_from(SOURCES), rate=st.sampled_from([128, 256]))
def test_a_given_rate_that_contradicts_any_is_refused(folder, source, rate):
    path = told(rate, (source, rate)).write(folder / "a.csv")
    other = 384 - rate
    message = one_line.refusal(lambda path: read_recording(path, sfreq=other), path)
    assert f"{rate} Hz" in message
    assert f"{other} Hz" in message


@given(
    sources=st.lists(st.sampled_from(SOURCES), min_size=2, max_size=2, unique=True),
    rates=st.permutations([128, 256]),
)
def test_two_that_contradict_each_other_are_refused(folder, sources, rates):
    table = told(rates[0], *zip(sources, rates, strict=True))
    path = table.write(folder / "a.csv")
    if len({label.upper() for label in table.columns} & {"TIME", "TIMESTAMP"}) == 2:
        return  # of two columns of times the first that can be read is believed
    if all(source in TIMES for source in sources) or (
        OPENVIBE in sources and any(source in TIMES for source in sources)
    ):
        return
    message = one_line.refusal(read_recording, path)
    for said in ("128 Hz", "256 Hz"):
        assert said in message


@pytest.mark.parametrize(
    "note",
    [
        *(
            "Heart rate: 128",
            "Rate: 5",
            "Frequency: 50 Hz",
            "Notch,128 Hz",
            "60 Hz",
            "128",
            "# 256",
        ),
        *("Low-pass frequency: 128 Hz", "Baud rate: 115200", "Rate: 128/70"),
        *("frame rate = 256", f"Rate {100_000 * ' '}x"),
    ],
)
def test_other_rates_above_the_header_are_none_of_the_samples(folder, note):
    path = Table(noise(N_TIMES), above=(note,)).write(folder / "a.csv")
    assert read_csv(path, {}).sfreq is None


@pytest.mark.parametrize("rate", [100, 125, 200, 250, 500, 512, 1000])
@pytest.mark.parametrize("source", ["EmotivPRO 3", OPENVIBE, "seconds", "Unix", "dates"])
def test_other_rates_are_refused_by_their_number(folder, source, rate):
    path = told(rate, (source, rate)).write(folder / "a.csv")
    message = one_line.refusal(read_recording, path)
    assert f"its rate is {rate} Hz: must be 128 or 256 Hz" in message


def test_a_column_that_counts_rows_tells_no_rate(folder):
    table = Table(noise(N_TIMES), columns={"time": [str(n) for n in range(N_TIMES)]})
    assert read_csv(table.write(folder / "a.csv"), {}).sfreq is None


@given(
    n_batch=st.sampled_from([4, 16, 32, 64]),
    rate=st.sampled_from([128, 256]),
    jitter=st.floats(0, 0.02),
    seed=st.integers(0, 99),
)
def test_times_of_batches_and_of_arrival_tell_a_rate_and_no_gaps(
    folder, n_batch, rate, jitter, seed
):
    n_times = 20 * 64
    arrived = (np.arange(n_times) // n_batch + 1) * n_batch / rate
    late = np.random.default_rng(seed).uniform(0, jitter, n_times // n_batch)
    arrived = np.maximum.accumulate(arrived + np.repeat(late, n_batch))
    columns = {"Timestamp": [f"{second:.6f}" for second in arrived]}
    found = read_csv(Table(noise(n_times), columns=columns).write(folder / "a.csv"), {})
    assert found.sfreq == rate
    assert found.gaps == ()


@given(
    kind=st.sampled_from(list(TIMES)),
    rate=st.sampled_from([128, 256]),
    gaps=st.dictionaries(
        st.integers(2, 1278), st.sampled_from([0.2, 0.5, 1.0, 30.0, 3600.0]), max_size=4
    ),
    is_told=st.booleans(),
)
def test_holes_in_the_times_are_gaps(folder, kind, rate, gaps, is_told):
    n_times = 1280
    column = times(n_times, rate, kind, sorted(gaps.items()))
    above = (RATE_NOTES["EmotivPRO 3"].format(rate),) if is_told else ()
    path = Table(noise(n_times), above=above, columns=column).write(folder / "a.csv")
    found = read_csv(path, {})
    assert [gap.sample for gap in found.gaps] == sorted(gaps)
    lasted = [seconds for _, seconds in sorted(gaps.items())]
    assert [gap.seconds for gap in found.gaps] == pytest.approx(lasted, abs=0.002)
    # As read_recording has them, a sample without its second counts as missing.
    recording = read_recording(path)
    n_missing = recording.data.shape[1] + 128 * sum(gap.seconds for gap in recording.gaps)
    assert n_missing == pytest.approx(n_times * 128 / rate + 128 * sum(lasted), abs=1.5)


@given(passed=st.dictionaries(st.integers(1, 500), st.integers(1, 60), max_size=4))
def test_what_a_counter_passes_over_is_missing(folder, passed):
    step = np.ones(640)
    step[list(passed)] += list(passed.values())
    counter = (np.cumsum(step) - 1) % 128
    columns = {"COUNTER": [f"{value:g}" for value in counter]}
    found = read_csv(Table(noise(640), columns=columns).write(folder / "a.csv"), {})
    np.testing.assert_array_equal(found.counter, counter)
    assert {gap.sample: round(gap.seconds * 128) for gap in found.gaps} == passed


def test_times_that_go_back_are_said_and_are_a_gap(folder):
    twice = next(iter(times(256, 128).values())) * 2
    path = Table(noise(512), columns={"Timestamp": twice}).write(folder / "a.csv")
    found = read_csv(path, {})
    assert [(gap.sample, gap.seconds) for gap in found.gaps] == [(256, 1.0)]
    assert "goes back 1 time:" in found.notes[0]


def written(draw):
    delimiter = draw(st.sampled_from(",;\t|"))
    quoted = draw(st.booleans())
    above = draw(
        st.lists(
            st.sampled_from(["#NOTE 1,made up", "subject: 7; x", "", "sep=;", "% ü"]), max_size=40
        )
    )
    table = Table(
        noise(20),
        label=draw(st.sampled_from(list(LABEL_STYLES))),
        delimiter=delimiter,
        decimal="." if delimiter == "," and not quoted else draw(st.sampled_from(".,")),
        quoted=quoted,
        above=tuple(above),
        columns=draw(st.sampled_from([{}, {"Row": [str(n) for n in range(20)]}])),
        encoding=draw(
            st.sampled_from(
                ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"]
            )
        ),
        end=draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n"])),
    )
    order = draw(st.permutations(range(14)))
    table.data = table.data[order]
    table.names = tuple(EPOC.ch_names[row] for row in order)
    if draw(st.booleans()):
        table.names = tuple(OLD.get(name, name) for name in table.names)
    return table


@given(data=st.data())
def test_ways_of_writing_the_same(folder, data):
    table = written(data.draw)
    path = table.write(folder / "a.csv")
    found = read_csv(path, {})
    np.testing.assert_array_equal(found.data, noise(20))
    assert any("T3 as T7" in note for note in found.notes) == ("T3" in table.names)
    has_unit = "unit" in table.label or table.label == "underscores"
    assert all(bool(unit) == has_unit for unit in found.units)


@given(
    data=st.data(), row=st.integers(0, 19), cell=st.sampled_from(["n/a", "", "x\x00y", "é", "--"])
)
def test_a_bad_cell_is_named_by_the_line_that_an_editor_shows(folder, data, row, cell):
    table = written(data.draw)
    lines = table.text().split(table.end)
    at = len(table.above) + 1 + row
    # In quotes a decimal comma stands between no cells.
    quote = '"' if table.quoted else ""
    between = f"{quote}{table.delimiter}{quote}"
    lines[at] = f"{lines[at].rpartition(between)[0]}{between}{cell}{quote}"
    text = table.end.join(lines)
    path = folder / "a.csv"
    path.write_bytes(text.encode(table.encoding))
    message = one_line.refusal(lambda path: read_csv(path, {}), path)
    # By another way of counting: Python's universal line ends.
    path.write_text(text, encoding="utf-8", newline="")
    with path.open(encoding="utf-8") as file:
        (number,) = (n for n, line in enumerate(file, 1) if line.rstrip("\n") == lines[at])
    assert f"line {number}, column " in message
    assert message.isprintable()


@pytest.mark.parametrize("between", [" ", "   ", " \t "])
@pytest.mark.parametrize("decimal", ".,")
def test_blanks_may_separate(folder, between, decimal):
    table = Table(noise(20), delimiter=between, decimal=decimal, above=("# AF3 and others", ""))
    np.testing.assert_array_equal(read_csv(table.write(folder / "a.txt"), {}).data, noise(20))


@pytest.mark.parametrize("delimiter", [", ", "; ", ";", ",", "\t"])
@pytest.mark.parametrize("decimal", ".,")
@pytest.mark.parametrize("between", [", ", "; "])
def test_names_in_a_note_stand_for_a_header(folder, delimiter, decimal, between):
    if delimiter.strip() == "," and decimal == ",":
        return
    table = Table(noise(20), delimiter=delimiter, decimal=decimal)
    note = ["title:x", "sampling:128", f"labels:{' '.join(EPOC.ch_names)}", "units:emotiv"]
    lines = table.text().splitlines()
    path = folder / "a.csv"
    path.write_text("\n".join([between.join(note), *lines[1:], ""]), encoding="utf-8")
    found = read_csv(path, {})
    np.testing.assert_array_equal(found.data, noise(20))
    assert (found.sfreq, found.units[0]) == (128, "emotiv")


def test_a_last_batch_that_is_cut_is_no_gap(folder):
    for kind, step in (("whole seconds", 1.0), ("half", 0.5)):
        seconds = np.floor(np.arange(1300) / 128 / step) * step
        columns = {"Timestamp": [f"{second:g}" for second in seconds]}
        found = read_csv(Table(noise(1300), columns=columns).write(folder / "a.csv"), {})
        assert (found.sfreq, found.gaps) == (128, ()), kind
        seconds[700:] += 40.0
        columns = {"Timestamp": [f"{second:g}" for second in seconds]}
        found = read_csv(Table(noise(1300), columns=columns).write(folder / "a.csv"), {})
        assert [gap.sample for gap in found.gaps] == [700], kind
        assert found.gaps[0].seconds == pytest.approx(40, abs=step)


def test_how_far_a_header_is_looked_for_is_said(folder):
    notes = tuple(f"#NOTE {n}" for n in range(101))
    path = Table(noise(20), above=notes).write(folder / "a.csv")
    assert "in its first 100 lines: none of the 14" in one_line.refusal(
        lambda path: read_csv(path, {}), path
    )
    path = Table(noise(20), above=notes[:99]).write(folder / "a.csv")
    np.testing.assert_array_equal(read_csv(path, {}).data, noise(20))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_below_notes_it_is_the_columns_that_a_refusal_names(folder, delimiter):
    table = Table(noise(20), names=[f"Channel {n}" for n in range(14)], delimiter=delimiter)
    table.above = ("#INFO", "made by someone, some day", "#DATA")
    message = one_line.refusal(lambda path: read_csv(path, {}), table.write(folder / "a.csv"))
    assert "found Channel 0, Channel 1," in message
    assert "--rename" in message


def test_numbers_without_a_header_are_told_so(folder):
    text = Table(noise(20)).text().partition("\n")[2]
    path = folder / "a.csv"
    path.write_text(text, encoding="utf-8")
    message = one_line.refusal(lambda path: read_csv(path, {}), path)
    assert "add a line with the columns' names" in message


UNITS = {"uV": 1, "µV": 1, "mV": 1e3, "V": 1e6, "microvolts": 1, "Volt": 1e6, "nV": 1e-3}


@given(unit=st.sampled_from(list(UNITS)), where=st.sampled_from(["label", "row", "note"]))
def test_a_unit_is_taken_wherever_it_stands(folder, unit, where):
    data = noise(200)
    table = [[f"{value / UNITS[unit]:.12g}" for value in row] for row in data.T]
    label = "{} ({})" if where == "label" else "{}"
    lines = [",".join(label.format(name, unit) for name in EPOC.ch_names)]
    lines = [f"units: {unit}", *lines] if where == "note" else lines
    lines += [",".join([unit] * 14)] if where == "row" else []
    lines += [",".join(row) for row in table]
    path = folder / "a.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    found = read_recording(path, sfreq=128)
    np.testing.assert_allclose(found.data, data, rtol=1e-9)
    assert found.notes == ()
    other = "mV" if UNITS[unit] != 1e3 else "V"
    assert "--unit says; the file says" in read_recording(path, sfreq=128, unit=other).notes[0]


@pytest.mark.parametrize("unit", ["counts", "°C", "kg", "?"])
def test_a_unit_in_a_label_that_is_none_is_refused(folder, unit):
    path = folder / "a.csv"
    text = Table(noise(200)).text()
    path.write_text(text.replace("AF3", f"AF3 ({unit})"), encoding="utf-8")
    assert "say --unit" in one_line.refusal(lambda path: read_recording(path, sfreq=128), path)
    np.testing.assert_array_equal(read_recording(path, sfreq=128, unit="uV").data, noise(200))


def test_contact_and_made_up_samples_are_carried_and_halved(folder):
    n_times = 512
    rng = np.random.default_rng(0)
    made_up = rng.random(n_times) < 0.1
    contact = rng.choice([0, 1, 2, 4], (14, n_times))
    columns = {
        "EEG.Interpolated": [str(int(flag)) for flag in made_up],
        "EEG.Counter": [str(n % 256) for n in range(n_times)],
    } | {
        f"CQ.{name}": [str(value) for value in row]
        for name, row in zip(EPOC.ch_names, contact, strict=True)
    }
    path = Table(noise(n_times), columns=columns).write(folder / "a.csv")
    one = read_recording(path, sfreq=128)
    np.testing.assert_array_equal(one.interpolated, made_up)
    np.testing.assert_array_equal(one.contact, contact / 4)
    half = read_recording(path, sfreq=256)
    np.testing.assert_array_equal(half.interpolated, made_up[::2] | made_up[1::2])
    np.testing.assert_array_equal(half.contact, np.minimum(contact[:, ::2], contact[:, 1::2]) / 4)
    np.testing.assert_array_equal(half.counter, np.arange(256) % 128)
