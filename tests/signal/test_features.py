import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.bench import plain_way
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC
from rtdreamer.signal.features import Spec, decode_spec, encode_spec, extract
from rtdreamer.signal.quality import assess
from rtdreamer.signal.ring import RingBuffer
from rtdreamer.window import BANDS, WINDOW


@pytest.fixture
def window():
    rng = np.random.default_rng(0)
    return 4200 + rng.normal(0, 3, (EPOC.n_channels, WINDOW)).cumsum(axis=1)


def spoilt(kind, rng):
    """A window with what happens to headsets."""
    window = 4200 + rng.normal(0, 3, (EPOC.n_channels, WINDOW)).cumsum(axis=1)
    if kind == "flat":
        window[3] = 4200.0
        window[8, 600:] = window[8, 600]
    elif kind == "clipped":
        window = np.clip(4200 + 25 * (window - 4200), 0.0, 8400.0)
    elif kind == "glitches":
        window[rng.integers(14, size=9), rng.integers(WINDOW, size=9)] = 8400.0
    elif kind == "bridged":
        for start in rng.integers(10, WINDOW - 10, 5):
            window[:, start : start + 6] = np.linspace(
                window[:, start - 1], window[:, start + 6], 8, axis=-1
            )[:, 1:-1]
    elif kind == "quantised":
        window = np.rint(window / EPOC.step_uv) * EPOC.step_uv
    return window


@pytest.mark.parametrize("kind", ["clean", "flat", "clipped", "glitches", "bridged", "quantised"])
@pytest.mark.parametrize("decimate", [True, False])
def test_extract_is_the_plain_way(kind, decimate):
    rng, spec = np.random.default_rng(3), Spec(decimate=decimate)
    for _ in range(5):
        window = spoilt(kind, rng)
        found, expected = extract(window, spec), plain_way.extract(window, spec)
        for name in ("signals", "spectrum", "de", "covariance"):
            np.testing.assert_allclose(getattr(found, name), getattr(expected, name), 1e-6, 1e-6)
        # For seconds on end nothing but rounding is left of a channel that is stuck, and ranks of
        # rounding are nobody's: such a channel is excluded.
        good = np.setdiff1d(np.arange(EPOC.n_channels), assess(window, EPOC).bad)
        assert len(good) or kind == "clipped"
        pairs = np.ix_(range(len(BANDS)), good, good)
        np.testing.assert_allclose(found.mi[pairs], expected.mi[pairs], atol=1e-7)


def test_shapes_and_types(window):
    features = extract(window, Spec())
    assert features.signals.shape == (EPOC.n_channels, WINDOW)
    assert features.signals.dtype == np.float32
    assert features.spectrum.shape == (EPOC.n_channels, Spec().n_freqs) == (EPOC.n_channels, 45)
    assert features.de.shape == (len(BANDS), EPOC.n_channels)
    assert (
        features.mi.shape
        == features.covariance.shape
        == (len(BANDS), EPOC.n_channels, EPOC.n_channels)
    )
    assert ((features.edge_weight >= 0) & (features.edge_weight < 1)).all()


def test_features_do_not_depend_on_how_the_stream_was_cut():
    rng = np.random.default_rng(1)
    data = 4200 + rng.normal(0, 10, (EPOC.n_channels, WINDOW + 300))
    stamps = np.arange(data.shape[1]) / EPOC.sfreq

    def run(cuts):
        ring = RingBuffer(EPOC.n_channels, WINDOW, 100)
        pieces = zip(np.split(data, cuts, axis=1), np.split(stamps, cuts), strict=True)
        return [
            extract(window.data, Spec())
            for piece, times in pieces
            for window in ring.extend(piece, times)
        ]

    whole = run([])
    cut = run(np.cumsum(rng.integers(1, 200, 8)).tolist())
    assert len(whole) == len(cut) == 4
    for a, b in zip(whole, cut, strict=True):
        np.testing.assert_array_equal(a.signals, b.signals)
        np.testing.assert_array_equal(a.spectrum, b.spectrum)
        np.testing.assert_array_equal(a.de, b.de)
        np.testing.assert_array_equal(a.mi, b.mi)
        np.testing.assert_array_equal(a.covariance, b.covariance)


def test_flat_channels_share_nothing(window):
    window[3] = window[7] = 4100.0
    features = extract(window, Spec())
    assert np.isfinite(features.de).all()
    assert np.isfinite(features.spectrum).all()
    np.testing.assert_array_equal(features.mi[:, 3], 0)
    np.testing.assert_array_equal(features.mi[:, :, 7], 0)


def test_a_glitch_stays_finite_and_clipped(window):
    window[:, 600] = 715_897.0
    features = extract(window, Spec())
    for name in ("signals", "spectrum", "de", "mi", "covariance"):
        assert np.isfinite(getattr(features, name)).all()
    assert np.abs(features.signals).max() <= Spec().clip


@pytest.mark.parametrize(("bands", "n_freqs"), [(BANDS, 45), (BANDS[1:3], 10), (BANDS[2:3], 6)])
def test_a_spec_knows_how_many_frequencies_it_makes(window, bands, n_freqs):
    spec = Spec(bands=bands)
    assert spec.n_freqs == n_freqs
    assert extract(window, spec).spectrum.shape == (EPOC.n_channels, n_freqs)


def test_bands_between_whole_frequencies_make_those_within(window):
    spec = Spec(bands=(BANDS[0]._replace(l_freq=1.5), BANDS[3]._replace(h_freq=30.5)))
    assert (
        extract(window, spec).spectrum.shape
        == (EPOC.n_channels, spec.n_freqs)
        == (EPOC.n_channels, 29)
    )


@pytest.mark.parametrize("n_times", [WINDOW, 1282, 1284, 256])
@pytest.mark.parametrize("bands", [BANDS, BANDS[:3], BANDS[4:], BANDS[::-1]])
def test_a_slow_band_is_kept_as_seldom_as_its_frequencies_allow(n_times, bands):
    spec = Spec(bands=bands, n_times=n_times)
    of_bands = [band for of_step in spec.steps.values() for band in of_step]
    assert sorted(of_bands) == list(range(len(bands)))
    for step, of_step in spec.steps.items():
        for band in of_step:
            assert EPOC.sfreq / step > 2 * bands[band].h_freq
            assert step == 1 or n_times % (2 * step) == 0
    if n_times == WINDOW and bands == BANDS:
        assert spec.steps == {1: (4,), 2: (3,), 4: (0, 1, 2)}
    assert replace(spec, decimate=False).steps == {1: tuple(range(len(bands)))}


@pytest.mark.parametrize("estimator", ["histogram", "nearest-neighbour"])
def test_another_estimator_changes_the_graph_alone(window, estimator):
    brief = window[:, :512]
    usual = Spec(bands=BANDS[2:3], n_times=512, decimate=False)
    features = extract(brief, replace(usual, mi_estimator=estimator))
    copula = extract(brief, usual)
    np.testing.assert_array_equal(features.de, copula.de)
    np.testing.assert_array_equal(features.spectrum, copula.spectrum)
    assert not np.array_equal(features.mi, copula.mi)


@pytest.mark.parametrize(
    "shape", [(WINDOW, EPOC.n_channels), (EPOC.n_channels, WINDOW - 1), (13, WINDOW)]
)
def test_a_window_of_another_shape_is_refused(shape):
    with pytest.raises(DataError, match="expected a window of shape"):
        extract(np.zeros(shape), Spec())


@pytest.mark.parametrize("odd", [[[1], [1, 2]], "abc", np.zeros((14, WINDOW), complex)])
def test_what_is_no_array_of_numbers_is_refused(odd):
    with pytest.raises(DataError, match="the window is no array of real numbers"):
        extract(odd)


def test_integers_in_lists_are_a_window_too(window):
    whole = np.round(window)
    found = extract(whole.astype(np.int16).tolist())
    np.testing.assert_array_equal(found.de, extract(whole).de)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(window, value):
    window[2, 5] = value
    with pytest.raises(DataError, match="not finite"):
        extract(window, Spec())


def test_spec_survives_json():
    spec = Spec(mi_estimator="histogram", bands=BANDS[1:3], scale_uv=33.0, standardise=False)
    assert decode_spec(json.loads(json.dumps(encode_spec(spec)))) == spec


@pytest.mark.parametrize(
    "change",
    [
        {"headset": "Muse"}, {"headset": []}, {"n_times": "many"}, {"bands": []},
        {"bands": [["alpha", 8]]}, {"clip": -1}, {"mi_estimator": "guess"},
        {"bands": [["gamma", 30, 90]]}, {"headset": None},
        {"scale_uv": None}, {"unknown": 1}, {"n_times": float("inf")}, {"clip": 10**400},
        {"n_times": 127},
        *({name: value} for name in ("scale_uv", "clip") for value in (np.nan, np.inf)),
    ],
)  # fmt: skip
def test_a_spec_that_makes_no_sense_is_refused(change):
    with pytest.raises(ValueError, match=r".+"):
        decode_spec(json.loads(json.dumps(encode_spec(Spec()) | change)))


def test_a_spec_without_all_its_fields_is_refused():
    values = encode_spec(Spec())
    del values["standardise"]
    with pytest.raises(ValueError, match="exactly the fields"):
        decode_spec(values)


def test_standardising_is_left_to_the_networks_inputs(window):
    plain, relative = (extract(window, Spec(standardise=value)) for value in (False, True))
    np.testing.assert_array_equal(plain.signals, relative.signals)
    np.testing.assert_array_equal(plain.spectrum, relative.spectrum)
    np.testing.assert_array_equal(plain.de, relative.de)
    np.testing.assert_array_equal(plain.mi, relative.mi)


def test_without_channels_nothing_is_known_of_them_and_all_of_the_others(window):
    whole = extract(window, Spec())
    left_out = whole.without([1, 6])
    assert whole.without(()) is whole
    others = np.delete(np.arange(14), [1, 6])
    parts = ("spectrum", 0), ("de", 1), ("mi", 1), ("mi", 2), ("covariance", 1), ("covariance", 2)
    for name, axis in parts:
        found = getattr(left_out, name)
        assert np.isnan(np.take(found, [1, 6], axis)).all()
        assert np.isfinite(getattr(whole, name)).all()
    np.testing.assert_array_equal(left_out.de[:, others], whole.de[:, others])
    pairs = np.ix_(range(5), others, others)
    np.testing.assert_array_equal(left_out.mi[pairs], whole.mi[pairs])
    np.testing.assert_array_equal(left_out.edge_weight[pairs], whole.edge_weight[pairs])
    np.testing.assert_array_equal(left_out.covariance[pairs], whole.covariance[pairs])


def test_features_do_not_depend_on_how_many_threads_there_are():
    code = (
        "import hashlib, numpy as np; from rtdreamer.signal.features import extract;"
        "rng = np.random.default_rng(0); found = hashlib.sha256();"
        "windows = [4200 + rng.normal(0, 9, (14, 1280)).cumsum(axis=1) / 3 for _ in range(5)];"
        "seen = [extract(window) for window in windows];"
        "parts = [p for f in seen for p in (f.signals, f.spectrum, f.de, f.mi, f.covariance)];"
        "[found.update(part.tobytes()) for part in parts]; print(found.hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), n),
            capture_output=True,
            check=True,
        ).stdout
        for n in ("1", "4")
    }
    assert len(said) == 1
