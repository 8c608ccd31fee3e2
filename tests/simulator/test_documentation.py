"""The reference names everything that there is: options, fields, events, checks, report."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from simulator.arguments import parse_arguments
from simulator.config import Benchmarks, Config, Tests
from simulator.events import CONTRACT_EVENTS, EVENT_TYPES, AnyEvent
from simulator.limits import RANGES
from simulator.loading import parse
from simulator.outcome import RequestFigures
from simulator.report import Report
from simulator.stats import Latency
from tests.simulator.stage import config, play

DOCS = Path(__file__).parent.parent.parent / "docs"
REFERENCE = (DOCS / "simulator.md").read_text()
EVENTS = REFERENCE.split("### Events")[1].split("###")[0]
CONTRACT = (DOCS / "contract.md").read_text()


def row(text: str, name: str) -> str:
    """The row of a table that begins with `name`."""
    rows = [line for line in text.splitlines() if line.startswith("|") and f"`{name}`" in line.split("|")[1]]
    assert rows, f"no table has a row for {name}"
    return rows[0]


@pytest.mark.parametrize("field", Config.__struct_fields__)
def test_every_field_of_a_configuration_is_in_the_reference(field: str) -> None:
    row(REFERENCE, field)


@pytest.mark.parametrize("field", RANGES)
def test_the_reference_has_the_range_and_the_default_of_every_number(field: str) -> None:
    low, high = RANGES[field]
    described = row(REFERENCE, field)
    if field not in {"replicas", "seed"}:
        assert f"{low:,} to {high:,}" in described
    default = getattr(parse(b'{"lifetime":5,"replicas":3,"requests":1}', "x").config, field)
    if field not in {"lifetime", "replicas", "requests", "seed"}:
        assert f"| {default:g} |" in described or f"| {default} |" in described


@pytest.mark.parametrize("event", get_args(AnyEvent))
def test_every_event_and_its_parameters_are_in_the_reference(event: type[msgspec.Struct]) -> None:
    described = row(EVENTS, str(event.__struct_config__.tag))
    for field in event.__struct_fields__:
        assert field == "time" or f"`{field}`" in described


def test_the_reference_has_no_event_that_does_not_exist() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", EVENTS, re.MULTILINE)) == set(EVENT_TYPES)


def test_the_contract_names_its_own_events_figures_and_fractions() -> None:
    names = [str(event.__struct_config__.tag) for event in CONTRACT_EVENTS]
    names += Benchmarks.__struct_fields__
    names += [field for field in Tests.__struct_fields__ if field != "benchmarks"]
    assert [name for name in names if f"`{name}`" not in CONTRACT] == []


def test_the_example_of_the_contract_is_a_good_configuration() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", CONTRACT, re.DOTALL)
    assert len(parse(example.encode(), "example").config.events) == 3


@pytest.mark.parametrize("record", [Report, RequestFigures, Latency])
def test_every_field_of_the_json_report_is_in_the_reference(record: type[Report]) -> None:
    report = REFERENCE.split("## The JSON report")[1]
    assert [field.name for field in dataclasses.fields(record) if f"`{field.name}`" not in report] == []


def test_every_check_is_in_the_reference() -> None:
    checks = REFERENCE.split("## What is checked")[1].split("## ")[0]
    assert [check.name for check in play(config()).checks if check.name not in checks] == []


def test_every_option_is_in_the_reference(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_arguments(["--help"])
    options = set(re.findall(r"--[a-z]+", capsys.readouterr().out)) - {"--help"}
    assert {option for option in options if option not in REFERENCE} == set()
