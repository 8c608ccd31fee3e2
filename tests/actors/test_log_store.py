"""The log store makes durable what it is told, in that order, all that waits at once; and reads for the replicators."""

import pytest

from messages.codec import entry_bytes
from messages.ids import Term
from messages.log_store import Flush
from messages.replicator import EntriesRead
from tests.actors.log_store_stage import Store, accepted, appended, saved, vote
from tests.actors.samples import OTHER, PEER, index, puts


@pytest.fixture
def store() -> Store:
    return Store()


def test_nothing_is_reported_before_it_is_synced(store: Store) -> None:
    store.append(0, puts(1, 2))
    assert store.said() == []
    assert store.flush() == [appended(1, 2, 1)]
    assert store.disk.done == ["append", "sync"]


def test_all_that_waits_is_synced_at_once(store: Store) -> None:
    """Group commit: one note to itself behind everything that is in the mailbox."""
    store.save(1, PEER)
    store.append(0, puts(1, 1))
    store.append(1, puts(1, 1, first=2))
    assert store.notes.told == [Flush(moves_on=False)]
    store.flush()
    assert store.disk.done == ["save", "append", "append", "sync"]


def test_what_comes_after_a_flush_is_flushed_anew(store: Store) -> None:
    store.append(0, puts(1, 1))
    store.flush()
    store.append(1, puts(1, 1, first=2))
    assert store.flush() == [appended(1, 2, 1)]
    assert store.disk.done.count("sync") == 2


def test_votes_and_entries_are_written_and_reported_in_the_order_in_which_they_were_told(store: Store) -> None:
    store.append(0, puts(1, 1))
    store.save(2, PEER)
    store.append(1, puts(2, 1, first=2))
    assert store.flush() == [appended(1, 2, 2), saved(2, PEER, 2, 2), appended(2, 2, 2)]
    assert store.disk.done == ["append", "save", "append", "sync"]


def test_an_append_of_a_follower_is_not_reported(store: Store) -> None:
    store.append(0, puts(1, 1), report=False)
    assert store.flush() == []
    assert store.disk.done == ["append", "sync"]


def test_an_acknowledgement_is_sent_when_what_it_acknowledges_is_durable(store: Store) -> None:
    """Raft Figure 2: 'updated on stable storage before responding'."""
    store.append(0, puts(1, 2), report=False)
    store.acknowledge(accepted(1, 2))
    assert store.said() == []
    assert store.flush() == [accepted(1, 2)]


def test_a_vote_is_sent_when_it_is_durable(store: Store) -> None:
    store.save(1, OTHER)
    store.acknowledge(vote(1))
    assert store.said() == []
    assert store.flush() == [saved(1, OTHER, 0, 0), vote(1)]


def test_an_acknowledgement_of_what_is_durable_already_is_sent_at_once(store: Store) -> None:
    store.append(0, puts(1, 2), report=False)
    store.flush()
    store.acknowledge(accepted(1, 2))
    assert store.said() == [accepted(1, 2)]


def test_acknowledgements_leave_in_the_order_of_what_they_acknowledge(store: Store) -> None:
    """Nothing is acknowledged in an older term after a newer one has begun."""
    store.append(0, puts(1, 1), report=False)
    store.acknowledge(accepted(1, 1))
    store.save(2, OTHER)
    store.acknowledge(vote(2))
    store.append(1, puts(2, 1, first=2), report=False)
    store.acknowledge(accepted(2, 2))
    assert store.flush() == [accepted(1, 1), saved(2, OTHER, 2, 2), vote(2), accepted(2, 2)]
    assert store.disk.done.count("sync") == 1


def test_each_report_names_the_term_in_which_it_was_asked_for(store: Store) -> None:
    """A follower in term 4 stores an entry that was created in term 2."""
    store.append(0, puts(2, 1), term=4)
    assert store.flush() == [appended(4, 1, 2)]


def test_every_saved_vote_is_reported_even_when_a_newer_one_is_durable_too(store: Store) -> None:
    store.save(1, PEER)
    store.save(2, None)
    assert store.flush() == [saved(1, PEER, 0, 0), saved(2, None, 0, 0)]


def test_entries_that_were_replaced_are_reported_under_the_term_of_those_that_are_there(store: Store) -> None:
    store.append(0, puts(1, 3))
    store.truncate(1)
    store.append(1, puts(2, 1, first=2), term=3)
    assert store.flush() == [appended(1, 2, 2), appended(3, 2, 2)]
    assert store.disk.read(index(1), 10) == (*puts(1, 1), *puts(2, 1, first=2))


def test_a_truncation_is_audited(store: Store) -> None:
    store.append(0, puts(1, 3))
    store.truncate(1)
    assert [(event["after"], event["last"]) for event in store.audit.events("log.truncated")] == [(1, 3)]


@pytest.mark.parametrize("after", [1, 3])
def test_an_append_that_does_not_follow_the_last_entry_is_refused(store: Store, after: int) -> None:
    store.append(0, puts(1, 2))
    with pytest.raises(AssertionError, match="without gaps"):
        store.append(after, puts(1, 1))


def test_truncating_nothing_is_refused(store: Store) -> None:
    store.append(0, puts(1, 2))
    with pytest.raises(AssertionError, match="something to truncate"):
        store.truncate(2)


def test_an_error_of_the_disk_is_raised_and_nothing_is_reported(store: Store) -> None:
    """Fail-stop: an fsync that failed once may have lost the data, whatever the next one says."""
    store.disk.error = OSError(5, "Input/output error")
    store.append(0, puts(1, 1))
    store.acknowledge(accepted(1, 1))
    with pytest.raises(OSError, match="Input/output"):
        store.flush()
    assert store.said() == []


def test_a_read_gives_entries_and_the_term_before_them_to_the_replicator_that_asked(store: Store) -> None:
    store.append(0, (*puts(1, 1), *puts(2, 2, first=2)))
    store.read(2, peer=OTHER)
    read = EntriesRead(term=Term(9), first=index(2), entries=puts(2, 2, first=2))
    assert store.replicators[OTHER].told == [read]
    assert store.replicators[PEER].told == []


def test_a_read_sees_what_was_appended_before_it_synced_or_not(store: Store) -> None:
    store.append(0, puts(1, 2))
    store.read(1)
    assert store.replicators[PEER].only(EntriesRead)[0].entries == puts(1, 2)


def test_a_read_is_bounded_by_count(store: Store) -> None:
    store.append(0, puts(1, 9))
    store.read(3, count_max=4)
    assert store.replicators[PEER].only(EntriesRead)[0].entries == puts(1, 4, first=3)


@pytest.mark.parametrize(("spare_bytes", "count"), [(-1, 1), (0, 2), (1, 2)])
def test_a_read_is_bounded_by_bytes(store: Store, spare_bytes: int, count: int) -> None:
    log = puts(1, 3)
    store.append(0, log)
    store.read(1, bytes_max=entry_bytes(log[0]) + entry_bytes(log[1]) + spare_bytes)
    assert store.replicators[PEER].only(EntriesRead)[0].entries == log[:count]


def test_a_read_gives_one_entry_at_least_however_large_it_is(store: Store) -> None:
    store.append(0, puts(1, 2))
    store.read(1, bytes_max=1)
    assert store.replicators[PEER].only(EntriesRead)[0].entries == puts(1, 1)


def test_a_read_of_what_was_truncated_meanwhile_is_not_answered(store: Store) -> None:
    store.append(0, puts(1, 5))
    store.truncate(2)
    store.read(4)
    store.read(3)
    assert [read.first for read in store.replicators[PEER].only(EntriesRead)] == [3]


def test_where_writing_makes_durable_nothing_waits(store: Store) -> None:
    """A volatile store answers in the same breath: there is nothing to wait for."""
    store.disk.needs_sync = lambda: False  # type: ignore[method-assign]  # a disk that is memory, for this test
    store.append(0, puts(1, 1))
    assert store.said() == [appended(1, 1, 1)]
    assert store.notes.told == []
