"""Nulls: ``python -m tests.nulls`` judges trials in which there is nothing to see, many times.

Prints, for each protocol and number of people, how often intervals exclude what is true and p
values are .05 or below; both targets of a draw are counted.
"""

import itertools
from pathlib import Path

import click
import numpy as np

from tests.nulls.draws import RealFeatures, States
from tests.nulls.judge import N_EXCHANGES, judge

COLUMNS = (
    "protocol  people  clip   mean AUC   SD    half-width |  AUC  less clips  concord.  pooled  "
    "balanced |  p by clips  exchanged | difference   t"
)


def _numbers(kind):
    return lambda ctx, param, text: [kind(part) for part in text.split(",")]


@click.command()
@click.option("--draws", type=click.IntRange(min=2), default=200, show_default=True)
@click.option("--people", default="6,12,23", show_default=True, callback=_numbers(int))
@click.option("--clip", "clips", default="0,0.4", show_default=True, callback=_numbers(float))
@click.option("--protocol", "protocols", default="crossed,loso,trial", show_default=True,
              callback=_numbers(str))  # fmt: skip
@click.option("--eeg", metavar="DATA", help="Take DE and MI from this simulation's EEG, such as "
              "simulated:subjects=100,effect=0; its clips count, not --clip.")  # fmt: skip
@click.option("--everything", is_flag=True, help="Pooled AUC and balanced accuracy too.")
@click.option("--cache", type=click.Path(path_type=Path), default="cache", show_default=True,
              envvar="RTDREAMER_CACHE", help="For --eeg.")  # fmt: skip
@click.option("--seed", type=int, default=1000, show_default=True)
def nulls(draws, people, clips, protocols, eeg, everything, cache, seed):
    """Count false alarms where there is nothing to see."""
    from rtdreamer.metrics import intervals

    intervals.N_PERMUTATIONS = 2 * N_EXCHANGES + 1
    click.echo(f"{draws} draws, two targets each; shares of 100")
    click.echo(COLUMNS)
    sources = [("eeg", _features(eeg, cache))] if eeg else [(clip, States(clip)) for clip in clips]
    for protocol, n_people, (clip, source) in itertools.product(protocols, people, sources):
        found = [
            one
            for k in range(seed, seed + draws)
            for one in judge(source.draw(n_people, k), protocol, k, everything)
        ]
        click.echo(_row(protocol, n_people, clip, found))


def _features(data, cache):
    from rtdreamer.signal.features import Spec
    from rtdreamer.training.cache import load_windows
    from rtdreamer.training.windows import WindowPlan

    return RealFeatures(load_windows(data, Spec(), WindowPlan(), cache).with_targets(2))


def _row(protocol, n_people, clip, found):
    def share(name, width):
        value = 100 * np.mean([getattr(one, name) for one in found])
        return f"{'-' if np.isnan(value) else f'{value:.1f}':>{width}}"

    auc, half_width = np.transpose([(one.auc, one.half_width) for one in found])
    return (
        f"{protocol:8}  {n_people:6}  {clip!s:>4}   {np.nanmean(auc):8.3f}  {np.nanstd(auc):.3f}  "
        f"{np.nanmean(half_width):10.3f} |"
        f" {share('by_auc', 4)}  {share('by_auc_less_clips', 10)}  {share('by_concordance', 8)}"
        f"  {share('by_pooled', 6)}  "
        f"{share('by_balanced', 8)} |  {share('by_p', 10)}  {share('by_exchange', 9)} |"
        f" {share('by_difference', 10)}  {share('by_t', 3)}"
    )


if __name__ == "__main__":
    nulls()
