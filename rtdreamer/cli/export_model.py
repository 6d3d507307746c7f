"""``rtdreamer export-model``: a trained model in a format that other programs run."""

import hashlib
from pathlib import Path

import click

from rtdreamer.cli.options import OutputFile


@click.command("export-model")
@click.argument("model", metavar="NAME|PATH")
@click.option(
    "--to", "form", type=click.Choice(["onnx"]), default="onnx", show_default=True, help="Format."
)
@click.option(
    "--out", type=OutputFile(), metavar="FILE", help="Written to; the model's name if not given."
)
def export_model(model: str, form: str, out: Path | None) -> None:
    """Write a trained model's network for other programs, and check that it says the same.

    The file takes one window's inputs and gives two logits. Its metadata tell, in JSON, how the
    inputs are made of EEG (spec) and probabilities of the logits (temperature, bias).
    """
    from rtdreamer.files import write_atomically
    from rtdreamer.model.checkpoint_file import load_checkpoint
    from rtdreamer.model.onnx_export import export
    from rtdreamer.model.released import find_model

    path = find_model(model)
    checkpoint = load_checkpoint(path)
    program, difference = export(checkpoint, hashlib.sha256(path.read_bytes()).hexdigest())
    out = Path(f"{path.stem}.{form}") if out is None else out
    write_atomically(out, program)
    click.echo(
        f"Wrote {checkpoint.in_words}, to {out}: its probabilities differ from the checkpoint's by "
        f"{difference:.0e} at most on the windows that were tried"
    )
