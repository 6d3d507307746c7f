import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.data.stamped_gaps import (
    find_gaps,
    longest_batch,
    right_order,
    stamped_rate,
    with_counted,
)
from rtdreamer.stream.gaps import JITTER_S

RNG = np.random.default_rng(0)

pieces = st.lists(
    st.tuples(st.integers(40, 500), st.sampled_from([0.15, 0.3, 1.0, 21.0, 5000.0])),
    min_size=1,
    max_size=5,
)


def pieces_at(sfreq, pieces):
    """Stamps of pieces of so many samples, and the gaps before each but the first."""
    n_times = np.array([n for n, _ in pieces])
    missing = np.array([0, *(seconds for _, seconds in pieces[1:])])
    starts = np.cumsum([0, *n_times[:-1]])
    shift = np.zeros(n_times.sum())
    shift[starts] = missing
    stamps = 1000 + np.arange(n_times.sum()) / sfreq + np.cumsum(shift)
    return stamps, list(zip(starts[1:].tolist(), missing[1:].tolist(), strict=True))


def found(stamps, sfreq=128.0):
    return [(gap.sample, gap.seconds) for gap in find_gaps(stamps, sfreq).gaps]


def assert_gaps(stamps, expected, sfreq=128.0, tolerance=1e-3):
    gaps = found(stamps, sfreq)
    assert [sample for sample, _ in gaps] == [sample for sample, _ in expected]
    assert [s for _, s in gaps] == pytest.approx([s for _, s in expected], abs=tolerance)


@given(pieces, st.sampled_from([128.0, 256.0]))
def test_gaps_are_found_where_they_are_and_as_long_as_they_are(pieces, sfreq):
    stamps, expected = pieces_at(sfreq, pieces)
    assert_gaps(stamps, expected, sfreq)
    assert find_gaps(stamps, sfreq).sfreq == pytest.approx(sfreq, rel=1e-3)


@given(pieces, st.floats(0.85, 1.15), st.integers(0, 99))
def test_neither_jitter_nor_a_clock_that_is_off_is_a_gap_or_hides_one(pieces, off, seed):
    stamps, expected = pieces_at(128 * off, [(n + 400, max(s, 0.3)) for n, s in pieces])
    late = np.random.default_rng(seed).exponential(0.004, len(stamps)).clip(0, 0.05)
    # The stamps on both sides may be late.
    assert_gaps(stamps + late, expected, tolerance=0.1)


@given(st.integers(1, 256), st.sampled_from([128.0, 256.0]), st.booleans())
def test_batches_stamped_at_once_are_no_gaps(size, sfreq, by_the_last):
    number = np.arange(2000)
    first = number // size * size
    stamps = 1000 + (np.minimum(first + size - 1, 1999) if by_the_last else first) / sfreq
    told = find_gaps(stamps, sfreq)
    assert told.gaps == ()
    assert longest_batch(stamps, sfreq) == size
    assert told.sfreq == pytest.approx(sfreq, rel=0.3)


@given(st.integers(1, 700), st.integers(1, 250), st.floats(0.1, 2.0))
def test_what_is_held_up_and_catches_up_is_no_gap(at, n_held, seconds):
    stamps = 1000 + np.arange(1200) / 128
    stamps[at : at + n_held] = np.maximum(
        stamps[at : at + n_held], min(stamps[at] + seconds, stamps[at + n_held])
    )
    assert found(stamps) == []


def test_where_stamps_go_back_two_clocks_meet():
    stamps = np.concatenate([1000 + np.arange(300) / 128, 5 + np.arange(300) / 128])
    ((sample, seconds),) = found(stamps)
    assert sample == 300
    assert np.isnan(seconds)


@given(st.floats(20, 1000), st.integers(2, 600))
def test_the_rate_of_stamps_alone(sfreq, n_times):
    assert stamped_rate(np.arange(n_times) / sfreq) == pytest.approx(sfreq, rel=1e-6)


@pytest.mark.parametrize("stamps", [[], [1.0], [1.0, 1.0, 1.0]])
def test_stamps_that_tell_no_rate(stamps):
    assert np.isnan(stamped_rate(np.array(stamps)))


def test_one_stamp_has_no_gap():
    told = find_gaps(np.array([5.0]), 128)
    assert told.gaps == ()
    assert np.isnan(told.sfreq)


def counted(stamps, counter, sfreq=128.0):
    told = with_counted(find_gaps(stamps, sfreq), stamps, counter, sfreq)
    return [(gap.sample, round(gap.seconds * sfreq)) for gap in told.gaps]


@given(
    lost=st.dictionaries(st.integers(50, 1900), st.integers(1, 300), max_size=5),
    size=st.sampled_from([1, 4, 32]),
)
def test_a_counter_tells_what_stamps_are_too_uneven_for(lost, size):
    number = np.arange(2000)
    for place, n_lost in lost.items():
        number[place:] += n_lost
    first = np.arange(2000) // size * size
    stamps = 1000 + number[np.minimum(first + size - 1, 1999)] / 128
    found = counted(stamps, number % 128)
    # Of a batch in which something is lost the stamps do not tell where.
    if size == 1:
        assert found == sorted(lost.items())
    # Those of one batch are told together, once they are too many for one.
    of_batch = {place: [other // size for other in lost].count(place // size) for place in lost}
    short = {place: n for place, n in lost.items() if n <= 11 and of_batch[place] == 1}
    assert short.items() <= dict(found).items()


@pytest.mark.parametrize(
    "counter",
    [np.zeros(900), np.arange(900) * 2 % 128, np.arange(900) % 129, np.full(900, np.nan),
     np.arange(900.0), np.full(900, 1e300), RNG.normal(4200, 20, 900)],
)  # fmt: skip
def test_what_is_no_counter_of_samples_is_not_believed(counter):
    assert counted(1000 + np.arange(900) / 128, counter) == []


@given(
    st.lists(st.integers(1, 300), min_size=2, max_size=12), st.randoms(), st.floats(0, 0.3),
    st.integers(0, 2**31),
)  # fmt: skip
def test_chunks_that_were_shuffled_are_put_right(sizes, random, jitter, seed):
    """Of an even recording, whose stamps are up to 0.3 samples late."""
    rng = np.random.default_rng(seed)
    stamps = (np.arange(sum(sizes)) + rng.uniform(0, jitter, sum(sizes))) / 128
    chunks = np.split(np.arange(len(stamps)), np.cumsum(sizes)[:-1])
    random.shuffle(chunks)
    written = stamps[np.concatenate(chunks)]
    order = right_order(written, 128.0)
    if order is None:  # where nothing seems to be missing, a clock may have been set back
        steps = np.diff(written)
        assert not ((steps < -JITTER_S).any() and (steps > JITTER_S).any())
    else:
        np.testing.assert_array_equal(written[order], stamps)


@given(st.floats(-5000, 5000), st.floats(0.2, 100), st.integers(0, 2**31))
def test_a_clock_that_was_set_is_left_as_it_was(jump, gap, seed):
    rng = np.random.default_rng(seed)
    stamps = np.arange(2000) / 128
    stamps[rng.integers(1, 1000) :] += gap
    stamps[rng.integers(1001, 2000) :] -= abs(jump) + gap + 20
    assert right_order(stamps, 128.0) is None
