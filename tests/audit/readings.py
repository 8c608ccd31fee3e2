"""What tests of reading have in common: small trails, and what is said of them."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from audit.reading import Severity, Trails
from tests.audit.trails import Fields, opened, took


def trail_of(count: int, node: str = "0001", peers: Sequence[str] = (), **of_opened: object) -> list[Fields]:
    """The records of a replica whose Consensus took so many messages."""
    taken = [took(node, n / 10, n, "consensus", n, "Start", {"at": n / 10}) for n in range(1, count + 1)]
    return [opened(node, peers, **of_opened), *taken]


def write(directory: Path, name: str, content: bytes) -> None:
    (directory / name).write_bytes(content)


def said(trails: Trails, severity: Severity) -> list[str]:
    return [str(problem) for problem in trails.problems if problem.severity is severity]


def damage(trails: Trails) -> list[str]:
    return said(trails, Severity.DAMAGE)


def notes(trails: Trails) -> list[str]:
    return said(trails, Severity.NOTE)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Nobody may look into `directory` meanwhile; the test is skipped where that stops nobody."""
    directory.chmod(0)
    try:
        if os.access(directory, os.R_OK):
            pytest.skip("who runs the tests may read everything")
        yield
    finally:
        directory.chmod(0o755)
