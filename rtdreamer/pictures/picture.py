"""What all pictures share: a heading that says what is shown, colours, and how they are saved."""

import io
import textwrap
import warnings
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure

from rtdreamer.files import write_atomically

# Okabe & Ito, Color Universal Design (2008): told apart by the colour-blind, too.
COLOURS = {"valence": "#0072B2", "arousal": "#D55E00", "dominance": "#009E73"}
GREY = "#6b7280"
ALARM = "#c00018"

LEAKS = "LEAKS: windows of one trial on both sides of the split; these figures are not honest"
SIMULATED = "SIMULATED people: says nothing about real ones"

DPI = 120
WIDTH = 10.5  # inches
_CHARACTERS = 100  # of the title that fit beside each other


def new_picture(
    height: float,
    title: str,
    subtitle: str,
    leaks: bool = False,
    simulated: bool = False,
    width: float = WIDTH,
) -> tuple[Figure, SubFigure]:
    """A figure with its heading, and the empty part below, so many inches high and wide."""
    title_lines = textwrap.wrap(title, _CHARACTERS) or [""]
    banners = [(LEAKS, ALARM)] * leaks + [(SIMULATED, "#2f3b4c")] * simulated
    head_height = 0.12 + 0.36 * len(banners) + 0.24 * len(title_lines) + 0.3
    figure = Figure(figsize=(width, head_height + height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    heights = [head_height, height]
    head, body = figure.subfigures(2, 1, squeeze=False, height_ratios=heights)[:, 0]
    top = head_height - 0.1
    for text, colour in banners:
        _write(head, top / head_height, text, 12, colour="white", box=colour)
        top -= 0.36
    _write(head, top / head_height, "\n".join(title_lines), 13)
    top -= 0.24 * len(title_lines)
    _write(head, top / head_height, subtitle, 10, weight="normal")
    return figure, body


def save_picture(figure: Figure, path: Path) -> Path:
    """Write a PNG, whole or not at all; its folder is made if missing.

    Raises
    ------
    RtdreamerError
        If it cannot be written.
    """
    content = io.BytesIO()
    with warnings.catch_warnings():
        # Of a file's name, what the font lacks is a box: that is no news for a terminal.
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        figure.savefig(content, format="png")
    write_atomically(path, content.getvalue())
    return path


def _write(
    head: SubFigure,
    y: float,
    text: str,
    size: float,
    weight: str = "bold",
    colour: str = "black",
    box: str | None = None,
) -> None:
    bbox = None if box is None else {"facecolor": box, "edgecolor": "none", "pad": 4}
    # A title is taken as it is: a $ in it starts no formula.
    head.text(
        0.5,
        y,
        text,
        ha="center",
        va="top",
        size=size,
        weight=weight,
        color=colour,
        bbox=bbox,
        parse_math=False,
    )
