"""What the documents say of the tests, and the tests of the documents."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

TESTS: Final = Path(__file__).parent
DOCS: Final = TESTS.parent / "docs"
NAMED_TEST: Final = r"`(?P<file>test_\w+\.py)::(?P<test>test_\w+)`"
"""How a document names a test."""
_CITED: Final = re.compile(r"\bscenarios? (\d+(?: to \d+)?(?:(?:, | and )\d+(?: to \d+)?)*)", re.IGNORECASE)


def complaint_about(file: str, test: str, under: Path = TESTS) -> str | None:
    """Say what is wrong when not exactly one file of that name, wherever it is `under`, has that test."""
    found = [path for path in under.rglob(file) if f"\ndef {test}(" in path.read_text(encoding="utf-8")]
    if len(found) == 1:
        return None
    return f"{file}::{test}, which {'is ambiguous' if found else 'does not exist'}"


def scenarios_cited(text: str) -> set[int]:
    """The numbers in 'scenario 2', 'scenarios 3 and 5' or 'scenarios 3 to 17, 35 to 37 and 40', over line ends too."""
    return {
        number
        for cited in _CITED.findall(" ".join(text.split()))
        for first, last in re.findall(r"(\d+)(?: to (\d+))?", cited)
        for number in range(int(first), int(last or first) + 1)
    }


def docstrings() -> Iterator[tuple[str, str]]:
    """Every docstring under `tests`, behind the name of its file and of what it describes."""
    for path in sorted(TESTS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (text := ast.get_docstring(node)):
                yield f"{path.name}::{'' if isinstance(node, ast.Module) else node.name}", text
