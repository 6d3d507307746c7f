"""Comparisons as Markdown and LaTeX, to be put into a paper."""

import math
import re
from collections.abc import Sequence

from rtdreamer.counting import counted
from rtdreamer.evaluation.comparison_table import LEVEL, ComparisonTable, Row, verdict_of
from rtdreamer.evaluation.pooled_table import PooledRow, PooledTable
from rtdreamer.metrics.intervals import FEW_PEOPLE

AnyTable = ComparisonTable | PooledTable

WHAT = {
    "auc": "AUC: share of rightly ordered pairs of a person's high and low trials",
    "concordance": "Concordance: share of rightly ordered pairs of a person's unequal ratings",
}
SIMULATED = "SIMULATED people: says nothing about real ones."
LEAKS = "LEAKS: windows of one trial on both sides of the split; these figures are not honest."

_LATEX = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", '"': "''",
    **{sign: "\\" + sign for sign in "&%$#_{}"},
    **{sign: f"${sign}$" for sign in "<>|"},
}  # fmt: skip
_BEYOND_LATEX = "ªµºÐðÞþ"
"""Letters of Latin-1 that LaTeX's own fonts lack."""
_MINUS = "\u2212"


def legend(table: AnyTable) -> str:
    """What the columns mean, and what must be said of them."""
    said = (
        f"{WHAT[table.statistic]}, by trial, mean over {_mean_over(table)}. Difference: that of "
        f"{table.reference} minus that of the method, above 0 where {table.reference} is better, "
        f"{_tested(table)}, then corrected for the {counted(len(table.rows), 'row')} (Holm "
        "1979). Told apart are methods whose interval is on one side of 0 and whose corrected p "
        f"is below {LEVEL:g}."
    )
    if isinstance(table, PooledTable):
        return f"{said} Data sets are taken for independent: other people and other clips each."
    said += " Worst person: whose own difference is the lowest."
    if all(math.isnan(row.comparison.p) for row in table.rows):
        said += " One fold gives no p, so nothing is told apart."
    if table.n_people < FEW_PEOPLE:
        said += f" Intervals over {table.who.split(',')[0]} were never tested: judge {FEW_PEOPLE} "
        said += "or more."
    return said


def _mean_over(table: AnyTable) -> str:
    return "seeds, then over data sets" if isinstance(table, PooledTable) else "seeds"


def _tested(table: AnyTable) -> str:
    """Where a difference's interval and p come from."""
    if isinstance(table, PooledTable):
        return (
            f"with a 95 % interval and p by Student's t over the {len(table.datasets)} data sets' "
            "differences"
        )
    return (
        "with a 95 % interval over people and clips. p: corrected resampled t test over folds and "
        "seeds (Nadeau & Bengio 2003)"
    )


def where(table: AnyTable) -> str:
    """By what protocol, on whom."""
    said = f"{table.split}. {table.who}."
    return f"{said} {'; '.join(table.datasets)}." if isinstance(table, PooledTable) else said


def comparison_markdown(tables: Sequence[AnyTable]) -> str:
    """All tables as Markdown."""
    return "\n".join(_markdown(table) for table in tables)


def _markdown(table: AnyTable) -> str:
    warnings = [f"**{text}**\n" for text in _warnings(table)]
    notes = [f"{_in_markdown(note)}\n" for note in table.notes]
    head = [f"## {_in_markdown(table.title)}\n", *warnings, f"{_in_markdown(where(table))}\n"]
    if not table.rows:
        return "\n".join([*head, *notes])
    header = [_in_markdown(name) for name in _header(table)]
    lines = [header, ["---"] * len(header)]
    lines += [[_in_markdown(cell) for cell in _cells(table, row)] for row in table.rows]
    rows = (f"| {' | '.join(line)} |" for line in lines)
    return "\n".join([*head, *rows, f"\n{_in_markdown(legend(table))}\n", *notes])


def comparison_latex(tables: Sequence[AnyTable]) -> str:
    r"""All tables as LaTeX that needs no package, to be taken in by ``\input``.

    Of one without rows there is a comment that says why.
    """
    return "\n".join(_latex(table) for table in tables)


def _latex(table: AnyTable) -> str:
    said = [*_warnings(table), f"{table.title}.", where(table)]
    if not table.rows:
        return "% " + " ".join(map(in_latex, [*said, *table.notes])) + "\n"
    said += [legend(table), *table.notes]
    header = _header(table)
    lines = [header, *(_cells(table, row) for row in table.rows)]
    first, *others = (" & ".join(map(in_latex, line)) + r" \\" for line in lines)
    return "\n".join(
        [
            r"\begin{table}",
            r"\caption{" + " ".join(map(in_latex, said)) + "}",
            r"\centering\scriptsize",
            rf"\begin{{tabular}}{{ll{'r' * (len(header) - 3)}l}}",
            r"\hline",
            first,
            r"\hline",
            *others,
            r"\hline",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _warnings(table: AnyTable) -> list[str]:
    return [SIMULATED] * table.simulated + [LEAKS] * table.leaks


def _header(table: AnyTable) -> list[str]:
    own = ["SD over data sets"]
    if isinstance(table, ComparisonTable):
        own = [table.rows[0].comparison.effect_size_name, "SD over seeds", "worst person"]
    return [
        "target", "method", f"{table.figure} of {table.reference}", table.figure, "difference",
        "95 % interval", "p", "p (Holm)", *own, "verdict",
    ]  # fmt: skip


def _cells(table: AnyTable, row: Row | PooledRow) -> list[str]:
    found = row.comparison
    return [
        row.target,
        row.method,
        number(row.reference_figure, signed=False),
        number(row.figure, signed=False),
        number(found.difference),
        interval(found.low, found.high),
        p_value(found.p),
        p_value(row.p_holm),
        *_own_cells(row),
        verdict_of(table.reference, row.sign),
    ]


def _own_cells(row: Row | PooledRow) -> list[str]:
    """What a table over data sets shows in another way."""
    if isinstance(row, PooledRow):
        return [number(row.comparison.sd, signed=False)]
    found = row.comparison
    worst = f"{found.worst_subject}: {number(found.worst_difference)}"
    return [
        number(found.effect_size),
        number(found.seed_sd, signed=False),
        "none" if math.isnan(found.worst_difference) else worst,
    ]


def number(value: float, signed: bool = True) -> str:
    """To three places, with a true minus; "none" if it does not exist."""
    if not math.isfinite(value):
        return "none"
    text = f"{value:+.3f}" if signed else f"{value:.3f}"
    return text.replace("-", _MINUS)


def interval(low: float, high: float) -> str:
    """Two ends; "none" if it does not exist."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return "none"
    return f"{number(low)} to {number(high)}"


def p_value(p: float) -> str:
    """To three places; never 0."""
    if not math.isfinite(p):
        return "none"
    return "<0.001" if p < 0.0005 else f"{p:.3f}"


def _in_markdown(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", " ".join(text.split()))


def in_latex(text: str) -> str:
    """Text as LaTeX prints it; a sign that its own fonts lack becomes a question mark."""
    return "".join(map(_latex_sign, " ".join(text.split())))


def _latex_sign(sign: str) -> str:
    if sign == _MINUS:
        return "$-$"
    if sign in _LATEX:
        return _LATEX[sign]
    is_latin = sign.isalpha() and ord(sign) < 0x100 and sign not in _BEYOND_LATEX
    return sign if is_latin or (sign.isascii() and sign.isprintable()) else "?"
