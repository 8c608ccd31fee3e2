"""The replicator while the network is kind: probing, streaming, windows and batches."""

import pytest

from actors.settings import Settings
from messages.codec import entry_bytes
from messages.ids import Term
from messages.log_store import ReadEntries
from messages.wire import AppendEntries
from tests.actors.replicator_stage import SETTINGS, TERM, Stage, shape
from tests.actors.samples import ME, PEER, at, index, puts


@pytest.fixture
def stage() -> Stage:
    return Stage()


# --- probing ---


def test_the_first_append_of_a_term_supposes_that_the_logs_are_alike(stage: Stage) -> None:
    """Raft §5.3: nextIndex begins behind the leader's last entry."""
    (sent,) = stage.lead(last=7)
    assert sent == AppendEntries(
        src=ME,
        dst=PEER,
        leader=ME,
        term=Term(TERM),
        prev_log_index=index(7),
        prev_log_term=Term(TERM - 1),
        entries=puts(TERM, 1, first=8),
        commit_index=index(0),
        at=at(100.0),
        quiet=False,
    )


def test_while_it_probes_one_append_is_under_way(stage: Stage) -> None:
    stage.lead(last=7)
    assert stage.replicate() == []
    assert stage.replicate() == []
    assert stage.reads.told == []


def test_after_the_first_agreement_it_reads_on_and_streams(stage: Stage) -> None:
    stage.lead(last=7)
    stage.replicate(3)
    assert stage.acknowledge(8) == []
    assert stage.reads.told == [
        ReadEntries(
            peer=PEER,
            term=Term(TERM),
            first=index(9),
            needed=index(9),
            count_max=4,
            bytes_max=SETTINGS.batch_bytes,
        )
    ]
    assert shape(stage.read()) == [(8, 3)]


def test_a_rejected_probe_goes_back_to_where_the_logs_may_agree(stage: Stage) -> None:
    stage.lead(last=20)
    assert stage.reject(20, next_prev=12) == []
    assert shape(stage.read()) == [(12, 4)]
    stage.reject(12, next_prev=3)
    assert shape(stage.read()) == [(3, 4)]
    stage.acknowledge(7)
    assert shape(stage.read()) == [(7, 4)]


def test_a_rejection_of_the_log_that_ends_there_is_probed_without_entries(stage: Stage) -> None:
    stage.catch_up(last=4)
    stage.replicate()
    stage.now += 0.001
    assert shape(stage.reject(7, next_prev=6)) == [(6, 0)], "as when the entry behind it was never sent"


def test_a_rejection_of_what_was_sent_before_going_back_is_ignored(stage: Stage) -> None:
    """Scenario 8: of two answers to one question the second one is stale."""
    stage.lead(last=20)
    sent_at = stage.now
    stage.now += 0.01
    stage.reject(20, next_prev=12, sent_at=sent_at)
    stage.read()
    assert stage.reject(20, next_prev=2, sent_at=sent_at) == []
    assert stage.reads.told == []
    assert [event["prev_log_index"] for event in stage.audit.events("append.rejection_ignored")] == [20]


def test_a_rejection_below_what_is_agreed_is_ignored(stage: Stage) -> None:
    stage.catch_up(last=9)
    stage.now += 0.01
    assert stage.reject(10, next_prev=3) == []
    assert stage.reads.told == []
    assert shape(stage.replicate()) == [(10, 1)]


def test_a_rejection_never_goes_back_behind_what_is_agreed(stage: Stage) -> None:
    stage.catch_up(last=9)
    stage.replicate(2)
    stage.now += 0.01
    stage.reject(12, next_prev=3)
    assert shape(stage.read()) == [(10, 2)]


# --- streaming ---


def test_new_entries_are_sent_at_once_one_datagram_each_time(stage: Stage) -> None:
    stage.catch_up()
    assert shape(stage.replicate()) == [(1, 1)]
    assert shape(stage.replicate(2)) == [(2, 2)]
    assert stage.reads.told == []


def test_no_more_than_the_window_is_under_way(stage: Stage) -> None:
    stage.catch_up()
    assert [shape(stage.replicate()) for _ in range(5)] == [[(1, 1)], [(2, 1)], [(3, 1)], [], []]
    assert stage.reads.told == []


def test_an_acknowledgement_opens_the_window_and_what_waited_is_sent_together(stage: Stage) -> None:
    stage.catch_up()
    for _ in range(5):
        stage.replicate()
    stage.acknowledge(2)
    assert shape(stage.read()) == [(4, 2)]


def test_one_acknowledgement_may_answer_the_whole_window(stage: Stage) -> None:
    stage.catch_up()
    for _ in range(9):
        stage.replicate()
    stage.acknowledge(4)
    sent = [*stage.read(), *stage.read(), *stage.read()]
    assert shape(sent) == [(4, 4), (8, 2)]


def test_a_batch_is_bounded_by_count_and_the_rest_is_read(stage: Stage) -> None:
    stage.catch_up()
    assert shape(stage.replicate(6)) == [(1, 4)]
    assert shape(stage.read()) == [(5, 2)]


def test_a_batch_is_bounded_by_bytes_and_the_rest_is_read() -> None:
    stage = Stage(Settings(batch_bytes=2 * entry_bytes(puts(TERM, 1, first=5)[0])))
    stage.catch_up()
    assert shape(stage.replicate(5)) == [(1, 2)]
    (wanted,) = stage.reads.told
    assert wanted.bytes_max == 2 * entry_bytes(puts(TERM, 1, first=5)[0])


def test_only_one_read_is_asked_for_at_a_time(stage: Stage) -> None:
    stage.catch_up()
    stage.replicate(6)
    assert stage.replicate(1) == []
    assert len(stage.reads.told) == 1


def test_an_acknowledgement_beyond_what_was_sent_saves_the_rest(stage: Stage) -> None:
    """A peer that has the entries already, of an earlier try, says so."""
    stage.lead(last=9)
    stage.reject(9, next_prev=2)
    stage.read()
    stage.acknowledge(10)
    assert stage.read() == []
    assert shape(stage.replicate()) == [(10, 1)]


def test_an_older_acknowledgement_that_arrives_late_changes_nothing(stage: Stage) -> None:
    stage.catch_up()
    for _ in range(3):
        stage.replicate()
    stage.acknowledge(4)
    stage.acknowledge(2)
    assert shape(stage.replicate()) == [(4, 1)]


# --- entries that Consensus has sent itself ---


def test_what_consensus_has_sent_is_not_sent_again_but_waited_for(stage: Stage) -> None:
    stage.catch_up()
    assert stage.replicate(sent=True) == []
    assert stage.reads.told == []
    assert shape(stage.replicate()) == [(2, 1)]
    stage.acknowledge(3)
    assert shape(stage.replicate()) == [(3, 1)]


def test_what_consensus_has_sent_is_sent_again_when_no_answer_comes(stage: Stage) -> None:
    stage.catch_up()
    stage.replicate(sent=True)
    assert shape(stage.wait()) == [(1, 1)]


def test_what_consensus_has_sent_takes_its_place_in_the_window(stage: Stage) -> None:
    stage.catch_up()
    stage.replicate(sent=True)
    assert [shape(stage.replicate()) for _ in range(3)] == [[(2, 1)], [(3, 1)], []]


def test_what_consensus_has_sent_puts_the_next_heartbeat_off(stage: Stage) -> None:
    stage.catch_up()
    stage.now = 100.15
    stage.replicate(sent=True)
    stage.acknowledge(2)
    stage.wait()
    assert stage.now == pytest.approx(100.35)


def test_what_consensus_has_sent_while_something_before_is_missing_is_sent_in_its_turn(stage: Stage) -> None:
    stage.catch_up(last=9)
    stage.replicate(2)
    stage.alarm()
    stage.replicate(sent=True)
    assert shape(stage.read()) == [(10, 3)]


# --- reads of another time ---


def test_entries_that_were_read_for_another_term_are_ignored(stage: Stage) -> None:
    stage.catch_up()
    stage.replicate(6)
    assert stage.read(term=TERM - 1) == []


def test_entries_that_nobody_asked_for_are_ignored(stage: Stage) -> None:
    stage.catch_up()
    wanted = ReadEntries(peer=PEER, term=Term(TERM), first=index(2), needed=index(1), count_max=1, bytes_max=1)
    assert stage.tell(stage.entries_for(wanted)) == []


def test_entries_that_were_overtaken_by_an_acknowledgement_are_read_anew(stage: Stage) -> None:
    stage.lead(last=19)
    stage.reject(19, next_prev=2)
    (wanted,) = stage.reads.take()
    stage.acknowledge(10)
    assert stage.tell(stage.entries_for(wanted)) == []
    assert shape(stage.read()) == [(10, 4)]
