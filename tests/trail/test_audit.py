"""How an event becomes a record, and which events do at which level."""

from collections.abc import Mapping

import pytest
from structlog.typing import EventDict

from trail import LEVELS, Level, TrailError, audit_log, level_from


def written(level: Level, method: str = "info") -> list[EventDict]:
    """The records of one event, told with the logger's `method`."""
    records: list[EventDict] = []
    log = audit_log(records.append, node="0001", clock=lambda: 12.5, logical_clock=lambda: 7, level=level)
    getattr(log.bind(actor="consensus"), method)("role.changed", term=3)
    return records


def test_a_record_says_when_where_what_and_who() -> None:
    (record,) = written("events")
    assert record == {
        "record": "event",
        "at": 12.5,
        "clock": 7,
        "node": "0001",
        "event": "role.changed",
        "level": "info",
        "actor": "consensus",
        "term": 3,
    }
    assert list(record)[:7] == ["record", "at", "clock", "node", "event", "level", "actor"]


@pytest.mark.parametrize("method", ["debug", "info", "warning", "error", "critical"])
@pytest.mark.parametrize("level", ["events", "full"])
def test_every_named_event_is_written_under_its_level(level: Level, method: str) -> None:
    (record,) = written(level, method)
    assert record["level"] == method


@pytest.mark.parametrize("method", ["debug", "info", "warning", "error"])
def test_with_off_nothing_is_written(method: str) -> None:
    assert written("off", method) == []


def test_one_actors_name_is_not_anothers() -> None:
    records: list[EventDict] = []
    log = audit_log(records.append, node="0001", clock=lambda: 0.0, logical_clock=lambda: 0, level="full")
    one, other = log.bind(actor="one"), log.bind(actor="other")
    other.info("x")
    one.info("x")
    log.info("x")
    assert [record.get("actor") for record in records] == ["other", "one", None]


@pytest.mark.parametrize(
    ("environment", "level"),
    [({}, "full"), ({"RAFT_TRAIL_LEVEL": ""}, "full"), *(({"RAFT_TRAIL_LEVEL": name}, name) for name in LEVELS)],
)
def test_the_level_comes_from_the_environment(environment: Mapping[str, str], level: Level) -> None:
    assert level_from(environment) == level


def test_a_level_that_there_is_not_is_refused_in_one_sentence() -> None:
    with pytest.raises(TrailError, match=r"^RAFT_TRAIL_LEVEL must be one of off, .*, and is 'loud'\.$"):
        level_from({"RAFT_TRAIL_LEVEL": "loud"})
