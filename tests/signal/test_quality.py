from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rtdreamer.data.recording import read_recording
from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.data.simulated_eeg import synthesise
from rtdreamer.headset import EPOC
from rtdreamer.prediction import Quality
from rtdreamer.signal.quality import MIN_CHANNELS, STUCK_SAMPLES, assess, too_poor

PEOPLE = SimulatedDreamer(clip=0)
TIME = np.arange(1280) / EPOC.sfreq
GLITCHES = (898, 10386, 11509, 13179)
NAMES = {"", "flat", "clipped", "implausible", "artefact", "muscle", "mains", "blink"}


@lru_cache(maxsize=64)
def _quiet(subject, n_times=1280):
    """A simulated person who neither blinks nor moves a muscle."""
    still = replace(PEOPLE.person(subject), blink_rate=1e-9, muscle_rate=1e-9)
    rng = np.random.default_rng(subject)
    return synthesise(rng, still, PEOPLE.deviation(subject, 1), n_times)


@pytest.fixture(scope="module", params=(1, 8, 15))
def subject(request):
    return request.param


@pytest.fixture
def window(subject):
    return _quiet(subject).copy()


@pytest.fixture(scope="module")
def before(subject):
    """The quality of the window as it was."""
    return assess(_quiet(subject), EPOC)


def _blink(peak_uv):
    """A bump of 0.3 s at half its height."""
    return peak_uv * np.exp(-0.5 * ((TIME - 4.3) / 0.127) ** 2)


def _muscle(rms_uv, seed=0):
    n = len(TIME)
    freqs = np.fft.rfftfreq(n, 1 / EPOC.sfreq)
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=n))
    noise = np.fft.irfft(spectrum * ((freqs > 20) & (freqs < 60)), n)
    return rms_uv * noise / noise.std()


def _mains(freq, rms_uv):
    return rms_uv * np.sqrt(2) * np.sin(2 * np.pi * freq * TIME)


def _die(eeg, seconds):
    """Rest for so long at a value seen before."""
    return np.where(TIME[-1] - TIME <= seconds, np.median(eeg), eeg)


def _rail(eeg, seconds):
    return np.where(np.abs(TIME - 6) < seconds / 2, 8400.0, eeg)


# What is wrong, from hardly at all to altogether.
SEVERITIES = {
    "flat": [lambda eeg, s=s: _die(eeg, s) for s in (0.5, 1, 3, 7, 10)],
    "clipped": [lambda eeg, s=s: _rail(eeg, s) for s in (0.2, 1, 3, 7)],
    "implausible": [
        lambda eeg, a=a: eeg + a * (np.arange(len(eeg)) == 700) for a in (2e3, 1e4, 1e6)
    ],
    "artefact": [lambda eeg, s=s: eeg + 700 * (np.abs(TIME - 5) < s) for s in (0.1, 0.5, 1, 2)],
    "muscle": [lambda eeg, a=a: eeg + _muscle(a) for a in (20, 30, 50, 100)],
    "mains": [lambda eeg, a=a: eeg + _mains(50, a) for a in (15, 30, 100, 300)],
}
PLANTED = [(flaw, change) for flaw, changes in SEVERITIES.items() for change in changes]
PLANTED += [
    ("mains", lambda eeg: eeg + _mains(60, 30)),
    ("clipped", lambda eeg: np.clip(eeg, -np.inf, np.quantile(eeg, 0.6))),
    ("implausible", lambda eeg: np.random.default_rng(1).uniform(0, 8400, len(eeg))),
    ("artefact", lambda eeg: eeg + 60 * TIME),
    ("artefact", lambda eeg: eeg + 500 * (np.arange(len(eeg)) == 700)),
    ("muscle", lambda eeg: eeg + _muscle(40) * (np.abs(TIME - 5) < 0.5)),
    ("flat", lambda eeg: np.full(len(eeg), 4100.0)),
    ("flat", lambda eeg: 4100 + 0.51 * np.random.default_rng(0).integers(0, 3, len(eeg))),
]


def test_a_person_at_rest_is_good_at_any_length():
    for subject in PEOPLE.subjects:
        for n_times in (128, 200, 640, 1280):
            quality = assess(_quiet(subject, n_times), EPOC)
            assert quality.overall > 0.95
            assert sum(flaw != "" for flaw in quality.flaws) <= 1


def test_simulated_people_are_good_with_their_blinks_and_muscles():
    flaws = []
    for subject in PEOPLE.subjects:
        stimuli = PEOPLE.trial(subject, 6).eeg
        for start in range(0, stimuli.shape[1] - 1280, 1280):
            quality = assess(stimuli[:, start : start + 1280], EPOC)
            assert quality.overall > 0.95
            flaws += zip(quality.flaws, EPOC.ch_names, strict=True)
    assert {name for flaw, name in flaws if flaw == "blink"} <= set(EPOC.ocular)
    assert not any(flaw in ("flat", "clipped", "implausible", "mains") for flaw, _ in flaws)
    assert np.mean([flaw == "muscle" for flaw, _ in flaws]) < 0.05
    assert np.mean([flaw == "artefact" for flaw, _ in flaws]) < 0.005


def test_a_real_recording_is_good_but_where_it_glitches(real_recording):
    data = read_recording(real_recording, sfreq=128, rename={"P": "P7"}).data
    for start in range(0, data.shape[1] - 1280, 320):
        quality = assess(data[:, start : start + 1280], EPOC)
        if any(start <= glitch < start + 1280 for glitch in GLITCHES):
            assert len(quality.bad) > 14 - MIN_CHANNELS
            assert quality.flaws.count("implausible") >= 9
        else:
            assert not quality.bad
            assert set(quality.flaws) <= {"", "blink"}


@pytest.mark.parametrize(("flaw", "change"), PLANTED)
@pytest.mark.parametrize("channel", [0, 6, 9])
def test_a_planted_flaw_is_found_and_named_on_its_channel_alone(
    window, before, flaw, change, channel
):
    window[channel] = change(window[channel])
    after = assess(window, EPOC)
    assert after.flaws[channel] == flaw
    assert after.channels[channel] < before.channels[channel]
    assert np.delete(after.flaws, channel).tolist() == np.delete(before.flaws, channel).tolist()
    np.testing.assert_array_equal(
        np.delete(after.channels, channel), np.delete(before.channels, channel)
    )


@pytest.mark.parametrize("flaw", SEVERITIES)
def test_the_worse_a_flaw_the_lower_the_quality(window, flaw):
    qualities = []
    for change in SEVERITIES[flaw]:
        spoilt = window.copy()
        spoilt[6] = change(spoilt[6])
        qualities.append(assess(spoilt, EPOC).channels[6])
    assert qualities == sorted(qualities, reverse=True)
    assert flaw == "implausible" or qualities[-1] < qualities[0] - 0.2


@pytest.mark.parametrize("peak_uv", [150, 200, 250])
def test_a_blink_is_said_but_leaves_the_window_usable(window, peak_uv):
    window[[0, 13]] += _blink(peak_uv)
    quality = assess(window, EPOC)
    assert (quality.flaws[0], quality.flaws[13]) == ("blink", "blink")
    assert min(quality.channels) > 0.9


def test_what_looks_like_a_blink_at_the_back_of_the_head_is_none(window):
    window[EPOC.ch_names.index("O1")] += _blink(250)
    assert assess(window, EPOC).flaws[EPOC.ch_names.index("O1")] == "artefact"


def test_alpha_bursts_and_small_and_large_eeg_are_neither_muscle_nor_mains():
    flaws = []
    for subject in PEOPLE.subjects:
        eeg = _quiet(subject)
        burst = 80 * np.sin(2 * np.pi * 10 * TIME) * np.exp(-0.5 * (TIME - 5) ** 2)
        eeg_alone = eeg - eeg.mean(axis=-1, keepdims=True)
        for other in (eeg + burst, 0.2 * eeg_alone, 2 * eeg_alone):
            quality = assess(other, EPOC)
            assert len(quality.bad) <= 1
            flaws += quality.flaws
        # Three times as large, the flattest spectra have as much beta as weak muscle.
        assert too_poor(assess(3 * eeg_alone, EPOC), MIN_CHANNELS) == ""
    assert "mains" not in flaws
    assert flaws.count("muscle") < 0.03 * len(flaws)


def test_quality_is_the_share_of_the_window_that_lives(window):
    window[3, -320:] = 4100.0
    window[5, :960] = 0.0
    quality = assess(window, EPOC)
    assert quality.channels[3] == pytest.approx(0.75, abs=0.02)
    assert quality.channels[5] == pytest.approx(0.25, abs=0.02)
    assert quality.overall == pytest.approx(np.mean(quality.channels))


def test_half_of_the_sensors_may_be_lost_and_no_more(window):
    noise = np.random.default_rng(0).uniform(0, 8400, (14, 1280))
    lost = [6, 9, 0, 13, 2, 7, 11]
    window[lost] = noise[lost]
    quality = assess(window, EPOC)
    assert quality.bad == tuple(sorted(lost))
    assert too_poor(quality, MIN_CHANNELS) == ""
    window[4] = 4100.0
    assert too_poor(assess(window, EPOC), MIN_CHANNELS) != ""


def test_muscle_and_mains_that_move_the_answer_make_their_channel_bad(window):
    for change in (_muscle(16.0), _mains(50, 20.0)):
        other = window.copy()
        other[8] += change
        assert 8 in assess(other, EPOC).bad


@given(length=st.integers(4, 16), start=st.integers(0, 1264), side=st.sampled_from([-1, 1]))
@example(length=STUCK_SAMPLES - 1, start=600, side=1)
@example(length=STUCK_SAMPLES, start=600, side=1)
@example(length=STUCK_SAMPLES, start=601, side=-1)
@example(length=STUCK_SAMPLES, start=602, side=1)
@example(length=STUCK_SAMPLES, start=603, side=-1)
def test_a_crest_is_clipped_once_enough_samples_lie_in_a_row_wherever_it_is(length, start, side):
    since = TIME - (start + (length - 1) / 2) / EPOC.sfreq
    wave = 30 * np.cos(2 * np.pi * 3 * since) * (1 + 0.3 * np.exp(-((since / 0.2) ** 2)))
    window = _quiet(8).copy()
    window[6] = 4200 + side * np.minimum(wave, wave[start])
    assert (assess(window, EPOC).channels[6] < 1) == (length >= STUCK_SAMPLES)


def test_the_offset_does_not_matter(window):
    for channel, (flaw, changes) in enumerate(SEVERITIES.items()):
        if flaw != "clipped":
            window[channel] = changes[2](window[channel])
    expected = assess(window, EPOC)
    offset = np.random.default_rng(0).uniform(-5000, 5000, (14, 1))
    shifted = assess(window + offset, EPOC)
    assert shifted.flaws == expected.flaws
    np.testing.assert_allclose(shifted.channels, expected.channels)


def test_the_order_of_the_channels_does_not_matter_but_for_blinks(window):
    for channel, changes in enumerate(SEVERITIES.values()):
        window[channel] = changes[2](window[channel])
    expected = assess(window, EPOC)
    assert "blink" not in expected.flaws
    order = np.random.default_rng(0).permutation(14)
    permuted = assess(window[order], EPOC)
    assert permuted.flaws == tuple(expected.flaws[i] for i in order)
    np.testing.assert_allclose(permuted.channels, np.array(expected.channels)[order])


def test_a_channel_is_rated_no_higher_than_its_contact(window):
    window[4] = 4100.0
    alone = assess(window, EPOC)
    contact = np.ones(14)
    contact[[2, 4]] = 0.5
    both = assess(window, EPOC, contact)
    np.testing.assert_array_equal(both.channels, np.minimum(alone.channels, contact))
    assert both.flaws[2] == "contact"
    assert both.flaws[4] == "flat"
    assert assess(window, EPOC, np.ones(14)) == alone


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seed", range(30))
def test_no_finite_window_breaks_it(seed):
    rng = np.random.default_rng(seed)
    n_times = int(rng.integers(128, 1400))
    window = rng.normal(0, 10 ** rng.uniform(-9, 9, (14, 1)), (14, n_times))
    window += 10 ** rng.uniform(-3, 9)
    window[rng.integers(14), rng.integers(n_times) :] = rng.choice([-1e9, 0, 8400, 1e9])
    window[rng.integers(14)] = 10 ** rng.uniform(0, 9)
    window[rng.integers(14), rng.integers(n_times, size=3)] = -1e9
    for each in (np.clip(window, -1e9, 1e9), np.zeros_like(window), np.full_like(window, 1e9)):
        quality = assess(each, EPOC)
        assert np.isfinite(quality.channels).all()
        assert min(quality.channels) >= 0
        assert max(quality.channels) <= 1
        assert set(quality.flaws) <= NAMES


def test_why_there_is_no_verdict_names_what_is_wrong_and_where():
    channels = (0.0, 0.0, 0.5, *(1.0,) * 11)
    quality = Quality(channels, ("flat", "flat", "mains", *("",) * 11), EPOC.ch_names)
    assert too_poor(quality, 12) == (
        "11 of 14 electrodes are good, 12 are needed: flat AF3, F7; mains F3"
    )
    assert too_poor(quality, 11) == ""
    nothing = Quality((0.0,) * 14, ("flat",) * 14, EPOC.ch_names)
    assert too_poor(nothing, 7) == "0 of 14 electrodes are good, 7 are needed: flat everywhere"


def test_a_blink_on_a_good_channel_is_no_reason():
    quality = Quality((0.0, *(0.95,) * 13), ("flat", *("blink",) * 13), EPOC.ch_names)
    assert too_poor(quality, 14).endswith(": flat AF3")
