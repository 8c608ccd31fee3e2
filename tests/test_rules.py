"""The table of rules (`docs/rules.md`) names only functions and tests that exist."""

import importlib
import re
from typing import Final

import pytest

from tests.documents import DOCS, NAMED_TEST, complaint_about

RULES: Final = (DOCS / "rules.md").read_text(encoding="utf-8")
ROW: Final = re.compile(rf"^\| (?P<rule>[^|]+) \| `(?P<function>[\w.]+)` \| {NAMED_TEST} \|$", re.MULTILINE)
ROWS: Final = [match.group("rule", "function", "file", "test") for match in ROW.finditer(RULES)]


def test_every_row_names_a_rule_a_function_and_a_test() -> None:
    """A row that this file cannot read is not checked; so there is none, outside of what is not done yet."""
    done, _, not_yet = RULES.partition("## Not yet")
    lines = [line for line in done.splitlines() if line.startswith("| ") and not line.startswith("| Rule |")]
    assert len(lines) == len(ROWS) >= 70
    assert not_yet


@pytest.mark.parametrize(("rule", "function"), [row[:2] for row in ROWS])
def test_the_function_that_implements_a_rule_exists(rule: str, function: str) -> None:
    """Named from `actors` on: a module, perhaps a class, and a function."""
    parts = ["actors", *function.split(".")]
    length = max(
        end for end in range(1, len(parts)) if (DOCS.parent.joinpath(*parts[:end])).with_suffix(".py").exists()
    )
    named: object = importlib.import_module(".".join(parts[:length]))
    for part in parts[length:]:
        named = getattr(named, part, None)
    assert callable(named) or isinstance(named, property), f"'{rule}' names {function}, which does not exist"


@pytest.mark.parametrize(("rule", "file", "test"), [(row[0], *row[2:]) for row in ROWS])
def test_the_test_that_shows_a_rule_exists(rule: str, file: str, test: str) -> None:
    """Named by its file, wherever that is under `tests`; not two of the same name in two such files."""
    complaint = complaint_about(file, test)
    assert complaint is None, f"'{rule}' names {complaint}"
