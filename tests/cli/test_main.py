import shlex

import pytest

from rtdreamer import __version__
from rtdreamer.cli.main import COMMANDS, run


@pytest.fixture
def files(tmp_path):
    (tmp_path / "broken.mat").write_bytes(b"MATLAB 5.0 MAT-file" + bytes(500))
    (tmp_path / "broken.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{}      ")
    (tmp_path / "empty.xdf").write_bytes(b"")
    (tmp_path / "broken.csv").write_text("AF3,F7\n1,2\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("live --hop 0 --headless", "--hop"),
        ("live --hop many --headless", "--hop"),
        ("live --headless --model nobody", "no model 'nobody'"),
        ("live --headless --model {files}/broken.safetensors", "broken.safetensors"),
        ("live --headless --model {files}", "is a folder"),
        ("live --headless --duration -1", "--duration"),
        ("replay", "--subject N or --file"),
        ("replay --subject 24", "no subject 24"),
        ("replay --subject 0", "--subject"),
        ("replay --subject 1 --trial 19", "no trial 19"),
        ("replay --subject 1 --data {files}/missing.mat", "missing.mat"),
        ("replay --subject 1 --data {files}/broken.mat", "broken.mat"),
        ("replay --subject 1 --data simulated:people=3", "unknown parameter 'people'"),
        ("replay --subject 1 --trial 1 --start 200", "lasts 199 s"),
        ("replay --subject 1 --speed 0", "--speed"),
        ("live --unit bananas", "--unit uV, mV or V"),
        ("live --rename P", "say OLD=NEW, such as P=P7"),
        ("replay --subject 1 --unit uV", "go with --file"),
        ("replay --file {files}/missing.csv --sfreq 128", "missing.csv"),
        ("replay --file {files}/broken.csv --sfreq 128", "F3"),
        ("replay --file {files}/broken.csv --sfreq 128 --rename F3", "OLD=NEW"),
        ("replay --file {files}/broken.csv --subject 1", "leave out --subject"),
        ("synth {files}/none/out.mat --subjects 1", "out.mat"),
        ("synth {files}/out.mat --subjects 0", "--subjects"),
        ("replay --subject 1 --start inf", "--start"),
        ("replay --subject 1 --start nan", "--start"),
        ("replay --subject 1 --speed nan", "--speed"),
        ("replay --file {files}/broken.csv --data simulated", "leave out --subject"),
        ("live --headless --duration inf", "--duration"),
        ("evaluate --json {files}/none/figures.json", "there is no folder"),
        ("nonsense", "'rtdreamer --help' lists them"),
        ("lvie", "did you mean 'live'?"),
        ("live EPOC", "'rtdreamer live --help'"),
        ("mark ''", "an empty marker"),
        ("report .", "is a folder: name an XDF file"),
        ("report /", "is a folder: name an XDF file"),
        ("export . --to bids", "is a folder: name an XDF file"),
        ("rescore {files}/missing.xdf", "no such file"),
        ("rescore {files}/broken.csv", "'rtdreamer replay --file' plays other recordings"),
        ("report {files}/empty.xdf", "is empty"),
        ("live --nonsense", "--nonsense"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_code_2(arguments, said, files, capsys):
    code = run(shlex.split(arguments.format(files=files)))
    output, messages = capsys.readouterr()
    assert code == 2
    assert messages.count("\n") == 1
    assert messages.startswith("rtdreamer: error: ")
    assert said in messages
    assert not output
    assert not (files / "out.mat").exists()


def test_without_a_command_it_lists_them(capsys):
    assert run([]) == 2
    _, messages = capsys.readouterr()
    assert all(command in messages for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    assert run([command, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


def test_a_former_name_still_works_and_says_the_new_one(tmp_path, capsys):
    (tmp_path / "file").touch()
    arguments = ["--out", str(tmp_path / "file" / "me.toml")]
    assert run(["baseline", *arguments]) == run(["calibrate", *arguments]) == 2
    new, said, old = capsys.readouterr().err.splitlines()
    assert said == "rtdreamer calibrate is now called rtdreamer baseline"
    assert old == new
    assert run(["calibrate", "--help"]) == 0
    assert capsys.readouterr().out.startswith("Usage: rtdreamer baseline")


def test_version(capsys):
    assert run(["--version"]) == 0
    assert __version__ in capsys.readouterr().out
