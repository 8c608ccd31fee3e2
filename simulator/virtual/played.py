"""What came of a run in virtual time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from simulator.config import Config
from simulator.report import Report

Checker: TypeAlias = Literal[
    "assertions", "Raft's rules", "answers", "liveness", "linearizability", "contract", "simulator"
]
"""Who found it: the actors themselves, the invariants, what clients are owed, and so on; or the simulator failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that must hold, and did not."""

    rule: str
    """What must hold, in words that are the same for all findings of its kind."""
    sentence: str
    """What was seen, with the names and numbers."""
    at: float
    """Seconds from the first request."""
    step: int
    """How many messages actors had taken by then."""
    checker: Checker = "Raft's rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One run: all of it is decided by the configuration and the seed, so it is played alike again."""

    scenario: str
    config: Config
    seed: int
    findings: tuple[Finding, ...]
    """In the order in which they showed; none when all held."""
    steps: int
    """How many messages actors took."""
    virtual_s: float
    """How much time passed for the replicas."""
    events: Mapping[str, int]
    """How often each named event occurred, by its name and, where it has one, its reason: `vote.refused: ...`."""
    faults: Mapping[str, int]
    """How often each kind of fault was injected."""
    report: Report
    """As of a run with real processes; its checks are those, the invariants, and what clients were owed."""
