import json
import shutil
from pathlib import Path

import pytest

from rtdreamer.errors import RtdreamerError
from rtdreamer.training import cache as module
from tests.cached_noise import Noise, assert_same, inner, load


def damage(change):
    def damaged(path):
        path.write_bytes(change(path.read_bytes()))

    return damaged


def flip(share):
    """Change one bit of the byte that stands at this share of the file."""

    def flipped(content):
        position = int(share * (len(content) - 1))
        return content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]

    return damage(flipped)


DAMAGE = {
    "truncated": damage(lambda content: content[: len(content) // 2]),
    "one byte short": damage(lambda content: content[:-1]),
    "one byte more": damage(lambda content: content + b"\0"),
    "empty": damage(lambda content: b""),
    "deleted": lambda path: path.unlink(),
    "of somebody else": lambda path: shutil.copy(path.with_name("subject-01.safetensors"), path),
} | {f"flipped at {share:.0%}": flip(share) for share in (0.0, 0.01, 0.5, 1.0)}


@pytest.mark.parametrize("broken", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_alone_is_made_anew(broken, copied, given, nothing_left_to_do):
    folder, expected = copied
    broken(inner(folder) / "subject-02.safetensors")
    source = given(Noise())
    assert_same(load(folder, with_signals=True), expected)
    assert source.asked == [(2, 1), (2, 2)]
    nothing_left_to_do()
    assert_same(load(folder, with_signals=True), expected)


def change_value(key, value):
    """An index that says something else, and is otherwise as it should be."""

    def changed(path):
        values = json.loads(path.read_text(encoding="utf-8"))
        values["index"][key] = value
        path.write_text(json.dumps(values), encoding="utf-8")

    return changed


BROKEN_INDEX = {
    "truncated": damage(lambda content: content[:-10]),
    "deleted": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir(), path.rmdir()),
    "no text": damage(lambda content: b"\xff\xfe\x00"),
    "nothing": damage(lambda content: b""),
    "a number": damage(lambda content: b"7"),
    "null": damage(lambda content: b"null"),
    "a list": damage(lambda content: b"[]"),
    "empty": damage(lambda content: b"{}"),
    "no index": damage(lambda content: b'{"index": null}'),
    "other people": change_value("subjects", [1, 2, 2]),
    "other trials left out": change_value("too_short", {"1": [2], "2": [], "3": []}),
    "other names": change_value("source", "real"),
    "a person missed": change_value("sha256", {"1": "", "2": "", "3": ""}),
    "wrong kind": change_value("sha256", []),
} | {f"flipped at {share:.0%}": flip(share) for share in (0.0, 0.3, 0.6, 0.9, 1.0)}


@pytest.mark.parametrize("broken", BROKEN_INDEX.values(), ids=BROKEN_INDEX)
def test_a_broken_index_is_not_believed(broken, copied, given):
    folder, expected = copied
    broken(inner(folder) / "index.json")
    source = given(Noise())
    assert_same(load(folder, with_signals=True), expected)
    assert len(source.asked) == 6


def test_other_code_makes_everything_anew(copied, given, monkeypatch, nothing_left_to_do):
    folder, expected = copied
    source = given(Noise())
    monkeypatch.setattr(module, "code_version", lambda patterns: "another")
    assert_same(load(folder, with_signals=True), expected)
    assert len(source.asked) == 6
    nothing_left_to_do()
    assert_same(load(folder, with_signals=True), expected)


def test_a_lost_folder_is_made_anew(copied, given):
    folder, expected = copied
    shutil.rmtree(folder)
    given(Noise())
    assert_same(load(folder, with_signals=True), expected)


def test_what_was_done_when_it_broke_off_is_not_done_again(tmp_path, built, given):
    source = given(Noise())
    source.ends_at = (3, 2)
    with pytest.raises(KeyboardInterrupt):
        load(tmp_path)
    source.asked, source.ends_at = [], None
    told = []
    windows = load(tmp_path, with_signals=True, progress=lambda *now: told.append(now))
    assert source.asked == [(3, 1), (3, 2)]
    assert told == [(1, 2), (2, 2)]
    assert_same(windows, built[1])


def test_what_was_written_by_halves_does_not_matter(tmp_path, built, given):
    source = given(Noise())
    source.ends_at = (2, 2)
    with pytest.raises(KeyboardInterrupt):
        load(tmp_path)
    (inner(tmp_path) / "subject-02.safetensors").write_bytes(b"the beginning")
    (inner(tmp_path) / "subject-03.safetensors.7.part").write_bytes(b"the beginning")
    source.ends_at = None
    assert_same(load(tmp_path, with_signals=True), built[1])


@pytest.mark.parametrize("fault", ["a file in its place", "a full disk"])
def test_a_folder_that_cannot_be_written_is_named_in_one_line(fault, tmp_path, given, monkeypatch):
    given(Noise(1, 1))
    folder = tmp_path / "cache"
    if fault == "a full disk":

        def fail(path, content):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "write_bytes", fail)
    else:
        folder.write_text("x", encoding="utf-8")
    with pytest.raises(RtdreamerError, match="cannot be written") as refused:
        load(folder)
    assert str(folder) in str(refused.value)
    assert "\n" not in str(refused.value)
