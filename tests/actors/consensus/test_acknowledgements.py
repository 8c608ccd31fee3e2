"""What is acknowledged: only what a leader validated, only when it is durable, and in its order."""

from messages.wire import AppendAccepted, VoteReply
from tests.actors.consensus.driver import Replica, campaigns, is_elected
from tests.actors.consensus.sayings import A, B, C, append, entries, request_vote, vote_reply


def follower(*terms: int) -> Replica:
    """A has durably taken an entry of each of `terms` from B; from now on its disk waits for the test."""
    replica = Replica(3)
    replica.hears(append(B, term=max(terms, default=1), entries=entries(*terms)))
    replica.wire.take()
    replica.prompt_disk = False
    return replica


def acknowledged(replica: Replica) -> list[tuple[str, int, int]]:
    """What A has acknowledged since the last look: to whom, in which term, up to which index."""
    return [(reply.dst, reply.term, reply.match_index) for reply in replica.says(AppendAccepted)]


def test_entries_are_not_acknowledged_before_they_are_durable() -> None:
    """Raft Figure 2, scenario 2: the leader would commit what a crash of this replica loses."""
    replica = follower(1)
    replica.hears(append(B, term=1, prev=(1, 1), entries=entries(1)))
    replica.disk_hears()
    assert acknowledged(replica) == []
    replica.disk()
    assert acknowledged(replica) == [(B, 1, 2)]


def test_nothing_is_acknowledged_in_a_term_that_is_not_durable() -> None:
    """Raft Figure 2: a replica that forgot the term could acknowledge an older leader after a crash."""
    replica = follower(1)
    replica.hears(append(C, term=2, prev=(1, 1)))
    replica.disk_hears()
    assert acknowledged(replica) == []
    replica.disk()
    assert acknowledged(replica) == [(C, 2, 1)]


def test_an_acknowledgement_never_leaves_behind_a_vote_of_a_newer_term() -> None:
    """Scenario 8: after the vote it would be a lie; before it, the candidate's log was compared with what it covers."""
    replica = follower(1)
    replica.passes(1000)
    replica.hears(append(B, term=1, prev=(1, 1), entries=entries(1)))
    replica.passes(1000)
    replica.hears(request_vote(C, term=2, last=(2, 1)))
    replica.disk()
    assert [type(reply) for reply in replica.wire.take()] == [AppendAccepted, VoteReply]


def test_an_entry_that_is_not_durable_yet_counts_when_logs_are_compared() -> None:
    """Raft §5.4.1: it may be acknowledged by the time when the vote is; a candidate that lacks it is refused."""
    replica = follower(1)
    replica.hears(append(B, term=1, prev=(1, 1), entries=entries(1)))
    replica.passes(1000)
    replica.hears(request_vote(C, term=2, last=(1, 1)))
    replica.disk()
    assert not [reply for reply in replica.says(VoteReply) if reply.granted]


def test_an_entry_of_an_older_term_is_acknowledged_to_the_new_leader_that_validated_it() -> None:
    """Raft §5.3: behind what the older term's leader was told."""
    replica = follower(1)
    replica.hears(append(B, term=1, prev=(1, 1), entries=entries(1)))
    replica.hears(append(C, term=2, prev=(2, 1)))
    replica.disk()
    assert acknowledged(replica) == [(B, 1, 2), (C, 2, 2)]


def test_the_replacement_of_a_durable_entry_is_acknowledged_when_it_is_durable_itself() -> None:
    """Truncation takes back what was durable."""
    replica = follower(1, 1, 1)
    replica.hears(append(C, term=2, prev=(1, 1)))
    replica.disk()
    assert acknowledged(replica) == [(C, 2, 1)]
    replica.hears(append(C, term=2, prev=(1, 1), entries=entries(2, 2)))
    assert acknowledged(replica) == []
    replica.disk()
    assert acknowledged(replica) == [(C, 2, 3)]


def test_only_what_the_leader_validated_is_acknowledged() -> None:
    """Raft §5.3: entries of this log behind it may be others than the leader's."""
    replica = follower(1, 1, 1)
    replica.hears(append(C, term=2, prev=(1, 1)))
    replica.disk()
    assert acknowledged(replica) == [(C, 2, 1)]


def test_what_is_durable_is_acknowledged_while_the_rest_waits() -> None:
    """Pipelining (thesis §10.2.1): the leader commits as far as it can."""
    replica = follower(1)
    replica.hears(append(B, term=1, prev=(1, 1), entries=entries(1)))
    replica.disk_writes()
    replica.hears(append(B, term=1, prev=(2, 1), entries=entries(1)))
    assert acknowledged(replica) == [(B, 1, 2)]
    replica.disk()
    assert acknowledged(replica) == [(B, 1, 3)]


def test_an_acknowledgement_echoes_the_instant_of_the_message() -> None:
    """Thesis §6.4: it proves to the leader that it was followed after that."""
    replica = follower(1)
    replica.hears(append(B, term=1, prev=(1, 1), at=42.25))
    replica.disk()
    assert [reply.at for reply in replica.says(AppendAccepted)] == [42.25]


# --- the leader's own log ------------------------------------------------------------------------------------------


def elected(*terms: int) -> Replica:
    """A leads with an entry of each of `terms` behind it; its disk has not been heard of since the election."""
    replica = follower(*terms)
    replica.prompt_disk = True
    campaigns(replica)
    replica.prompt_disk = False
    is_elected(replica)
    assert replica.core.leader == A
    return replica


def test_a_leader_counts_its_own_entries_only_when_they_are_durable() -> None:
    """Thesis §10.2.1: it replicates while its disk works, and is one replica of the majority like the others."""
    replica = elected()
    assert replica.core.log.durable_index == 0
    replica.disk()
    assert replica.core.log.durable_index == 1


def test_a_new_leader_knows_how_much_of_its_log_is_durable() -> None:
    """What it took as a follower was reported with its own vote, behind which it is written."""
    assert elected(1, 1, 1).core.log.durable_index == 3


def test_a_report_of_an_older_term_is_dropped() -> None:
    """Scenario 8: what it speaks of may have been replaced."""
    replica = elected()
    replica.disk_writes()
    replica.hears(vote_reply(C, term=9, granted=False))
    replica.disk_reports()
    assert replica.core.log.durable_index == 0
    assert replica.audit.events("report.outdated")


def test_a_report_of_an_entry_that_was_replaced_meanwhile_makes_nothing_durable() -> None:
    """The ABA case: A's vote in term 2 was saved behind its index 2 of term 1, which B replaces before A hears so."""
    replica = follower(1, 1)
    replica.hears(append(B, term=2, prev=(1, 1)))
    replica.disk_writes()
    replica.hears(append(B, term=2, prev=(1, 1), entries=entries(2)))
    replica.disk_reports()
    assert replica.log_terms == [1, 2]
    assert replica.core.log.durable_index == 1


def test_a_report_of_an_entry_that_was_replaced_and_put_back_makes_nothing_durable() -> None:
    """The ABA case to the end: the entry is the same again, and not yet on the disk again; the report's term tells."""
    replica = follower(1, 1)
    replica.hears(append(B, term=2, prev=(1, 1)))
    replica.disk_writes()
    replica.hears(append(C, term=3, prev=(1, 1), entries=entries(3)))
    replica.hears(append(B, term=4, prev=(1, 1), entries=entries(1)))
    replica.disk_reports()
    assert replica.log_terms == [1, 1]
    assert replica.core.log.durable_index == 1
