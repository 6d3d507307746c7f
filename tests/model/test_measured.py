import json
from dataclasses import replace

import pytest

from rtdreamer.model.checkpoint_file import load_checkpoint, save_checkpoint
from rtdreamer.model.measured import (
    KINDS,
    Deletion,
    Measured,
    Settling,
    read_measured,
    write_measured,
)
from tests.untrained import untrained


def both(value):
    return dict.fromkeys(KINDS, (value, value))


DELETION = Deletion(
    ("a", "b", "c"), 24, 96, dict.fromkeys(KINDS, 3),
    both(1.0), both(0.4), both(0.6), both(0.1), both(0.2), both(0.1),
)  # fmt: skip
SETTLING = Settling(
    0.8, (0.7, 0.5), ("a",), ("b",), True, 10, 120, (0.81, 0.79), (0.75, 0.7), (0.87, 0.88)
)
MEASURED = Measured(DELETION, SETTLING)


@pytest.mark.parametrize("measured", [MEASURED, Measured(DELETION), Measured(None, SETTLING)])
def test_it_is_read_as_it_was_written(measured):
    assert read_measured(json.loads(json.dumps(write_measured(measured)))) == measured


def test_where_nothing_was_measured_nothing_is_known():
    assert read_measured({"out_of_fold_windows": {}}) == Measured()


def test_a_checkpoint_carries_it(tmp_path):
    path = tmp_path / "m.safetensors"
    save_checkpoint(path, untrained(metrics={"other": 1} | write_measured(MEASURED)))
    loaded = load_checkpoint(path)
    assert loaded.measured == MEASURED
    assert loaded.metrics["other"] == 1


@pytest.mark.parametrize(
    ("difference", "se", "holds"),
    [(0.6, 0.1, True), (0.6, 0.21, False), (-0.6, 0.1, False), (0.0, 0.1, False)],
)
def test_it_holds_where_the_difference_is_clear_of_0_for_both(difference, se, holds):
    one = dict.fromkeys(KINDS, (difference, 0.6))
    found = replace(DELETION, difference=one, se=dict.fromkeys(KINDS, (se, 0.1)))
    assert [found.holds(kind) for kind in KINDS] == [holds] * 3


@pytest.mark.parametrize(("high", "holds"), [(0.8, True), (0.79, False)])
def test_a_width_that_covers_less_than_it_should_does_not_hold(high, holds):
    assert replace(SETTLING, high=(0.9, high)).holds == holds


def test_of_two_cohorts_it_never_holds():
    assert not replace(DELETION, data=("a", "b")).holds("bands")
    assert DELETION.holds("bands")


@pytest.mark.parametrize(
    ("where", "field", "value", "words"),
    [
        ("deletion", "n_people", "many", "n_people"),
        ("deletion", "named", {"bands": [1.0, 1.0]}, "electrodes, bands, edges"),
        ("deletion", "se", {kind: [float("nan"), 1.0] for kind in KINDS}, "finite"),
        ("settling", "width", [0.0, 0.5], "width"),
        ("settling", "width", [0.5], "width"),
        ("settling", "covered", [0.5, 1.5], "between 0 and 1"),
    ],
)
def test_what_cannot_be_used_is_refused(where, field, value, words):
    metrics = write_measured(MEASURED)
    metrics[where][field] = value
    with pytest.raises(ValueError, match=words):
        read_measured(metrics)


def test_a_file_that_holds_such_is_no_usable_checkpoint(tmp_path):
    from rtdreamer.errors import CheckpointError

    path = tmp_path / "m.safetensors"
    with pytest.raises(CheckpointError, match="exactly the fields"):
        save_checkpoint(path, untrained(metrics={"deletion": {"n_people": 1}}))
    assert not path.exists()
