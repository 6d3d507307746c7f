"""Recordings of all kinds, predicted again from the command line."""

import csv
import json

import numpy as np
import pytest

from rtdreamer.cli.main import run
from rtdreamer.data.xdf_writer import XdfFile
from rtdreamer.live.session_facts import model_facts
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.released import load_live
from tests.recorded_here import Wire, header, made_up, record

MODEL = "simulated-100-ridge"


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """A session of 14 s, recorded here."""
    values, stamps = made_up(14 * 128)
    wire, classifier = Wire(values, stamps, 4), Classifier.ready(load_live(MODEL), 16)
    folder = tmp_path_factory.mktemp("study")
    return record(folder, classifier, [wire], 16, about=model_facts(MODEL))


@pytest.fixture
def write(tmp_path):
    """Write what LabRecorder would have of some streams: header, values, stamps, offset."""

    def make(*streams):
        path = tmp_path / "lab.xdf"
        with XdfFile(path) as file:
            for number, (described, values, stamps, offset) in enumerate(streams, 1):
                file.add_stream(number, described)
                if len(stamps):
                    file.add_samples(number, stamps, values)
                for time in stamps[::640]:
                    file.add_clock_offset(number, time, offset)
            file.flush()
        return path

    return make


@pytest.fixture
def rescore(capsys):
    def rescored(*arguments, code=0):
        assert run(["rescore", *map(str, arguments)]) == code
        captured = capsys.readouterr()
        return captured.out if code == 0 else captured.err

    return rescored


def rows_of(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_it_says_that_all_are_the_same(rescore, recording):
    assert "all 33 predictions are those recorded, bit for bit" in rescore(recording)


def test_what_was_recorded_from_the_middle_of_a_session_on_is_not_compared(
    rescore, tmp_path, capsys
):
    values, stamps = made_up(11 * 128)
    about = {**model_facts(MODEL), "joined_late": True}
    classifier = Classifier.ready(load_live(MODEL), 64)
    path = record(tmp_path, classifier, [Wire(values, stamps, 64)], 64, about=about)
    assert run(["rescore", str(path)]) == 0
    captured = capsys.readouterr()
    assert "recorded from the middle of a session on" in captured.err
    assert "bit for bit" not in captured.out


def test_another_hop_and_another_model_are_said(rescore, recording, capsys):
    # The baseline that is estimated as it goes depends on the hop.
    assert "24 are only in the recording" in rescore(recording, "--hop", 64)
    assert run(["rescore", str(recording), "--model", "simulated-23"]) == 0
    captured = capsys.readouterr()
    assert f"the model was '{MODEL}', is 'simulated-23'" in captured.err
    assert "0 of 33 predictions for the same samples are the same; valence differs" in captured.out


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_tables_hold_the_predictions(rescore, recording, tmp_path, suffix):
    out = tmp_path / f"out{suffix}"
    assert str(out) in rescore(recording, "--out", out)
    if suffix == ".csv":
        rows = rows_of(out)
    else:
        import pyarrow.parquet

        rows = pyarrow.parquet.read_table(out).to_pylist()
    meaning = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert set(meaning) == {*rows[0], "GeneratedBy"}
    assert all(meaning[column]["Description"] for column in rows[0])
    assert [int(row["sample"]) for row in rows] == list(range(1279, 14 * 128, 16))
    assert 0 < float(rows[0]["valence"]) < 1
    assert meaning["GeneratedBy"]["model"] == MODEL


def test_what_labrecorder_wrote_gives_what_live_would_have(rescore, recording, write, tmp_path):
    values, stamps = made_up(14 * 128)
    markers = header(0, "M", "string").replace(">EEG<", ">Markers<").replace(">16<", ">1<")
    twin = (header(128.0), values[:0], stamps[:0], 0.0)
    path = write((markers, [["a"]], stamps[:1], 0.0), twin, (header(128.0), values, stamps, 10.0))
    assert rescore(path, "--model", MODEL, "--out", tmp_path / "lab.csv") == (
        f"33 predictions\nWrote {tmp_path / 'lab.csv'}, and what its columns mean to "
        f"{tmp_path / 'lab.json'}\n"
    )
    rescore(recording, "--out", tmp_path / "own.csv")
    for here, there in zip(
        rows_of(tmp_path / "own.csv"), rows_of(tmp_path / "lab.csv"), strict=True
    ):
        assert (here["sample"], here["valence"]) == (there["sample"], there["valence"])
        # On the clock of the computer that recorded.
        assert float(there["timestamp"]) - float(here["timestamp"]) == pytest.approx(10, abs=1e-3)


def test_what_was_played_faster_has_its_verdicts_as_live(rescore, write, tmp_path):
    values, stamps = made_up(12 * 128)
    fast = header(128).replace("<desc>", "<desc><replay><speed>2.0</speed></replay>")
    path = write((fast, values, stamps[0] + (stamps - stamps[0]) / 2, 0.0))
    rescore(path, "--out", tmp_path / "out.csv")
    rows = rows_of(tmp_path / "out.csv")
    assert len(rows) == 17
    assert {row["reason"] for row in rows} == {""}
    assert all("2 times the speed" in row["note"] for row in rows)


def test_chunks_out_of_order_are_put_right(rescore, write, tmp_path):
    values, stamps = made_up(11 * 128)
    tables = []
    for order in (np.arange(11), np.array([0, 1, 7, 2, 3, 4, 5, 6, 10, 8, 9])):
        parts = [np.concatenate([np.split(a, 11)[k] for k in order]) for a in (values, stamps)]
        path = write((header(128.0), *parts, 0.0))
        out = tmp_path / f"{len(tables)}.csv"
        rescore(path, "--out", out)
        tables.append(out.read_text(encoding="utf-8"))
        path.unlink()
    assert tables[0] == tables[1]


def test_several_streams_are_listed_and_one_is_picked(rescore, write):
    values, stamps = made_up(11 * 128)
    path = write(
        *((header(128.0, name).replace("EPOCX-1", f"id-{name}"), values, stamps, 0.0)
          for name in ("one", "two"))
    )  # fmt: skip
    said = rescore(path, code=2)
    assert "one (source_id id-one), two (source_id id-two)" in said
    assert "--stream" in said
    assert rescore(path, "--stream", "ID-two").startswith("9 predictions")
    assert "'three'" in rescore(path, "--stream", "three", code=2)


@pytest.mark.parametrize(
    ("described", "words"),
    [
        (header(128.0).replace(">EEG<", ">Motion<"), "no stream of type EEG"),
        (header(100.0), "100 Hz"),
        (header(0), "'EPOC' does not tell its rate"),
        (header(128.0).replace("AF3", "Fp1"), "lacks AF3"),
        (header(128.0).replace("<label>", "<x>").replace("</label>", "</x>"), "no channel names"),
        (header(128.0).replace(">uV<", ">parsec<"), "parsec"),
    ],
)
def test_what_cannot_be_used_is_named(rescore, write, described, words):
    values, stamps = made_up(128)
    said = rescore(write((described, values, stamps, 0.0)), code=2)
    assert words in said
    assert "lab.xdf" in said
    assert said.count("\n") == 1


def test_files_that_are_no_recording_are_named(rescore, tmp_path):
    path = tmp_path / "a.xdf"
    assert "no such file" in rescore(path, code=2)
    for content in (b"", b"XDF", b"PK\3\4", b"XDF:\1\2"):
        path.write_bytes(content)
        said = rescore(path, code=2)
        assert "a.xdf" in said
        assert said.count("\n") == 1


def test_a_table_of_another_kind_is_refused_before_the_work(rescore, recording, tmp_path):
    assert ".csv or .parquet" in rescore(recording, "--out", tmp_path / "a.xlsx", code=2)
    assert not list(tmp_path.iterdir())


def test_a_record_that_is_damaged_is_told_of(rescore, recording, tmp_path):
    path = tmp_path / "a.xdf"
    path.write_bytes(recording.read_bytes().replace(b'"record": "session"', b'"record": "snoring"'))
    assert "damaged" in rescore(path, code=2)


def test_without_a_whole_window_there_is_nothing_to_write(rescore, write, tmp_path):
    values, stamps = made_up(5 * 128)
    out = tmp_path / "out.csv"
    said = rescore(write((header(128.0), values, stamps, 0.0)), "--out", out)
    assert said == "0 predictions: a first window takes 10 s of EEG\n"
    assert not out.exists()
