"""What a mutant is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A bug: in `file`, `wrong` takes the place of `right`, which stands there once."""

    name: str
    file: str
    right: str
    wrong: str
    bug: str
    """What is wrong, as who made the mistake would have it."""
    shows: str
    """In which execution it shows, and what breaks then."""


def mutated(mutant: Mutant, text: str) -> str:
    """The text of its file with the bug in it."""
    count = text.count(mutant.right)
    assert count == 1, f"{mutant.name}: {mutant.file} holds {count} times: {mutant.right}"
    return text.replace(mutant.right, mutant.wrong)
