"""The list of what breaks Rafts (`docs/scenarios.md`) is whole, and names only tests and scenarios that exist."""

import re
from pathlib import Path
from typing import Final

import pytest

from simulator.scenarios import SCENARIOS
from tests.documents import DOCS, NAMED_TEST, complaint_about, docstrings, scenarios_cited

DOCUMENT: Final = (DOCS / "scenarios.md").read_text(encoding="utf-8")
ROWS: Final = re.findall(r"^\| (\d+) \| [^|]+ \| ([^|]+) \|$", DOCUMENT, re.MULTILINE)
SHOWN_BY: Final = {int(number): shown_by for number, shown_by in ROWS}
_TEST: Final = r"`\w+\.py::\w+`"
_SCENARIO: Final = r"`[\w-]+`"
_NEEDS: Final = r"(?:a disk|membership changes|snapshots|client sessions)"
EVIDENCE: Final = re.compile(
    rf"{_TEST}(, {_TEST})*|simulator: {_SCENARIO}(, {_SCENARIO})*|not yet: needs {_NEEDS}( and {_NEEDS})*( \([^()]+\))?"
)
"""One part of what shows a scenario; parts are separated by semicolons."""
TESTS_NAMED: Final = sorted(set(re.findall(NAMED_TEST, DOCUMENT)))
SCENARIOS_NAMED: Final = sorted(
    {name for part in re.findall(r"simulator: ([^;|]+)", DOCUMENT) for name in re.findall(r"`([^`]+)`", part)}
)
CITED: Final = [(where, number) for where, text in docstrings() for number in sorted(scenarios_cited(text))]


def test_every_number_is_there_once_and_in_order() -> None:
    """No row of the table is written so that this file cannot read it."""
    assert [int(number) for number, _ in ROWS] == list(range(1, 41))
    assert len(re.findall(r"^\| ", DOCUMENT, re.MULTILINE)) == 41, "a table has its head and a row for each scenario"


@pytest.mark.parametrize("number", SHOWN_BY)
def test_a_scenario_is_shown_by_tests_or_simulated_or_said_to_be_missing(number: int) -> None:
    assert [part for part in SHOWN_BY[number].split("; ") if not EVIDENCE.fullmatch(part)] == []


@pytest.mark.parametrize(("file", "test"), TESTS_NAMED)
def test_a_test_that_the_document_names_exists(file: str, test: str) -> None:
    complaint = complaint_about(file, test)
    assert complaint is None, f"docs/scenarios.md names {complaint}"


def test_whatever_looks_like_the_name_of_a_test_is_checked() -> None:
    assert len(TESTS_NAMED) == len(set(re.findall(r"[^`\s]+::[^`\s]+", DOCUMENT))) >= 70


@pytest.mark.parametrize("name", SCENARIOS_NAMED)
def test_a_scenario_of_the_simulator_that_the_document_names_is_built_in(name: str) -> None:
    assert name in SCENARIOS


@pytest.mark.parametrize(("where", "number"), CITED)
def test_a_scenario_that_a_docstring_cites_is_shown_by_a_test(where: str, number: int) -> None:
    assert re.search(NAMED_TEST, SHOWN_BY.get(number, "")), f"{where} cites scenario {number}, which no test shows"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Scenario 13: it can send.", {13}),
        ("Thesis §9.6, scenario 11: one.", {11}),
        ("Scenario 11, 14: both.", {11, 14}),
        ("Scenario 35 and 36 at\n once, and scenario\n    2.", {35, 36, 2}),
        ("Scenarios 3 to 5, 35 to 37 and 40 as they come.", {3, 4, 5, 35, 36, 37, 40}),
        ("Scenario 1, Raft Figure 2: one vote of 3.", {1}),
        ("No scenario.", set()),
    ],
)
def test_all_numbers_of_a_citation_are_read(text: str, numbers: set[int]) -> None:
    assert scenarios_cited(text) == numbers


def test_citations_are_found_at_all() -> None:
    assert len(CITED) >= 80


def test_a_name_without_a_test_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("\ndef test_it_holds() -> None: ...\n", encoding="utf-8")
    assert complaint_about("test_one.py", "test_it_holds", tmp_path) is None
    assert complaint_about("test_one.py", "test_it", tmp_path) == "test_one.py::test_it, which does not exist"
    assert (
        complaint_about("test_two.py", "test_it_holds", tmp_path) == "test_two.py::test_it_holds, which does not exist"
    )


def test_a_name_with_two_tests_is_noticed(tmp_path: Path) -> None:
    for directory in (tmp_path / "one", tmp_path / "other"):
        directory.mkdir()
        (directory / "test_one.py").write_text("\ndef test_it_holds() -> None: ...\n", encoding="utf-8")
    assert complaint_about("test_one.py", "test_it_holds", tmp_path) == "test_one.py::test_it_holds, which is ambiguous"
