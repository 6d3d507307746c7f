from dataclasses import replace

import numpy as np
import pytest
from scipy import signal

from rtdreamer.data.simulated_eeg import coherence, synthesise
from rtdreamer.data.simulated_people import Person, State
from rtdreamer.headset import EPOC
from rtdreamer.window import BANDS

CHANNEL = {name: index for index, name in enumerate(EPOC.ch_names)}
AT_REST = State(np.zeros((5, 14)), symmetry=0.0, frontal_coupling=0.0)
STILL = Person(  # without blinks or muscle that could be seen
    habit=AT_REST,
    slope=1.0,
    alpha_peak=10.0,
    alpha_rms=8.0,
    offset=np.full(14, 4200.0),
    blink_rate=1e-6,
    blink_uv=150.0,
    muscle_rate=1e-6,
    muscle_uv=8.0,
    valence_strength=1.0,
    arousal_strength=1.0,
)
N_TIMES = int(200 * EPOC.sfreq)


def make(person=STILL, state=AT_REST, seed=0, n_times=N_TIMES):
    return synthesise(np.random.default_rng(seed), person, state, n_times)


def spectrum(eeg):
    return signal.welch(eeg, EPOC.sfreq, nperseg=512)


def band_power(eeg, band):
    freqs, psd = spectrum(eeg)
    inside = (freqs >= band.l_freq) & (freqs < band.h_freq)
    return psd[:, inside].mean(axis=1)


def in_band(eeg, l_freq, h_freq):
    sos = signal.butter(4, (l_freq, h_freq), "bandpass", fs=EPOC.sfreq, output="sos")
    return signal.sosfiltfilt(sos, eeg - eeg.mean(axis=1, keepdims=True), axis=1)


def correlation(eeg, band, a, b):
    filtered = in_band(eeg, BANDS[band].l_freq, BANDS[band].h_freq)
    return np.corrcoef(filtered[CHANNEL[a]], filtered[CHANNEL[b]])[0, 1]


@pytest.mark.parametrize("symmetric", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("frontal", [0.0, 1.0])
def test_coherence_is_a_correlation_matrix(symmetric, frontal):
    matrix = coherence(symmetric, frontal)
    assert np.allclose(np.diag(matrix), 1)
    assert np.allclose(matrix, matrix.T)
    assert np.linalg.eigvalsh(matrix).min() > 0


def test_neighbours_share_more_than_distant_sensors():
    matrix = coherence(0.2, 0.0)
    near = matrix[CHANNEL["O1"], CHANNEL["P7"]]
    far = matrix[CHANNEL["O1"], CHANNEL["AF4"]]
    assert near > 2 * far


def test_symmetry_couples_the_hemispheres():
    pair = CHANNEL["T7"], CHANNEL["T8"]
    assert coherence(0.8, 0.0)[pair] > coherence(0.2, 0.0)[pair] + 0.2


def test_the_size_is_that_of_an_eeg():
    rms = in_band(make(), 1, 45).std(axis=1)
    assert rms.min() > 7
    assert rms.max() < 30


def test_power_falls_with_frequency():
    delta, theta, _, beta, gamma = (band_power(make(), band)[CHANNEL["F3"]] for band in BANDS)
    assert delta > theta > beta > gamma


def test_alpha_peaks_at_the_persons_own_frequency_and_at_the_back():
    person = replace(STILL, alpha_peak=9.2, alpha_rms=15.0)
    freqs, psd = spectrum(make(person))
    inside = (freqs > 7) & (freqs < 14)
    assert freqs[inside][psd[CHANNEL["O1"], inside].argmax()] == pytest.approx(9.2, abs=0.6)
    alpha = band_power(make(person), BANDS[2])
    assert alpha[CHANNEL["O2"]] > 2 * alpha[CHANNEL["F8"]]


def test_alpha_waxes_and_wanes():
    person = replace(STILL, alpha_rms=20.0)
    alpha = in_band(make(person), 8, 12)[CHANNEL["O1"]]
    seconds = np.abs(signal.hilbert(alpha)).reshape(-1, int(EPOC.sfreq)).mean(axis=1)
    # Of a steady sine the ratio would be 0.
    assert seconds.std() / seconds.mean() > 0.3


def test_the_headset_removes_what_lies_above_its_band():
    freqs, psd = spectrum(make())
    mean = psd.mean(axis=0)
    below, above = mean[(freqs > 38) & (freqs < 43)], mean[(freqs > 53) & (freqs < 58)]
    assert above.mean() < 0.25 * below.mean()


def test_there_is_a_slow_drift():
    eeg = make()
    slow = eeg - in_band(eeg, 1, 45)
    assert (slow.std(axis=1) > 5).all()


def test_a_shift_of_the_log_power_appears_in_its_band_and_sensor_alone():
    power = np.zeros((5, 14))
    power[3, CHANNEL["F3"]] = 0.7
    still, moved = make(), make(state=replace(AT_REST, power=power))
    change = [np.log(band_power(moved, band) / band_power(still, band)) for band in BANDS]
    # The gain fades over into the neighbouring bands, hence not quite 0.7.
    assert change[3][CHANNEL["F3"]] == pytest.approx(0.55, abs=0.15)
    others = np.delete(np.arange(14), CHANNEL["F3"])
    assert np.abs(np.array(change)[:, others]).max() < 0.02
    assert np.abs(change[0]).max() < 0.02


def test_symmetry_and_frontal_coupling_move_their_correlations():
    still = make()
    less = make(state=replace(AT_REST, symmetry=-2.0))
    assert correlation(less, 2, "O1", "O2") < correlation(still, 2, "O1", "O2") - 0.03
    assert correlation(less, 2, "T7", "T8") < correlation(still, 2, "T7", "T8") - 0.1
    more = make(state=replace(AT_REST, frontal_coupling=1.5))
    assert correlation(more, 1, "F3", "F4") > correlation(still, 1, "F3", "F4") + 0.1
    assert correlation(more, 3, "F3", "F4") == pytest.approx(
        correlation(still, 3, "F3", "F4"), abs=0.03
    )


def test_blinks_are_frontal_rare_and_large():
    person = replace(STILL, blink_rate=15.0, blink_uv=200.0)
    slow = in_band(make(person), 0.5, 8)
    peaks, _ = signal.find_peaks(slow[CHANNEL["AF3"]], height=100, distance=64)
    assert 25 <= len(peaks) <= 80  # 50 expected in 200 s
    at_peaks = slow[:, peaks].mean(axis=1)
    assert at_peaks[CHANNEL["AF4"]] > 100
    assert at_peaks[CHANNEL["F7"]] > at_peaks[CHANNEL["FC5"]] > at_peaks[CHANNEL["O1"]]
    assert abs(at_peaks[CHANNEL["O1"]]) < 20


def test_muscle_is_temporal_and_fast():
    tense = replace(STILL, muscle_rate=20.0, muscle_uv=15.0)
    still, moved = make(), make(tense)
    gain = [np.log(band_power(moved, band) / band_power(still, band)) for band in BANDS]
    assert gain[4][CHANNEL["T7"]] > 1
    assert gain[4][CHANNEL["T8"]] > 1
    assert gain[4][CHANNEL["T7"]] > gain[4][CHANNEL["FC5"]] > gain[4][CHANNEL["O1"]]
    assert np.abs(gain[1]).max() < 0.1


def test_values_are_steps_of_the_converter_about_the_persons_offset():
    offset = np.linspace(4000, 4500, 14)
    eeg = make(replace(STILL, offset=offset))
    steps = eeg / EPOC.step_uv
    assert np.allclose(steps, np.rint(steps), atol=1e-6)
    assert np.abs(eeg.mean(axis=1) - offset).max() < 10


def test_the_converter_clips_at_its_range():
    eeg = make(replace(STILL, offset=np.full(14, 8390.0)), n_times=2560)
    assert eeg.max() <= EPOC.range_uv[1]
    assert (eeg == eeg.max()).sum() > 10


def test_the_end_does_not_run_on_into_the_beginning():
    eeg = make(n_times=2560)
    jumps = np.abs(eeg[:, 0] - eeg[:, -1]) / np.abs(np.diff(eeg, axis=1)).mean(axis=1)
    assert np.median(jumps) > 2


@pytest.mark.parametrize("n_times", [7808, 2560, 1281])
def test_any_length_can_be_made(n_times):
    assert make(n_times=n_times).shape == (14, n_times)
