"""A session's facts on a terminal, for machines without a display."""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from rtdreamer.live.answer import Answer
from rtdreamer.live.model_facts import ModelFacts
from rtdreamer.live.sink import Phase, Sink, State
from rtdreamer.live.summary import Summariser, Summary
from rtdreamer.prediction import Prediction
from rtdreamer.signal.features import Features
from rtdreamer.stream.gaps import Piece

REDRAW_EVERY_S = 0.2
LINE_EVERY_S = 1.0
"""Where nothing can be redrawn a line is printed this often."""

COLOURS = {
    Phase.WAITING: "white",
    Phase.FILLING: "cyan",
    Phase.LIVE: "green",
    Phase.POOR: "yellow",
    Phase.STALLED: "red",
    Phase.DISCONNECTED: "red",
}

SIMULATED = "SIMULATED people trained this model: a demonstration, not a measurement of feelings"
SCALE = "0–1: how likely each is high; base rate: how often it was in training"
NOTHING = "–"


class TerminalView(Sink):
    """A sink that shows the newest facts in place; or line by line, where that cannot be done.

    The facts are those of the dashboard; of its five graphs only the mean edge weights.

    Parameters
    ----------
    model : ModelFacts
        The model that makes the predictions.
    clock : callable
        LSL time now, seconds.
    hop : int
        Samples from one prediction to the next.
    console : Console
        Where to print.
    """

    def __init__(
        self, model: ModelFacts, clock: Callable[[], float], hop: int, console: Console
    ) -> None:
        self._model = model
        self._clock = clock
        self._console = console
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None
        self._summariser = Summariser(model, hop, clock)
        self._coupling = ""
        self._shown_at = float("-inf")

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        elif self._model.simulated:
            self._print(SIMULATED)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def on_state(self, state: State) -> None:
        self._summariser.on_state(state)
        summary = self._summariser.summary()
        if self._live is None:
            self._print(f"{state.in_words} | {_stream(summary)}")
        else:
            self._live.update(self._picture(summary), refresh=True)

    def on_samples(self, piece: Piece) -> None:
        self._summariser.on_samples(piece)
        self._show()

    def on_unusable(self, missing: int) -> None:
        self._summariser.on_unusable(missing)
        self._show()

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        self._summariser.on_prediction(prediction, features)
        weights = zip(self._model.spec.bands, mean_edge_weight(features), strict=True)
        self._coupling = " ".join(f"{band.name} {weight:.2f}" for band, weight in weights)
        self._show()

    def _show(self) -> None:
        every = LINE_EVERY_S if self._live is None else REDRAW_EVERY_S
        if self._clock() - self._shown_at < every:
            return
        self._shown_at = self._clock()
        summary = self._summariser.summary()
        if self._live is None:
            self._print(self._line(summary))
        else:
            self._live.update(self._picture(summary), refresh=True)

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _line(self, summary: Summary) -> str:
        if summary.newest is None or summary.state.phase is Phase.FILLING:
            said = f"{summary.phase}: {summary.message}"
            return f"{said} | {_stream(summary)} | {_counts(summary)}"
        values = ", ".join(f"{each.quantity} {each.probability:.2f}" for each in summary.answers)
        words = ", ".join(_compared(each) for each in summary.answers)
        parts = [
            summary.why_not or f"{values}: {words}",
            f"{summary.phase}: {_stream(summary)}",
        ]
        if summary.span:
            parts.insert(1, _minute(summary))
        if summary.predicted is not None:
            parts += [_quality(summary), f"coupling {self._coupling}"]
        return " | ".join([*parts, _counts(summary), f"model {self._model.in_words}"])

    def _picture(self, summary: Summary) -> Group:
        phase = summary.state.phase
        head = Text(f" {summary.phase} ", f"bold reverse {COLOURS[phase]}")
        # What is wrong with the newest window stands below.
        message = "" if phase is Phase.POOR else f", {summary.message}"
        rows: list[Text | Table] = [
            Text.assemble(head, f" {_stream(summary)}{message}"),
            Text(f"model {self._model.in_words}"),
        ]
        if self._model.simulated:
            rows.append(Text(SIMULATED, "bold yellow"))
        if summary.why_not:
            rows.append(Text(summary.why_not, "bold yellow" if summary.newest else "dim"))
        else:
            rows.append(_bars(summary.answers))
            if summary.span:
                rows.append(Text(_minute(summary)))
            rows.append(Text(SCALE, "dim"))
        if summary.predicted is not None:
            rows.append(Text(_quality(summary)))
            rows.append(Text(f"coupling {self._coupling} (mean edge weight, 0–1)"))
        return Group(*rows, Text(_counts(summary)))


def _bars(answers: Sequence[Answer]) -> Table:
    table = Table.grid(padding=(0, 2))
    for each in answers:
        bar = ProgressBar(total=1.0, completed=each.probability, width=30)
        table.add_row(each.quantity, bar, f"{each.probability:.2f}  {_compared(each)}")
    return table


def _compared(answer: Answer) -> str:
    return f"{answer.in_words} ({answer.base_rate:.2f})"


def _stream(summary: Summary) -> str:
    if not summary.stream:
        return "no stream"
    return f"{summary.stream}, {NOTHING if summary.rate is None else f'{summary.rate:.1f}'} Hz"


def _quality(summary: Summary) -> str:
    return f"quality {summary.grade}{': ' if summary.flaws else ''}{summary.flaws}"


def _counts(summary: Summary) -> str:
    counts = [f"missing {summary.missing}"]
    if summary.newest is not None:
        if summary.newest.driver_interpolated:
            counts.append(f"interpolated by the headset {summary.newest.driver_interpolated}")
        counts.append(f"skipped {summary.newest.skipped}")
    if summary.predicted is not None:
        counts.append(f"latency {1e3 * summary.latency_s:.0f} ms")
        counts.append(f"compute {summary.predicted.compute_ms:.0f} ms")
    return ", ".join(counts)


def _minute(summary: Summary) -> str:
    values = ", ".join(f"{each.quantity} {each.over_time:.2f}" for each in summary.answers)
    return f"{summary.span}: {values}"


def mean_edge_weight(features: Features) -> NDArray[np.float64]:
    """Sum up each band's graph in one number: the mean over all pairs, 0–1, shape (n_bands,).

    Pairs with an excluded electrode do not count; NaN if there are no others.
    """
    weights = features.edge_weight
    rows, cols = np.triu_indices(weights.shape[-1], k=1)
    pairs = weights[:, rows, cols]
    known = np.isfinite(pairs)
    with np.errstate(invalid="ignore"):
        means: NDArray[np.float64] = np.where(known, pairs, 0.0).sum(axis=1) / known.sum(axis=1)
    return means
