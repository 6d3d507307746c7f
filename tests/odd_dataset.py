"""A data set with all that DREAMER has not: text ids, decimals on 1 to 9, sessions, gaps."""

import numpy as np

from rtdreamer.data.dataset import Dataset
from rtdreamer.data.trials import Trial

STIMULI = ("sea", "10", "fire", "9", "forêt", "a/b", "rain")
PEOPLE = ("Ann", "b 2", "007", "zoë", "12", "eve")
SESSIONS = ("mon", "tue", "2")


def odd_trials(seed=0, n_times=2600):
    """Everybody missed something, some saw one stimulus in two sessions; nobody has a baseline."""
    rng = np.random.default_rng(seed)
    for number, subject in enumerate(PEOPLE):
        for place, stimulus in enumerate(STIMULI):
            if place == number:
                continue  # that person did not see it
            for session in SESSIONS[: 1 + (place == (number + 1) % 7)]:
                # Both sides of 5 for each person, and for each stimulus.
                is_high = (place + number) % 2, (place // 2 + number) % 2
                valence, arousal = (rng.uniform(1 + 4 * high, 5 + 4 * high) for high in is_high)
                eeg = 20 * rng.normal(size=(14, n_times)) * (1 + valence / 18)
                yield Trial(
                    subject=subject,
                    session=SESSIONS[2] if (place, session) == (4, "mon") else session,
                    stimulus=stimulus,
                    eeg=4200 + eeg,
                    ratings={"valence": round(valence, 2), "arousal": arousal, "liking": 5.5},
                )


def odd_dataset(name="odd", **kwargs):
    return Dataset(name, odd_trials(**kwargs), scale=(1, 9), simulated=True)
