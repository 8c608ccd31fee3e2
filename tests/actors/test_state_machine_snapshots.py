"""The state machine takes snapshots, gives way to a leader's, and applies a repeated write once (Raft §7, §8)."""

from __future__ import annotations

import pytest
from msgspec import UNSET

from actors.settings import Settings
from messages.entry import no_op
from messages.ids import NOBODY, LogIndex, RequestId, Term
from messages.log_store import SaveSnapshot
from messages.snapshot import Chunk, Record
from messages.state_machine import ForgetChunks, Read, TakeChunk
from messages.wire import Get, GetOk
from tests.actors.samples import CLIENT, ME, PEER, index, put, puts
from tests.actors.test_state_machine import Machine

STATE: tuple[Record, ...] = (
    ("t/0000000000000001", "1"),
    ("v/k", "theirs"),
    ("v/l", "too"),
    ("w/0000000000000006", '[[6,"0015","six"],[7,"0015","seven"]]'),
)


def machine(*, entries: int = 1000, size: int = 1_000_000) -> Machine:
    return Machine(Settings(snapshot_entries=entries, snapshot_bytes=size))


def saved(machine: Machine) -> list[SaveSnapshot]:
    """The snapshots that the log store was told of since the last look."""
    return machine.log_store.take()


def chunk(*records: Record, last: int = 7, offset: int = 0, done: bool = True) -> TakeChunk:
    return TakeChunk(
        chunk=Chunk(
            last_included_index=index(last), last_included_term=Term(1), offset=offset, records=records, done=done
        )
    )


# --- taking them -------------------------------------------------------------------------------------------------


def test_a_snapshot_is_taken_after_so_many_entries() -> None:
    store = machine(entries=3)
    store.apply(1, *puts(1, 2))
    assert saved(store) == []
    store.apply(3, *puts(1, 1, first=3))
    assert [snapshot.last_included_index for snapshot in saved(store)] == [3]


def test_within_many_entries_that_are_applied_at_once_each_snapshot_is_taken_where_it_is_due() -> None:
    store = machine(entries=3)
    store.apply(1, *puts(1, 10))
    assert [snapshot.last_included_index for snapshot in saved(store)] == [3, 6, 9]
    store.apply(11, *puts(1, 2, first=11))
    assert [snapshot.last_included_index for snapshot in saved(store)] == [12]


def test_a_snapshot_is_taken_after_so_many_bytes_of_keys_and_values() -> None:
    store = machine(size=10)
    store.apply(1, put(1, "a", key="k", value="12345678"))
    assert saved(store) == []
    store.apply(2, put(1, "b", key="k", value=""), put(1, "c", key="k", value="1234567890"))
    assert [snapshot.last_included_index for snapshot in saved(store)] == [2, 3]


def test_no_ops_and_repeated_writes_are_entries_too() -> None:
    """Or a log of nothing else would never be dropped."""
    store = machine(entries=4)
    store.apply(1, no_op(Term(1)), put(1, "a"), put(1, "a"), no_op(Term(2)))
    (snapshot,) = saved(store)
    assert snapshot.last_included_index == 4
    assert ("t/0000000000000004", "2") in snapshot.changes


def test_a_snapshot_is_what_has_changed_since_the_last_one() -> None:
    store = machine(entries=2)
    store.apply(1, put(1, "a", key="x", value="1"), put(1, "b", key="y", value="2"))
    store.apply(3, put(1, "c", key="y", value="3"), put(1, "d", key="z", value="4"))
    first, second = saved(store)
    assert [change for change in first.changes if change[0].startswith("v/")] == [("v/x", "1"), ("v/y", "2")]
    assert [change for change in second.changes if change[0].startswith("v/")] == [("v/y", "3"), ("v/z", "4")]


# --- giving way to another ---------------------------------------------------------------------------------------


def test_a_leaders_snapshot_takes_the_place_of_all_when_its_last_part_has_come() -> None:
    store = machine()
    store.apply(1, put(1, "a", value="mine"), put(1, "b", key="gone", value="x"))
    store.actor.on_receive(chunk(*STATE[:2], done=False))
    assert store.read("k", "l", "gone") == ["mine", "", "x"]
    store.actor.on_receive(chunk(*STATE[2:], offset=2))
    assert store.read("k", "l", "gone") == ["theirs", "too", ""]
    assert store.audit.events("state.replaced")[0]["last"] == store.actor.last_applied == 7


def test_parts_that_will_not_be_completed_are_forgotten() -> None:
    store = machine()
    store.actor.on_receive(chunk(("v/half", "x"), done=False))
    store.actor.on_receive(ForgetChunks())
    store.actor.on_receive(chunk(*STATE))
    assert store.read("k", "l", "half") == ["theirs", "too", ""]


def test_entries_are_applied_between_the_parts() -> None:
    """A transfer may take long, and the log may go on meanwhile, up to where the snapshot ends at most."""
    store = machine()
    store.actor.on_receive(chunk(*STATE[:2], done=False))
    store.apply(1, *puts(1, 6))
    store.actor.on_receive(chunk(*STATE[2:], offset=2))
    store.apply(8, put(1, "eight", value="on top"))
    assert store.read("k") == ["on top"]


def test_a_snapshot_that_begins_anew_leaves_nothing_of_what_had_come() -> None:
    store = machine()
    store.actor.on_receive(chunk(("v/half", "x"), STATE[0], done=False))
    store.actor.on_receive(chunk(*STATE))
    assert store.read("half", "k") == ["", "theirs"]


def test_what_was_applied_before_is_remembered_by_what_the_snapshot_says() -> None:
    store = machine()
    store.actor.on_receive(chunk(*STATE))
    store.apply(8, put(1, "six", value="again"))
    assert store.read("k") == ["theirs"]
    assert [(event["mid"], event["index"]) for event in store.audit.events("write.repeated")] == [("six", 8)]


def test_the_next_snapshot_is_due_so_many_entries_behind_the_leaders_and_has_only_what_came_then() -> None:
    store = machine(entries=3)
    store.apply(1, put(1, "a", key="gone"), put(1, "b", key="gone"))
    store.actor.on_receive(chunk(*STATE))
    store.apply(8, put(1, "c", key="x"), put(1, "d", key="y"))
    assert saved(store) == []
    store.apply(10, put(1, "e", key="z"))
    (snapshot,) = saved(store)
    assert snapshot.last_included_index == 10
    assert [name for name, _ in snapshot.changes if name.startswith("v/")] == ["v/x", "v/y", "v/z"]


@pytest.mark.parametrize("last", [1, 2])
def test_what_was_applied_is_never_taken_back(last: int) -> None:
    store = machine()
    store.apply(1, *puts(1, 2))
    with pytest.raises(AssertionError, match="never taken back"):
        store.actor.on_receive(chunk(*STATE, last=last))


def test_parts_that_do_not_follow_one_another_are_a_defect() -> None:
    store = machine()
    store.actor.on_receive(chunk(STATE[0], done=False))
    with pytest.raises(AssertionError, match="come in order"):
        store.actor.on_receive(chunk(STATE[2], offset=2))


# --- each write once ---------------------------------------------------------------------------------------------


def test_a_repeated_write_takes_an_index_and_is_audited_with_it() -> None:
    store = machine()
    store.apply(1, put(1, "a", value="first"), put(1, "b", value="second"), put(1, "a", value="first"))
    assert store.read("k") == ["second"]
    assert store.actor.last_applied == 3
    repeated = store.audit.events("write.repeated")
    assert [(event["mid"], event["client"], event["index"]) for event in repeated] == [("a", CLIENT, 3)]


def answer(store: Machine, since: int | None) -> GetOk:
    """What a read is answered with, by a client that has heard of the index `since`."""
    known = None if since is None else LogIndex(since)
    request = Get(src=CLIENT, dst=ME, leader=NOBODY, MID=RequestId("r"), key="k", since=known)
    store.actor.on_receive(Read(requests=(request,), leader=PEER))
    (said,) = store.wire.take()
    assert isinstance(said, GetOk)
    return said


@pytest.mark.parametrize("since", [0, 1, 99])
def test_who_asks_with_an_index_is_told_up_to_which_one_the_value_was_read(since: int) -> None:
    store = machine()
    store.apply(1, put(1, "a"), no_op(Term(2)))
    assert answer(store, since).index == 2


def test_who_asks_without_an_index_is_told_none() -> None:
    """Other programs' clients may not expect more than the contract says."""
    store = machine()
    store.apply(1, put(1, "a"))
    assert answer(store, None).index is UNSET
