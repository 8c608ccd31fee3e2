"""Each deliberate fault is found by `python -m audit verify`, from trails alone, with the actor and the message."""

import re
from pathlib import Path

import pytest

from audit.__main__ import main
from tests.audit import stories
from tests.audit.faults.copies import told
from tests.audit.faults.table import FAULTS, Fault


def verified(trails: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code of `verify`, and what it prints."""
    code = main(["verify", str(trails)])
    return code, capsys.readouterr().out


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_found_with_the_guilty_actor_and_message(
    fault: Fault, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, output = verified(told(fault, fault.seed, tmp_path), capsys)
    assert code == 1
    actor, kind = fault.guilty
    first = re.search(r"^First divergence: (.+) of (.+), delivery \d+ \((.+)\)$", output, re.MULTILINE)
    assert first is not None, output
    assert first.groups() == (actor, fault.node, kind)
    assert re.search(rf"^  handling  {fault.node}\.jsonl:\d+  {{", output, re.MULTILINE)
    assert re.search(r"^  expected  .+\n  got       .+\n  shown by  .+", output, re.MULTILINE)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.breaks], ids=lambda fault: fault.name)
def test_the_rules_that_a_fault_breaks_are_named(
    fault: Fault, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, output = verified(told(fault, fault.seed, tmp_path), capsys)
    for rule in fault.breaks:
        assert re.search(rf"^  BROKEN  {re.escape(rule)}: ", output, re.MULTILINE)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.fails], ids=lambda fault: fault.name)
def test_a_replica_that_its_fault_has_stopped_is_reported(
    fault: Fault, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, output = verified(told(fault, fault.seed, tmp_path), capsys)
    assert re.search(r"^FAILED  \d{4} failed, handling delivery \d+ of .+ \(.+\): AssertionError", output, re.MULTILINE)


@pytest.mark.parametrize("seed", sorted({fault.seed for fault in FAULTS}))
def test_the_same_stories_verify_when_the_code_has_no_fault(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stories.told(tmp_path, seed)
    code, output = verified(tmp_path, capsys)
    assert code == 0, output
