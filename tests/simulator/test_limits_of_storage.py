"""What a configuration may say of disks that are damaged, and of requests that are sent twice."""

from __future__ import annotations

import msgspec
import pytest

from simulator.config import Config
from simulator.limits import virtual_only
from simulator.loading import ConfigError, parse

DAMAGES = ("disk_flip", "disk_misdirect")


def config_of(fields: str, *, durable: bool = True) -> Config:
    beside = '"lifetime": 30, "replicas": 5, "requests": 500'
    return parse(f'{{{beside}, "durable": {str(durable).lower()}, {fields}}}'.encode(), "x.json").config


def damaged(kind: str, parameters: str = "") -> str:
    return f'"extra_events": [{{"type": "{kind}", "time": 1{parameters}}}]'


def complaint(fields: str, *, durable: bool = True) -> str:
    with pytest.raises(ConfigError) as raised:
        config_of(fields, durable=durable)
    return str(raised.value)


@pytest.mark.parametrize("kind", DAMAGES)
def test_by_default_any_row_of_the_leaders_disk_is_damaged(kind: str) -> None:
    (event,) = config_of(damaged(kind)).all_events
    assert (getattr(event, "replica", None), getattr(event, "row", None)) == ("leader", "any")


@pytest.mark.parametrize("row", ["any", "state", "entry", "record"])
@pytest.mark.parametrize("kind", DAMAGES)
def test_a_kind_of_row_may_be_named_and_is_written_as_it_was_read(kind: str, row: str) -> None:
    config = config_of(damaged(kind, f', "replica": "0004", "row": "{row}"'))
    again = parse(msgspec.json.encode(config), "x.json").config
    assert again == config


@pytest.mark.parametrize("kind", DAMAGES)
def test_another_kind_of_row_or_an_unknown_replica_gets_one_sentence(kind: str) -> None:
    assert complaint(damaged(kind, ', "row": "log"')) == (
        "x.json: `extra_events[0].row` is 'log'; it must be any, state, entry or record."
    )
    assert complaint(damaged(kind, ', "replica": "0005"')) == (
        "x.json: `extra_events[0].replica` is '0005'; it must be leader, follower, random, or an ID from 0000 to 0004."
    )


@pytest.mark.parametrize("kind", DAMAGES)
def test_only_durable_replicas_have_disks_that_can_be_damaged(kind: str) -> None:
    assert complaint(damaged(kind), durable=False) == (
        f"x.json: `extra_events[0]` is {kind}, and only `durable` replicas have disks."
    )


@pytest.mark.parametrize("kind", DAMAGES)
def test_files_of_real_processes_are_not_damaged(kind: str) -> None:
    assert virtual_only(config_of(damaged(kind))) == f"`extra_events[0]` is {kind}"


@pytest.mark.parametrize("repeats", ["0", "100", "12.5"])
def test_any_share_may_be_sent_twice(repeats: str) -> None:
    assert config_of(f'"repeats": {repeats}').repeats == float(repeats)


@pytest.mark.parametrize(("repeats", "shown"), [("-1", "-1"), ("101", "101")])
def test_a_share_is_in_percent(repeats: str, shown: str) -> None:
    assert complaint(f'"repeats": {repeats}') == f"x.json: `repeats` is {shown}; it must be from 0 to 100."


def test_nothing_is_sent_twice_unless_it_is_asked_for_and_real_processes_bear_it() -> None:
    assert config_of('"mix": 0.5').repeats == 0
    assert virtual_only(config_of('"repeats": 50')) is None
