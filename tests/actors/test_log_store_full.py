"""A full disk: nothing is promised that is not durable, and all is when there is room (scenario 29)."""

from __future__ import annotations

import pytest

from actors.log_store import UNREPORTED_MAX
from actors.ports import DiskFullError
from messages.replicator import EntriesRead
from tests.actors.log_store_stage import Store, accepted, appended, saved
from tests.actors.samples import PEER, puts


@pytest.fixture
def full() -> Store:
    """A store that has just found its disk to be full."""
    store = Store()
    store.disk.error = DiskFullError("the disk is full")
    store.append(0, puts(1, 2))
    assert store.flush() == []
    return store


def test_nothing_is_reported_or_acknowledged_while_there_is_no_room(full: Store) -> None:
    full.save(2, PEER)
    full.acknowledge(accepted(1, 2))
    assert full.flush() == []


def test_all_is_reported_in_order_when_there_is_room(full: Store) -> None:
    full.acknowledge(accepted(1, 2))
    full.save(2, PEER)
    full.flush()
    full.disk.error = None
    full.append(2, puts(2, 1, first=3))
    assert full.flush() == [appended(1, 3, 2), accepted(1, 2), saved(2, PEER, 3, 2), appended(2, 3, 2)]


def test_that_it_is_full_is_said_once_and_so_is_that_it_has_room(full: Store) -> None:
    full.save(2, PEER)
    full.flush()
    full.disk.error = None
    full.save(3, PEER)
    full.flush()
    assert len(full.audit.events("storage.full")) == len(full.audit.events("storage.has_room")) == 1


def test_whatever_comes_has_it_tried_again(full: Store) -> None:
    full.acknowledge(accepted(1, 2))
    assert len(full.notes.told) == 1
    full.disk.error = None
    assert full.flush() == [appended(1, 2, 1), accepted(1, 2)]


def test_so_many_acknowledgements_wait_and_the_others_are_lost_as_on_any_network(full: Store) -> None:
    for _ in range(UNREPORTED_MAX + 10):
        full.acknowledge(accepted(1, 2))
    full.disk.error = None
    assert len(full.flush()) == UNREPORTED_MAX


def test_what_was_written_can_be_read_meanwhile(full: Store) -> None:
    full.read(1)
    (read,) = full.replicators[PEER].only(EntriesRead)
    assert read.entries == puts(1, 2)


def test_any_other_error_is_not_believed_to_pass() -> None:
    """Scenario 27: an fsync that failed once is never tried again; the node stops."""
    store = Store()
    store.disk.error = OSError(5, "Input/output error")
    store.append(0, puts(1, 1))
    with pytest.raises(OSError, match="Input/output"):
        store.flush()
