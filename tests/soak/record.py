"""Compares the JSON lines of a run over LSL with what the player sent."""

from collections import Counter

import numpy as np

from rtdreamer.headset import EPOC
from rtdreamer.model.classifier import Classifier
from rtdreamer.signal.quality import assess
from rtdreamer.window import WINDOW
from tests.soak.demand import demand
from tests.soak.headset import Headset
from tests.soak.ledger import LONGEST_BRIDGE, Ledger
from tests.soak.player import is_among, stamp

N_OFFLINE = 500

MOST_ON_THE_WAY = 64
"""Samples that a player which is killed may take along: half a second."""

TIME_TOLERANCE_S = 0.1
"""LSL compares the two processes' clocks, badly while one of them is frozen."""


class Record:
    """What was said and what was sent.

    Parameters
    ----------
    lines : list of dict
        The JSON lines of ``live``.
    sent : Path
        The players' log.
    seed : int
        The players'.
    start : float
        LSL time of sample 0.
    killed_at : list of float
        LSL times at which a player was killed.
    """

    def __init__(self, lines, sent, seed, start, killed_at):
        self.seed, self.start, self.killed_at = seed, start, killed_at
        self.predictions = [line for line in lines if "event" not in line]
        self.events = [line for line in lines if "event" in line]
        spans = np.loadtxt(sent, dtype=np.int64, ndmin=2)
        number = np.concatenate([np.arange(*span) for span in spans])
        self.sent = number[~is_among(number, seed, 0)]


def check_record(record, checkpoint, hop, say):
    """Check all that can be told from outside."""
    demand(len(record.predictions) > 0, "no predictions")
    number = _numbers(record, say)
    received = _received(record, number, say)
    _check_accounts(record, number, received, hop, say)
    _check_windows(record, number, received, checkpoint, hop, say)
    _say_latencies(record, say)


def _numbers(record, say):
    """Tell which of the headset's samples each prediction was made at.

    Whatever was lost is counted, so from the first prediction to the last, samples are as far
    ahead of those counted. By how much, the timestamps tell.
    """
    times = np.array([line["timestamp"] for line in record.predictions])
    counted = np.array([line["sample"] for line in record.predictions])
    ahead = np.round((times - record.start) * EPOC.sfreq - counted)
    number = counted + int(np.median(ahead))
    error = np.abs(times - stamp(number, record.start))
    demand(error.max() < TIME_TOLERANCE_S, f"a timestamp is {error.max():.3f} s off")
    shown = 1e3 * np.percentile(error, [50, 99, 100])
    say(f"timestamps off: median {shown[0]:.2f} ms, 99 % {shown[1]:.2f}, most {shown[2]:.2f}")
    return number


def _received(record, number, say):
    """Return the samples that arrived: those sent, but what was on its way when a player died."""
    first = number[0] - record.predictions[0]["sample"]
    received = record.sent[record.sent >= first]
    demand(received[0] == first, f"sample {received[0]} came first, counted was from {first}")
    n_sent = len(received)
    lost = np.array([line["missing"] for line in record.predictions])
    for killed_at in record.killed_at:
        killed = (killed_at - record.start) * EPOC.sfreq
        after = int(np.searchsorted(number, killed))
        if after == len(number):
            break
        # A chunk may hold a gap after its last window; the next prediction is then beyond it.
        next_few = range(after, min(after + 3, len(number)))
        n_gone = min(int(lost[k]) - _left_out(received, first, number[k]) for k in next_few)
        demand(0 <= n_gone <= MOST_ON_THE_WAY, f"{n_gone} samples went with a killed player")
        last = int(np.searchsorted(received, killed))
        received = np.delete(received, slice(last - n_gone, last))
    say(f"sent, but on its way when a player was killed: {n_sent - len(received)} samples")
    return received


def _left_out(received, first, last):
    return int(last - first + 1 - np.count_nonzero(received <= last))


def _taken_at(number, received):
    """How many samples were taken when each prediction was made.

    One that was bridged is known when the next one after it is there.
    """
    return np.searchsorted(received, number) + 1


def _check_accounts(record, number, received, hop, say):
    ledger = Ledger(hop)
    last_sample = -1
    first = int(received[0])
    n_made_up = np.cumsum(is_among(received, record.seed, 1))
    stops = _taken_at(number, received)
    skipped = 0
    for k, (line, start, stop) in enumerate(
        zip(record.predictions, np.append(0, stops), stops, strict=False)
    ):
        ledger.take(received[start:stop], np.ones(stop - start, bool), True)
        skipped = ledger.n_due - k - 1
        newest, _ = ledger.due[-1]
        for name, expected in [
            ("sample", newest),
            ("hop", newest - last_sample),
            ("skipped", skipped),
        ]:
            demand(line[name] == expected, f"{name} is {line[name]}, should be {expected}: {line}")
        last_sample = line["sample"]
        # A chunk may hold more than its last window, and that counts already.
        beyond = (stops[k + 1] if k + 1 < len(number) else len(received)) - 1
        low, high = ledger.n_lost, _left_out(received, first, received[beyond])
        demand(low <= line["missing"] <= high, f"missing is not {low} to {high}: {line}")
        low, high = n_made_up[stop - 1], n_made_up[beyond]
        demand(low <= line["driver_interpolated"] <= high, f"not {low}–{high} interpolated: {line}")
    say(
        f"samples taken {ledger.n_taken} + lost {ledger.n_lost} = {ledger.sample + 1} counted; "
        f"bridged {ledger.n_bridged}; long gaps {ledger.n_long_gaps}"
    )
    say(f"windows due {ledger.n_due} = predicted {len(number)} + skipped {skipped}")


def _check_windows(record, number, received, checkpoint, hop, say):
    stops = _taken_at(number, received)
    starts = np.searchsorted(received, number - WINDOW + 1)
    whole = []
    for k, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        steps = np.diff(received[start:stop])
        demand(steps.max() <= LONGEST_BRIDGE + 1, f"a window spans {steps.max()} samples lost")
        if stop - start == WINDOW and received[stop - 1] == number[k]:
            whole.append(k)
    rng = np.random.default_rng([record.seed, 6])
    chosen = rng.permutation(whole)[:N_OFFLINE].tolist()
    classifier = Classifier.ready(checkpoint, hop, checkpoint.average)
    headset = Headset(record.seed)
    for k in chosen:
        line, last = record.predictions[k], int(number[k])
        window = headset.data(last - WINDOW + 1, last + 1)
        quality = assess(window, EPOC)
        rated = dict(zip(EPOC.ch_names, quality.channels, strict=True))
        demand(line["channel_quality"] == rated, f"the quality is another offline: {line}")
        classifier.reset()  # they are drawn in any order
        affect, _ = classifier.classify(classifier.extract(window).without(quality.bad), last)
        found = line["valence"], line["arousal"]
        demand(found == (affect.valence, affect.arousal), f"{affect} offline: {line}")
    say(
        f"no window spans a long gap; of {len(whole)} whole ones {len(chosen)} were classified "
        "offline too: equal bit for bit"
    )


def _say_latencies(record, say):
    for name in ("latency_ms", "compute_ms"):
        values = [line[name] for line in record.predictions]
        shown = np.percentile(values, [50, 95, 99, 100])
        say(
            f"{name}: median {shown[0]:.1f}, 95 % {shown[1]:.1f}, 99 % {shown[2]:.1f}, "
            f"most {shown[3]:.1f}"
        )
    events = Counter(event["phase"] for event in record.events)
    say("phases told: " + ", ".join(f"{phase} {n}×" for phase, n in events.items()))
