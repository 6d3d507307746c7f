"""A trained model for other programs."""

import onnxruntime
import pytest

from tests.command_line import assert_clear, outcome

NAME = "simulated-100-ridge"


def test_it_is_written_and_says_how_much_it_differs(tmp_path):
    out = tmp_path / "mine.onnx"
    found = outcome(["export-model", NAME, "--out", out])
    assert found.code == 0, found.messages
    assert f"Wrote {NAME}, trained on SIMULATED people, to {out}" in found.output
    session = onnxruntime.InferenceSession(out, providers=["CPUExecutionProvider"])
    assert [taken.name for taken in session.get_inputs()] == ["nodes"]
    assert session.get_modelmeta().custom_metadata_map["name"] == NAME


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["nothing"], "no model 'nothing'"),
        ([NAME, "--to", "tensorflow"], "'tensorflow' is not 'onnx'"),
        ([NAME, "--out", "/nowhere/x.onnx"], "/nowhere"),
    ],
)
def test_what_cannot_be_is_one_line(arguments, named):
    found = outcome(["export-model", *arguments])
    assert found.code == 2
    assert named in found.messages
    assert_clear(found)
