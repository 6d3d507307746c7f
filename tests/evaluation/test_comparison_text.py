import re
from dataclasses import replace
from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.evaluation.comparison_table import compare_runs
from rtdreamer.evaluation.comparison_text import (
    comparison_latex,
    comparison_markdown,
    in_latex,
    legend,
    number,
    p_value,
)
from rtdreamer.evaluation.pooled_table import pool_tables
from tests.made_up_runs import make_run
from tests.mutations import NASTY_TEXTS

names = st.sampled_from([name for name in NASTY_TEXTS if name.strip()]) | st.text(min_size=1)
PLAIN = r"[A-Za-z0-9 .,:;!?()/*+=@'`\[\]-]|[\u00c0-\u00ff]"
COMMAND = r"\\(?:[&%$#_{}]|text(?:backslash|asciitilde|asciicircum)\{\})"
MATHS = r"\$[-<>|]\$"


RUNS = [make_run(method, seed) for seed in (0, 1) for method in ("spectral", "ridge")]


@lru_cache
def made_up_cohorts():
    """The table over three data sets."""
    runs = [
        replace(make_run(run.method, run.seed, people=k, n_trials=10), dataset=f"cohort {k}")
        for k in range(3)
        for run in RUNS
    ]
    (table,) = pool_tables(compare_runs(runs), runs)
    return table


@lru_cache
def made_up():
    return compare_runs(RUNS)[0]


def table(name="ridge", dataset="made up", **how):
    """A table of these names."""
    rows = tuple(replace(row, method=name) for row in made_up().rows)
    return replace(made_up(), dataset=dataset, rows=rows, **how)


@given(text=st.text() | st.sampled_from(NASTY_TEXTS))
def test_any_text_is_text_in_latex(text):
    assert re.fullmatch(f"(?:{PLAIN}|{COMMAND}|{MATHS})*", in_latex(text))


def test_signs_of_latex_are_printed_as_they_are():
    assert in_latex("50 % of a_b & {c} #1 $x^2~\\") == (
        r"50 \% of a\_b \& \{c\} \#1 \$x\textasciicircum{}2\textasciitilde{}\textbackslash{}"
    )
    assert in_latex("\u22120.1 Müller \U0001f9e0") == "$-$0.1 Müller ?"


def pooled(name="ridge", dataset="made up", **how):
    """A table over data sets of these names, and of a note on them."""
    table = made_up_cohorts()
    rows = tuple(replace(row, method=name) for row in table.rows)
    return replace(table, datasets=(dataset,) * 3, rows=rows, notes=(f"{name}: {dataset}",), **how)


def unescaped(sign, text):
    return len(re.findall(r"(?<!\\)(?:\\\\)*" + re.escape(sign), text))


@pytest.mark.parametrize("table", [table, pooled])
@given(name=names, dataset=names)
def test_latex_is_well_formed_whatever_the_names(table, name, dataset):
    text = comparison_latex([table(name, dataset)])
    inside = []
    for what, environment in re.findall(r"\\(begin|end)\{(\w+)\}", text):
        if what == "begin":
            inside.append(environment)
        else:
            assert inside.pop() == environment
    assert not inside
    depth = 0
    for sign in re.findall(r"\\.|[{}]", text, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0
    assert len(re.findall(r"(?<!\\)\$", text)) % 2 == 0
    assert not re.findall(r"(?<!\\)[%#]", text)
    (columns,) = re.findall(r"\\begin\{tabular\}\{(\w+)\}", text)
    body = text.split(r"\hline")[1:4]
    lines = [line for part in body for line in part.splitlines() if line.endswith(r"\\")]
    assert len(lines) == 1 + 2
    assert {len(re.findall(r"(?<!\\)&", line)) for line in lines} == {len(columns) - 1}


@pytest.mark.parametrize(("table", "n_lines"), [(table, 13), (pooled, 11)])
@given(name=names, dataset=names)
def test_markdown_has_a_cell_a_column_whatever_the_names(table, n_lines, name, dataset):
    lines = comparison_markdown([table(name, dataset)]).splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    assert len(rows) == 2 + 2
    assert {unescaped("|", row) for row in rows} == {n_lines}


@pytest.mark.parametrize("render", [comparison_markdown, comparison_latex])
def test_what_leaks_or_is_simulated_says_so(render):
    text = render([table(simulated=False)])
    assert "LEAKS" not in text
    assert "SIMULATED" not in text
    assert "SIMULATED people: says nothing" in render([table(simulated=True)])
    assert "LEAKS" in render([table(protocol="window")])


def test_every_table_is_there():
    both = [table(), table(dataset="others")]
    assert comparison_latex(both).count(r"\begin{table}") == 2
    assert comparison_markdown(both).count("## ") == 2


def test_numbers_are_as_they_are_read():
    assert [number(0.0123), number(-0.5), number(float("nan"))] == ["+0.012", "\u22120.500", "none"]
    assert number(0.5, signed=False) == "0.500"
    assert [p_value(p) for p in (0.0, 0.0004, 0.0005, 1.0, float("nan"))] == [
        "<0.001", "<0.001", "0.001", "1.000", "none"
    ]  # fmt: skip


def test_what_too_few_people_or_folds_cannot_tell_is_said():
    (table,) = compare_runs(
        [make_run(method, 0, n_people=5, n_folds=1) for method in ("ridge", "spectral")]
    )
    said = legend(table)
    assert said.endswith("Intervals over 5 people were never tested: judge 6 or more.")
    assert "One fold gives no p, so nothing is told apart." in said
    (table,) = compare_runs(
        [make_run(method, 0, n_people=6, n_folds=2) for method in ("ridge", "spectral")]
    )
    assert "never tested" not in legend(table)
    assert "One fold" not in legend(table)


@pytest.mark.parametrize("render", [comparison_markdown, comparison_latex])
def test_what_is_assumed_of_data_sets_and_what_is_left_out_is_said(render):
    text = render([pooled("forest", "a cohort")])
    assert "by Student's t over the 3 data sets' differences" in text
    assert "a cohort; a cohort; a cohort." in text
    assert "Data sets are taken for independent: other people and other clips each." in text
    assert "forest: a cohort" in text
    assert "over people and clips" not in text
    assert "seeds 0: it has 0" in render([table(notes=("ridge over seeds 0: it has 0.",))])


@given(name=names)
def test_a_table_that_there_is_not_is_a_line(name):
    refused = replace(pooled(name), rows=(), notes=(f"Not pooled: {name}",))
    latex = comparison_latex([refused])
    assert latex.startswith("% ")
    assert latex.count("\n") == 1
    assert "Not pooled" in latex
    lines = comparison_markdown([refused]).splitlines()
    assert not any(line.startswith("|") for line in lines)
    assert lines[-1].startswith("Not pooled: ")
