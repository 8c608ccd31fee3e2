"""The fate of client requests: answered once, when it is known (Raft §8)."""

from actors.settings import Settings
from messages.ids import NodeId
from messages.state_machine import Apply, Read
from messages.wire import Fail, LeaderCheck, Redirect
from tests.actors.consensus.driver import Replica, campaigns, fates, is_elected, leader
from tests.actors.consensus.sayings import (
    B,
    C,
    accepted,
    append,
    entries,
    get,
    names_leader,
    pre_vote_reply,
    put,
    vote_reply,
)


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


def test_clients_of_a_replica_that_only_the_leader_cannot_reach_are_redirected_by_hearsay() -> None:
    """C refuses its vote and names B: for who has waited longer than C can have been deaf, B lives."""
    replica = follower()
    replica.asked(put("1"))
    replica.times_out()
    replica.asked(put("2"))
    replica.times_out(after_ms=0)
    replica.hears(names_leader(pre_vote_reply(C, proposed=2, granted=False), B))
    assert fates(replica) == [("1", B)]


def test_a_leader_that_is_no_replica_is_not_believed_in() -> None:
    """A forged name must not become a client's next address."""
    replica = follower()
    replica.asked(put("1"))
    replica.times_out()
    replica.times_out()
    replica.hears(names_leader(pre_vote_reply(C, proposed=2, granted=False), NodeId("zzzz")))
    assert not replica.says(Redirect)


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
