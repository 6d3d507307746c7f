"""A trained model for other programs."""

import onnxruntime
import pytest

NAME = "simulated-100-ridge"


def test_it_is_written_and_says_how_much_it_differs(start, finish, tmp_path):
    out = tmp_path / "mine.onnx"
    code, said, messages = finish(start("export-model", NAME, "--out", out))
    assert code == 0, messages
    assert f"Wrote {NAME}, trained on SIMULATED people, to {out}" in said
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
def test_what_cannot_be_is_one_line(start, finish, arguments, named):
    code, _, messages = finish(start("export-model", *arguments))
    assert code == 2
    assert named in messages
    assert "Traceback" not in messages
