"""``rtdreamer compare``: one method against others, on the same data and folds."""

from pathlib import Path
from statistics import mode
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from rtdreamer.cli.evaluation_table import LEAK
from rtdreamer.files import check_writable, write_atomically, write_json
from rtdreamer.model.registry import DEFAULT_ARCHITECTURE, current_name

if TYPE_CHECKING:
    from rtdreamer.evaluation.comparison_text import AnyTable


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option(
    "--reference",
    metavar="METHOD",
    help=f"What the others are compared with.  [default: {DEFAULT_ARCHITECTURE}, else the first]",
)
@click.option(
    "--statistic",
    type=click.Choice(["auc", "concordance"]),
    default="auc",
    show_default=True,
    help="Pairs of a high and a low trial, or of all trials whose ratings differ.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write tables as Markdown, LaTeX and JSON there, and a picture.",
)
def compare(
    paths: tuple[Path, ...], reference: str | None, statistic: str, out: Path | None
) -> None:
    """Tell methods apart that went through the same folds.

    A RUN is a folder that benchmark --out or evaluate --report wrote, or a predictions.csv. Runs
    of one seed that are not paired, with other windows, labels or folds, are refused. Of three or
    more independent data sets there is a table over all of them as well.
    """
    from rtdreamer.evaluation.comparison_table import compare_runs
    from rtdreamer.evaluation.pooled_table import pool_tables
    from rtdreamer.evaluation.runs import read_runs

    if out is not None:
        check_writable(out / "comparison.json")
    runs = [run for path in paths for run in read_runs(path)]
    lines: list[str] = []
    of_each = compare_runs(runs, reference and current_name(reference), statistic, lines.append)
    tables: list[AnyTable] = [*of_each, *pool_tables(of_each, runs)]
    if out is not None:
        _write(out, tables)
    for table in tables:
        _print(table)
    for line in lines:
        click.echo(line, err=True)
    if out is not None:
        click.echo(f"Wrote {out}")


def _write(folder: Path, tables: "list[AnyTable]") -> None:
    from rtdreamer.evaluation.comparison_text import comparison_latex, comparison_markdown
    from rtdreamer.pictures.comparison import draw_comparison

    texts = {"md": comparison_markdown(tables), "tex": comparison_latex(tables)}
    draw_comparison(folder / "comparison.png", tables)
    write_json(folder / "comparison.json", [table.to_json() for table in tables])
    for ending, text in texts.items():
        content = text.encode("utf-8", "backslashreplace")
        write_atomically(folder / f"comparison.{ending}", content)


def _print(table: "AnyTable") -> None:
    from rtdreamer.evaluation.comparison_text import interval, legend, number, p_value, where

    console = Console(markup=False, highlight=False)
    mark = "SIMULATED people: " if table.simulated else ""
    console.print(f"{table.reference} on {mark}{table.dataset}", soft_wrap=True)
    console.print(where(table))
    if table.leaks:
        console.print(LEAK, style="bold red")
    for target in dict.fromkeys(row.target for row in table.rows):
        shown = Table(target, table.figure, "difference", "95 % interval", "p (Holm)", "it is")
        rows = [row for row in table.rows if row.target == target]
        # Beside a method with fewer seeds, or data sets with fewer of them, it may be another.
        own_figure = mode(row.reference_figure for row in rows)
        shown.add_row(table.reference, number(own_figure, signed=False))
        for row in rows:
            found = row.comparison
            shown.add_row(
                row.method,
                number(row.figure, signed=False),
                number(found.difference),
                interval(found.low, found.high),
                p_value(row.p_holm),
                # Than the reference, of which the rows tell.
                {1: "worse", 0: "", -1: "better"}[row.sign],
            )
        console.print(shown)
    if table.rows:
        console.print(legend(table))
    for note in table.notes:
        console.print(note)
    if table.leaks:
        console.print(LEAK, style="bold red")
