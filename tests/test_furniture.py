"""What stands around the code says the same everywhere."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import rtdreamer

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def workflow():
    return yaml.safe_load(text(".github/workflows/ci.yml"))


def steps(job):
    return [step["run"] for step in job["steps"] if "run" in step]


def test_the_citation_is_of_this_version_and_licence():
    citation = yaml.safe_load(text("CITATION.cff"))
    assert citation["version"] == rtdreamer.__version__
    assert citation["license"] == PROJECT["license"]
    assert text(PROJECT["license-files"][0]).startswith("BSD 3-Clause License")


def test_the_test_command_is_the_same_everywhere():
    command = re.search(r"^test_command='(.*)'$", text(".ci/run"), re.MULTILINE)[1]
    for path in ("README.md", "CONTRIBUTING.md"):
        assert command in text(path).splitlines(), path


def test_the_workflow_installs_and_tests_as_the_test_command_does(workflow):
    command = re.search(r"^test_command='(.*)'$", text(".ci/run"), re.MULTILINE)[1]
    *_, install, test = command.replace(".venv-test/bin/", "").split(" && ")
    found = steps(workflow["jobs"]["test"])
    assert f"python -m {install.replace(' -q', '')}" in found
    assert f"python -m {test}" in found


def test_the_workflow_checks_what_ci_run_checks(workflow):
    checks = re.findall(r"^\.venv-test/bin/(.*)$", text(".ci/run"), re.MULTILINE)
    assert len(checks) >= 5
    assert set(checks) <= set(steps(workflow["jobs"]["check"]))
    assert set(checks) == set(re.findall(r"^\.venv-test/bin/(.*)$", checks_of_contributing(), re.M))


def checks_of_contributing():
    (block,) = (b for b in re.findall(r"```sh\n(.*?)```", text("CONTRIBUTING.md"), re.S)
                if "ruff check" in b)  # fmt: skip
    return block


def test_the_pythons_that_are_tested_are_declared(workflow):
    declared = {c.rpartition(" ")[2] for c in PROJECT["classifiers"] if ":: 3." in c}
    tested = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert set(tested) <= declared
    assert PROJECT["requires-python"] == f">={tested[0]}"


def test_pre_commit_runs_the_ruff_that_tests_run_with():
    (repository,) = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
    assert f"ruff=={repository['rev'].removeprefix('v')}" in text("constraints.txt").splitlines()


def test_issue_forms_ask_for_something():
    for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml"):
        form = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert {"name", "description", "body"} <= set(form)
        asked = [one for one in form["body"] if one["type"] != "markdown"]
        assert len({one["id"] for one in asked}) == len(asked) > 1


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "models/README.md"]
)
def test_links_outside_the_built_pages_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text(page)):
        assert ((ROOT / page).parent / target).exists(), target


def test_the_readme_stays_short():
    prose = re.sub(r"```.*?```", "", text("README.md"), flags=re.DOTALL)
    assert len(prose.split()) < 1100
