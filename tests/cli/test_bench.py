"""What hop a machine keeps up with, asked for on the command line."""

import json

import numpy as np
import pytest

from tests.command_line import assert_clear, outcome


def test_each_stage_in_json(start, finish):
    code, out, messages = finish(
        start("bench", "--model", "simulated-100-ridge", "--seconds", "0.1", "--json")
    )
    assert code == 0, messages
    found = json.loads(out)
    assert found["model"] == "simulated-100-ridge"
    *_, whole, alone = found["stages"]
    assert (whole["name"], alone["name"]) == ("whole hop", "whole hop, by itself")
    assert whole["ratio"] == pytest.approx(whole["plain"]["p50"] / whole["times"]["p50"])
    assert found["keeps_up_with_hop"] == max(1, np.ceil(alone["times"]["p99"] / 1e3 * 128 / 0.7))


def test_each_stage_in_words():
    found = outcome(["bench", "--model", "simulated-100-ridge", "--seconds", "0.1"])
    assert found.code == 0, found.messages
    for word in ("whole hop", "keeps up with --hop", "SIMULATED", "260 ms"):
        assert word in found.output


@pytest.mark.parametrize("more", [[], ["--dashboard"]])
def test_a_session_over_lsl(start, finish, more):
    code, out, messages = finish(
        start("bench", "--live", "--hop", "64", "--seconds", "4", "--json", *more)
    )
    assert code == 0, messages
    found = json.loads(out)
    # Of the 8 that fall due, more or less by when the first came.
    assert 5 <= found["n_predictions"] + found["skipped"] <= 12
    assert found["latency"]["p50"] > 0
    assert (found["frame"] is None) == (found["on_screen"] is None) == (not more)
    if more:
        assert found["on_screen"]["p50"] > 0
    assert "Traceback" not in messages


def test_another_model_than_there_is_is_refused():
    found = outcome(["bench", "--model", "nothing"])
    assert found.code == 2
    assert "no model 'nothing'" in found.messages
    assert_clear(found)
