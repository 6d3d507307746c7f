"""A session's facts on a terminal, for machines without a display."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from rtdreamer.live.sink import Phase, Sink, State

# Of the dashboard only what knows no Qt: this must work where Qt cannot be loaded.
from rtdreamer.live.summary import (
    FLOWING,
    PREDICTING,
    ModelFacts,
    RateMeter,
    flaws_in_words,
    grade,
    in_words,
    why_no_prediction,
)
from rtdreamer.prediction import Affect, OverTime, Prediction
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
        self._base_rate = Affect(*model.base_rate)
        self._clock = clock
        self._hop = hop
        self._console = console
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None
        self._state = State(Phase.WAITING, "starting")
        self._meter = RateMeter()
        self._n_unbroken = 0
        self._missing = 0
        self._prediction: Prediction | None = None
        self._came = 0.0
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
        """Show the phase and what there is to say of it."""
        self._state = state
        if self._live is None:
            self._print(f"{state.in_words} | {self._stream()}")
        else:
            self._live.update(self._picture(), refresh=True)

    def on_samples(self, piece: Piece) -> None:
        """Show at what rate samples come, and how far the first window is."""
        self._meter.add(piece)
        self._n_unbroken = piece.n_times + (0 if piece.starts_over else self._n_unbroken)
        self._missing = piece.total_missing
        self._show()

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        """Show the prediction."""
        self._prediction = prediction
        self._came = self._clock()
        weights = zip(self._model.spec.bands, mean_edge_weight(features), strict=True)
        self._coupling = " ".join(f"{band.name} {weight:.2f}" for band, weight in weights)
        self._show()

    def _show(self) -> None:
        every = LINE_EVERY_S if self._live is None else REDRAW_EVERY_S
        if self._clock() - self._shown_at < every:
            return
        self._shown_at = self._clock()
        if self._live is None:
            self._print(self._line())
        else:
            self._live.update(self._picture(), refresh=True)

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _line(self) -> str:
        prediction, phase = self._prediction, self._state.phase
        if prediction is None or phase is Phase.FILLING:
            return f"{phase.value}: {self._filled()} | {self._stream()} | {self._counts()}"
        judged = [] if self._why_no_prediction() else self._answers(prediction)
        values = ", ".join(f"{name} {value:.2f}" for name, value, _ in judged)
        words = ", ".join(words for *_, words in judged)
        parts = [
            self._why_no_prediction() or f"{values}: {words}",
            f"{phase.value}: {self._stream()}",
        ]
        if judged and prediction.over_time is not None:
            parts.insert(1, _minute(prediction.over_time))
        if phase in PREDICTING:
            parts += [self._quality(prediction), f"coupling {self._coupling}"]
        return " | ".join([*parts, self._counts(), f"model {self._model.in_words}"])

    def _picture(self) -> Group:
        phase, prediction = self._state.phase, self._prediction
        head = Text(f" {phase.value} ", f"bold reverse {COLOURS[phase]}")
        # That of the first poor window; what is wrong with the newest stands below.
        message = "" if phase is Phase.POOR else f", {self._state.message}"
        rows: list[Text | Table] = [
            Text.assemble(head, f" {self._stream()}{message}"),
            Text(f"model {self._model.in_words}"),
        ]
        if self._model.simulated:
            rows.append(Text(SIMULATED, "bold yellow"))
        if phase is Phase.FILLING:
            rows.append(Text(self._filled()))
        if reason := self._why_no_prediction():
            rows.append(Text(reason, "dim" if prediction is None else "bold yellow"))
        elif prediction is not None:
            rows.append(self._bars(prediction))
            if prediction.over_time is not None:
                rows.append(Text(_minute(prediction.over_time)))
            rows.append(Text(SCALE, "dim"))
        if prediction is not None and phase in PREDICTING:
            rows.append(Text(self._quality(prediction)))
            rows.append(Text(f"coupling {self._coupling} (mean edge weight, 0–1)"))
        return Group(*rows, Text(self._counts()))

    def _bars(self, prediction: Prediction) -> Table:
        table = Table.grid(padding=(0, 2))
        for name, value, words in self._answers(prediction):
            bar = ProgressBar(total=1.0, completed=value, width=30)
            table.add_row(name, bar, f"{value:.2f}  {words}")
        return table

    def _answers(self, prediction: Prediction) -> list[tuple[str, float, str]]:
        """Name, probability and words of each quantity; nothing where the verdict is withheld."""
        if (affect := prediction.affect) is None:
            return []
        return [
            (name, value, f"{in_words(name, value, base_rate)} ({base_rate:.2f})")
            for name, value, base_rate in (
                ("valence", affect.valence, self._base_rate.valence),
                ("arousal", affect.arousal, self._base_rate.arousal),
            )
        ]

    def _stream(self) -> str:
        stream = self._state.stream
        if stream is None:
            return "no stream"
        host = f" on {stream.hostname}" if stream.hostname else ""
        return f"{stream.name}{host}, {self._rate()}"

    def _rate(self) -> str:
        # Nothing redraws this while nothing comes: a rate would stand there for ever.
        rate = self._meter.rate(self._clock()) if self._state.phase in FLOWING else None
        return f"{NOTHING if rate is None else f'{rate:.1f}'} Hz"

    def _filled(self) -> str:
        return (
            f"first window {100 * min(self._n_unbroken / self._model.spec.n_times, 1):.0f} % full"
        )

    def _why_no_prediction(self) -> str:
        return why_no_prediction(
            self._prediction,
            self._state.phase,
            self._clock(),
            came=self._came,
            hop=self._hop,
            spec=self._model.spec,
        )

    def _quality(self, prediction: Prediction) -> str:
        flaws = flaws_in_words(prediction.quality)
        return f"quality {grade(prediction)}{': ' if flaws else ''}{flaws}"

    def _counts(self) -> str:
        counts = [f"missing {self._missing}"]
        if self._prediction is not None:
            if self._prediction.driver_interpolated:
                counts.append(f"interpolated by the headset {self._prediction.driver_interpolated}")
            counts.append(f"skipped {self._prediction.skipped}")
            if self._state.phase in PREDICTING:
                latency = self._came - self._prediction.timestamp
                counts.append(f"latency {1e3 * latency:.0f} ms")
                counts.append(f"compute {self._prediction.compute_ms:.0f} ms")
        return ", ".join(counts)


def _minute(said: OverTime) -> str:
    affect = said.affect
    values = f"valence {affect.valence:.2f}, arousal {affect.arousal:.2f}"
    return f"over {said.seconds:.0f} s of EEG: {values}"


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
