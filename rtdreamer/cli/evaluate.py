"""``rtdreamer evaluate``: how good a model, or a way to make one, is on what it has never seen."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rtdreamer.cli.messages import say
from rtdreamer.cli.options import OutputFile, WholeRange, known_architecture, names_in_words
from rtdreamer.cli.training_options import (
    is_typed,
    read_settings,
    refuse_in_vain,
    refuse_typed,
    training_options,
)
from rtdreamer.files import check_writable, write_json
from rtdreamer.model.registry import (
    DEFAULT_ARCHITECTURE,
    RESERVED,
    architecture_names,
    current_name,
    find_architecture,
)

if TYPE_CHECKING:
    from rtdreamer.evaluation.evaluation import Evaluation

PROTOCOLS = ("crossed", "loso", "trial", "window")
"""Named here, since importing them takes seconds that ``--help`` should not."""

DOCUMENTED = ("ridge", "tangent", "gnn", "vae", "eegnet")
"""Architectures that --method once took, and still does."""

TARGETS = ("valence,arousal", "valence,arousal,dominance")
"""The first ones, as many as are judged."""

JSON_NAME = "evaluation.json"
"""Name of the figures' file in a report's folder."""


def _known_method(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Take what is no architecture, and say what to do with what is one."""
    if value is None or (value := current_name(value)) in (*RESERVED, *DOCUMENTED):
        return value
    if value in architecture_names():
        raise click.BadParameter(f"{value} is an architecture: say --architecture {value}.")
    raise click.BadParameter(f"{value!r:.60} is not one of {', '.join(RESERVED)}.")


protocol_option = click.option(
    "--protocol",
    type=click.Choice(PROTOCOLS),
    default=PROTOCOLS[0],
    show_default=True,
    help="What is never seen: person and clip; the person; the trial. window leaks, to show it.",
)

folds_option = click.option(
    "--folds",
    type=WholeRange(min=2),
    metavar="K",
    help="Into how many groups things are split.  [default: loso one for each person; trial and "
    "crossed 3, window 5]",
)

targets_option = click.option(
    "--targets",
    type=click.Choice(TARGETS),
    default=TARGETS[0],
    show_default=True,
    help="What is judged. Models, and live, tell valence and arousal alone.",
)


@click.command()
@protocol_option
@folds_option
@click.option(
    "--model",
    metavar="NAME|PATH",
    help="Judge this model on people it has never seen, instead of training in each fold.",
)
@click.option(
    "--architecture",
    callback=known_architecture,
    metavar="NAME",
    help=f"Judge what train would make of this: {names_in_words()}.",
)
@click.option(
    "--method",
    "--baseline",
    "method",
    callback=_known_method,
    metavar="NAME",
    help=f"Judge what is no architecture through the same folds instead: {', '.join(RESERVED)}.  "
    "--baseline is its former name.",
)
@click.option(
    "--subject",
    "subjects",
    type=WholeRange(min=1),
    multiple=True,
    help="With --model: whom to judge it on; repeat for several.  [default: everyone]",
)
@targets_option
@click.option(
    "--json",
    "json_file",
    type=OutputFile(),
    metavar="FILE",
    help="Write the figures and the folds as JSON too.",
)
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Draw ROC, reliability, each person, and confusion; and write figures, predictions, folds "
    "and people there.",
)
@training_options
def evaluate(
    protocol: str, folds: int | None, model: str | None, architecture: str | None,
    method: str | None, subjects: tuple[int, ...], targets: str, json_file: Path | None,
    report: Path | None, **settings: Any,
) -> None:  # fmt: skip
    """Measure on people, trials or clips never seen.

    Without --model or --method, the architecture is trained in each fold as train does it.
    Finished folds are kept: the same command never runs one twice.
    """
    from rtdreamer.cli.evaluation_table import print_evaluation

    if report is not None:
        check_writable(report / JSON_NAME)
    if model is not None:
        typed = is_typed("protocol") or is_typed("architecture")
        if method is not None or typed or folds is not None:
            raise click.UsageError(
                "--model is trained already, and can be judged on people it has never seen only: "
                "leave out --architecture, --method, --protocol and --folds"
            )
        # Where things run makes no difference to one model: that may be typed in vain.
        anywhere = {"data", "hop", "jobs", "dask", "device", "cache"}
        refuse_typed(
            {"targets", *settings} - anywhere,
            "--model is trained already, and its file says how: leave out {option}",
        )
        evaluation = _judge_model(model, settings["data"], subjects, settings["hop"])
    elif subjects:
        raise click.UsageError("--subject goes with --model: the folds take everyone")
    else:
        n_targets = len(targets.split(","))
        chosen = _chosen(architecture, method)
        evaluation = _judge_folds(protocol, folds, chosen, n_targets, **settings)
    values = evaluation.to_json() | _provenance(settings["data"], evaluation)
    # Written before it is shown: the reader of what is shown may leave in its middle.
    if json_file is not None:
        write_json(json_file, values)
    if report is not None:
        from rtdreamer.evaluation.predictions_file import write_tables
        from rtdreamer.pictures.report import write_report

        write_report(report, evaluation)
        write_tables(report, evaluation)
        write_json(report / JSON_NAME, values)
    print_evaluation(evaluation)
    for written in filter(None, (json_file, report)):
        click.echo(f"Wrote {written}")


def _chosen(architecture: str | None, method: str | None) -> str:
    """What was asked for; of two, one in a file, the one that was typed."""
    if architecture is None or method is None:
        return architecture or method or DEFAULT_ARCHITECTURE
    if is_typed("architecture") == is_typed("method"):
        raise click.UsageError("--architecture and --method are one too many: leave one out")
    return architecture if is_typed("architecture") else method


def _judge_model(
    model: str, data: str | None, subjects: tuple[int, ...], hop: int | None
) -> "Evaluation":
    from rtdreamer.cli.progress import progress_bars
    from rtdreamer.data.dataset import Dataset
    from rtdreamer.evaluation.model_evaluation import evaluate_model
    from rtdreamer.model.released import load_model

    dataset, whom = Dataset.open(data), tuple(map(str, subjects)) or None
    with progress_bars() as bars:
        return evaluate_model(load_model(model), dataset, whom, hop, bars.count("Judging"))


def _judge_folds(
    protocol: str, folds: int | None, method: str, n_targets: int, data: str | None, jobs: int,
    dask: str | None, device: str, cache: Path | None, **settings: Any,
) -> "Evaluation":  # fmt: skip
    from rtdreamer.cli.progress import progress_bars, resumable
    from rtdreamer.evaluation.evaluation import (
        compare_with_linear,
        cross_validate,
        must_beat_linear,
    )
    from rtdreamer.evaluation.fold_judge import EvaluationRun
    from rtdreamer.files import cache_folder
    from rtdreamer.training.settings import find_device

    asked, architecture = read_settings(**settings), None
    if method not in RESERVED:
        architecture = find_architecture(method)
        refuse_in_vain(asked, architecture)
    spec, plan, config = asked.of(architecture)
    run = EvaluationRun(data, spec, plan, config, protocol, folds, method, n_targets)
    if dask is None:
        find_device(device)
    with resumable(), progress_bars() as bars:
        shown, kept = (bars.count("Extracting trials"), bars.count("Folds")), cache_folder(cache)
        evaluation = cross_validate(run, kept, jobs, dask, device, *shown, say)
        if evaluation.leaks or not must_beat_linear(method):
            return evaluation
        return compare_with_linear(
            evaluation, run, lambda linear: asked.of(linear)[2], kept, jobs, dask,
            lambda name: bars.count(f"Folds of {name}"),
        )  # fmt: skip


def _provenance(data: str | None, evaluation: "Evaluation") -> dict[str, Any]:
    from rtdreamer.training.code_version import environment, hashes

    return {"hashes": hashes(data, evaluation.settings["spec"]), "environment": environment()}
