"""A session that is recorded and predicted again gives the same predictions, bit for bit."""

from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.data.session_file import read_session
from rtdreamer.errors import RtdreamerError
from rtdreamer.headset import EPOC
from rtdreamer.live.recorded_session import from_log, recorded_here
from rtdreamer.live.rescore import OF_THE_MACHINE, compare, rescore
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.released import load_live
from tests.recorded_here import Wire, made_up, record


@pytest.fixture(scope="module")
def model():
    return load_live("simulated-100-ridge")


def faulty(size, sfreq=EPOC.sfreq):
    """A source with all that can go wrong within one, for 40 s."""
    values, stamps = made_up(round(40 * sfreq), sfreq)
    received = stamps + 0.3
    second = round(sfreq)
    stamps[24 * second :] += 3600.0  # the sender's clock jumps
    values[13 * second : 13 * second + 3, 4] = 8000.0  # a glitch
    values[14 * second, 7] = np.nan
    values[15 * second : 17 * second, 1] = 1.0  # made up by the driver
    values[30 * second : 33 * second, 2:] = 4200.0  # flat: no verdict
    kept = np.ones(len(stamps), bool)
    kept[12 * second : 12 * second + 5] = False  # a short gap
    kept[18 * second : 19 * second] = False  # a long one

    def contact(number):
        return None if number < 600 else np.where(np.arange(14) == 3, 0.25, 1.0)

    return Wire(values[kept], stamps[kept], size, received[kept], sfreq, contact)


def again(path, model, hop):
    session = from_log(read_session(path, synchronise=False))
    return session, rescore(session, Classifier.ready(model, hop), hop, at_its_pace=True)


@pytest.mark.parametrize("size", [1, 4, 16])
def test_the_same_predictions_for_a_stream_with_every_fault(tmp_path, model, size):
    path = record(tmp_path, Classifier.ready(model, 16), [faulty(size)], 16)
    session, made = again(path, model, 16)
    found = compare(session.predictions, made)
    assert found.is_same, found.in_words
    assert found.n_both == len(session.predictions) > 80
    last = session.predictions[-1]
    assert last["missing"] > 128
    assert last["driver_interpolated"] > 200
    assert any(line["reason"] for line in made)
    assert any("contact" in line["flaws"].values() for line in made)


def test_the_same_where_windows_were_skipped(tmp_path, model):
    values, stamps = made_up(30 * 128)
    wire = Wire(values, stamps, 640)
    path = record(tmp_path, Classifier.ready(model, 16), [wire], 16, step=0.1)
    session, made = again(path, model, 16)
    found = compare(session.predictions, made)
    assert found.is_same, found.in_words
    assert session.predictions[-1]["skipped"] > 20
    told = []
    ready = Classifier.ready(model, 16)
    unhurried = rescore(session, ready, 16, False, lambda *seconds: told.append(seconds))
    assert compare(session.predictions, unhurried).only_made > 20
    assert told == [(second, 30) for second in range(5, 31, 5)]


def test_the_same_over_sources_of_two_rates(tmp_path, model):
    sources = [faulty(4)]
    for sfreq, start in ((256.0, 5100.0), (128.0, 5200.0)):
        values, stamps = made_up(round(14 * sfreq), sfreq, seed=1, start=start)
        sources.append(Wire(values, stamps, 5, sfreq=sfreq))
    path = record(tmp_path, Classifier.ready(model, 16), sources, 16)
    file = read_session(path, synchronise=False)
    assert [stream.sfreq for stream in file.streams if stream.type == "EEG"] == [128, 256]
    session, made = again(path, model, 16)
    assert [source.description.sfreq for source in session.sources] == [128, 256, 128]
    found = compare(session.predictions, made)
    assert found.is_same, found.in_words
    assert found.n_both > 120


def test_samples_are_in_the_file_as_they_came(tmp_path, model):
    wire = faulty(4)
    values = np.concatenate([chunk.raw.values for chunk in wire.chunks])
    stamps = np.concatenate([chunk.raw.timestamps for chunk in wire.chunks])
    path = record(tmp_path, Classifier.ready(model, 16), [wire], 16)
    file = read_session(path, synchronise=False)
    assert recorded_here(file)
    assert not file.note
    (eeg,) = [stream for stream in file.streams if stream.type == "EEG"]
    np.testing.assert_array_equal(eeg.values, values)
    assert eeg.values.dtype == np.float32
    np.testing.assert_array_equal(eeg.timestamps, stamps)


def test_a_file_that_was_cut_off_gives_the_same_as_far_as_it_goes(tmp_path, model):
    path = record(tmp_path, Classifier.ready(model, 16), [faulty(4)], 16)
    whole = len(from_log(read_session(path, synchronise=False)).predictions)
    content = path.read_bytes()
    # All of this session came at once: what was written later is cut off in another order.
    rng = np.random.default_rng(0)
    for end in rng.integers(len(content) // 3, len(content), 8):
        path.write_bytes(content[:end])
        session, made = again(path, model, 16)
        found = compare(session.predictions, made)
        assert found.n_same == found.n_both <= whole, found.in_words


@pytest.mark.filterwarnings("error")
def test_what_is_damaged_is_passed_over_or_told_of(tmp_path, model):
    values, stamps = made_up(11 * 128)
    path = record(tmp_path, Classifier.ready(model, 16), [Wire(values, stamps, 16)], 16)
    content, rng = path.read_bytes(), np.random.default_rng(0)
    texts = content.find(b"rtdreamer-Session"), content.find(b'"plan"')
    n_told = 0
    for number in range(60):
        damaged = bytearray(content)
        start, stop = (0, len(content)) if number % 2 else texts
        for place in rng.integers(start, stop, 3):
            damaged[place] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            file = read_session(path, synchronise=False)
            if recorded_here(file):
                rescore(from_log(file), Classifier(model), 64, True)
        except RtdreamerError:
            n_told += 1
    assert n_told > 5


def test_what_differs_is_said():
    recorded = [
        {"sample": 16 * n, "valence": 0.5, "arousal": 0.25, "reason": None, "latency_ms": 4.0 * n}
        for n in range(10)
    ]
    made = [{k: v for k, v in line.items() if k not in OF_THE_MACHINE} for line in recorded]
    assert compare(recorded, made).is_same
    made[3] = made[3] | {"valence": 0.625}
    made[5] = made[5] | {"valence": None, "arousal": None, "reason": "too poor"}
    del made[9]
    found = compare(recorded, made)
    assert (found.n_both, found.n_same, found.only_recorded, found.only_made) == (9, 7, 1, 0)
    assert (found.max_valence, found.max_arousal, found.n_verdicts) == (0.125, 0.0, 1)
    assert found.first == "at sample 48: valence was 0.5, is 0.625"
    assert found.first in found.in_words
    assert not replace(found, n_same=9).is_same
