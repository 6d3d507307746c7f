"""Command lines spoiled in bulk: each ends well, or with one clear line and its exit code."""

import os
import signal
from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.cli import demo as demo_module
from rtdreamer.cli import replay as replay_module
from rtdreamer.cli.main import COMMANDS
from rtdreamer.data import dreamer_mat
from rtdreamer.data.dreamer_mat import write_dreamer
from rtdreamer.headset import EPOC
from rtdreamer.lsl import discovery
from tests.command_line import assert_clear, outcome
from tests.data.test_bad_dreamer_mat import TwoPeople
from tests.mutations import NASTY_NUMBERS, NASTY_TEXTS


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder to be in, with a file of each kind; nothing that takes long or is sent anywhere."""
    folder = tmp_path_factory.mktemp("place")
    write_dreamer(folder / "some.mat", TwoPeople())
    table = [",".join(EPOC.ch_names), *(",".join(["4200"] * 14) for _ in range(8))]
    (folder / "some.csv").write_text("\n".join(table), encoding="utf-8")
    rows = [f"{1 + n // 4},{1 + n % 4},{1 + n % 4},1,{n % 2},{n // 2 % 2}" for n in range(16)]
    table = ["subject,trial,clip,window,fold,label", *rows]
    (folder / "folds.csv").write_text("\n".join(table), encoding="utf-8")
    (folder / "some.toml").write_text("epochs = 1\n", encoding="utf-8")
    (folder / "some.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{}      ")
    (folder / "empty").write_bytes(b"")
    (folder / "folder").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(discovery, "list_streams", lambda wait: [])
        patch.setattr(replay_module, "_player", lambda *arguments: Played())
        patch.setattr(demo_module, "_player", lambda *arguments: nullcontext())
        patch.setattr(dreamer_mat, "write_dreamer", lambda path, *rest: path.write_bytes(b"made"))
        yield folder


@pytest.fixture
def there(place):
    """All that is in the folder, as bytes; the cache left out, since it may be made."""
    return contents(place)


def contents(folder):
    found = {path.relative_to(folder): path for path in folder.rglob("*")}
    return {
        name: path.read_bytes() if path.is_file() else None
        for name, path in found.items()
        if name.parts[0] != "cache"
    }


def restore(folder, before):
    """Undo what a command that succeeded has done."""
    for name in sorted(contents(folder).keys() - before.keys(), reverse=True):
        path = folder / name
        path.rmdir() if path.is_dir() else path.unlink()
    for name, content in before.items():
        if content is not None:
            (folder / name).write_bytes(content)


class Played:
    """In the place of the player: takes all items and sends nothing."""

    def wait_for_consumer(self, should_stop):
        pass

    def play(self, items, should_stop):
        for _ in zip(items, range(3), strict=False):
            yield from ()

    def close(self):
        pass


def is_harmless(text):
    return "\0" not in text and "/" not in text and not text.startswith("simulated")


anything = (
    st.sampled_from(NASTY_TEXTS)
    | st.sampled_from(["\udcff", "\udcff.safetensors", "a" * 5000, "1", "3", "EPOC", "--help"])
    | st.sampled_from([str(number)[:4000] for number in NASTY_NUMBERS])
    | st.text(max_size=12)
    | st.sampled_from(["some.mat", "some.csv", "some.toml", "some.safetensors", "empty", "folder"])
).filter(is_harmless)
a_file = anything | st.sampled_from(["folder/none", "empty/in a file", "none/at all", "\n.toml"])
data = a_file | st.sampled_from(
    [f"simulated:subjects={number}" for number in (0, -1, 10**12, "9" * 5000, "nan", "１x", "")]
    + [
        f"simulated:{text}"
        for text in ("effect=nan,subjects=0", "clip=nan,subjects=0", "seed=-1", "seed", "=", ",,")
    ]
)

LEARNING = {
    **dict.fromkeys(("--epochs", "--patience", "--batch", "--lr", "--weight-decay"), anything),
    **dict.fromkeys(("--beta1", "--beta2", "--beta3", "--amplitude-sd", "--threshold"), anything),
    **dict.fromkeys(("--seed", "--calibration-groups", "--windows", "--hop", "--mi"), anything),
    **dict.fromkeys(("--device", "--dask"), anything),
    "--config": a_file,
    "--jobs": st.sampled_from(["0", "-1", "257", "1e9", "9" * 400, "nan", "", "1"]),
    "--no-standardise": None,
    "--no-decimate": None,
}
STREAM = dict.fromkeys(("--stream", "--timeout", "--unit", "--rename"), anything) | {
    "--model": a_file
}
address = anything | st.sampled_from(["127.0.0.1:65536", "[::1]:0", "[::1:9", ":::", "a:b"])
OUTPUTS = {"--osc": address, "--websocket": address, "--token": anything}
OPTIONS = {
    "demo": {"--subject": anything, "--duration": anything} | OUTPUTS,
    "live": STREAM
    | OUTPUTS
    | {"--hop": anything, "--profile": a_file, "--duration": anything, "--no-outlet": None}
    | dict.fromkeys(("--sub", "--ses", "--markers", "--marker-clock"), anything)
    | {"--record": a_file},
    "mark": {"--nothing": anything},
    "rescore": {"--model": a_file, "--profile": a_file, "--hop": anything, "--out": a_file}
    | {"--stream": anything},
    "export": {"--to": anything | st.sampled_from(["fif", "edf", "bids"]), "--out": a_file}
    | dict.fromkeys(("--source-id", "--unit"), anything)
    | {"--keep-identity": None},
    "report": {"--out": a_file, "--model": a_file, "--keep-identity": None}
    | dict.fromkeys(("--source-id", "--unit"), anything),
    "baseline": STREAM | {"--seconds": anything, "--out": a_file},
    "replay": dict.fromkeys(("--subject", "--trial", "--sfreq", "--unit", "--rename"), anything)
    | dict.fromkeys(("--source-id", "--gaps"), anything)
    | dict.fromkeys(("--name", "--layout", "--speed", "--start"), anything)
    | {"--data": data, "--file": a_file, "--loop": None, "--wait": None},
    "streams": {"--wait": anything},
    "synth": {"--subjects": anything, "--seed": anything, "--effect": anything, "--clip": anything},
    "train": LEARNING | {"--out": a_file},
    "evaluate": LEARNING
    | {"--protocol": anything, "--folds": anything, "--model": a_file, "--subject": anything}
    | {"--method": anything | st.sampled_from(["trees", "base-rate"]), "--baseline": anything}
    | {"--json": a_file, "--report": a_file},
    "audit": {"--predictions": a_file, "--threshold": anything, "--json": a_file},
    "benchmark": LEARNING
    | {"--protocol": anything, "--folds": anything, "--out": a_file}
    | {"--methods": anything | st.sampled_from(["trees", "base-rate,base-rate", "vae,", ","])}
    | {"--seeds": st.sampled_from(["0", "-1", "1e9", "9" * 400, "nan", "", "1"])},
    "compare": {"--reference": anything, "--out": a_file},
    "export-model": {"--to": anything, "--out": a_file},
    "bench": {"--model": a_file, "--seconds": anything, "--hop": anything},
    "doctor": {"--nothing": anything},
}
# Before what is drawn, so that the last word is the drawn one; and after it, so that it ends.
FIRST = {
    "live": ["--headless"],
    "baseline": ["--out", "made.toml"],
    "train": ["--out", "made.safetensors", "--data", "some.mat", "--cache", "cache"],
    "evaluate": ["--data", "some.mat", "--cache", "cache"],
    "audit": ["folds.csv"],
    "benchmark": [
        "some.mat",
        "--cache",
        "cache",
        "--out",
        "made",
        "--methods",
        "base-rate",
        "--seeds",
        "1",
    ],
    "compare": ["folder"],
    "doctor": ["--"],
}
LAST = {
    "demo": ["--subject", "0"],
    "live": ["--timeout", "0", "--stream", "nobody's stream"],
    "baseline": ["--timeout", "0", "--stream", "nobody's stream"],
    "rescore": ["some.csv"],
    "export": ["some.csv"],
    "report": ["some.csv"],
    "export-model": ["no such model"],
    "bench": ["--seconds", "0"],
}


def test_every_command_is_tried():
    assert set(OPTIONS) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
@given(draw=st.data())
def test_options_with_anything_behind_them(place, command, draw):
    before = contents(place)
    drawn = draw.draw(st.lists(st.sampled_from(sorted(OPTIONS[command])), min_size=1, max_size=3))
    arguments = []
    for option in drawn:
        values = OPTIONS[command][option]
        arguments += [option] if values is None else [option, draw.draw(values)]
    if command == "synth":
        arguments.append(draw.draw(a_file))
    known = FIRST.get(command, []), LAST.get(command, [])
    found = outcome([command, *known[0], *arguments, *known[1]])
    after = contents(place)
    restore(place, before)
    assert_clear(found)
    assert found.code == 0 or after == before


@pytest.mark.parametrize("command", COMMANDS)
@given(words=st.lists(anything | st.sampled_from(["--out", "--"]), min_size=1, max_size=3))
def test_words_that_are_no_options(place, command, words):
    last = LAST.get(command, [])
    found = outcome([command, *FIRST.get(command, []), "--nothing", *words, *last])
    assert_clear(found)


@given(words=st.lists(anything, min_size=1, max_size=2))
def test_words_that_are_no_command(place, words):
    if words[0] not in COMMANDS:
        assert_clear(outcome(words))


WAIT_S = 20
TOO_LONG, TOO_DEEP = "a" * 5000, "a/" * 3000


@pytest.mark.parametrize(
    "arguments",
    [
        ["replay", "--file", f"{TOO_LONG}.csv"],
        ["replay", "--file", f"{TOO_DEEP}a.csv"],
        ["replay", "--subject", "1", "--data", TOO_LONG],
        ["replay", "--subject", "1", "--start", "1e308"],
        ["replay", "--subject", "1", "--speed", "1e-320"],
        ["replay", "--file", "some.csv", "--sfreq", "128", "--name", ""],
        ["replay", "--file", "some.csv", "--sfreq", "128", "--name", "\udcff"],
        ["replay", "--file", "some.csv", "--sfreq", "128", "--name", " "],
        *(
            [command, *first, "--timeout", "0", option, word]
            for command, *first in (["live", "--headless"], ["baseline", "--out", "made.toml"])
            for option in ("--stream", "--source-id")
            for word in ("", " \t", "\udcff", "a\nb")
        ),
        ["live", "--headless", "--timeout", "0", "--hop", "9" * 400],
        ["live", "--headless", "--timeout", "0", "--model", TOO_DEEP],
        ["live", "--headless", "--timeout", "0", "--profile", TOO_DEEP],
        ["train", "--out", f"{TOO_LONG}.safetensors"],
        ["train", "--out", f"{TOO_DEEP}x.safetensors"],
        ["train", "--out", f"{'a' * 240}.safetensors"],
        ["train", "--out", "\udcff.safetensors"],
        ["train", "--out", "a\nb.safetensors"],
        ["train", "--out", "made.safetensors", "--data", TOO_LONG],
        ["train", "--out", "made.safetensors", "--data", "some.mat", "--cache", TOO_LONG],
        ["train", "--out", "made.safetensors", "--data", "some.mat", "--cache", "empty/cache"],
        ["train", "--out", "made.safetensors", "--data", "simulated:subjects=1000000000000"],
        ["train", "--out", "made.safetensors", "--jobs", "1000000"],
        ["train", "--out", "made.safetensors", "--seed", "99999999999999999999"],
        ["audit", "folds.csv", "--predictions", TOO_DEEP],
        ["audit", "folds.csv", "--json", "folder"],
        ["audit", "\udcff.csv"],
        ["audit", ""],
        ["evaluate", "--json", ""],
        ["evaluate", "--data", "some.mat", "--json", TOO_DEEP],
        ["evaluate", "--data", "some.mat", "--cache", "cache", "--dask", "no address"],
        ["baseline", "--timeout", "0", "--out", ""],
        ["baseline", "--timeout", "0", "--out", "folder"],
        ["synth", ""],
        ["synth", "made.mat", "--subjects", "1000000000000"],
        ["streams", "--wait", "1e300"],
    ],
    ids=lambda arguments: " ".join(argument[:20] for argument in arguments),
)
def test_each_of_these_is_refused(place, there, arguments):
    found = outcome(arguments)
    assert found.code == 2
    assert_clear(found)
    assert contents(place) == there


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files here")
def test_what_is_no_file_is_not_replaced_by_one(place):
    """A device would be, and no longer be one."""
    os.mkfifo("pipe")
    for arguments in (["synth", "pipe"], ["evaluate", "--json", "pipe", "--data", "some.mat"]):
        found = outcome(arguments)
        assert found.code == 2
        assert "is not a file" in found.messages
    (place / "pipe").unlink()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files here")
@pytest.mark.parametrize(
    "arguments",
    [
        ["replay", "--sfreq", "128", "--file", "pipe.csv"],
        ["replay", "--file", "pipe.fif"],
        ["replay", "--subject", "1", "--data", "pipe.mat"],
        ["train", "--out", "made.safetensors", "--cache", "cache", "--data", "pipe.mat"],
        ["train", "--out", "made.safetensors", "--config", "pipe.toml"],
        ["evaluate", "--data", "some.mat", "--model", "pipe.safetensors"],
        ["audit", "pipe.csv"],
        ["audit", "folds.csv", "--predictions", "pipe.csv"],
        ["live", "--headless", "--timeout", "0", "--model", "pipe.safetensors"],
        ["live", "--headless", "--timeout", "0", "--profile", "pipe.toml"],
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_a_pipe_is_not_waited_for(place, arguments):
    pipe = place / arguments[-1]
    os.mkfifo(pipe)

    def give_up(*_):
        raise TimeoutError

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(WAIT_S)
    try:
        found = outcome(arguments)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
        pipe.unlink()
    assert found.code == 2
    assert_clear(found)
    assert f"{pipe.name}: cannot be read: it is a pipe or a device" in found.messages


def test_a_start_between_samples_is_taken(place):
    assert np.isclose(8 / 128, 0.0625)
    at = ["replay", "--file", "some.csv", "--sfreq", "128", "--start"]
    assert outcome([*at, "0.0545"]).code == 0
    assert "lasts 0.0625 s" in outcome([*at, "0.0625"]).messages
