"""Configuration files: what is taken, and the one sentence that says what is wrong with a bad one."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.events import KillLeader, Pause
from simulator.loading import ConfigError, Loaded, load, parse
from simulator.scenarios import SCENARIOS

GOOD = '"lifetime": 30, "replicas": 5, "requests": 500'


def test_a_file_needs_only_lifetime_replicas_and_requests() -> None:
    config = parse(b"{%s}" % GOOD.encode(), "x.json").config
    assert (config.mix, config.drops, config.start_wait, config.end_wait) == (0.8, 0.0, 5.0, 2.0)
    assert (config.max_packets, config.seed, config.all_events) == (20_000, None, ())
    assert config.tests.maximum_put_fail_fraction == 0.5


def test_fields_of_other_simulators_are_ignored() -> None:
    loaded = parse(
        f'{{{GOOD}, "colour": "red", "tests": {{"speed": 1, "benchmarks": {{"x": []}}}}}}'.encode(), "x.json"
    )
    assert loaded.config.requests == 500


@pytest.mark.parametrize(
    ("field", "remark"),
    [
        ("dorps", "`dorps`; did you mean `drops`?"),
        ("colour", "`colour`"),
        ("a\\nb", "`a\\nb`"),
        ("x" * 100, f"`{'x' * 40}...`"),
    ],
)
def test_an_ignored_field_is_named_with_what_it_resembles(field: str, remark: str) -> None:
    assert parse(f'{{{GOOD}, "{field}": 1}}'.encode(), "x.json").ignored == (remark,)


def test_of_many_ignored_fields_only_the_first_are_named() -> None:
    fields = ", ".join(f'"{number}": {"9" * 5_000}' for number in range(12))
    ignored = parse(f"{{{GOOD}, {fields}}}".encode(), "x.json").ignored
    assert (ignored[0], len(ignored), ignored[-1]) == ("`0`", 11, "2 more fields")


def test_events_of_both_lists_are_played_in_the_order_of_time() -> None:
    text = (
        f'{{{GOOD}, "events": [{{"type": "kill_leader", "time": 9}}], '
        '"extra_events": [{"type": "pause", "time": 4}]}'
    )
    assert parse(text.encode(), "x.json").config.all_events == (Pause(time=4), KillLeader(time=9))


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_built_in_scenario_survives_being_written_and_read(name: str) -> None:
    assert parse(SCENARIOS[name].as_file(), name) == Loaded(config=SCENARIOS[name].config)


@pytest.mark.parametrize("name", SCENARIOS)
def test_built_in_scenarios_keep_own_events_where_other_simulators_ignore_them(name: str) -> None:
    config = SCENARIOS[name].config
    assert all(event.__class__.__base__ is KillLeader.__base__ for event in config.events)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "x.json: the file is not JSON: input data was truncated."),
        ("[]", "x.json: the configuration must be an object, not a list."),
        ("{}", "x.json: `lifetime` is missing."),
        (f'{{{GOOD}, "mix": NaN}}', "x.json: the file is not JSON: invalid character (byte 56)."),
        (f'{{{GOOD}, "mix": "most"}}', "x.json: `mix` must be a number, not a string."),
        (f'{{{GOOD}, "mix": 1.5}}', "x.json: `mix` is 1.5; it must be from 0 to 1."),
        (f'{{{GOOD}, "drops": -0.1}}', "x.json: `drops` is -0.1; it must be from 0 to 1."),
        (f'{{{GOOD}, "seed": "abc"}}', "x.json: `seed` must be a whole number or null, not a string."),
        (f'{{{GOOD}, "max_packets": 0}}', "x.json: `max_packets` is 0; it must be from 1 to 10,000,000."),
        (f'{{{GOOD}, "value_size": 100000}}', "x.json: `value_size` is 100,000; it must be from 8 to 60,000."),
        (
            '{"lifetime": 2, "replicas": 5, "requests": 500}',
            "x.json: `lifetime` is 2; it must be from 5 to 3,600.",
        ),
        (
            '{"lifetime": 30, "replicas": 22, "requests": 500}',
            "x.json: `replicas` is 22; it must be from 3 to 21.",
        ),
        (
            '{"lifetime": 30, "replicas": 5, "requests": 123456789012345678901234567890}',
            "x.json: `requests` is 1.23457e+29; it must be from 1 to 1,000,000.",
        ),
        (
            f'{{{GOOD}, "events": [{{"type": "kil_leader", "time": 1}}]}}',
            "x.json: `events[0].type` is 'kil_leader', which is no type of event; there are kill_leader, ",
        ),
        (f'{{{GOOD}, "events": [{{"type": "kill_leader"}}]}}', "x.json: `events[0].time` is missing."),
        (f'{{{GOOD}, "events": [{{"time": 1}}]}}', "x.json: `events[0].type` is missing."),
        (f'{{{GOOD}, "events": [{{"type": 5, "time": 1}}]}}', "x.json: `events[0].type` must be a string."),
        (
            f'{{{GOOD}, "events": [{{"type": "kill_leader", "time": 31}}]}}',
            "x.json: `events[0].time` is 31; it must be from 0 to 30.",
        ),
        (
            f'{{{GOOD}, "extra_events": [{{"type": "drops", "time": 1, "rat": 1}}]}}',
            "x.json: `extra_events[0].rat` is no parameter of this event.",
        ),
        (
            f'{{{GOOD}, "extra_events": [{{"type": "pause", "time": 1, "repl": "0000"}}]}}',
            "x.json: `extra_events[0].repl` is no parameter of this event.",
        ),
        (
            f'{{{GOOD}, "extra_events": [{{"type": "pause", "time": 1, "replica": "0005"}}]}}',
            "x.json: `extra_events[0].replica` is '0005'; "
            "it must be leader, follower, random, or an ID from 0000 to 0004.",
        ),
        (
            f'{{{GOOD}, "extra_events": [{{"type": "delay", "time": 1, "min_ms": 9, "max_ms": 3}}]}}',
            "x.json: `extra_events[0].min_ms` is 9; it must not be above `max_ms`, which is 3.",
        ),
        (
            f'{{{GOOD}, "extra_events": [{{"type": "corrupt", "time": 1, "kinds": ["eat"]}}]}}',
            "x.json: `extra_events[0].kinds[0]` is 'eat'; each of `kinds` must be flip, truncate or rewrite.",
        ),
        (
            f'{{{GOOD}, "extra_events": [{{"type": "part_oneway", "time": 1, "direction": "up"}}]}}',
            "x.json: `extra_events[0].direction` is 'up'; it must be send_only or receive_only.",
        ),
        (
            f'{{{GOOD}, "tests": {{"benchmarks": {{"total_msgs": [1, 2]}}}}}}',
            "x.json: `tests.benchmarks.total_msgs` must be a list of length 3.",
        ),
        (
            f'{{{GOOD}, "tests": {{"maximum_put_fail_fraction": 2}}}}',
            "x.json: `tests.maximum_put_fail_fraction` is 2; it must be from 0 to 1.",
        ),
        (
            f'{{{GOOD}, "late_start": {{"replica": "leader", "delay": 1}}}}',
            "x.json: `late_start.replica` is 'leader'; it must be an ID from 0000 to 0004.",
        ),
        (f'{{{GOOD}, "lifetime": 9}}', "x.json: `lifetime` is there twice; an object may name each field once."),
        (
            f'{{{GOOD}, "events": [{{"type": "kill_leader", "time": 1, "time": 2}}]}}',
            "x.json: `time` is there twice; an object may name each field once.",
        ),
        (
            f'{{{GOOD}, "tests": {{"benchmarks": {{"duplicates": [5, 2, 1]}}}}}}',
            "x.json: `tests.benchmarks.duplicates` is 5, 2, 1; a threshold must not be below the one before it.",
        ),
        (
            f'{{{GOOD}, "environment": {{"RAFT_SEED": "1", "RAFT_HEARTBEAT_MS": 400}}}}',
            "x.json: `environment.RAFT_HEARTBEAT_MS` must be a string, not a whole number.",
        ),
        (
            f'{{{GOOD}, "environment": {{"RAFT_HEARTBEAT_MS": 400}}, nonsense',
            "x.json: `environment[...]` must be a string, not a whole number.",
        ),
        ('{"lifetime":' + "[" * 50_000, "x.json: "),
    ],
)
def test_a_bad_file_gets_one_clear_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse(text.encode(), "x.json")
    assert str(raised.value).startswith(sentence)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^x.json: byte 1 is not UTF-8; a configuration is JSON in UTF-8.$"):
        parse(b"{\xff}", "x.json")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the file cannot be read: is a directory"):
        load(tmp_path)


def test_a_file_of_absurd_size_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    path.write_bytes(b" " * 1_000_001)
    with pytest.raises(ConfigError, match="the file has 1000001 bytes; a configuration has at most 1000000"):
        load(path)
