"""A session's facts on a terminal, for machines without a display."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from rtdreamer.epoc import WINDOW
from rtdreamer.live.state import Phase, State
from rtdreamer.prediction import Prediction
from rtdreamer.stream import Chunk

LINE_EVERY_S = 1.0
"""Where nothing can be redrawn a line is printed this often."""

COLOURS = {
    Phase.WAITING: "yellow",
    Phase.FILLING: "cyan",
    Phase.LIVE: "green",
    Phase.STALLED: "red",
    Phase.ENDED: "white",
}


class TerminalView:
    """A sink that shows the newest facts in place; or line by line, where that cannot be done.

    Parameters
    ----------
    model : str
        The model and what it was trained on, in one line.
    simulated : bool
        Whether that was simulated people.
    clock : callable
        LSL time now, seconds.
    console : Console
        Where to print.
    """

    def __init__(
        self, model: str, simulated: bool, clock: Callable[[], float], console: Console
    ) -> None:
        self._model = model
        self._simulated = simulated
        self._clock = clock
        self._console = console
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None
        self._state = State(Phase.WAITING, "starting")
        self._samples = 0
        self._line_at = float("-inf")

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
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
        if state.phase is Phase.FILLING:
            self._samples = 0
        if self._live is None:
            self._print(f"{state.phase.value}: {state.message}")
        else:
            self._live.update(self._head(), refresh=True)

    def on_chunk(self, chunk: Chunk) -> None:
        """Show how far the first window is."""
        self._samples += chunk.n_times
        if self._state.phase is not Phase.FILLING or not self._due():
            return
        filled = f"first window {min(self._samples / WINDOW, 1):.0%} full"
        if self._live is None:
            self._print(filled)
        else:
            self._live.update(Group(self._head(), Text(filled)), refresh=True)

    def on_prediction(self, prediction: Prediction, features: object) -> None:
        """Show the prediction."""
        if self._live is not None:
            self._live.update(Group(self._head(), self._table(prediction)), refresh=True)
        elif self._due():
            self._print(self._line(prediction))

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _due(self) -> bool:
        if self._clock() - self._line_at < LINE_EVERY_S:
            return False
        self._line_at = self._clock()
        return True

    def _head(self) -> Text:
        head = Text()
        head.append(f" {self._state.phase.value} ", f"bold reverse {COLOURS[self._state.phase]}")
        stream = self._state.stream
        where = f" {stream.name} on {stream.hostname}, " if stream else " "
        head.append(f"{where}{self._state.message}\n")
        head.append(f"model {self._model}", "bold yellow" if self._simulated else "")
        return head

    def _table(self, prediction: Prediction) -> Table:
        table = Table.grid(padding=(0, 2))
        for name, value in (
            ("valence", prediction.affect.valence),
            ("arousal", prediction.affect.arousal),
        ):
            bar = ProgressBar(total=1.0, completed=value, width=40)
            table.add_row(name, bar, f"{value:.2f}", in_words(name, value))
        table.add_row("quality", ProgressBar(total=1.0, completed=prediction.quality, width=40),
                      f"{prediction.quality:.2f}", "")  # fmt: skip
        table.add_row("counts", self._counts(prediction), "", "")
        return table

    def _line(self, prediction: Prediction) -> str:
        affect = prediction.affect
        mark = " [SIMULATED model]" if self._simulated else ""
        return (
            f"valence {affect.valence:.2f}  arousal {affect.arousal:.2f}  "
            f"quality {prediction.quality:.2f}  {self._counts(prediction)}{mark}"
        )

    def _counts(self, prediction: Prediction) -> str:
        latency_ms = (self._clock() - prediction.timestamp) * 1e3
        return (
            f"lost {prediction.lost}, skipped {prediction.skipped}, latency {latency_ms:.0f} ms, "
            f"compute {prediction.compute_ms:.0f} ms"
        )


def in_words(name: str, probability: float) -> str:
    """Say which class is likelier and how likely, such as ``high valence 56 %``."""
    side, share = ("high", probability) if probability >= 0.5 else ("low", 1 - probability)
    return f"{side} {name} {share:.0%}"
