import csv
import json
import logging

import click
import numpy as np
import pytest

from rtdreamer.cli import benchmark
from rtdreamer.cli import evaluate as module
from rtdreamer.cli.evaluate import DOCUMENTED, PROTOCOLS
from rtdreamer.cli.main import run
from rtdreamer.data import simulated
from rtdreamer.evaluation import evaluation, methods, protocols
from rtdreamer.evaluation.methods import IDEAL_OBSERVER, OTHER_METHODS
from rtdreamer.evaluation.protocols import Fold, make_folds
from rtdreamer.model.registry import BUILT_IN, FORMER_NAMES, RESERVED
from rtdreamer.training.code_version import environment, hashes


@pytest.fixture
def evaluate(folder, capsys):
    """Run the command on them; what it printed."""

    def judge(arguments, code=0):
        given = ["--data", folder / "people.mat", "--cache", folder / "cache"]
        # Too few people for the default: only --protocol says otherwise.
        usual = ["--calibration-groups", "2", "--protocol", "loso"]
        words = ["evaluate", *map(str, given), *usual, *arguments.split()]
        assert run(words) == code
        return capsys.readouterr()

    return judge


def test_every_protocol_and_baseline_can_be_chosen():
    assert set(PROTOCOLS) == set(protocols.PROTOCOLS)
    assert set(RESERVED) == {*OTHER_METHODS, IDEAL_OBSERVER}
    assert set(DOCUMENTED) < set(BUILT_IN)


@pytest.mark.parametrize("former", FORMER_NAMES)
def test_methods_answer_to_former_names(former):
    name = FORMER_NAMES[former]
    assert name in RESERVED
    commands = module.evaluate, benchmark.benchmark
    options = {one.name: one for command in commands for one in command.params}
    context = click.Context(module.evaluate)
    assert options["method"].process_value(context, former) == name
    assert options["methods"].process_value(context, f"ridge, {former}") == ("ridge", name)
    with pytest.raises(click.BadParameter, match="there twice"):
        options["methods"].process_value(context, f"{name},{former}")


def test_a_stranger_is_told_what_was_judged_and_how(evaluate):
    said = evaluate("--method logistic").out
    words = " ".join(said.split())
    assert words.startswith("logistic on SIMULATED people: ")
    split = "loso: people never seen, same clips on both sides; held out one by one, 4 folds"
    assert split in words
    assert "4 people, 68 trials, 76 windows" in words
    assert "trials skipped, shorter than a window: 4" in words
    assert "AUC across people is AUC within a person by construction" in words
    assert "Intervals over 4 people were never tested: judge 6 or more." in words
    assert "LEAKS" not in words


def test_groups_are_called_groups(evaluate):
    said = " ".join(evaluate("--method base-rate --folds 2").out.split())
    assert "held out in 2 groups, not one by one" in said
    assert "by construction" not in said
    assert "valence: at 0.5, every window gets the same class" in said


def test_no_row_of_a_table_is_wrapped(evaluate):
    lines = evaluate("--method logistic").out.splitlines()
    rows = [line for line in lines if line.startswith(("│", "┃"))]
    assert len(rows) == 2 * (1 + 9) + 1  # by trial, less what clips give, too
    assert {len(row) for row in rows} == {len(rows[0])}
    assert all(len(line) <= 80 for line in lines[1:])
    # Every row has a name: none is the rest of another.
    assert all(row[1:].split("│")[0].strip() for row in rows)


def test_dominance_is_judged_and_shown_if_asked_for(evaluate, tmp_path):
    file = tmp_path / "three.json"
    said = evaluate(
        f"--method logistic --targets valence,arousal,dominance --windows last --json {file}"
    ).out
    rows = [line for line in said.splitlines() if line.startswith(("│", "┃"))]
    assert len(rows) == 2 * (1 + 9 + 1)  # a table of two targets, and one of the third
    assert max(map(len, rows)) <= 80
    assert "dominance" in rows[11]
    found = json.loads(file.read_text(encoding="utf-8"))
    assert list(found["targets"]) == ["valence", "arousal", "dominance"]


def test_of_one_window_a_trial_the_figures_are_printed_once(evaluate, tmp_path):
    file = tmp_path / "last.json"
    said = evaluate(f"--method logistic --windows last --json {file}").out
    assert "by trial" in said
    assert "by window  " not in said
    assert "Each trial is one window: the figures by window are the same." in said
    for levels in json.loads(file.read_text(encoding="utf-8"))["targets"].values():
        for name, value in levels["trial"].items():
            assert levels["window"][name] == pytest.approx(value)


def test_what_leaks_says_so_everywhere(evaluate, folder, tmp_path):
    file = tmp_path / "leak.json"
    said = evaluate(f"--method base-rate --protocol window --folds 2 --json {file}").out
    assert said.count("LEAKS: windows of one trial were learned from and judged") == 2
    assert json.loads(file.read_text(encoding="utf-8"))["leaks"] is True


def test_json_and_pictures_are_written(evaluate, tmp_path):
    file, report = tmp_path / "figures.json", tmp_path / "report"
    said = evaluate(f"--method logistic --folds 2 --protocol trial --json {file} --report {report}")
    assert said.out.splitlines()[-1] == f"Wrote {report}"
    found = json.loads(file.read_text(encoding="utf-8"))
    assert (found["protocol"], found["leaks"], found["n_folds"]) == ("trial", False, 2)
    for levels in found["targets"].values():
        for figures in levels.values():
            low, high = figures["auc_ci"]
            assert 0.5 < low <= figures["auc"] <= high <= 1
    assert len(found["too_short"]) == 4
    assert (report / "evaluation.json").read_bytes() == file.read_bytes()
    assert {path.name for path in report.glob("*.png")} == {
        "roc.png", "reliability.png", "subjects.png", "confusion.png"
    }  # fmt: skip
    assert {path.name for path in report.iterdir()} >= {
        "predictions.csv", "folds.csv", "people.csv"
    }  # fmt: skip
    assert {path.name for path in tmp_path.iterdir()} == {"figures.json", "report"}


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_folds_can_be_audited_from_the_tables_alone(protocol, evaluate, tmp_path):
    evaluate(f"--method base-rate --protocol {protocol} --folds 2 --report {tmp_path}")
    apart = {
        "loso": ["subject"], "trial": ["subject", "trial"], "crossed": ["subject"], "window": []
    }[protocol]  # fmt: skip
    folds, judged = rows_of(tmp_path / "folds.csv"), rows_of(tmp_path / "predictions.csv")
    window = ["subject", "trial", "clip", "window"]

    def keys(rows, names):
        return [tuple(row[name] for name in names) for row in rows]

    tested = [row for row in folds if row["side"] == "test"]
    assert len(set(keys(tested, window))) == len(tested) == 76
    assert keys(judged[::2], ["fold", *window]) == keys(tested, ["fold", *window])
    for number in {row["fold"] for row in folds}:
        train, test = (
            [row for row in folds if (row["fold"], row["side"]) == (number, side)]
            for side in ("train", "test")
        )
        assert not set(keys(train, window)) & set(keys(test, window))
        if apart:
            assert not set(keys(train, apart)) & set(keys(test, apart))
        if protocol == "crossed":
            assert not set(keys(train, ["clip"])) & set(keys(test, ["clip"]))
        else:
            assert len(train) + len(test) == 76
        # Of what it learned from, the fold's base rate follows, and that is what was said.
        high = {(*key, row["target"]): int(row["label"])
                for key, row in zip(keys(judged, window), judged, strict=True)}  # fmt: skip
        for target in ("valence", "arousal"):
            share = np.mean([high[*key, target] for key in keys(train, window)])
            said = [row for row in judged if (row["fold"], row["target"]) == (number, target)]
            for row in said:
                assert float(row["p"]) == float(row["base_rate"]) == pytest.approx(share)


def test_a_report_says_what_it_comes_from(evaluate, folder, tmp_path):
    evaluate(f"--method base-rate --report {tmp_path}")
    found = json.loads((tmp_path / "evaluation.json").read_text(encoding="utf-8"))
    assert found["hashes"] == hashes(str(folder / "people.mat"), found["settings"]["spec"])
    assert found["environment"] == environment()
    people = rows_of(tmp_path / "people.csv")
    assert [int(row["subject"]) for row in people] == [1, 2, 3, 4] * 2
    for row, person in zip(people, [*found["people"]["valence"], *found["people"]["arousal"]],
                           strict=True):  # fmt: skip
        assert float(row["brier"]) == person["brier"]
        assert int(row["n_trials"]) == 17


def test_the_network_is_judged_if_nothing_else_is_asked(evaluate, tmp_path):
    file = tmp_path / "network.json"
    said = evaluate(f"--epochs 1 --protocol trial --folds 2 --json {file}")
    assert said.out.startswith("vae-gnn on SIMULATED people")
    assert "Folds 0/2\nFolds 1/2\nFolds 2/2\n" in said.err
    settings = json.loads(file.read_text(encoding="utf-8"))["settings"]
    assert (settings["epochs"], settings["calibration_groups"], settings["n_folds"]) == (1, 2, 2)


@pytest.fixture
def made_up(monkeypatch):
    monkeypatch.setitem(BUILT_IN, "made-up", "tests.made_up_architecture:MADE_UP")


def test_an_architecture_is_judged_by_its_own_settings_and_windows(evaluate, tmp_path, made_up):
    file = tmp_path / "made-up.json"
    question = f"--architecture made-up --protocol trial --folds 2 --json {file}"
    said = evaluate(question)
    assert said.out.startswith("made-up on SIMULATED people")
    found = json.loads(file.read_text(encoding="utf-8"))
    settings = found["settings"]
    assert (settings["epochs"], settings["lr"], settings["hop"]) == (2, 0.01, None)
    assert found["n_trials"] == found["n_windows"]
    assert set(found["minus_linear"]) == {"ridge", "tangent"}
    evaluate(f"{question} --windows sliding --lr 0.02")
    found = json.loads(file.read_text(encoding="utf-8"))
    settings = found["settings"]
    assert (settings["epochs"], settings["lr"], settings["hop"]) == (2, 0.02, 1280)
    assert found["n_trials"] < found["n_windows"]


def test_what_was_typed_goes_before_what_a_file_says(evaluate, tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text('architecture = "gnn"\n', encoding="utf-8")
    assert evaluate(f"--config {file} --method base-rate").out.startswith("base-rate on")
    file.write_text('method = "base-rate"\n', encoding="utf-8")
    said = evaluate(f"--config {file} --protocol trial --architecture ridge")
    assert said.out.startswith("ridge on")
    file.write_text('method = "trees"\narchitecture = "ridge"\n', encoding="utf-8")
    assert "are one too many: leave one out" in evaluate(f"--config {file}", code=2).err


def test_the_former_name_of_method_still_works(evaluate, tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text('baseline = "base-rate"\n', encoding="utf-8")
    asked = ("--method base-rate", "--baseline base-rate", f"--config {file}")
    first, *others = (evaluate(arguments).out for arguments in asked)
    assert others == [first, first]
    file.write_text('baseline = "base-rate"\nmethod = "trees"\n', encoding="utf-8")
    assert "method: is there by another name too" in evaluate(f"--config {file}", code=2).err


def leak(protocol, rows, n_folds, seed):
    """Folds of which the first learns from a window that it judges."""
    first, *folds = make_folds(protocol, rows, n_folds, seed)
    return (Fold(np.append(first.train, first.test[0]), first.test), *folds)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_leak_ends_it_and_nothing_is_written(protocol, evaluate, folder, tmp_path, monkeypatch):
    evaluate("--method base-rate")  # so that the windows are there
    before = sorted(folder.rglob("*"))
    monkeypatch.setattr(evaluation, "make_folds", leak)
    out = f"--json {tmp_path / 'x.json'} --report {tmp_path / 'report'}"
    said = evaluate(f"--protocol {protocol} --folds 2 --method logistic {out}", code=2)
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert f"error: {protocol}, fold 0: 1 of its windows are both learned from" in said.err
    assert sorted(folder.rglob("*")) == before
    assert not list(tmp_path.iterdir())


def test_ctrl_c_says_that_nothing_is_lost(evaluate, monkeypatch, capsys):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(methods, "OTHER_METHODS", {"logistic": interrupted})
    with pytest.raises(KeyboardInterrupt):
        evaluate("--method logistic --seed 99")
    assert "Interrupted; run the same command to resume\n" in capsys.readouterr().err


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    # One is enough: each loads torch and all else. That several share is the runner's affair.
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=True,
        dashboard_address=":0",
        silence_logs=logging.CRITICAL,
    ) as running:
        yield running.scheduler_address


def test_a_cluster_finds_the_same(evaluate, folder, tmp_path, cluster):
    here, there = tmp_path / "here.json", tmp_path / "there.json"
    question = "--method logistic --seed 7"
    alone = evaluate(f"{question} --json {here}")
    for file in folder.glob("cache/folds-*/*"):
        file.unlink()
    said = evaluate(f"{question} --json {there} --dask {cluster}")
    assert said.out.replace(str(there), str(here)) == alone.out
    assert there.read_bytes() == here.read_bytes()
    assert "Folds 4/4" in said.err
    # The cluster left its folds where this machine looks for them.
    assert evaluate(question).err.splitlines() == ["Folds 4/4"]


def test_a_model_is_judged_on_others(tiny_model, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(simulated, "CLIP_SECONDS", (9,) + (10,) * 17)
    monkeypatch.setattr(simulated, "BASELINE_SECONDS", 10)
    file = tmp_path / "model.json"
    command = f"evaluate --data simulated:subjects=2 --model {tiny_model} --subject 2 --json {file}"
    assert run(command.split()) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "tiny on SIMULATED people: simulated DREAMER (2 subjects" in said
    assert "loso: people never seen, same clips on both sides; trained once, on others" in said
    assert "1 person, 17 trials" in said
    assert "rough" not in said
    # NaN is no JSON, though Python's reader takes it.
    found = json.loads(file.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert found["targets"]["valence"]["trial"]["auc_ci"] == [None, None]
    assert (found["method"], found["protocol"], found["leaks"]) == ("tiny", "loso", False)
    assert found["folds"][0]["held_out"] == {"subjects": [2]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--protocol trial", "leave out --architecture, --method, --protocol and --folds"),
        ("--folds 5", "leave out --architecture, --method, --protocol and --folds"),
        ("--architecture gnn", "leave out --architecture, --method, --protocol and --folds"),
        ("--method logistic", "leave out --architecture, --method, --protocol and --folds"),
        ("--epochs 3", "leave out --epochs"),
        ("--windows last", "leave out --windows"),
        ("--targets valence,arousal", "leave out --targets"),
        ("--no-standardise", "leave out --standardise"),
        ("--subject 99", "has no subject 99"),
    ],
)
def test_what_makes_no_sense_with_a_model_is_refused(tiny_model, arguments, said, capsys):
    command = f"evaluate --data simulated:subjects=2 --model {tiny_model} {arguments}"
    assert run(command.split()) == 2
    assert_one_line(capsys.readouterr(), said)


def assert_one_line(printed, said):
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert said in printed.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--protocol kfold", "'kfold' is not one of"),
        ("--folds 1", "--folds"),
        ("--method magic", "'magic' is not one of base-rate, clip-mean"),
        ("--method spectral", "spectral is an architecture: say --architecture spectral"),
        ("--architecture magic", "'magic' is not one of vae-gnn, as-written"),
        ("--architecture trees", "'trees' is not one of vae-gnn, as-written"),
        ("--architecture gnn --method trees", "--architecture and --method are one too many"),
        ("--architecture ridge --lr 1", "ridge is a linear model, so --lr means nothing to it"),
        ("--method tangent --epochs 1", "tangent is a linear model, so --epochs means nothing"),
        ("--targets dominance", "'dominance' is not one of"),
        ("--subject 1", "--subject goes with --model"),
        ("--json nowhere/x.json", "there is no folder nowhere"),
        ("--json file/x.json", "file/x.json: cannot be written: "),
        ("--report file/new", "file/new/evaluation.json: cannot be written: "),
        ("--model nobody", "no model 'nobody'"),
        ("--device cuda:99", "device 'cuda:99' cannot be used"),
        ("--device toaster", "device 'toaster' cannot be used"),
        ("--hop 640 --windows last", "--hop is for --windows sliding"),
        ("--lr nan", "nan"),
        ("--data missing.mat", "missing.mat: no such file"),
        ("--data simulated:subjects=2,colour=red", "unknown parameter 'colour'"),
    ],
)
def test_bad_input_is_one_line(arguments, said, capsys, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RTDREAMER_CACHE", str(tmp_path / "cache"))
    assert run(["evaluate", *arguments.split()]) == 2
    assert_one_line(capsys.readouterr(), said)
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_more_folds_than_people_are_refused(evaluate):
    said = evaluate("--folds 5 --method logistic", code=2).err.splitlines()[-1]
    assert said == "rtdreamer: error: 5 folds of 4 subjects: ask for 2 to 4"
