"""Predictions of a headset's stream, one a line: ``python follow_headset.py EPOC 30``."""

import sys

import rtdreamer

stream, seconds = sys.argv[1], float(sys.argv[2])
with rtdreamer.follow(stream, timeout=30, duration=seconds) as predictions:
    for prediction in predictions:
        print(prediction.affect or prediction.reason)
