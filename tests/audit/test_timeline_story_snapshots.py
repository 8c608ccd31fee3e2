"""What belongs to the life of an entry that a snapshot includes (Raft §7)."""

from pathlib import Path
from typing import Final

import pytest

from audit.contents import content_of
from audit.merge import merged
from audit.reading import read
from audit.timeline_story import Story
from tests.audit.facts import Json, chunk
from tests.audit.small_run import ENTRY
from tests.audit.test_timeline_story import last_place
from tests.audit.trails import Replica, replicas

TERM: Final = ("t/0000000000000001", "1")
VALUE: Final = ("v/colour", "green")
PART: Final = chunk(4, TERM, done=False)
LAST: Final = chunk(4, VALUE, offset=1)
INSTALL: Final = {"term": 1, "checksum": 0, "at": 1.0}


@pytest.fixture
def cluster() -> tuple[Replica, ...]:
    return replicas()


def told(directory: Path, *cluster: Replica, index: int = 1) -> list[str]:
    """What belongs to an entry, as its records' places."""
    for replica in cluster:
        replica.write(directory)
    order = [(located, content_of(located.record)) for located in merged(read(directory))]
    story = Story(indexes=[index])
    for located, content in order:
        story.has(located, content)
    story = story.again()
    return [located.place for located, content in order if story.has(located, content)]


def saves(replica: Replica, at: float, last_included: int, first: int) -> str:
    replica.does(
        at, "log_store", 1, "storage", "save_snapshot", last_included=last_included, changes=[VALUE], first=first
    )
    return last_place(replica)


def takes(replica: Replica, at: float, actor: str, kind: str, part: Json) -> str:
    replica.takes(at, actor, kind, chunk=part)
    return last_place(replica)


def test_the_snapshot_that_includes_it_and_the_one_that_drops_it_belong(
    tmp_path: Path, cluster: tuple[Replica, ...]
) -> None:
    first = cluster[0]
    saves(first, 1.0, 2, 1)
    included = saves(first, 2.0, 4, 2)
    saves(first, 3.0, 6, 3)
    dropped = saves(first, 4.0, 8, 5)
    saves(first, 5.0, 10, 9)
    assert told(tmp_path, *cluster, index=3) == [included, dropped]


def test_one_that_includes_and_drops_it_belongs_once(tmp_path: Path, cluster: tuple[Replica, ...]) -> None:
    only = saves(cluster[0], 1.0, 4, 5)
    saves(cluster[0], 2.0, 6, 7)
    assert told(tmp_path, *cluster) == [only]


def test_the_last_part_of_a_snapshot_brings_it(tmp_path: Path, cluster: tuple[Replica, ...]) -> None:
    """What is said of it inside the replica besides is left out."""
    first, second, _ = cluster
    begun = first.sends(1.0, "replicator/0002", 1, "install_snapshot", "0002", **INSTALL, **PART)
    second.hears(1.1, begun)
    takes(second, 1.2, "state_machine", "TakeChunk", PART)
    whole = first.sends(1.3, "replicator/0002", 1, "install_snapshot", "0002", **INSTALL, **LAST)
    sent = last_place(first)
    second.receives(1.4, whole)
    came = last_place(second)
    takes(second, 1.5, "log_store", "StoreChunk", LAST)
    second.does(1.5, "log_store", 1, "storage", "install_snapshot", last_included=4, term=1, records=[TERM, VALUE])
    installed = last_place(second)
    taken = takes(second, 1.6, "state_machine", "TakeChunk", LAST)
    assert told(tmp_path, *cluster) == [sent, came, installed, taken]


def test_of_parts_that_are_sent_again_the_first_and_the_one_that_arrives_belong(
    tmp_path: Path, cluster: tuple[Replica, ...]
) -> None:
    first, second, _ = cluster
    sent = [
        (first.sends(at, "replicator/0002", 1, "install_snapshot", "0002", **INSTALL, **LAST), last_place(first))
        for at in (1.0, 2.0, 3.0)
    ]
    second.receives(3.1, sent[-1][0])
    assert told(tmp_path, *cluster) == [sent[0][1], sent[-1][1], last_place(second)]


def test_who_has_applied_it_needs_no_snapshot_for_it(tmp_path: Path, cluster: tuple[Replica, ...]) -> None:
    first, second, _ = cluster
    second.takes(0.5, "state_machine", "Apply", first=1, entries=[ENTRY])
    applied = last_place(second)
    first.clock = 5
    second.receives(1.1, first.sends(1.0, "replicator/0002", 1, "install_snapshot", "0002", **INSTALL, **LAST))
    takes(second, 1.2, "state_machine", "TakeChunk", LAST)
    assert told(tmp_path, *cluster) == [applied]


def test_a_snapshot_of_earlier_entries_does_not_belong(tmp_path: Path, cluster: tuple[Replica, ...]) -> None:
    first, second, _ = cluster
    saves(first, 1.0, 4, 5)
    second.receives(1.2, first.sends(1.1, "replicator/0002", 1, "install_snapshot", "0002", **INSTALL, **LAST))
    takes(second, 1.3, "state_machine", "TakeChunk", LAST)
    takes(second, 1.3, "consensus", "RestoredChunk", LAST)
    assert told(tmp_path, *cluster, index=5) == []


def test_a_process_comes_back_with_it_in_its_snapshot_or_in_its_log(
    tmp_path: Path, cluster: tuple[Replica, ...]
) -> None:
    first = cluster[0]
    takes(first, 1.0, "consensus", "RestoredChunk", PART)
    in_snapshot = takes(first, 1.0, "consensus", "RestoredChunk", LAST)
    first.takes(1.1, "consensus", "Restored", term=1, voted_for=None, first=4, entries=[ENTRY, ENTRY])
    in_log = last_place(first)
    assert told(tmp_path, *cluster, index=4) == [in_snapshot, in_log]
    assert told(tmp_path, *cluster, index=5) == [in_log]


def test_where_only_events_were_recorded_they_tell(tmp_path: Path, cluster: tuple[Replica, ...]) -> None:
    first, second, _ = cluster
    first.says(1.0, "snapshot.saved", "log_store", last_included=4, changes=1, first=2)
    saved = last_place(first)
    second.says(2.0, "snapshot.installed", "log_store", last_included=4, records=2)
    installed = last_place(second)
    second.says(2.0, "state.replaced", "state_machine", last=4, keys=1)
    replaced = last_place(second)
    first.says(3.0, "snapshot.saved", "log_store", last_included=8, changes=1, first=3)
    second.says(3.0, "snapshot.saved", "log_store", last_included=8, changes=1, first=5)
    assert told(tmp_path, *cluster, index=3) == [saved, installed, replaced]


def test_an_event_that_says_again_what_a_record_says_does_not_belong(
    tmp_path: Path, cluster: tuple[Replica, ...]
) -> None:
    first = cluster[0]
    only = saves(first, 1.0, 4, 5)
    first.says(1.0, "snapshot.saved", "log_store", last_included=4, changes=1, first=5)
    assert told(tmp_path, *cluster) == [only]


def test_a_put_that_is_applied_again_belongs_to_its_request(tmp_path: Path, cluster: tuple[Replica, ...]) -> None:
    first = cluster[0]
    first.takes(1.0, "state_machine", "Apply", first=1, entries=[ENTRY])
    first.says(2.0, "write.repeated", "state_machine", mid="M1", client="0011", index=9)
    first.write(tmp_path)
    story = Story(["M1"])
    order = [(located, content_of(located.record)) for located in merged(read(tmp_path))]
    assert [located.place for located, content in order if story.has(located, content)] == [
        "0001.jsonl:2",
        "0001.jsonl:3",
    ]
