"""What the reference lists is what the code has, in the code's order."""

import io
import json
import re
from pathlib import Path

import pytest

from rtdreamer import errors
from rtdreamer.cli import evaluate, interrupt
from rtdreamer.cli.main import COMMANDS
from rtdreamer.cli.training_options import MI_ESTIMATORS, training_options
from rtdreamer.dashboard.status import FIELDS
from rtdreamer.evaluation.predictions_file import COLUMNS, FOLD_COLUMNS
from rtdreamer.evaluation.protocols import PROTOCOLS
from rtdreamer.headset import EPOC
from rtdreamer.live.json_lines import JsonLines
from rtdreamer.live.sink import Phase, State
from rtdreamer.model.registry import BUILT_IN, DEFAULT_ARCHITECTURE, RESERVED
from rtdreamer.prediction import Affect, Prediction, Quality

ROOT = Path(__file__).parents[2]


def code(cell):
    """What stands in a cell as code."""
    return re.findall(r"`([^`]+)`", cell)


def names(rows):
    return [code(row[0])[0] for row in rows]


@pytest.fixture(scope="module")
def printed():
    """A state and a prediction as they are printed."""
    output = io.StringIO()
    sink = JsonLines(output, io.StringIO(), clock=lambda: 1.0)
    sink.on_state(State(Phase.LIVE, "predicting"))
    quality = Quality((1.0,) * 14, ("",) * 14, EPOC.ch_names)
    affect = Affect(0.5, 0.5)
    sink.on_prediction(
        Prediction(0.0, 1279, affect, "", quality, (), 16, 0, 0, 0, 9.0, "m", True), None
    )
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_fields_of_predictions_and_events(page, rows, printed):
    event, prediction = printed
    # Two tables have this head: that of predictions comes first.
    fields = names(rows("reference/json.md", "field", "meaning"))
    assert fields == list(prediction)
    _, _, events = page("reference/json.md").partition("## Events")
    assert re.findall(r"^\| `(\w+)` \|", events, re.MULTILINE)[: len(event)] == list(event)


def test_osc_addresses(rows):
    code_of_osc = (ROOT / "rtdreamer" / "live" / "osc.py").read_text(encoding="utf-8")
    sent = {f"/rtdreamer/{name}" for name in re.findall(r"_message\(\"(\w+)\"", code_of_osc)}
    listed = names(rows("how-to/send.md", "address", "types", "what"))
    assert set(listed) == sent | {"/rtdreamer/dropped"}
    assert len(listed) == len(set(listed)) > 5


def test_the_examples_have_all_fields(page, printed):
    examples = re.findall(r"```json\n(.*?)\n```", page("reference/json.md"), re.DOTALL)
    prediction, event = map(json.loads, examples)
    assert [list(event), list(prediction)] == [list(one) for one in printed]


def test_phases(rows):
    assert names(rows("reference/json.md", "phase", "meaning")) == [one.value for one in Phase]


def test_flaws(rows):
    (file,) = (ROOT / "rtdreamer").rglob("quality.py")
    source = re.sub(r'""".*?"""', "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    listed = names(rows("reference/json.md", "flaw", "meaning"))
    assert set(listed) == {"contact", *re.findall(r'^ +"(\w+)": \w', source, re.MULTILINE)}


def test_exit_codes(rows):
    listed = [int(row[0]) for row in rows("reference/exit-codes.md", "code", "meaning")]
    ours = {one.exit_code for one in vars(errors).values() if isinstance(one, type)}
    assert listed == sorted({0, *ours, interrupt.INTERRUPTED})
    assert f"{interrupt.PATIENCE_S:g} s after" in rows("reference/exit-codes.md", "code",
                                                         "meaning")[-1][1]  # fmt: skip


def test_fields_of_the_status_line(rows):
    listed = rows("reference/dashboard.md", "field", "meaning")
    assert names(listed) == list(FIELDS)


def test_architectures_protocols_and_baselines(rows):
    architectures = names(rows("reference/settings.md", "architecture", "what it is"))
    assert sorted(architectures) == sorted(BUILT_IN)
    assert architectures[0] == DEFAULT_ARCHITECTURE
    assert names(rows("reference/settings.md", "method", "what it is")) == list(RESERVED)
    for where in ("reference/settings.md", "explanation/leaks.md"):
        head = ("`--protocol`", "never seen before", "folds")
        if where.startswith("explanation"):
            head = ("protocol", "never seen before", "what leaks")
        listed = rows(where, *head)
        assert names(listed) == list(PROTOCOLS) == list(evaluate.PROTOCOLS)
    assert "(default)" in listed[0][0]


def test_every_option_that_learning_commands_share_is_listed(rows):
    shared = {option.opts[0] for option in training_options(lambda: None).__click_params__}
    listed = rows("reference/settings.md", "option", "meaning")
    assert {word for row in listed for word in re.findall(r"--[a-z0-9-]+", row[0])} >= shared
    (mi,) = (row[0] for row in listed if "--mi" in row[0])
    assert set(MI_ESTIMATORS[1:]) == set(re.split(r"\\?\|", code(mi)[0].removeprefix("--mi ")))


def test_defaults_that_are_listed(rows):
    from rtdreamer.training.config import TrainingConfig

    listed = " ".join(row[0] for row in rows("reference/settings.md", "option", "meaning"))
    given = dict(re.findall(r"--([a-z0-9-]+) ([0-9.]+)`", listed))
    config = TrainingConfig()
    renamed = {"batch": "batch_size", "threshold": "label_threshold"}
    assert len(given) == 14
    for option, value in given.items():
        name = renamed.get(option, option.replace("-", "_"))
        assert float(value) == getattr(config, name), option


def test_columns_of_reports(rows):
    listed = rows("reference/files.md", "file", "a row is", "columns")
    tables = {code(name)[0]: columns for name, _, columns in listed}
    assert set(code(tables["predictions.csv"])) == set(COLUMNS)
    assert set(FOLD_COLUMNS) <= set(code(tables["folds.csv"]))


def test_all_commands_are_in_some_page(page):
    pages = " ".join(
        page(f"{part}.md")
        for part in ("tutorials/first-look", "tutorials/first-session", "how-to/replay",
                     "tutorials/first-model", "how-to/audit", "how-to/speed", "how-to/record",
                     "how-to/share")
    )  # fmt: skip
    assert set(COMMANDS) <= set(re.findall(r"rtdreamer ([\w-]+)", pages))
