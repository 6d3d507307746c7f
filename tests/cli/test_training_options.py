import math
from dataclasses import asdict, fields, replace

import click
import pytest

from rtdreamer.cli.benchmark import benchmark
from rtdreamer.cli.evaluate import evaluate
from rtdreamer.cli.main import run
from rtdreamer.cli.train import train
from rtdreamer.cli.training_options import (
    FOREIGN,
    MI_ESTIMATORS,
    OF_GRADIENT,
    read_settings,
    refuse_in_vain,
    training_options,
)
from rtdreamer.errors import RtdreamerError
from rtdreamer.files import cache_folder
from rtdreamer.model.architecture import SETTINGS
from rtdreamer.model.registry import find_architecture
from rtdreamer.signal.features import Spec
from rtdreamer.signal.mutual_information import ESTIMATORS
from rtdreamer.training.config import RANGES, TrainingConfig, is_whole
from rtdreamer.training.settings import training_config
from rtdreamer.training.windows import WindowPlan
from tests.made_up_architecture import MADE_UP

EVERYTHING = """\
data = "simulated:subjects=9"
epochs = 3
patience = 2
validation = 0.3
batch = 8
lr = 1e-4
weight_decay = 0.5
beta1 = 1
beta2 = 0.25
beta3 = 0
amplitude_sd = 0.2
threshold = 3.5
label_softness = 0.25
seed = 7
calibration_groups = 4
windows = "sliding"
hop = 640
mi = "histogram"
decimate = false
standardise = false
device = "cpu"
jobs = 2
dask = "tcp://here:1"
cache = "somewhere"
"""
CONFIG = TrainingConfig(
    epochs=3, patience=2, validation=0.3, batch_size=8, lr=1e-4, weight_decay=0.5,
    beta1=1.0, beta2=0.25, beta3=0.0, amplitude_sd=0.2, label_threshold=3.5,
    label_softness=0.25, calibration_groups=4, seed=7,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _empty(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RTDREAMER_CACHE", raising=False)


@pytest.fixture
def given(tmp_path):
    """What a command gets that has the options: from arguments, or also from a file's text."""
    taken = {}

    @click.command()
    @click.option("--subject", "subjects", type=int, multiple=True)
    @training_options
    def command(**settings):
        taken.update(settings)

    def read(*arguments, text=None):
        if text is not None:
            path = tmp_path / "settings.toml"
            path.write_text(text, encoding="utf-8")
            arguments = ("--config", str(path), *arguments)
        taken.clear()
        command.main(list(arguments), standalone_mode=False)
        return dict(taken)

    return read


def settings_of(taken):
    elsewhere = ("data", "jobs", "dask", "device", "cache", "subjects")
    settings = read_settings(**{k: v for k, v in taken.items() if k not in elsewhere})
    return settings.of(None)


def test_what_is_not_given_is_as_the_product_has_it(given):
    taken = given()
    assert settings_of(taken) == (Spec(), WindowPlan(), TrainingConfig())
    assert (taken["data"], taken["jobs"], taken["dask"]) == (None, 1, None)
    assert taken["device"] == "auto"
    assert cache_folder(taken["cache"]).name == "rtdreamer"


def test_a_file_holds_every_option(given, tmp_path):
    taken = given(text=EVERYTHING)
    spec = Spec(mi_estimator="histogram", standardise=False, decimate=False)
    assert settings_of(taken) == (spec, WindowPlan(640), CONFIG)
    assert taken["data"] == "simulated:subjects=9"
    assert (taken["device"], taken["jobs"], taken["dask"]) == ("cpu", 2, "tcp://here:1")
    assert str(cache_folder(taken["cache"])) == "somewhere"
    # There is no option that the file above forgot.
    names = {line.split(" = ")[0] for line in EVERYTHING.splitlines()}
    options = {option.opts[0].lstrip("-").replace("-", "_") for option in train.params}
    assert options - names == {"out", "architecture", "config"}


def test_every_setting_of_the_fit_can_be_given():
    by_option = {option.name for option in train.params}
    assert {field.name for field in fields(TrainingConfig)} == set(RANGES) <= by_option


def outside(name):
    """Values that a setting cannot have, as near as can be."""
    least, most, below = RANGES[name]
    if is_whole(name):
        return least - 1, most + 1, least + 0.5
    ends = [] if math.isinf(most) else [math.nextafter(least, -1), math.nextafter(most, math.inf)]
    return (*ends, *([most] if below else []), math.nan, "3 or so")


@pytest.mark.parametrize("name", RANGES)
def test_a_setting_has_the_same_range_from_python(name):
    (option,) = (option for option in train.params if option.name == name)
    context = click.Context(train)
    least, most, below = RANGES[name]
    inside = {0 if math.isinf(least) else least, math.nextafter(1, 0) if below else most}
    for value in inside - {math.inf}:
        taken = option.type_cast_value(context, str(value))
        assert taken == value == getattr(training_config(None, {name: value}), name)
    for value in outside(name):
        with pytest.raises(click.BadParameter):
            option.type_cast_value(context, str(value))
        with pytest.raises(RtdreamerError, match=f"setting {name} is .*, must be a") as error:
            training_config(None, {name: value})
        assert "\n" not in str(error.value)


def test_the_command_line_goes_first_wherever_it_stands(given, tmp_path):
    assert given("--epochs", "9", text=EVERYTHING)["epochs"] == 9
    path = str(tmp_path / "settings.toml")
    taken = given("--seed", "1", "--standardise", "--config", path, "--lr", "1")
    assert (taken["seed"], taken["standardise"], taken["lr"]) == (1, True, 1.0)
    changed = asdict(CONFIG) | {"seed": 1, "lr": 1.0}
    assert asdict(settings_of(taken)[2]) == changed


@pytest.mark.parametrize(
    ("text", "subjects"),
    [("subject = [1, 12]", (1, 12)), ("subject = 12", (12,)), ("subject = []", ())],
)
def test_an_option_that_can_be_repeated_takes_a_list(given, text, subjects):
    assert given(text=text)["subjects"] == subjects


def test_a_file_from_windows_is_read(given):
    assert given(text="\ufeffepochs = 4\r\nseed = 2\r\n")["epochs"] == 4


def test_the_last_window_alone_is_a_plan_of_its_own(given):
    assert settings_of(given("--windows", "last"))[1] == WindowPlan(None)
    with pytest.raises(click.UsageError, match="--hop is for --windows sliding"):
        settings_of(given("--windows", "last", "--hop", "5"))


def test_an_architectures_own_settings_give_way_to_what_was_said(given):
    elsewhere = ("data", "jobs", "dask", "device", "cache", "subjects")

    def of_made_up(*arguments, text=None):
        taken = given(*arguments, text=text)
        settings = read_settings(**{k: v for k, v in taken.items() if k not in elsewhere})
        refuse_in_vain(settings, MADE_UP)
        return settings.of(MADE_UP)

    own = TrainingConfig(epochs=2, lr=0.01)
    assert of_made_up() == (Spec(), WindowPlan(None), own)
    assert of_made_up("--epochs", "5") == (Spec(), WindowPlan(None), replace(own, epochs=5))
    assert of_made_up("--windows", "sliding", "--hop", "64") == (Spec(), WindowPlan(64), own)
    said = Spec(mi_estimator="histogram", standardise=False, decimate=False)
    assert of_made_up(text=EVERYTHING) == (said, WindowPlan(640), CONFIG)
    with pytest.raises(click.UsageError, match="made-up takes each trial's last window unless"):
        of_made_up("--hop", "64")


def test_an_architecture_sees_people_as_it_says_unless_something_else_is_said(given):
    elsewhere = ("data", "jobs", "dask", "device", "cache", "subjects")
    absolute = replace(MADE_UP, standardise=False)

    def standardises(*arguments, text=None):
        taken = given(*arguments, text=text)
        settings = read_settings(**{k: v for k, v in taken.items() if k not in elsewhere})
        return tuple(settings.of(of)[0].standardise for of in (None, MADE_UP, absolute))

    assert standardises() == (True, True, False)
    assert standardises("--standardise") == standardises(text="standardise = true") == (True,) * 3
    assert standardises("--no-standardise") == (False,) * 3
    assert standardises("--standardise", text="standardise = false") == (True,) * 3


def test_slow_bands_are_decimated_unless_something_else_is_said(given):
    elsewhere = ("data", "jobs", "dask", "device", "cache", "subjects")

    def decimates(*arguments, text=None):
        taken = given(*arguments, text=text)
        settings = read_settings(**{k: v for k, v in taken.items() if k not in elsewhere})
        return settings.of(MADE_UP)[0].decimate

    assert decimates()
    assert not decimates("--no-decimate")
    assert not decimates(text="decimate = false")


def test_what_means_nothing_to_a_linear_model_is_what_an_architecture_may_set():
    # How sure a rating is means something to every fit.
    assert set(SETTINGS) - OF_GRADIENT == {"label_softness"}
    assert set(SETTINGS) > OF_GRADIENT


def test_patience_needs_someone_who_is_held_out(capsys):
    asked = ["train", "--out", "m.safetensors", "--data", "missing.mat"]
    assert run([*asked, "--patience", "2"]) == 2
    assert_one_line(capsys, "leave it out, or add --validation 0.2")
    assert run([*asked, "--patience", "2", "--validation", "0.2"]) == 2
    assert_one_line(capsys, "missing.mat: no such file")
    assert run([*asked, "--validation", "1"]) == 2
    assert_one_line(capsys, "1.0 is not in the range 0<=x<1")


@pytest.mark.parametrize("name", ["ridge", "read-out", "tangent"])
def test_what_is_refused_of_a_linear_model_and_what_is_not(name, tmp_path, capsys):
    asked = f"train --out m.safetensors --architecture {name} --data missing.mat".split()
    assert run([*asked, "--amplitude-sd", "0.2"]) == 2
    assert_one_line(capsys, "--amplitude-sd means nothing to it: leave it out")
    assert run([*asked, "--label-softness", "0.5"]) == 2
    assert_one_line(capsys, "missing.mat: no such file")
    assert list(tmp_path.iterdir()) == []


def test_of_a_linear_model_amplitudes_are_its_own_wherever_they_are_said(given):
    elsewhere = ("data", "jobs", "dask", "device", "cache", "subjects")
    taken = given(text="amplitude_sd = 0.3\nlabel_softness = 0.25\n")
    settings = read_settings(**{k: v for k, v in taken.items() if k not in elsewhere})
    expected = {"ridge": 0.0, "read-out": 0.2, "tangent": 0.0, "gnn": 0.3}
    for name, sd in expected.items():
        *_, config = settings.of(find_architecture(name))
        assert (config.amplitude_sd, config.label_softness) == (sd, 0.25)


@pytest.mark.parametrize("value", ["-0.1", "nan", "inf", "much"])
def test_a_softness_that_makes_no_sense_is_one_line(value, tmp_path, capsys):
    assert run(["train", "--out", "m.safetensors", "--label-softness", value]) == 2
    assert_one_line(capsys, "--label-softness")
    assert list(tmp_path.iterdir()) == []


def test_every_estimator_of_mutual_information_can_be_chosen():
    assert set(MI_ESTIMATORS) == set(ESTIMATORS)


def test_keys_of_the_other_command_are_known():
    names = [
        {n.lstrip("-") for o in command.params if isinstance(o, click.Option) for n in o.opts}
        for command in (train, evaluate, benchmark)
    ]
    assert set.union(*names) - set.intersection(*names) == FOREIGN


def test_keys_of_the_other_command_are_passed_over(given):
    foreign = 'out = "m.safetensors"\nprotocol = "trial"\nfolds = 3\nreport = "x"\nepochs = 5\n'
    assert given(text=foreign)["epochs"] == 5


BOTH = pytest.mark.parametrize("command", ["train --out m.safetensors", "evaluate"])


@BOTH
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour = 3", "unknown setting 'colour': choose from"),
        ("batch_size = 3", "unknown setting 'batch_size': choose from"),
        ("config = 'other.toml'", "unknown setting 'config': choose from"),
        ("[train]\nepochs = 3", "unknown setting 'train': choose from"),
        ("[epochs]\nmost = 3", "unknown setting 'epochs'"),
        ("[report]\nfolder = 'x'", "unknown setting 'report'"),
        ("epochs = 1.5", "epochs: '1.5' is not a valid integer"),
        ("epochs = true", "epochs: 'True' is not a valid integer"),
        ("epochs = 'abc'", "epochs: 'abc' is not a valid integer"),
        ("epochs = 0", "epochs: 0 is not in the range"),
        ("epochs = [1, 2]", "epochs: takes one value, not a list"),
        ("epochs = 2026-01-01", "epochs: '2026-01-01' is not a valid integer"),
        ("lr = 'abc'", "lr: 'abc' is not a valid float"),
        ("lr = nan", "lr: nan is not a finite number"),
        ("lr = inf", "lr: inf is not a finite number"),
        ("lr = -1", "lr: -1.0 is not in the range"),
        ("standardise = 'maybe'", "standardise: 'maybe' is not a valid boolean"),
        ("mi = 'magic'", "mi: 'magic' is not one of"),
        ("windows = 5", "windows: '5' is not one of"),
        ("epochs = ", "is not TOML: "),
        ("epochs = 1\nepochs = 2", "is not TOML: "),
        ("\x00", "is not TOML: "),
    ],
)
def test_a_file_that_makes_no_sense_is_one_line(command, text, said, tmp_path, capsys):
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    assert run([*command.split(), "--config", str(path)]) == 2
    assert_one_line(capsys, f"--config {path}: {said}")
    assert list(tmp_path.iterdir()) == [path]


@BOTH
def test_a_file_that_cannot_be_read_is_one_line(command, tmp_path, capsys):
    missing, folder = tmp_path / "none.toml", tmp_path
    for path, said in ((missing, "no such file"), (folder, "is a folder: name a TOML file")):
        assert run([*command.split(), "--config", str(path)]) == 2
        assert_one_line(capsys, f"--config {path}: {said}")
    path = tmp_path / "latin.toml"
    path.write_bytes("data = 'Müller.mat'".encode("latin-1"))
    assert run([*command.split(), "--config", str(path)]) == 2
    assert_one_line(capsys, f"--config {path}: is not TOML")


def assert_one_line(capsys, said):
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert said in printed.err


def test_a_command_runs_on_what_a_file_says(tmp_path, capsys):
    path = tmp_path / "settings.toml"
    path.write_text('data = "missing.mat"\nprotocol = "trial"\nfolds = 2\n', encoding="utf-8")
    assert run(["evaluate", "--config", str(path)]) == 2
    assert_one_line(capsys, "missing.mat: no such file")
    assert run(["evaluate", "--config", str(path), "--model", "x"]) == 2
    assert_one_line(capsys, "leave out --architecture, --method, --protocol and --folds")
