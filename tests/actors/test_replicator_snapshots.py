"""The replicator of a peer that lacks what is there no more: it gets the snapshot, part by part (Raft §7)."""

from __future__ import annotations

import pytest

from messages.codec import records_checksum
from messages.log_store import ReadChunk
from messages.wire import InstallSnapshot
from tests.actors.replicator_stage import SETTINGS, TERM, shape
from tests.actors.samples import ME, PEER
from tests.actors.snapshot_stage import LAST, RECORDS, SnapshotStage, chunk


@pytest.fixture
def stage() -> SnapshotStage:
    return SnapshotStage()


def test_a_peer_that_lacks_dropped_entries_gets_the_first_part_of_the_snapshot(stage: SnapshotStage) -> None:
    part = stage.begin()
    assert part == InstallSnapshot(
        src=ME,
        dst=PEER,
        leader=ME,
        term=part.term,
        last_included_index=chunk(0).last_included_index,
        last_included_term=chunk(0).last_included_term,
        offset=part.offset,
        records=RECORDS[:2],
        checksum=records_checksum(RECORDS[:2], 0),
        done=False,
        at=part.at,
    )
    assert (part.term, part.offset, part.at) == (TERM, 0, stage.now)
    assert [(event["peer"], event["last_included"]) for event in stage.audit.events("snapshot.sent")] == [(PEER, LAST)]


def test_the_next_part_is_read_when_the_one_before_was_taken(stage: SnapshotStage) -> None:
    part = stage.begin()
    assert stage.parts.told == []
    (wanted,) = stage.takes(part)
    assert wanted == ReadChunk(
        peer=PEER,
        term=part.term,
        last_included_index=part.last_included_index,
        offset=2,
        after=RECORDS[1][0],
        bytes_max=SETTINGS.part_bytes,
    )


def test_parts_follow_one_another_one_under_way(stage: SnapshotStage) -> None:
    first = stage.begin()
    second = stage.go_on(first)
    last = stage.go_on(second)
    parts = (first, second, last)
    assert [(part.offset, part.records, part.done) for part in parts] == [
        (0, RECORDS[:2], False),
        (2, RECORDS[2:4], False),
        (4, RECORDS[4:], True),
    ]
    assert [part.checksum for part in parts] == [
        records_checksum(RECORDS[:2], 0),
        records_checksum(RECORDS[2:4], first.checksum),
        records_checksum(RECORDS[4:], second.checksum),
    ]
    assert stage.parts.told == [], "the last part has no next one"


def test_while_a_transfer_goes_on_no_entries_are_sent_or_read(stage: SnapshotStage) -> None:
    part = stage.begin()
    assert stage.replicate(3) == []
    assert stage.acknowledge(0) == []
    stage.takes(part)
    assert stage.replicate(1) == []
    stage.gives()
    assert (stage.reads.told, stage.appends) == ([], [])


def test_when_the_peer_has_it_all_entries_follow_from_where_it_ends(stage: SnapshotStage) -> None:
    stage.go_on(stage.go_on(stage.begin()))
    stage.replicate(2)
    stage.acknowledge(LAST)
    assert shape(stage.read()) == [(LAST, 3)]
    assert stage.sent() == []


def test_what_came_meanwhile_streams_on_behind_it(stage: SnapshotStage) -> None:
    stage.go_on(stage.go_on(stage.begin()))
    stage.acknowledge(LAST)
    stage.read()
    assert shape(stage.replicate(1)) == [(LAST + 1, 1)], "without waiting for an answer"


def test_a_peer_that_turns_out_to_have_more_is_sent_no_more_of_the_snapshot(stage: SnapshotStage) -> None:
    """Its log had the last entry that is included: it answered the first part so."""
    part = stage.begin()
    stage.acknowledge(LAST)
    stage.read()
    stage.takes(part)
    assert (stage.parts.told, stage.sent()) == ([], [])
    assert shape(stage.replicate(1)) == [(LAST + 1, 1)]


def test_an_acknowledgement_of_less_does_not_end_the_transfer(stage: SnapshotStage) -> None:
    part = stage.begin()
    stage.acknowledge(3)
    assert stage.reads.told == []
    assert len(stage.takes(part)) == 1


def test_rejections_during_a_transfer_change_nothing(stage: SnapshotStage) -> None:
    """They answer what was sent before it."""
    part = stage.begin()
    assert stage.reject(LAST, next_prev=5) == []
    assert (stage.reads.told, stage.sent()) == ([], [])
    stage.takes(part)
    assert stage.reject(5, next_prev=0) == []
    assert [sent.offset for sent in stage.gives()] == [2]
    assert stage.reads.told == []


# --- what does not fit -------------------------------------------------------------------------------------------


def test_a_peer_that_cannot_take_a_part_makes_it_begin_anew(stage: SnapshotStage) -> None:
    """It has restarted, say, and lost what it had."""
    part = stage.go_on(stage.begin())
    stage.refuses(part)
    assert stage.wanted() == [(LAST, 0, "")]
    (again,) = stage.give(chunk(0))
    assert (again.offset, again.checksum) == (0, records_checksum(RECORDS[:2], 0))
    assert stage.go_on(again).offset == 2


def test_a_refusal_of_an_earlier_part_is_stale(stage: SnapshotStage) -> None:
    first = stage.begin()
    stage.go_on(first)
    assert stage.refuses(first) == []
    assert stage.sent() == []


def test_an_answer_that_comes_twice_has_the_next_part_read_once(stage: SnapshotStage) -> None:
    part = stage.begin()
    stage.takes(part)
    stage.takes(part)
    assert stage.wanted() == [(LAST, 2, "v/1")]
    stage.give(chunk(2))
    assert stage.takes(part) == []


def test_a_part_that_is_given_twice_is_sent_once(stage: SnapshotStage) -> None:
    stage.takes(stage.begin())
    assert len(stage.give(chunk(2))) == 1
    assert stage.give(chunk(2)) == []


def test_a_part_that_does_not_follow_is_not_sent(stage: SnapshotStage) -> None:
    stage.takes(stage.begin())
    assert stage.give(chunk(4)) == []
    assert [part.offset for part in stage.gives()] == [2]


def test_behind_the_last_part_nothing_is_read(stage: SnapshotStage) -> None:
    """The peer says that it has it all by an acknowledgement, when it is durable."""
    last = stage.go_on(stage.go_on(stage.begin()))
    assert stage.takes(last) == []
    assert stage.replicate(1) == []
    stage.acknowledge(LAST)
    assert shape(stage.read()) == [(LAST, 2)]


def test_an_answer_about_another_snapshot_says_nothing(stage: SnapshotStage) -> None:
    part = stage.begin()
    assert stage.wants(2, sent_at=float(part.at), last=LAST - 5) == []
    assert stage.wants(0, sent_at=float(part.at), last=LAST - 5) == []
    assert len(stage.takes(part)) == 1


def test_a_snapshot_that_has_moved_on_is_sent_from_its_beginning(stage: SnapshotStage) -> None:
    """The log store was no longer patient, and gives the first part of the new one instead."""
    part = stage.go_on(stage.begin())
    stage.takes(part)
    records = tuple((f"v/new {number}", "x") for number in range(6))
    (anew,) = stage.give(chunk(0, last=LAST + 1, records=records))
    assert (anew.last_included_index, anew.offset, anew.records) == (LAST + 1, 0, records[:2])
    assert anew.checksum == records_checksum(records[:2], 0)
    stage.wanted()
    assert stage.takes(part) == [], "it is of the old one"
    stage.takes(anew)
    assert stage.wanted() == [(LAST + 1, 2, "v/new 1")]


def test_a_part_of_another_term_is_not_sent(stage: SnapshotStage) -> None:
    stage.takes(stage.begin())
    assert stage.give(chunk(2), term=TERM - 1) == []


def test_a_first_part_that_was_asked_for_as_entries_is_not_sent_when_entries_are_no_more_wanted(
    stage: SnapshotStage,
) -> None:
    """The peer had more than it was believed to have, and has said so meanwhile."""
    stage.catch_up(last=LAST)
    assert stage.give(chunk(0)) == []
    assert shape(stage.replicate(1)) == [(LAST + 1, 1)]


def test_a_peer_that_falls_behind_while_entries_stream_to_it_gets_the_snapshot(stage: SnapshotStage) -> None:
    """Whatever entries are under way then, nothing waits for their answers."""
    stage.catch_up(last=4)
    stage.replicate(20)
    assert len(stage.reads.take()) == 1
    (part,) = stage.give(chunk(0, last=15))
    stage.acknowledge(9)
    assert stage.reads.told == []
    assert len(stage.takes(part)) == 1
