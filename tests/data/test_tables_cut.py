"""Tables whose last line breaks off."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.data.recording_csv import read_csv
from rtdreamer.errors import DataError
from tests.made_up_tables import Table, noise


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


@given(
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-16-le"]),
    style=st.sampled_from(["plain", "quoted", "semicolons", "blanks", "counts", "times behind"]),
    where=st.integers(0, 10_000),
)
def test_a_table_that_is_cut_anywhere_gives_its_whole_rows(folder, encoding, style, where):
    more = {
        "quoted": {"quoted": True},
        "semicolons": {"delimiter": ";", "decimal": ","},
        "blanks": {"delimiter": " "},
    }
    table = Table(noise(30), encoding=encoding, **more.get(style, {}))
    lines = table.text().splitlines()
    if style == "counts":
        table.data = np.round(table.data)
        lines = [line.replace(".00", "") for line in table.text().splitlines()]
    if style == "times behind":
        lines = [f"{line},{n / 128:.6f}" for n, line in enumerate(lines)]
        lines[0] = lines[0].rpartition(",")[0] + ",Timestamp"
    least = len("\n".join(lines[:12]).encode(encoding))
    whole = "\n".join(lines).encode(encoding)
    content = whole[: least + where % (len(whole) - least)]
    path = folder / "a.csv"
    path.write_bytes(content)
    found = read_csv(path, {})
    kept = content.decode(encoding, errors="ignore").split("\n")
    last = lines[len(kept) - 1]
    is_whole = kept[-1] == last
    n_rows = len(kept) - 1 if is_whole else len(kept) - 2
    np.testing.assert_array_equal(found.data, table.data[:, :n_rows])
    is_said = "its last line breaks off: it is left out" in found.notes
    assert is_said == (not is_whole and kept[-1] != "")


@pytest.mark.parametrize("n_left", [1, 5, 13])
def test_a_line_that_breaks_off_at_the_end_is_left_out(folder, n_left):
    lines = Table(noise(20)).text().splitlines()
    lines[-1] = ",".join(lines[-1].split(",")[:n_left])
    path = folder / "a.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    found = read_csv(path, {})
    np.testing.assert_array_equal(found.data, noise(20)[:, :19])
    assert "its last line breaks off" in found.notes[0]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    with pytest.raises(DataError, match="line 21 ends before"):
        read_csv(path, {})


@pytest.mark.parametrize("promise", ["samples:60", "samples: 60", "samples:mot_15;eeg_60"])
def test_fewer_rows_than_promised_are_said(folder, promise):
    above = (f"title:x,headset type:EPOCX,sampling rate:eeg_128;mot_32,{promise},version:2.1",)
    found = read_csv(Table(noise(20), above=above).write(folder / "a.csv"), {})
    assert "it promises 60 samples and breaks off after 20" in found.notes
