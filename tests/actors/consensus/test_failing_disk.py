"""A disk that is full, or hangs: its replica leads nobody, and takes part again when it answers (scenario 28)."""

from __future__ import annotations

from actors.consensus.role import Role
from messages.log_store import Flush
from messages.wire import PreVote
from tests.actors.consensus.driver import Replica, forget, leader
from tests.actors.consensus.sayings import B, C, accepted, append, put


def stalled(replica: Replica) -> Replica:
    """From now on nothing becomes durable at A."""
    replica.prompt_disk = False
    return replica


def beats(replica: Replica, times: int, every_ms: float = 300) -> None:
    """The followers go on answering."""
    for _ in range(times):
        replica.passes(every_ms)
        at = replica.now
        replica.hears(*(accepted(peer, term=1, match=1, at=at) for peer in (B, C)))


def test_a_leader_whose_disk_hangs_gives_up_its_leadership() -> None:
    replica = stalled(leader())
    replica.asked(put("1"))
    beats(replica, 3)
    replica.times_out(after_ms=0)
    assert replica.role() is Role.FOLLOWER
    assert replica.log_store.told[-1] == Flush(moves_on=False)


def test_a_leader_with_nothing_to_save_needs_no_disk() -> None:
    replica = stalled(leader())
    beats(replica, 5)
    replica.times_out(after_ms=0)
    assert replica.role() is Role.LEADER


def test_a_leader_whose_disk_is_slow_leads_on_while_something_is_saved_now_and_then() -> None:
    replica = stalled(leader())
    for number in range(6):
        replica.asked(put(str(number)))
        beats(replica, 1)
        replica.disk()
        replica.asked(put(f"more-{number}"))
        beats(replica, 1)
        replica.times_out(after_ms=0)
        assert replica.role() is Role.LEADER
        replica.disk()


def test_who_can_save_nothing_asks_nobody_for_votes() -> None:
    replica = stalled(Replica())
    replica.hears(append(B, term=1))
    forget(replica)
    for _ in range(5):
        replica.times_out()
        assert replica.says(PreVote) == []
        assert replica.role() is Role.FOLLOWER
    replica.disk()
    replica.times_out()
    assert len(replica.says(PreVote)) == 2


def test_a_disk_that_stands_still_is_tried_again() -> None:
    """It may have been full, and have room now."""
    replica = stalled(Replica())
    replica.hears(append(B, term=1))
    replica.times_out()
    replica.times_out()
    assert replica.log_store.only(Flush)


def test_a_disk_that_was_full_is_tried_again_with_the_next_heartbeat() -> None:
    """Found by exploring (docs/found.md): a leader stepped down although there had been room for long."""
    replica = stalled(leader())
    replica.asked(put("1"))
    assert replica.log_store.only(Flush) == []
    replica.is_due_a_heartbeat(B, 1)
    assert len(replica.log_store.only(Flush)) == 1
    assert replica.role() is Role.LEADER
