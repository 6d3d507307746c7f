import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.headset import EPOC
from rtdreamer.live.predictor import Predictor
from rtdreamer.live.session import MAX_BACKLOG_S, STALL_S, Session
from rtdreamer.live.sink import Phase
from rtdreamer.prediction import Affect, OverTime
from rtdreamer.signal.features import Spec, extract
from rtdreamer.stream.chunk import Chunk, StreamDescription
from rtdreamer.window import WINDOW
from tests.onlookers import Kept


class Scripted:
    """A source that hands out the chunks it was given, then nothing."""

    note = ""
    description = StreamDescription("EPOC", "EEG", "id", "host", EPOC.sfreq, 14, EPOC.ch_names)

    def __init__(self, chunks):
        self.chunks = list(chunks)

    def pull(self, timeout):
        if self.chunks:
            return self.chunks.pop(0)
        return Chunk(np.empty((14, 0)), np.empty(0))


class MeanClassifier:
    """Answers with what it saw: the mean of the last sample, as a share of 10,000 µV."""

    name = "mean"
    simulated = True
    spec = Spec()

    def extract(self, window):
        assert window.shape == (14, WINDOW)
        self.last = window[:, -1].mean() / 10_000
        return extract(window, self.spec)

    def classify(self, features, sample):
        affect = Affect(self.last, 0.25)
        return affect, OverTime(affect, 10.0)

    def reset(self):
        pass


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self):
        return self.now


def recording(n_times):
    rng = np.random.default_rng(0)
    return 4200 + rng.normal(0, 10, (14, n_times)), 10 + np.arange(n_times) / EPOC.sfreq


def run(chunks, hop, until=None):
    source, sink = Scripted(chunks), Kept()
    Session(Predictor(MeanClassifier()), [sink], hop).follow(
        source, until or (lambda: not source.chunks)
    )
    return sink


def run_slowly(chunks, hop, seconds):
    """On a machine that takes so long for each window."""
    clock, source, sink = Clock(), Scripted(chunks), Kept()

    class Slow(MeanClassifier):
        def extract(self, window):
            clock.now += seconds
            return super().extract(window)

    session = Session(Predictor(Slow()), [sink], hop, clock)
    session.follow(source, lambda: not source.chunks)
    return sink


def cut(data, stamps, length):
    return [
        Chunk(data[:, i : i + length], stamps[i : i + length])
        for i in range(0, len(stamps), length)
    ]


def test_every_hop_is_predicted_on_its_own_window():
    data, stamps = recording(WINDOW + 64)
    sink = run(cut(data, stamps, 4), 16)
    assert [p.sample for p in sink.predictions] == [1279, 1295, 1311, 1327, 1343]
    assert [p.hop for p in sink.predictions] == [1280, 16, 16, 16, 16]
    assert [p.timestamp for p in sink.predictions] == [stamps[p.sample] for p in sink.predictions]
    for p in sink.predictions:
        assert p.affect.valence == data[:, p.sample].mean() / 10_000
        assert (p.skipped, p.missing, p.model, p.simulated_model) == (0, 0, "mean", True)
        assert p.quality.overall > 0.98
    assert sink.n_samples == WINDOW + 64
    assert sink.phases == [Phase.FILLING, Phase.LIVE]


def test_samples_that_cannot_be_used_are_told_of_chunk_by_chunk():
    data, stamps = recording(256)
    data[3, 72:192] = np.nan
    chunks = cut(data, stamps, 32)
    nothing = Chunk(np.empty((14, 0)), np.empty(0))
    sink = run([*chunks[:5], nothing, *chunks[5:]], 16)
    # The first ones came with others that can be used.
    assert sink.unusable == [24 + 32, 24 + 64, 24 + 96]
    assert sink.n_samples == 256 - 120


@pytest.mark.parametrize("length", [1, 4, 16, 100, WINDOW + 100])
def test_every_window_that_falls_due_is_predicted_however_large_the_chunks_are(length):
    data, stamps = recording(WINDOW + 100)
    sink = run(cut(data, stamps, length), 3)
    assert [(p.sample, p.skipped) for p in sink.predictions] == [
        (sample, 0) for sample in range(WINDOW - 1, WINDOW + 100, 3)
    ]
    for p in sink.predictions:
        assert p.affect.valence == data[:, p.sample].mean() / 10_000


@pytest.mark.parametrize(("seconds", "n_in_time"), [(0.3, 4), (MAX_BACKLOG_S, 1), (1e3, 1)])
def test_where_the_machine_is_too_slow_the_newest_goes_first(seconds, n_in_time):
    data, stamps = recording(WINDOW + 100)
    sink = run_slowly([Chunk(data, stamps)], 2, seconds)
    in_time = [(WINDOW - 1 + 2 * k, 0) for k in range(n_in_time)]
    newest = WINDOW - 1 + 100, 51 - n_in_time - 1
    assert [(p.sample, p.skipped) for p in sink.predictions] == [*in_time, newest]
    assert sink.predictions[-1].affect.valence == data[:, newest[0]].mean() / 10_000


def test_no_window_spans_a_long_gap():
    data, stamps = recording(3 * WINDOW)
    here = np.ones(3 * WINDOW, bool)
    here[1300:1800] = False
    sink = run(cut(data[:, here], stamps[here], 10), 16)
    samples = [p.sample for p in sink.predictions]
    assert samples[:3] == [1279, 1295, 1800 + 1279]
    assert sink.predictions[-1].missing == 500
    assert sink.phases == [Phase.FILLING, Phase.LIVE, Phase.FILLING, Phase.LIVE]


@pytest.mark.parametrize(("is_flat", "judged"), [(False, Phase.LIVE), (True, Phase.POOR)])
def test_silence_is_a_stall_and_ends_with_the_next_samples(is_flat, judged):
    """What was said of the signal before holds until the next window."""
    clock = Clock()
    data, stamps = recording(WINDOW + 10)
    if is_flat:
        data[:] = 4200.0
    source = Scripted([Chunk(data[:, :WINDOW], stamps[:WINDOW])])
    sink = Kept()

    def until():
        if Phase.STALLED in sink.phases and not source.chunks and sink.n_samples == WINDOW:
            source.chunks.append(Chunk(data[:, WINDOW:], stamps[WINDOW:]))
        clock.now += 0.05
        return sink.n_samples > WINDOW

    Session(Predictor(MeanClassifier()), [sink], 16, clock).follow(source, until)
    assert sink.phases == [Phase.FILLING, judged, Phase.STALLED, judged]


def test_samples_that_cannot_be_used_are_a_stall_too():
    clock, source, sink = Clock(), Scripted([]), Kept()

    def until():
        source.chunks.append(Chunk(np.full((14, 4), np.nan), np.arange(4.0)))
        clock.now += 0.05
        return Phase.STALLED in sink.phases

    Session(Predictor(MeanClassifier()), [sink], 16, clock).follow(source, until)
    assert sink.phases == [Phase.FILLING, Phase.STALLED]
    assert STALL_S < clock.now < STALL_S + 0.2
    # Nor does any sink see them.
    assert sink.n_samples == 0


def test_a_long_backlog_takes_the_memory_of_one_window():
    data, stamps = recording(60 * 128)
    tracemalloc.start()
    sink = run_slowly([Chunk(data, stamps)], 1, seconds=10.0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [p.skipped for p in sink.predictions] == [0, 60 * 128 - WINDOW - 1]
    assert peak < 20e6


@pytest.mark.parametrize("error", [0, 30], ids=["put right", "as wrong as before"])
def test_a_clock_that_jumped_before_its_stream_was_lost_hides_no_loss(error):
    data, times = recording(1400 + 60 * 128 + WINDOW)
    before, after = slice(0, 1400), slice(1400 + 60 * 128, None)
    stamps = times + np.where(np.arange(len(times)) < 100, 0, 30)
    stamps[after] = times[after] + error
    sink = Kept()
    session = Session(Predictor(MeanClassifier()), [sink], 16)
    for part in (before, after):
        chunks = cut(data[:, part], stamps[part], 10)
        received = times[part][9::10]
        source = Scripted(replace(c, received=at) for c, at in zip(chunks, received, strict=True))
        session.follow(source, lambda source=source: not source.chunks)
    assert sink.predictions[-1].missing == 60 * 128
    assert sink.predictions[-1].timestamp == pytest.approx(times[-1], abs=0.01)


@pytest.mark.parametrize("n_lost", [0, 20, 300])
def test_no_window_holds_samples_of_two_sources(n_lost):
    data, times = recording(1400 + n_lost + WINDOW + 15)
    sink = Kept()
    pieces = []
    sink.on_samples = pieces.append
    session = Session(Predictor(MeanClassifier()), [sink], 16)
    for part in (slice(1400), slice(1400 + n_lost, None)):
        source = Scripted(cut(data[:, part], times[part], 10))
        session.follow(source, lambda source=source: not source.chunks)
    assert [p.sample for p in sink.predictions[-2:]] == [1391, 1399 + n_lost + WINDOW]
    assert sink.predictions[-1].missing == n_lost
    # Those who show the samples learn of it.
    assert [n for n, piece in enumerate(pieces) if piece.from_new_source] == [0, 140]


def heard_of(chunks, hop, **description):
    """Run a session; return its predictions, and each phase with the words it was told in."""
    source, sink, told = Scripted(chunks), Kept(), []
    source.description = replace(source.description, **description)
    sink.on_state = lambda state: told.append((state.phase, state.message))
    Session(Predictor(MeanClassifier()), [sink], hop).follow(source, lambda: not source.chunks)
    return sink.predictions, told


def test_a_window_of_which_too_much_was_lost_gets_no_verdict():
    """Until enough of it was measured again."""
    data, stamps = recording(4 * WINDOW)
    number = np.arange(4 * WINDOW)
    here = (number % 64 < 32) | (number >= 2 * WINDOW)
    predictions, told = heard_of(cut(data[:, here], stamps[here], 10), 64)
    for p in predictions:
        held = slice(p.sample - WINDOW + 1, p.sample + 1)
        lost = 100 * np.mean(~here[held])
        assert (p.affect is None) == (lost > 10)
        if p.affect is None:
            assert p.reason == f"{lost:.0f} % of the window was not measured: {lost:.0f} % missing"
    assert [phase for phase, _ in told] == [Phase.FILLING, Phase.POOR, Phase.LIVE]
    assert told[1][1] == predictions[0].reason


def test_what_the_headset_made_up_counts_with_what_was_lost():
    data, stamps = recording(2 * WINDOW)
    here, made_up = np.ones(2 * WINDOW, bool), np.zeros(2 * WINDOW, bool)
    here[100:120] = here[400:430] = False
    made_up[600:700] = True
    whole = Chunk(data[:, here], stamps[here], None, made_up[here])
    chunks = [whole.take(slice(i, i + 10)) for i in range(0, whole.n_times, 10)]
    predictions, _ = heard_of(chunks, 16)
    said = "12 % of the window was not measured: 4 % missing, 8 % interpolated by the headset"
    assert predictions[0].reason == said
    assert (predictions[0].missing, predictions[0].driver_interpolated) == (50, 100)
    for p in predictions:
        held = slice(p.sample - WINDOW + 1, p.sample + 1)
        share = np.mean(~here[held] | made_up[held])
        assert (p.affect is None) == (share > 0.1)


def test_a_clock_that_is_put_right_within_a_window_is_no_wrong_rate():
    data, stamps = recording(2 * WINDOW)
    chunks = [
        replace(chunk, received=float(chunk.timestamps[-1]) + 10.0)
        for chunk in cut(data, stamps, 10)
    ]
    predictions, told = heard_of(chunks, 64)
    assert any("clock was wrong" in message for _, message in told)
    assert all(p.affect is not None for p in predictions)
    assert {message for phase, message in told if phase is Phase.LIVE} == {"predicting"}
    assert predictions[-1].timestamp == pytest.approx(stamps[predictions[-1].sample] + 10, abs=0.1)


@pytest.mark.slow
def test_no_verdict_spans_a_pause_that_the_timestamps_hide():
    """As from a sender that stamps by counting, and measured nothing for 5 s."""
    data, stamps = recording(4 * WINDOW)
    chunks = [
        replace(chunk, received=float(chunk.timestamps[-1]) + (5.0 if i >= 200 else 0.0))
        for i, chunk in enumerate(cut(data, stamps, 10))
    ]
    predictions, _ = heard_of(chunks, 16)
    newest = [(p, p.sample - p.missing) for p in predictions]
    across = [p for p, number in newest if 2000 <= number < 2000 + WINDOW - 1]
    assert across
    assert all(p.affect is None for p in across)
    assert predictions[-1].missing == 5 * EPOC.sfreq
    assert predictions[-1].affect is not None


@pytest.mark.parametrize("length", [10, 3000])
def test_each_of_several_gaps_of_one_length_is_told(length):
    data, stamps = recording(1000)
    here = np.ones(1000, bool)
    here[200:265] = here[400:465] = here[600:665] = False
    _, told = heard_of(cut(data[:, here], stamps[here], length), 16)
    assert [message for _, message in told[1:]] == [
        f"65 samples missing in one gap, {total} so far: starting again" for total in (65, 130, 195)
    ]


@pytest.mark.parametrize("step", [0.001, 0.0025, 0.006, None])
def test_what_is_handed_over_one_by_one_after_a_pause_may_not_be_lost(step):
    """Its stamps leave a gap; after a loss (None) they go on as before it."""
    data, stamps = recording(600)
    stamps[200:] += 1.0
    if step is not None:
        stamps[200:] = np.maximum(stamps[200] + step * np.arange(400), stamps[200:] - 1.0)
    chunks = [*cut(data[:, :200], stamps[:200], 10), *cut(data[:, 200:], stamps[200:], 100)]
    _, told = heard_of(chunks, 16)
    (message,) = [message for _, message in told if "128 samples missing" in message]
    is_late = step is not None and step < 0.5 / EPOC.sfreq
    assert ("in one gap (or held up" in message) == is_late


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [1e160, -1e300])
def test_a_value_too_large_to_compute_with_is_a_lost_sample(value):
    data, stamps = recording(WINDOW + 64)
    data[3, 1000] = value
    sink = run(cut(data, stamps, 4), 16)
    assert [p.sample for p in sink.predictions] == [1279, 1295, 1311, 1327, 1343]
    assert [p.missing for p in sink.predictions] == [1] * 5
    assert all(p.quality.overall > 0.98 for p in sink.predictions)


def test_what_had_to_be_assumed_is_said():
    source, sink = Scripted([]), Kept()
    source.note = "it names no unit"
    said = []
    sink.on_state = lambda state: said.append(state.message)
    Session(Predictor(MeanClassifier()), [sink], 16).follow(source, lambda: True)
    assert said == ["following EPOC; it names no unit"]


def test_a_hop_below_one_is_refused():
    with pytest.raises(ValueError, match="hop must be at least 1"):
        Session(Predictor(MeanClassifier()), [], 0)


def test_bad_channels_are_left_out_of_what_the_classifier_sees():
    data, stamps = recording(WINDOW + 32)
    data[[3, 8]] = 4200.0
    sink = run(cut(data, stamps, 4), 16)
    for prediction, features in zip(sink.predictions, sink.features, strict=True):
        assert prediction.excluded == prediction.quality.bad == (3, 8)
        assert prediction.affect is not None
        assert np.isnan(features.de).any(axis=0).nonzero()[0].tolist() == [3, 8]
    assert sink.phases == [Phase.FILLING, Phase.LIVE]


@pytest.mark.parametrize(
    ("standardise", "n_flat", "is_judged"),
    [(True, 7, True), (True, 8, False), (False, 1, True), (False, 2, False)],
)
def test_too_few_good_channels_get_no_verdict(monkeypatch, standardise, n_flat, is_judged):
    """A model that does not predict relative to a person cannot do without a channel."""
    monkeypatch.setattr(MeanClassifier, "spec", Spec(standardise=standardise))
    data, stamps = recording(WINDOW)
    data[:n_flat] = 4200.0
    (prediction,) = run(cut(data, stamps, 4), 16).predictions
    assert (prediction.affect is not None) == is_judged
    assert bool(prediction.reason) != is_judged
    assert prediction.excluded == (tuple(range(n_flat)) if standardise else ())


@pytest.mark.slow
def test_the_contact_that_comes_with_chunks_counts_as_long_as_a_window_holds_them():
    data, stamps = recording(3 * WINDOW)
    good, bad = np.ones(14), np.ones(14)
    bad[6] = 0.1
    chunks = [
        replace(chunk, contact=None if n > 300 else bad if 140 <= n < 150 else good)
        for n, chunk in enumerate(cut(data, stamps, 10))
    ]
    predictions = run(chunks, 10).predictions
    for p in predictions:
        first, last = (p.sample - WINDOW + 1) // 10, p.sample // 10
        expected = (6,) if first < 150 and last >= 140 and last <= 300 else ()
        assert p.excluded == expected
    assert {p.excluded for p in predictions} == {(), (6,)}
