"""Each deliberate fault is found by `python -m audit verify`, from trails alone, with the actor and the message."""

import re
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest

from audit.__main__ import main
from tests.audit import stories
from tests.audit.faults.copies import copied, told
from tests.audit.faults.table import FAULTS, Fault


class Said(NamedTuple):
    """How `verify` ended, and what it printed."""

    code: int
    output: str

    def has(self, pattern: str) -> bool:
        """Whether a line, or several, are so."""
        return re.search(f"^{pattern}$", self.output, re.MULTILINE) is not None


Verified: TypeAlias = Callable[[Fault], Said]


def verified(trails: Path) -> Said:
    """Run `python -m audit verify`."""
    with redirect_stdout(StringIO()) as output:
        code = main(["verify", str(trails)])
    return Said(code, output.getvalue())


@pytest.fixture(scope="module")
def said_of(tmp_path_factory: pytest.TempPathFactory) -> Verified:
    """What is said of the trails of a fault; each fault's story is told once."""
    known: dict[str, Said] = {}

    def of(fault: Fault) -> Said:
        if fault.name not in known:
            known[fault.name] = verified(told(fault, fault.seed, tmp_path_factory.mktemp("fault")))
        return known[fault.name]

    return of


def of_faults(*faults: Fault) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("fault", faults, ids=lambda fault: fault.name)


@of_faults(*FAULTS)
def test_a_fault_is_found_with_the_guilty_actor_and_message(fault: Fault, said_of: Verified) -> None:
    said = said_of(fault)
    assert said.code == 1
    actor, kind = fault.guilty
    assert said.has(rf"First divergence: {actor} of {fault.node}, delivery \d+ \({kind}\)"), said.output
    assert said.has(rf"  handling  {fault.node}\.jsonl:\d+  {{.*")
    assert said.has(r"  expected  .+\n  got       .+\n  shown by  .+")


@of_faults(*(fault for fault in FAULTS if fault.breaks))
def test_the_rules_that_a_fault_breaks_are_named(fault: Fault, said_of: Verified) -> None:
    said = said_of(fault)
    for rule in fault.breaks:
        assert said.has(rf"  BROKEN  {re.escape(rule)}: .+"), said.output


@of_faults(*(fault for fault in FAULTS if fault.fails))
def test_a_replica_that_its_fault_has_stopped_is_reported(fault: Fault, said_of: Verified) -> None:
    assert said_of(fault).has(r"FAILED  \d{4} failed, handling delivery \d+ of .+ \(.+\): AssertionError.+")


@pytest.mark.parametrize(("seed", "of_snapshots"), sorted({(fault.seed, fault.of_snapshots) for fault in FAULTS}))
def test_the_same_stories_verify_when_the_code_has_no_fault(seed: int, of_snapshots: bool, tmp_path: Path) -> None:
    stories.told(tmp_path, seed, changes=stories.SMALL_SNAPSHOTS if of_snapshots else None)
    said = verified(tmp_path)
    assert said.code == 0, said.output


def test_a_fault_whose_place_is_gone_or_doubtful_is_an_error(tmp_path: Path) -> None:
    """Otherwise it would be looked for in code that has none."""
    for number, right in enumerate(("there is no such line", "self")):
        with pytest.raises(AssertionError, match=r"actors/log_store\.py holds \d+ times: "):
            copied(replace(FAULTS[0], right=right), tmp_path / str(number))
