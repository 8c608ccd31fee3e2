"""What a configuration may say of the newer events, the replicas' environment, and virtual machines."""

from __future__ import annotations

import pytest

from simulator.config import Config, Virtual
from simulator.events import KillLeader, PartStar
from simulator.limits import virtual_only
from simulator.loading import ConfigError, parse

GOOD = '"lifetime": 30, "replicas": 5, "requests": 500'


def config_of(fields: str) -> Config:
    return parse(f"{{{GOOD}, {fields}}}".encode(), "x.json").config


def with_event(kind: str, parameters: str) -> str:
    return f'"extra_events": [{{"type": "{kind}", "time": 1, {parameters}}}]'


@pytest.mark.parametrize(
    ("kind", "parameters", "sentence"),
    [
        (
            "part_star",
            '"replica": "0005"',
            "replica` is '0005'; it must be leader, follower, random, or an ID from 0000 to 0004.",
        ),
        (
            "restart",
            '"replica": "all"',
            "replica` is 'all'; it must be leader, follower, random, or an ID from 0000 to 0004.",
        ),
        ("restart", '"after_s": -1', "after_s` is -1; it must be from 0 to 600."),
        ("restart", '"after_s": 601', "after_s` is 601; it must be from 0 to 600."),
        ("cut_link", '"a": "0009"', "a` is '0009'; it must be leader, follower, random, or an ID from 0000 to 0004."),
        ("cut_link", '"b": ""', "b` is ''; it must be leader, follower, random, or an ID from 0000 to 0004."),
        (
            "cut_link",
            '"a": "0001", "b": "0001"',
            "b` is '0001', and so is `extra_events[0].a`; a link has two ends.",
        ),
        ("cut_link", '"both": 1', "both` must be true or false, not a whole number."),
        ("flood", '"requests": 0', "requests` is 0; it must be from 1 to 10,000."),
        ("flood", '"requests": 10001', "requests` is 10,001; it must be from 1 to 10,000."),
        ("flood", '"requests": 1.5', "requests` must be a whole number, not a number."),
        ("slow", '"rate": 1.1', "rate` is 1.1; it must be from 0 to 1."),
        ("slow", '"max_ms": 60001', "max_ms` is 60001; it must be from 0 to 60,000."),
        (
            "slow",
            '"actor": "disk"',
            "actor` is 'disk'; it must be any, consensus, election_timer, log_store, replicator, socket_reader or "
            "state_machine.",
        ),
        ("unseat", '"way": "kill"', "way` is 'kill'; it must be split, hard, oneway or pause."),
        ("unseat", '"after_ms": -1', "after_ms` is -1; it must be from 0 to 60,000."),
        ("unseat", '"lasts_ms": 60001', "lasts_ms` is 60001; it must be from 0 to 60,000."),
        ("unseat", '"times": 1001', "times` is 1,001; it must be from 0 to 1,000."),
        ("unseat", '"flood": 10001', "flood` is 10,001; it must be from 0 to 10,000."),
        ("late_timers", '"max_ms": -1', "max_ms` is -1; it must be from 0 to 60,000."),
        ("late_timers", '"rate": 1', "rate` is no parameter of this event."),
        ("buffers", '"datagrams": 100001', "datagrams` is 100,001; it must be from 0 to 100,000."),
        ("buffers", '"datagrams": -1', "datagrams` is -1; it must be from 0 to 100,000."),
        ("disk_flip", '"row": "log"', "row` is 'log'; it must be any, state, entry or record."),
        (
            "disk_misdirect",
            '"replica": "0005"',
            "replica` is '0005'; it must be leader, follower, random, or an ID from 0000 to 0004.",
        ),
        ("delay", '"tail": "long"', "tail` must be true or false, not a string."),
    ],
)
def test_a_bad_parameter_gets_one_sentence(kind: str, parameters: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        config_of(with_event(kind, parameters))
    assert str(raised.value) == f"x.json: `extra_events[0].{sentence}"


@pytest.mark.parametrize("kind", ["wipe", "disk_full", "disk_error", "disk_hang", "disk_flip", "disk_misdirect"])
def test_who_keeps_nothing_on_disk_has_no_disk_that_could_fail(kind: str) -> None:
    event = with_event(kind, '"replica": "random"')
    with pytest.raises(ConfigError) as raised:
        config_of(event)
    assert str(raised.value) == f"x.json: `extra_events[0]` is {kind}, and only `durable` replicas have disks."
    assert len(config_of(f'{event}, "durable": true').all_events) == 1


@pytest.mark.parametrize("ends", ['"a": "leader", "b": "leader"', '"a": "random", "b": "random"', '"a": "0001"'])
def test_ends_of_a_link_that_are_only_described_may_be_described_alike(ends: str) -> None:
    assert len(config_of(with_event("cut_link", ends)).all_events) == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ('"environment": []', "`environment` must be an object, not a list."),
        ('"environment": {"": "x"}', "`environment` names '', which no environment variable can be called."),
        ('"environment": {"A=B": "x"}', "`environment` names 'A=B', which no environment variable can be called."),
        (
            '"environment": {"A\\u0000": ""}',
            "`environment` names 'A\\x00', which no environment variable can be called.",
        ),
        (
            '"environment": {"A": "b\\u0000"}',
            "`environment` gives A a value with a NUL in it, which no environment variable can have.",
        ),
        (
            '"environment": {"RAFT_TRAIL": "/x"}',
            "`environment` names RAFT_TRAIL; where trails go is said on the command line.",
        ),
        ('"repeats": 101', "`repeats` is 101; it must be from 0 to 100."),
        ('"repeats": -1', "`repeats` is -1; it must be from 0 to 100."),
        ('"repeats": true', "`repeats` must be a number, not true or false."),
        ('"virtual": []', "`virtual` must be an object, not a list."),
        ('"virtual": {"latency": 1}', "`virtual.latency` is no field of `virtual`."),
        ('"virtual": {"latency_ms": 1}', "`virtual.latency_ms` must be a list, not a whole number."),
        ('"virtual": {"latency_ms": [1]}', "`virtual.latency_ms` must be a list of length 2."),
        ('"virtual": {"latency_ms": [2, 1]}', "`virtual.latency_ms` is 2, 1; the second must not be below the first."),
        ('"virtual": {"latency_ms": [-1, 1]}', "`virtual.latency_ms` is -1; it must be from 0 to 60,000."),
        ('"virtual": {"latency_ms": [1, 60001]}', "`virtual.latency_ms` is 60001; it must be from 0 to 60,000."),
        ('"virtual": {"haste": 1}', "`virtual.haste` is 1; it must be from 0 to 0.99."),
        ('"virtual": {"haste": -0.5}', "`virtual.haste` is -0.5; it must be from 0 to 0.99."),
        ('"virtual": {"clocks": "late"}', "`virtual.clocks` is 'late'; it must be exact, random, extreme or drifting."),
        ('"virtual": {"storage": "disk"}', "`virtual.storage` is 'disk'; it must be memory or synced."),
        (
            '"late_start": {"replica": "0000", "delay": 1, "x": 1}',
            "`late_start.x` is no field of `late_start`.",
        ),
    ],
)
def test_a_bad_field_gets_one_sentence(fields: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        config_of(fields)
    assert str(raised.value) == f"x.json: {sentence}"


def test_a_value_in_the_environment_must_be_text() -> None:
    with pytest.raises(ConfigError, match=r"must be a string, not a whole number\.$"):
        config_of('"environment": {"RAFT_THRIFTY": 0}')


def test_a_configuration_without_them_has_usual_machines_and_no_environment() -> None:
    config = config_of('"mix": 0.5')
    assert (config.environment, config.virtual) == ({}, Virtual())
    assert (config.virtual.latency_ms, config.virtual.haste) == ((0.05, 0.25), 0.0)
    assert (config.virtual.clocks, config.virtual.storage) == ("random", "memory")


def test_bounds_are_allowed() -> None:
    config = config_of('"virtual": {"latency_ms": [0, 60000], "haste": 0.99}, "environment": {"RAFT_THRIFTY": ""}')
    assert config.virtual.latency_ms == (0.0, 60_000.0)
    assert config.environment == {"RAFT_THRIFTY": ""}


@pytest.mark.parametrize("kind", ["slow", "late_timers", "buffers", "disk_flip", "disk_misdirect"])
@pytest.mark.parametrize("field", ["events", "extra_events"])
def test_the_first_event_that_needs_virtual_time_is_named_with_its_place(field: str, kind: str) -> None:
    listed = ", ".join(f'{{"type": "{each}", "time": 1}}' for each in ("kill_leader", kind, "slow"))
    assert virtual_only(config_of(f'"durable": true, "{field}": [{listed}]')) == f"`{field}[1]` is {kind}"


def test_events_that_machines_can_make_happen_need_no_virtual_time() -> None:
    config = Config(lifetime=5, replicas=3, requests=1, events=(KillLeader(time=1),), extra_events=(PartStar(time=1),))
    assert virtual_only(config) is None
