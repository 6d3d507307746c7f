"""A picture of how one method stands to others: a forest plot."""

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from rtdreamer.errors import DataError
from rtdreamer.evaluation.comparison_text import number, p_value
from rtdreamer.evaluation.pooled_table import PooledTable
from rtdreamer.pictures.picture import COLOURS, GREY, new_picture, save_picture

if TYPE_CHECKING:
    from rtdreamer.evaluation.comparison_table import Row
    from rtdreamer.evaluation.comparison_text import AnyTable
    from rtdreamer.evaluation.pooled_table import PooledRow

_NAME_LENGTH = 24
_ROW = 0.42  # inches
_FRAME = 1.65  # of a panel, around its rows


def draw_comparison(path: Path, tables: "Sequence[AnyTable]") -> Path:
    """Draw the difference from each method, with its interval, for each target into a PNG.

    Parameters
    ----------
    path : Path
        Of the picture; its folder is made if missing.
    tables : sequence of ComparisonTable or PooledTable
        A row of panels each; nothing of a pooled one without rows.

    Raises
    ------
    DataError
        If there is nothing to draw.
    RtdreamerError
        If the picture cannot be written.
    """
    tables = [table for table in tables if table.rows or not isinstance(table, PooledTable)]
    if not tables or not all(table.rows for table in tables):
        raise DataError(f"{path}: there is nothing to draw: compare at least two methods")
    heights = [_FRAME + _ROW * len(_methods(table)) for table in tables]
    references = " or ".join(dict.fromkeys(_short(table.reference) for table in tables))
    title = f"{tables[0].figure} of {references} minus that of each other method"
    if len(tables) == 1:
        title += f"; {tables[0].split}"
    subtitle = (
        "Within a person, by trial, mean over seeds; bars: 95 % intervals over people and clips; "
        "p: corrected by Holm"
    )
    figure, body = new_picture(
        sum(heights),
        title,
        subtitle,
        leaks=any(table.leaks for table in tables),
        simulated=any(table.simulated for table in tables),
    )
    panels = body.subfigures(len(tables), 1, squeeze=False, height_ratios=heights)[:, 0]
    for table, panel in zip(tables, panels, strict=True):
        heading = _heading(table, alone=len(tables) == 1)
        panel.suptitle(heading, fontsize=9, parse_math=False)
        targets = list(dict.fromkeys(row.target for row in table.rows))
        all_axes = panel.subplots(1, len(targets), sharey=True, sharex=True, squeeze=False)[0]
        for target, axes in zip(targets, all_axes, strict=True):
            _draw_target(axes, table, target)
    return save_picture(figure, path)


def _heading(table: "AnyTable", alone: bool) -> str:
    is_pooled = isinstance(table, PooledTable)
    name = f"mean over {table.dataset}" if is_pooled else table.dataset
    marks = "LEAKS: " * table.leaks + "SIMULATED people: " * table.simulated
    what = f"{name}; {table.who}" if alone else f"{marks}{name}; {table.split}; {table.who}"
    said = textwrap.fill(what, 120)
    return f"{said}\nbars: 95 % intervals over the data sets, Student's t" if is_pooled else said


def _draw_target(axes: Axes, table: "AnyTable", target: str) -> None:
    rows = [row for row in table.rows if row.target == target]
    # Zero in the middle, and room for the figures.
    sizes = [abs(v) for row in table.rows for v in _values(row) if math.isfinite(v)]
    reach = 1.25 * max([*sizes, 0.02])
    axes.axvline(0, color=GREY, ls=":")
    for y, row in enumerate(rows):
        found, colour = row.comparison, COLOURS[target]
        if _has_interval(row):
            # With ticks at its ends, which stand out where it is narrower than the dot.
            ends = [found.low, found.high]
            axes.plot(ends, [y, y], "|-", color=colour, lw=2.5, ms=13, mew=1.5)
        axes.plot(found.difference, y, "o", color=colour, ms=8)
        place = found.difference if math.isfinite(found.difference) else 0.0
        middle = min(max(place, -0.3 * reach), 0.3 * reach)
        axes.annotate(
            _figures(row),
            (middle, y),
            (0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=8,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
    axes.set_yticks(range(len(rows)), [f"minus {_short(row.method)}" for row in rows])
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    axes.set(title=target, xlim=(-reach, reach), ylim=(len(rows) - 0.4, -0.9))
    better = f"← other method better        {_short(table.reference)} better →"
    axes.set_xlabel(
        f"difference in {table.figure} (dotted: none)\n{better}", fontsize=9, parse_math=False
    )


def _values(row: "Row | PooledRow") -> tuple[float, float, float]:
    found = row.comparison
    return found.low, found.difference, found.high


def _has_interval(row: "Row | PooledRow") -> bool:
    return math.isfinite(row.comparison.low) and math.isfinite(row.comparison.high)


def _figures(row: "Row | PooledRow") -> str:
    found = row.comparison
    if not math.isfinite(found.difference):
        return "no pairs to compare"
    ends = f" [{number(found.low)}, {number(found.high)}]" if _has_interval(row) else ""
    p = p_value(row.p_holm)
    said = "" if math.isnan(row.p_holm) else f", p {p if p.startswith('<') else f'= {p}'}"
    return f"{number(found.difference)}{ends}{said}"


def _methods(table: "AnyTable") -> set[str]:
    return {row.method for row in table.rows}


def _short(name: str) -> str:
    return textwrap.shorten(name, _NAME_LENGTH, placeholder="…") or name[:_NAME_LENGTH]
