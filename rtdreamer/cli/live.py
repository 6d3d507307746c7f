"""``rtdreamer live``: follow a headset."""

import sys
import threading
import time
from typing import TYPE_CHECKING

import click

from rtdreamer.cli.interrupt import leave_on_interrupt, stop_on_interrupt
from rtdreamer.cli.numbers import FiniteRange
from rtdreamer.errors import RtdreamerError

if TYPE_CHECKING:
    from rtdreamer.cli.follow import Wish
    from rtdreamer.model.classifier import Classifier


@click.command()
@click.option(
    "--stream",
    default="EPOC",
    show_default=True,
    help="Name or a part of it, source_id or its beginning; EPOC finds any EPOC.",
)
@click.option(
    "--hop",
    type=click.IntRange(min=1),
    default=16,
    show_default=True,
    metavar="N",
    help="Samples from one prediction to the next.",
)
@click.option("--model", metavar="NAME|PATH", help="A released model's name, or a checkpoint.")
@click.option("--list-models", is_flag=True, help="List the released models and end.")
@click.option("--headless", is_flag=True, help="Print JSON lines and open no window.")
@click.option(
    "--duration",
    type=FiniteRange(min=0, min_open=True),
    metavar="S",
    help="End S seconds after the start.",
)
@click.option(
    "--timeout",
    type=FiniteRange(min=0),
    metavar="S",
    help="Wait at most S seconds for the stream.  [default: for ever]",
)
@click.option("--no-outlet", is_flag=True, help="Do not publish the predictions on LSL.")
def live(
    stream: str, hop: int, model: str | None, list_models: bool, headless: bool,
    duration: float | None, timeout: float | None, no_outlet: bool,
) -> None:  # fmt: skip
    """Follow a headset and show valence and arousal as they are predicted.

    Opens the dashboard, or with --headless prints one JSON object a line. The predictions are
    also published as an LSL stream of type Affect.
    """
    started = time.monotonic()
    if list_models:
        _list_models()
        return
    with leave_on_interrupt():
        from rtdreamer.cli.follow import Wish

        if not headless:
            _check_display()
        wish = Wish(stream, hop, started, duration, timeout, publish=not no_outlet)
        classifier = load_classifier(model)
        with stop_on_interrupt() as stop:
            if headless:
                print_predictions(wish, classifier, stop)
            else:
                show_dashboard(wish, classifier, stop)


def load_classifier(model: str | None) -> "Classifier":
    """Load a model by name or path, the default one for None, and make it ready to answer.

    Raises
    ------
    CheckpointError
        If it is not there, broken, or not made for live use.
    """
    from rtdreamer.model.checkpoint import check_live, load_checkpoint
    from rtdreamer.model.classifier import Classifier
    from rtdreamer.model.released import DEFAULT_MODEL, find_model

    checkpoint = load_checkpoint(find_model(model or DEFAULT_MODEL))
    check_live(checkpoint)
    classifier = Classifier(checkpoint)
    classifier.warm_up()
    return classifier


def print_predictions(wish: "Wish", classifier: "Classifier", stop: threading.Event) -> None:
    """Follow the stream and print JSON lines on standard output."""
    from rtdreamer.cli.follow import follow
    from rtdreamer.cli.json_lines import JsonLines
    from rtdreamer.lsl import library

    library.silence_information()
    click.echo(f"model: {describe_model(classifier)}", err=True)
    sink = JsonLines(sys.stdout, sys.stderr, library.clock)
    follow(wish, classifier, [sink], stop.is_set)


def show_dashboard(wish: "Wish", classifier: "Classifier", stop: threading.Event) -> None:
    """Follow the stream behind the dashboard, until its window is closed."""
    from rtdreamer.cli.follow import follow
    from rtdreamer.dashboard.app import run_dashboard
    from rtdreamer.dashboard.bridge import Bridge
    from rtdreamer.dashboard.window import ModelFacts
    from rtdreamer.lsl import library

    library.silence_information()

    def work(bridge: Bridge, closed: threading.Event) -> None:
        follow(wish, classifier, [bridge], lambda: closed.is_set() or stop.is_set())

    facts = ModelFacts(classifier.name, classifier.simulated, training_data(classifier))
    run_dashboard(work, facts, library.clock)


def training_data(classifier: "Classifier") -> str:
    """Say in a few words what the model was trained on."""
    return "trained on SIMULATED people" if classifier.simulated else "trained on DREAMER"


def describe_model(classifier: "Classifier") -> str:
    """Name the model and what it was trained on."""
    return f"{classifier.name}, {training_data(classifier)}"


def _check_display() -> None:
    from rtdreamer.dashboard.display import display_problem

    if problem := display_problem():
        raise RtdreamerError(f"no dashboard: {problem}; --headless prints the predictions instead")


def _list_models() -> None:
    from rtdreamer.model.checkpoint import load_checkpoint
    from rtdreamer.model.classifier import Classifier
    from rtdreamer.model.released import DEFAULT_MODEL, find_model, released_models

    for name in released_models():
        classifier = Classifier(load_checkpoint(find_model(name)))
        mark = " (default)" if name == DEFAULT_MODEL else ""
        click.echo(f"{describe_model(classifier)}{mark}")
