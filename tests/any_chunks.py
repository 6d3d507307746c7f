"""Streams in which anything may happen, for hypothesis."""

import numpy as np
from hypothesis import strategies as st

from rtdreamer.headset import EPOC
from rtdreamer.stream.chunk import Chunk

values = st.one_of(
    st.just(4200.0), st.floats(-1e9, 1e9), st.sampled_from([np.nan, np.inf, -np.inf, 0.0, 8400.0])
)
jumps = st.one_of(
    st.just(0.0), st.floats(-2e9, 2e9), st.floats(-0.5, 0.5), st.sampled_from([np.nan, np.inf])
)


@st.composite
def streams(draw, sfreq=EPOC.sfreq):
    """Chunks of a stream in which anything may happen."""
    has_counter, chunks, sent, now, offset = draw(st.booleans()), [], 0, 1000.0, 0.0
    for n_times in draw(st.lists(st.integers(0, 200), max_size=8)):
        sent += draw(st.sampled_from([0, 0, 0, 1, 20, 40, 500]))  # lost on the way
        offset += draw(jumps)
        number = sent + np.arange(n_times)
        sent += n_times
        now = max(now, 1000 + sent / sfreq) + draw(st.floats(0, 5))
        data = 4200 + np.random.default_rng(sent).normal(0, 10, (14, n_times))
        if n_times:
            rows = draw(st.lists(st.integers(0, 13), max_size=14))
            start = draw(st.integers(0, n_times - 1))
            data[rows, start : start + draw(st.integers(1, 50))] = draw(values)
        stamps = 1000 + number / sfreq + offset
        if n_times and draw(st.booleans()):
            stamps[draw(st.integers(0, n_times - 1)) :] += draw(jumps)
        counter = number % round(sfreq) + (draw(jumps) if draw(st.booleans()) else 0)
        made_up = np.zeros(n_times, bool)
        chunks.append(
            Chunk(data, stamps, counter.astype(float) if has_counter else None, made_up, now)
        )
    return chunks
