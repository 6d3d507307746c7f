"""Progress on standard error: bars where that is a terminal, else lines."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO, cast

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from rtdreamer.cli.messages import MessageFile, say

if TYPE_CHECKING:
    from rtdreamer.training.fit import Epoch

N_LINES = 10
"""That a count takes after its first one, where there are no bars."""

SPEED_SECONDS = 3600.0
"""Over how long the speed is taken from which the time left follows: a fold may take minutes."""


@contextmanager
def progress_bars() -> "Iterator[Bars]":
    """Show how far several things are, each from its first call on."""
    console = Console(file=cast(TextIO, MessageFile()))
    with _Display(console) as display:
        yield Bars(display, in_lines=not console.is_terminal)


@contextmanager
def resumable() -> Iterator[None]:
    """Say, when the work is interrupted, that nothing is lost."""
    try:
        yield
    except KeyboardInterrupt:
        say("Interrupted; run the same command to resume")
        raise


class _Display(Progress):
    """Bars, and under them lines that are replaced."""

    def __init__(self, console: Console) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        self.note = ""
        super().__init__(
            *columns,
            console=console,
            transient=True,
            disable=not console.is_terminal,
            speed_estimate_period=SPEED_SECONDS,
        )

    def get_renderables(self) -> Iterable[RenderableType]:
        yield from super().get_renderables()
        if self.note:
            yield Text(self.note)


class Bars:
    """The bars of one display."""

    def __init__(self, display: _Display, in_lines: bool) -> None:
        self._display = display
        self._in_lines = in_lines

    def count(self, what: str, n_lines: int = N_LINES) -> Callable[[int, int], None]:
        """A bar for something of which so much is done, and so much there is.

        Where there are no bars it takes ``n_lines`` and a first one; with 0 none at all.
        """
        task = self._display.add_task(what, total=None, visible=False)
        told = -1

        def show(done: int, total: int) -> None:
            nonlocal told
            if self._in_lines and n_lines and done * n_lines // total > told:
                told = done * n_lines // total
                say(f"{what} {done}/{total}")
            self._display.update(task, completed=done, total=total, visible=True)

        return show

    def epochs(self, most: int) -> Callable[[int, int, "Epoch"], None]:
        """A bar for a fit's epochs, told its number, the number of fits, and each epoch."""
        task = self._display.add_task("", total=most, visible=False)

        def show(number: int, n_fits: int, epoch: "Epoch") -> None:
            fit = f"Fit {number} of {n_fits}, epochs"
            words = _in_words(epoch)
            if self._in_lines:
                say(f"{fit} {epoch.number}/{most}: {'; '.join(words)}")
            if epoch.number == 1:
                self._display.reset(task, total=most, description=fit)
            self._display.note = "\n".join(words)
            self._display.update(task, description=fit, completed=epoch.number, visible=True)

        return show


def _in_words(epoch: "Epoch") -> tuple[str, ...]:
    loss = epoch.loss
    learned = (
        f"loss {loss.total:.3f} from focal {loss.focal:.3f}, triplet {loss.triplet:.2f}, "
        f"recon {loss.recon:.2f}, KL {loss.kl:.1f}"
    )
    if not epoch.auc:  # no one was held out
        return (learned,)
    held_out = f"log loss of held-out people {epoch.log_loss:.3f}"
    valence, arousal = epoch.auc
    return (
        learned,
        f"{held_out}{', the best so far' if epoch.best else ''}",
        f"AUC within one of them, by trial: valence {valence:.3f}, arousal {arousal:.3f}",
    )
