"""The options that all commands which learn share, on the command line or in a TOML file."""

import math
import tomllib
from collections.abc import Callable, Mapping, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.core import ParameterSource

from rtdreamer.cli.options import COUNT, FiniteRange, WholeRange, data_option
from rtdreamer.errors import DataError
from rtdreamer.files import read_whole, reading
from rtdreamer.training.config import RANGES, is_whole

if TYPE_CHECKING:
    from rtdreamer.model.architecture import Architecture
    from rtdreamer.signal.features import Spec
    from rtdreamer.training.config import TrainingConfig
    from rtdreamer.training.windows import WindowPlan

MI_ESTIMATORS = ("gaussian-copula", "histogram", "nearest-neighbour")
"""Named here, since importing them takes a second that ``--help`` should not."""

_MAX_BYTES = 2**20


def _range(setting: str) -> WholeRange | FiniteRange:
    """What may be given for a setting, as an option's type."""
    least, most, below = RANGES[setting]
    if is_whole(setting):
        return WholeRange(int(least), int(most))
    if math.isinf(most):
        return FiniteRange()
    return FiniteRange(least, most, max_open=below)


OF_GRADIENT = frozenset({
    "epochs", "patience", "validation", "batch_size", "lr", "weight_decay", "beta1", "beta2",
    "beta3", "amplitude_sd",
})  # fmt: skip
"""Settings of a fit by gradient, which mean nothing to a linear model."""

FOREIGN = frozenset({
    "out", "protocol", "folds", "model", "method", "baseline", "json", "report", "subject",
    "targets", "methods", "seeds", "architecture",
})  # fmt: skip
"""Options of some of the commands only: in a file for all, the others pass over them."""


def _use_file(ctx: click.Context, param: click.Parameter, path: Path | None) -> None:
    """Take the file's values as this command's defaults."""
    if path is None:
        return
    try:
        with reading(path, "a TOML file"):
            content = read_whole(path, _MAX_BYTES)
        # Editors of Windows put a mark before the first line.
        values = tomllib.loads(content.decode("utf-8-sig"))
    except DataError as error:
        raise click.UsageError(f"--config {error}") from None
    except RecursionError:
        raise click.UsageError(f"--config {path}: is not TOML: nested too deep") from None
    except ValueError as error:  # tomllib's and the decoder's are among them
        raise click.UsageError(f"--config {path}: is not TOML: {error}") from None
    known = {
        _file_name(word): option
        for option in ctx.command.params
        if isinstance(option, click.Option) and option is not param
        for word in option.opts
    }
    defaults: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict) or (name not in known and name not in FOREIGN):
            raise click.UsageError(
                f"--config {path}: unknown setting {name!r:.40}: choose from "
                + ", ".join(dict.fromkeys(_file_name(option.opts[0]) for option in known.values()))
            )
        if name in known:
            option = known[name]
            if option.name in defaults:
                raise click.UsageError(f"--config {path}: {name}: is there by another name too")
            try:
                defaults[str(option.name)] = _as_typed(ctx, option, value)
            except click.BadParameter as error:
                raise click.UsageError(f"--config {path}: {name}: {error.message}") from None
    ctx.default_map = defaults


def _as_typed(ctx: click.Context, option: click.Parameter, value: Any) -> str | list[str]:
    """A value of the file as on the command line, where 1.5 is no whole number."""
    several = isinstance(option, click.Option) and option.multiple
    if several:
        texts = [str(v) for v in (value if isinstance(value, list) else [value])]
        option.type_cast_value(ctx, texts)
        return texts
    if isinstance(value, list):
        raise click.BadParameter("takes one value, not a list.")
    if "\0" in str(value):  # which no command line can hold
        raise click.BadParameter("holds a NUL.")
    option.type_cast_value(ctx, str(value))
    return str(value)


def _file_name(word: str) -> str:
    return word.lstrip("-").replace("-", "_")


_OPTIONS = (
    click.option(
        "--config",
        type=click.Path(path_type=Path),
        metavar="FILE.toml",
        is_eager=True,
        expose_value=False,
        callback=_use_file,
        help="Take settings from a file: names as here, with _ for -. The command line goes first, "
        "then the environment.",
    ),
    data_option,
    click.option("--epochs", type=_range("epochs"), help="Passes over the windows at most."),
    click.option(
        "--patience", type=_range("patience"), help="Epochs without an improvement at most."
    ),
    click.option(
        "--validation",
        type=_range("validation"),
        help="Share of the people who are held out to decide when to stop; 0 for no one.",
    ),
    click.option("--batch", "batch_size", type=_range("batch_size"), help="Windows in one step."),
    click.option("--lr", type=_range("lr"), help="Learning rate."),
    click.option(
        "--weight-decay",
        type=_range("weight_decay"),
        help="How strongly weights are drawn towards 0.",
    ),
    click.option("--beta1", type=_range("beta1"), help="Weight of the focal loss."),
    click.option("--beta2", type=_range("beta2"), help="Weight of the triplet-center loss."),
    click.option("--beta3", type=_range("beta3"), help="Weight of the autoencoder's loss."),
    click.option(
        "--amplitude-sd",
        type=_range("amplitude_sd"),
        help="How much log amplitudes are varied while learning.",
    ),
    click.option(
        "--threshold",
        "label_threshold",
        type=_range("label_threshold"),
        help="A rating from here on is high.  [default: 3 on DREAMER's scale of 1 to 5]",
    ),
    click.option(
        "--label-softness",
        type=_range("label_softness"),
        help="How far from the threshold a rating is sure to be high or low, to learn from; 0 for "
        "labels of 0 and 1.",
    ),
    click.option("--seed", type=_range("seed"), help="Of all randomness, folds included."),
    click.option(
        "--calibration-groups",
        type=_range("calibration_groups"),
        help="Groups of subjects held out in turn to calibrate the probabilities.",
    ),
    click.option(
        "--windows",
        type=click.Choice(["last", "sliding"]),
        help="The last 10 s of each trial, or windows over its last 60 s.  [default: sliding, "
        "unless the architecture says otherwise]",
    ),
    click.option(
        "--hop",
        type=COUNT,
        metavar="N",
        help="Samples from one sliding window to the next.  [default: a whole window]",
    ),
    click.option(
        "--mi",
        type=click.Choice(MI_ESTIMATORS),
        default=MI_ESTIMATORS[0],
        show_default=True,
        help="Estimator of mutual information; only the first is fast enough for live use.",
    ),
    click.option(
        "--decimate/--no-decimate",
        default=True,
        show_default=True,
        help="Keep slow bands at half or a quarter of the rate, which is faster; with the first "
        "estimator of mutual information only.",
    ),
    click.option(
        "--standardise/--no-standardise",
        default=None,
        help="See each person relative to the mean of the baselines.  [default: standardise, "
        "unless the architecture says otherwise]",
    ),
    click.option(
        "--device",
        default="auto",
        show_default=True,
        help="cpu, cuda, ...; auto takes a GPU if there is one.",
    ),
    click.option(
        "--jobs",
        type=WholeRange(1, 256),
        default=1,
        show_default=True,
        help="Processes at a time.",
    ),
    click.option(
        "--dask",
        metavar="tcp://HOST:PORT",
        help="Fit on the workers of this Dask cluster instead.",
    ),
    click.option(
        "--cache",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="RTDREAMER_CACHE",
        help="Where features and finished work are kept.  [env: RTDREAMER_CACHE; default: the "
        "user's cache folder]",
    ),
)


def training_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command all options that say what is learned from, how and where."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def is_typed(name: str) -> bool:
    """Whether a parameter of the running command was typed, and not taken from elsewhere."""
    source = click.get_current_context().get_parameter_source(name)
    return source is ParameterSource.COMMANDLINE


def refuse_typed(names: Set[str], why: str) -> None:
    """Refuse options that were typed in vain.

    Parameters
    ----------
    names : set of str
        The options, as the command's parameters are named.
    why : str
        What to say, with ``{option}`` where the one that was typed belongs.
    """
    for option in click.get_current_context().command.params:
        if option.name in names and is_typed(option.name):
            raise click.UsageError(why.format(option=option.opts[0]))


class Settings(NamedTuple):
    """What the options say of the windows and the fit; what was not given is None, or not there."""

    mi: str
    decimate: bool
    standardise: bool | None
    windows: str | None
    hop: int | None
    given: Mapping[str, float]

    def of(self, architecture: "Architecture | None") -> "tuple[Spec, WindowPlan, TrainingConfig]":
        """What an architecture's windows are, and its fit; None for what is none."""
        from rtdreamer.signal.features import Spec
        from rtdreamer.training.settings import training_config, window_plan, window_spec

        seen = Spec(mi_estimator=self.mi, decimate=self.decimate)
        spec = window_spec(architecture, seen, self.standardise)
        plan = window_plan(architecture, spec, self.windows, self.hop)
        return spec, plan, training_config(architecture, self.given)


def refuse_in_vain(settings: Settings, architecture: "Architecture") -> None:
    """Refuse what was typed and means nothing to this architecture."""
    name = architecture.name
    if architecture.is_linear:
        refuse_typed(
            OF_GRADIENT,
            f"--architecture {name} is a linear model, so {{option}} means nothing to it: leave it "
            "out",
        )
    elif not settings.of(architecture)[2].validation:
        refuse_typed(
            {"patience"},
            f"{name} holds no one out who could tell when to stop, so {{option}} means nothing to "
            "it: leave it out, or add --validation 0.2",
        )
    if settings.windows is None and settings.hop is not None and architecture.windows == "last":
        raise click.UsageError(
            f"--hop is for --windows sliding, and {name} takes each trial's last window unless "
            "told otherwise: add --windows sliding, or leave out --hop"
        )


def read_settings(
    windows: str | None, hop: int | None, mi: str, decimate: bool, standardise: bool | None,
    **given: float | None,
) -> Settings:  # fmt: skip
    """What the options say of the windows and the fit."""
    if windows == "last" and hop is not None:
        raise click.UsageError("--hop is for --windows sliding: leave one of them out")
    values = {name: value for name, value in given.items() if value is not None}
    return Settings(mi, decimate, standardise, windows, hop, values)
