"""The fate of client requests: answered once, when it is known (Raft §8)."""

from actors.settings import Settings
from messages.state_machine import Apply, Read
from messages.wire import Fail, LeaderCheck, PutOk, Redirect
from tests.actors.consensus.driver import Replica, campaigns, is_elected, leader
from tests.actors.consensus.sayings import (
    A,
    B,
    C,
    accepted,
    append,
    entries,
    get,
    put,
    vote_reply,
)


def fates(replica: Replica) -> list[tuple[str, str]]:
    """What clients heard since the last look: which request, and `ok` or the leader to ask."""
    return [
        (answer.MID, "ok" if isinstance(answer, PutOk) else answer.leader)
        for answer in replica.wire.take()
        if isinstance(answer, PutOk | Redirect)
    ]


def follower() -> Replica:
    """A has heard B lead term 1, a while ago."""
    replica = Replica(3)
    replica.hears(append(B, term=1))
    replica.passes(50)
    replica.wire.take()
    return replica


# --- without a leader ----------------------------------------------------------------------------------------------


def test_requests_without_a_leader_are_held() -> None:
    """Nothing is guessed: not even a redirection to nobody."""
    replica = Replica(3)
    replica.asked(put("1"), get("2"))
    replica.times_out()
    assert not replica.says(Redirect)
    assert [event["mid"] for event in replica.audit.events("request.held")] == ["1", "2"]


def test_held_requests_are_redirected_in_order_when_a_leader_is_heard() -> None:
    """Raft §8: the leader is who sends AppendEntries."""
    replica = Replica(3)
    replica.asked(put("1"), get("2"))
    replica.asked(put("3"))
    replica.hears(append(B, term=1))
    assert fates(replica) == [("1", B), ("2", B), ("3", B)]


def test_held_requests_are_served_in_order_by_a_replica_that_is_elected_itself() -> None:
    """Writes in the order in which they came; reads when the no-op has committed."""
    replica = Replica(3)
    replica.asked(put("1"), get("2"), put("3"), get("4"))
    campaigns(replica)
    is_elected(replica)
    replica.hears(accepted(B, term=1, match=3, at=replica.now))
    assert fates(replica) == [("1", "ok"), ("3", "ok")]
    assert replica.read() == ["2", "4"]


# --- redirections --------------------------------------------------------------------------------------------------


def test_a_request_is_redirected_only_after_the_leaders_next_sign_of_life() -> None:
    """A leader that is dead would never answer; who asks it would wait for ever."""
    replica = follower()
    replica.asked(put("1"))
    assert [(check.dst, check.term) for check in replica.says(LeaderCheck)] == [(B, 1)]
    replica.hears(append(B, term=1))
    assert fates(replica) == [("1", B)]


def test_a_request_that_comes_with_the_leaders_sign_of_life_is_redirected_at_once() -> None:
    """Without a question."""
    replica = follower()
    replica.receives([append(B, term=1)], [put("1")])
    assert [type(message) for message in replica.wire.take() if isinstance(message, Redirect | LeaderCheck)] == [
        Redirect
    ]


def test_many_requests_ask_for_one_sign_of_life() -> None:
    """Messages between replicas are dear."""
    replica = follower()
    for mid in range(20):
        replica.asked(put(str(mid)))
    assert len(replica.says(LeaderCheck)) == 1


def test_a_lost_question_is_asked_again_after_a_heartbeat_interval() -> None:
    """If the leader lives, its own heartbeat is due by then."""
    replica = follower()
    replica.asked(put("1"))
    replica.passes(200)
    replica.asked(put("2"))
    assert len(replica.says(LeaderCheck)) == 2


def test_a_dead_leaders_requests_go_to_its_successor() -> None:
    """Not one client is sent to the dead one."""
    replica = follower()
    replica.asked(put("1"))
    replica.times_out()
    replica.hears(append(C, term=2))
    assert fates(replica) == [("1", C)]


def test_an_older_leaders_sign_of_life_redirects_nobody() -> None:
    """Raft §5.1: its term is over."""
    replica = follower()
    replica.hears(vote_reply(C, term=2, granted=False))
    replica.asked(put("1"))
    replica.hears(append(B, term=1))
    assert fates(replica) == []


# --- writes of a leader that was deposed ---------------------------------------------------------------------------


def deposed(*mids: str) -> Replica:
    """A led term 1 and took the puts `mids`; B, whose log had only A's no-op, leads term 2 now."""
    replica = leader(3)
    replica.asked(*(put(mid) for mid in mids))
    replica.hears(append(B, term=2, prev=(1, 1)))
    replica.wire.take()
    return replica


def test_a_write_whose_fate_is_open_is_not_answered() -> None:
    """Scenario 35: its entry is still in this log, and may be in that of the next leader."""
    replica = deposed("1")
    replica.times_out()
    replica.hears(append(C, term=3, prev=(1, 1)))
    assert fates(replica) == []


def test_a_write_is_redirected_exactly_once_when_another_entry_commits_in_its_place() -> None:
    """Scenario 35: that it was truncated is not enough."""
    replica = deposed("1")
    replica.hears(append(B, term=2, prev=(1, 1), entries=entries(2)))
    assert fates(replica) == []
    for _ in range(3):
        replica.hears(append(B, term=2, prev=(2, 2), commit=2))
    assert fates(replica) == [("1", B)]


def test_a_write_whose_entry_survives_is_answered_ok_exactly_once() -> None:
    """Scenario 36: also by a replica that no longer leads."""
    replica = leader(3)
    replica.asked(put("1"))
    for commit in (0, 2, 2):
        replica.hears(append(B, term=2, prev=(2, 1), commit=commit))
    assert fates(replica) == [("1", "ok")]


def test_a_truncated_write_that_comes_back_is_answered_ok() -> None:
    """Scenario 36: it was cut off here by B, but C had it, and committed it."""
    replica = leader(3)
    replica.asked(put("1"))
    (mine,) = replica.storage.read(replica.storage.last_index(), 1)
    replica.hears(append(B, term=2, prev=(1, 1), entries=entries(2)))
    replica.hears(append(C, term=3, prev=(1, 1), entries=(mine, *entries(3)), commit=3))
    assert fates(replica) == [("1", "ok")]


def test_a_leader_that_is_elected_again_owns_what_it_wrote_before() -> None:
    """Scenario 36: its entry of term 1 commits with the no-op of term 2."""
    replica = leader(3)
    replica.asked(put("1"))
    replica.hears(vote_reply(C, term=2, granted=False))
    campaigns(replica)
    is_elected(replica)
    replica.hears(accepted(B, term=3, match=3, at=replica.now))
    assert fates(replica) == [("1", "ok")]


def test_two_writes_for_the_same_index_each_get_their_own_fate() -> None:
    """Scenario 35 and 36 at once: A led twice, and the second write took the first one's place."""
    replica = deposed("1")
    replica.hears(append(B, term=2, prev=(1, 1), entries=entries(2)))
    replica.hears(append(C, term=3, prev=(0, 0), entries=entries(3)))
    campaigns(replica)
    is_elected(replica)
    replica.asked(put("2"))
    assert replica.log_terms == [3, 4, 4]
    replica.hears(accepted(B, term=4, match=3, at=replica.now))
    assert fates(replica) == [("1", A), ("2", "ok")]


def test_writes_behind_a_committed_entry_of_a_newer_term_are_redirected_at_once() -> None:
    """Scenario 35: terms never fall along a log, so nothing of term 1 can commit there any more.

    Nobody may ever write again to bring the commit index there; a client waits for ever.
    """
    replica = deposed("1", "2", "3")
    replica.hears(append(B, term=2, prev=(1, 1), entries=entries(2), commit=2))
    assert fates(replica) == [("1", B), ("2", B), ("3", B)]


def test_writes_behind_a_committed_entry_of_their_own_term_stay_open() -> None:
    """Scenario 36: they may commit yet."""
    replica = deposed("1", "2")
    replica.hears(append(B, term=2, prev=(2, 1), commit=2))
    assert fates(replica) == [("1", "ok")]


# --- once, and bounded ---------------------------------------------------------------------------------------------


def test_a_request_that_comes_twice_is_taken_once() -> None:
    """Scenario 37: the network may duplicate it."""
    replica = leader(3)
    replica.asked(put("1"), put("1"))
    replica.asked(put("1"))
    assert replica.log_terms == [1, 1]


def test_requests_of_two_clients_may_have_the_same_mid() -> None:
    """Whatever the clients do: both are answered."""
    replica = Replica(3)
    replica.asked(put("1"), put("1", client=type(put("1").src)("0200")))
    replica.hears(append(B, term=1))
    assert len(fates(replica)) == 2


def test_more_requests_than_the_bound_are_refused() -> None:
    """Scenario 34: memory stays bounded, and the client hears `fail` at once."""
    replica = Replica(3, settings=Settings(requests_open_max=3))
    replica.asked(*(put(str(mid)) for mid in range(5)))
    assert [answer.MID for answer in replica.says(Fail)] == ["3", "4"]


def test_an_answered_request_makes_room_for_another() -> None:
    """Scenario 34: the bound is on what is open: held, in the log, or waiting to be read."""
    replica = leader(3, settings=Settings(requests_open_max=2))
    replica.asked(put("1"), get("2"))
    replica.asked(put("refused"))
    assert [answer.MID for answer in replica.says(Fail)] == ["refused"]
    replica.hears(accepted(B, term=1, match=2, at=replica.now))
    replica.asked(put("3"), get("4"))
    assert not replica.says(Fail)


def test_every_kind_of_answer_closes_its_request() -> None:
    """Scenario 34: nothing is kept of a request that was answered."""
    replica = leader(3)
    replica.asked(put("1"), get("2"), put("large", "x" * 70_000))
    replica.hears(accepted(B, term=1, match=2, at=replica.now))
    replica.asked(put("3"))
    replica.hears(append(B, term=2, prev=(2, 1), entries=entries(2), commit=3))
    replica.asked(put("4"))
    replica.hears(append(B, term=2, prev=(3, 2), commit=3))
    requests = replica.consensus._requests
    assert (requests._open, dict(requests._writes), list(requests._reads), list(requests._held)) == (set(), {}, [], [])


def test_a_read_behind_a_confirmed_write_reaches_the_state_machine_behind_it() -> None:
    """The client that heard `ok` asks again: what it wrote has been told to the state machine by then."""
    replica = leader(3)
    replica.asked(put("1"))
    replica.hears(accepted(B, term=1, match=2, at=replica.now))
    assert fates(replica) == [("1", "ok")]
    replica.asked(get("2"))
    assert [type(told) for told in replica.state_machine.told] == [Apply, Read]
