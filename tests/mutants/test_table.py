"""The mutants are what they are said to be: each is one small, well-formed change, named and described once."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

import tests.mutants
from tests.mutants.mutant import Mutant, mutated
from tests.mutants.table import MUTANTS

ROOT: Final = Path(__file__).resolve().parents[2]
_NO_FAMILIES: Final = {"__main__", "report", "table", "test_caught", "test_table", "trial"}


def families() -> tuple[tuple[Mutant, ...], ...]:
    """The tuple of mutants of each module that has one."""
    names = [found.name for found in pkgutil.iter_modules(tests.mutants.__path__) if found.name not in _NO_FAMILIES]
    modules = [importlib.import_module(f"tests.mutants.{name}") for name in names]
    held = [value for module in modules for value in vars(module).values() if isinstance(value, tuple)]
    return tuple(value for value in held if value and all(isinstance(each, Mutant) for each in value))


ALL: Final = tuple(mutant for family in families() for mutant in family)


def with_its_bug(mutant: Mutant) -> str:
    """The text of the mutant's file, patched."""
    return mutated(mutant, (ROOT / mutant.file).read_text("utf-8"))


def is_a_sentence(text: str) -> bool:
    """Whether a text is one sentence: nothing ends in it but itself."""
    return text.endswith(".") and re.search(r"[.!?]\s|\n", text) is None


def test_every_mutant_of_the_table_is_in_exactly_one_family() -> None:
    counts = Counter(ALL)
    assert [mutant.name for mutant in MUTANTS if counts[mutant] != 1] == []


def test_names_are_unique_and_in_kebab_case() -> None:
    names = [mutant.name for mutant in ALL]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert [name for name in names if re.fullmatch(r"[a-z]+(-[a-z]+)*", name) is None] == []


def test_no_two_mutants_are_the_same_change() -> None:
    changes = Counter((mutant.file, with_its_bug(mutant)) for mutant in ALL)
    assert [change for change, count in changes.items() if count > 1] == []


def test_what_a_mutant_is_about_is_told_in_one_sentence_each() -> None:
    untold = [mutant.name for mutant in ALL if not (is_a_sentence(mutant.bug) and is_a_sentence(mutant.shows))]
    assert untold == []


def test_mutants_are_of_the_production_code() -> None:
    assert {Path(mutant.file).parts[0] for mutant in ALL} <= {"actors", "messages"}


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.name)
def test_a_mutant_changes_its_file_and_can_be_imported(mutant: Mutant) -> None:
    """Whoever fails at import tells nothing of Raft; the module is made anew, beside the one that is in use."""
    text = with_its_bug(mutant)
    assert text != (ROOT / mutant.file).read_text("utf-8")
    module = mutant.file.removesuffix(".py").replace("/", ".")
    importlib.import_module(module)
    exec(compile(text, mutant.file, "exec"), {"__name__": module})
