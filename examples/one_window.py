"""One raw window: what the model says of it, and what it saw."""

import numpy as np

import rtdreamer

window = 4200 + 10 * np.random.default_rng(0).normal(size=(14, 1280))  # no EEG, but its shape
print(rtdreamer.load_model("simulated-23").predict(window))
print(rtdreamer.extract(window).de.round(1))  # nats, bands by channels
