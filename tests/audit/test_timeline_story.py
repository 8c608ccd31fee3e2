"""What belongs to the life of a request, and what does not."""

from pathlib import Path
from typing import Final

import pytest

from audit.contents import content_of
from audit.merge import merged
from audit.reading import read
from audit.timeline_story import Story
from tests.audit.small_run import ENTRY
from tests.audit.trails import Replica, replicas

OTHER: Final = {"term": 2, "write": {"client": "0011", "MID": "M7", "key": "colour", "value": "red"}}
APPEND: Final = {"term": 1, "prev_log_index": 0, "prev_log_term": 0, "commit_index": 0, "at": 1.0, "quiet": False}
HEARTBEAT: Final = {"term": 1, "prev_log_index": 1, "prev_log_term": 1, "entries": [], "at": 2.0, "quiet": False}


@pytest.fixture
def cluster() -> tuple[Replica, ...]:
    return replicas()


def told(directory: Path, *cluster: Replica, mid: str = "M1") -> list[str]:
    """What belongs to a request, as its records' places."""
    for replica in cluster:
        replica.write(directory)
    order = [(located, content_of(located.record)) for located in merged(read(directory))]
    story = Story([mid])
    for located, content in order:
        story.has(located, content)
    story = story.again()
    return [located.place for located, content in order if story.has(located, content)]


def last_place(replica: Replica) -> str:
    return f"{replica.node}.jsonl:{len(replica.records)}"


def appends(replica: Replica, at: float, *entries: object) -> str:
    replica.takes(at, "log_store", "Append", None, term=1, after=0, entries=list(entries), report=False)
    return last_place(replica)


def applies(replica: Replica, at: float) -> str:
    replica.takes(at, "state_machine", "Apply", None, first=1, entries=[ENTRY])
    return last_place(replica)


def test_of_acknowledgements_the_first_and_the_one_that_arrives_belong(
    tmp_path: Path, cluster: tuple[Replica, ...]
) -> None:
    first, second, _ = cluster
    accepted = {"term": 1, "match_index": 1, "commit_index": 0, "at": 1.0}
    stored = appends(second, 1.0, ENTRY)
    second.sends(1.1, "log_store", 1, "append_accepted", "0001", **accepted)
    lost = last_place(second)
    second.sends(1.2, "log_store", 1, "append_accepted", "0001", **accepted)
    payload = second.sends(1.3, "log_store", 1, "append_accepted", "0001", **accepted)
    arrives = last_place(second)
    first.receives(1.4, payload)
    heard = last_place(first)
    first.receives(1.5, second.sends(1.5, "log_store", 1, "append_accepted", "0001", **accepted))
    assert told(tmp_path, *cluster) == [stored, lost, arrives, heard]


def test_word_of_the_commit_belongs_until_it_is_applied(tmp_path: Path, cluster: tuple[Replica, ...]) -> None:
    first, second, _ = cluster
    stored = appends(second, 1.0, ENTRY)
    first.clock = 5
    payload = first.sends(2.0, "consensus", 1, "append", "0002", commit_index=1, **HEARTBEAT)
    sent = last_place(first)
    second.receives(2.1, payload)
    heard = last_place(second)
    applied = applies(second, 2.2)
    second.receives(2.3, first.sends(2.3, "consensus", 1, "append", "0002", commit_index=1, **HEARTBEAT))
    assert told(tmp_path, *cluster) == [stored, sent, heard, applied]


def test_heartbeats_from_before_the_commit_do_not_belong(tmp_path: Path, cluster: tuple[Replica, ...]) -> None:
    first, second, _ = cluster
    stored = appends(second, 1.0, ENTRY)
    first.clock = 5
    second.receives(2.1, first.sends(2.0, "consensus", 1, "append", "0002", commit_index=0, **HEARTBEAT))
    assert told(tmp_path, *cluster) == [stored]


def test_what_a_replicator_is_told_only_to_watch_does_not_belong(tmp_path: Path, cluster: tuple[Replica, ...]) -> None:
    replica = cluster[0]
    grown = {"first": 1, "entries": [ENTRY], "commit_index": 0, "at": 1.0}
    replica.takes(1.0, "replicator/0002", "Replicate", None, sent=True, **grown)
    replica.takes(1.0, "replicator/0003", "Replicate", None, sent=False, **grown)
    assert told(tmp_path, *cluster) == [last_place(replica)]


def test_a_refusal_of_what_carried_it_belongs_and_others_do_not(tmp_path: Path, cluster: tuple[Replica, ...]) -> None:
    first, second, _ = cluster
    payload = first.sends(1.0, "consensus", 1, "append", "0002", entries=[ENTRY], **APPEND)
    sent = last_place(first)
    second.receives(1.1, payload)
    came = last_place(second)
    refusal = {"term": 1, "prev_log_index": 3, "conflict_index": 1, "conflict_term": 0}
    refused = second.sends(1.2, "consensus", 1, "append_rejected", "0001", at=1.0, **refusal)
    refuses = last_place(second)
    other = second.sends(1.3, "consensus", 1, "append_rejected", "0001", at=0.5, **refusal)
    first.receives(1.4, refused)
    heard = last_place(first)
    first.receives(1.5, other)
    assert told(tmp_path, *cluster) == [sent, came, refuses, heard]


def test_a_truncation_that_takes_it_away_belongs_where_it_was(tmp_path: Path, cluster: tuple[Replica, ...]) -> None:
    first, second, _ = cluster
    stored = appends(first, 1.0, ENTRY)
    first.takes(2.0, "log_store", "Truncate", None, after=0)
    truncates = last_place(first)
    first.does(2.0, "log_store", 2, "storage", "truncate", after=0)
    truncated = last_place(first)
    instead = appends(first, 2.1, OTHER)
    second.takes(2.0, "log_store", "Truncate", None, after=0)
    assert told(tmp_path, *cluster) == [stored, truncates, truncated, instead]


def test_the_same_index_before_the_request_came_is_another_story(tmp_path: Path, cluster: tuple[Replica, ...]) -> None:
    """A request is known by its name; its index only once an entry of it has been seen."""
    first = cluster[0]
    first.takes(1.0, "state_machine", "Read", None, requests=[], leader="0001")
    stored = appends(first, 2.0, ENTRY)
    assert told(tmp_path, *cluster, mid="M9") == []
    assert told(tmp_path, *cluster) == [stored]


def test_who_has_applied_it_needs_no_word_of_the_commit(tmp_path: Path, cluster: tuple[Replica, ...]) -> None:
    first, second, _ = cluster
    applied = applies(second, 1.0)
    first.clock = 5
    second.receives(2.1, first.sends(2.0, "consensus", 1, "append", "0002", commit_index=1, **HEARTBEAT))
    assert told(tmp_path, *cluster) == [applied]
