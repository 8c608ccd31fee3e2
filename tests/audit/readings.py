"""What tests of reading have in common: small trails, and what is said of them."""

from collections.abc import Sequence
from pathlib import Path

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
