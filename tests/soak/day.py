"""A scripted day: the real session on a headset that goes wrong in every way, in made-up time."""

import time
from collections import Counter

from rtdreamer.errors import StreamLostError
from rtdreamer.headset import EPOC
from rtdreamer.live.json_lines import JsonLines
from rtdreamer.live.predictor import Predictor
from rtdreamer.live.session import Session
from rtdreamer.live.sink import Phase
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.released import load_live
from tests.soak.auditor import Auditor, CountingFile, Watched
from tests.soak.demand import SoakError, demand
from tests.soak.faults import draw_faults
from tests.soak.footprint import Footprint, drop_free_lists, settle_caches
from tests.soak.headset import MOST_SAMPLES, Headset
from tests.soak.scripted_source import START_S, Connection

N_READINGS = 500
"""Of the memory; to keep them takes some, too."""

N_OFFLINE = 1000
"""About half of it are classified offline: every other window is whole."""


def run_day(hours, seed, hop, model, say):
    """Run a day and say what was found.

    Parameters
    ----------
    hours : float
        How long the day is.
    seed, hop : int
        What goes wrong follows from the seed.
    model : str or None
        A released model or a checkpoint.
    say : callable
        Given each line of the report.

    Raises
    ------
    SoakError
        At the first thing that is wrong.
    """
    n_samples = round(hours * 3600 * EPOC.sfreq)
    demand(n_samples <= MOST_SAMPLES, f"{hours:g} h are too many to number the samples")
    checkpoint = load_live(model)
    # The same for every window, so that an answer depends on its window alone.
    live, offline = (Classifier.ready(checkpoint, hop, checkpoint.average) for _ in range(2))
    watched = Watched(live)
    auditor = Auditor(watched, offline, hop, seed, min(0.2, N_OFFLINE * hop / n_samples))
    faults = draw_faults(seed, n_samples)
    connection = Connection(Headset(seed), *faults, n_samples, seed, auditor.on_delivery)
    auditor.values = connection.values
    output, messages = CountingFile(is_json=True), CountingFile(is_json=False)
    sinks = [JsonLines(output, messages, lambda: connection.now), auditor]
    session = Session(Predictor(watched), sinks, hop, clock=lambda: connection.now)
    settle_caches()
    footprint = Footprint()
    footprint.read(0.0)
    started = time.monotonic()
    try:
        n_sources = _follow(session, connection, footprint, hours * 3600 / N_READINGS)
        _settle(auditor, connection, output)
    except SoakError as error:
        at = (connection.now - START_S) / 3600
        raise SoakError(f"seed {seed}, hop {hop}, {at:.4f} h: {error}") from error
    _report(say, auditor, connection, faults, output, messages)
    say(f"sources followed, one after the other: {n_sources}")
    say(f"took {(time.monotonic() - started) / 60:.1f} min, seed {seed}, hop {hop}, {live.name}")
    for line in footprint.report():
        say(line)
    footprint.check()


def _follow(session, connection, footprint, read_every):
    """As ``cli/follow.py`` does; return how many sources there were."""
    read_at = START_S

    def over():
        nonlocal read_at
        if connection.now >= read_at:
            drop_free_lists()
            footprint.read((connection.now - START_S) / 3600)
            read_at += read_every
        return connection.is_over

    n_sources = 0
    while True:
        source = connection.source()
        n_sources += 1
        try:
            session.follow(source, over)
            return n_sources
        except StreamLostError as error:
            session.enter(Phase.DISCONNECTED, f"{error}; waiting for it", source.description)


def _settle(auditor, connection, output):
    ledger = auditor.ledger
    auditor.settle()
    # Each sample is in the ring, bridged over, or in a gap.
    demand(ledger.sample + 1 == ledger.n_taken + ledger.n_lost, "the samples do not add up")
    n_there = ledger.n_taken + ledger.n_bridged
    demand(auditor.n_piece_samples == n_there, "samples did not reach the sinks")
    n_lines = auditor.n_predicted + sum(auditor.phases.values())
    demand(output.n_lines == n_lines, f"{output.n_lines} JSON lines of {n_lines}")


def _report(say, auditor, connection, faults, output, messages):
    ledger = auditor.ledger
    kinds = Counter(fault.kind for timeline in faults for fault in timeline.faults)
    say("went wrong: " + ", ".join(f"{kind} {n}×" for kind, n in sorted(kinds.items())))
    say(f"samples sent: {connection.n_sent} in {connection.n_chunks} chunks")
    say(
        f"samples taken {ledger.n_taken} + lost {ledger.n_lost} = {ledger.sample + 1} counted; "
        f"{ledger.n_unseen} more lost without a trace"
    )
    say(f"bridged: {ledger.n_bridged} samples; long gaps: {ledger.n_long_gaps}")
    say(
        f"windows due {ledger.n_due} = predicted {auditor.n_predicted} "
        f"+ skipped {ledger.n_due - auditor.n_predicted}; with a verdict: {auditor.n_verdicts}, "
        f"without for too little measured: {auditor.n_too_little}"
    )
    say(
        f"all {auditor.n_predicted} windows hold the samples they should; of {auditor.n_whole} "
        f"whole ones {auditor.n_offline} were classified offline too: equal bit for bit"
    )
    say(f"timestamps where the clock was right: up to {1e3 * auditor.worst_time_error:.2f} ms off")
    phases = ", ".join(f"{phase.value} {n}×" for phase, n in auditor.phases.items())
    say(f"phases told: {phases}; {output.n_lines} JSON lines, {messages.n_lines} in words")
