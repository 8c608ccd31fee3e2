"""Each kind of fact that a node shows reaches the rules: they notice when one is broken, and are silent otherwise."""

from __future__ import annotations

import pytest

from audit.invariants import Rule
from messages.entry import no_op
from messages.ids import NOBODY, ClientId, NodeId, RequestId, Term
from messages.wire import GetOk, PutOk, VoteReply
from simulator.virtual.answers import READS_SEE_COMMITS
from tests.simulator.virtual.stage import FIRST, SECOND, THIRD
from tests.simulator.virtual.watch_stage import Scene, accepted, append, ask, granted


def test_a_small_correct_history_breaks_nothing() -> None:
    scene = Scene("synced")
    scene.saves(FIRST, 1, FIRST)
    scene.syncs(FIRST)
    scene.sends(FIRST, ask(FIRST, SECOND, 1))
    scene.saves(SECOND, 1, FIRST)
    scene.syncs(SECOND)
    scene.sends(SECOND, granted(SECOND, FIRST, 1))
    scene.says(FIRST, "term.advanced", term=1)
    scene.says(FIRST, "role.changed", role="leader", term=1)
    scene.sends(FIRST, append(FIRST, SECOND, 1))
    scene.appends(FIRST, no_op(Term(1)))
    scene.appends(SECOND, no_op(Term(1)))
    scene.syncs(FIRST, SECOND)
    scene.sends(SECOND, accepted(SECOND, FIRST, 1, 1))
    scene.applies(FIRST, 1, no_op(Term(1)))
    scene.sends(FIRST, append(FIRST, SECOND, 1, commit_index=1))
    scene.applies(SECOND, 1, no_op(Term(1)))
    scene.steps_down(FIRST, 1)
    scene.elects(SECOND, 2, THIRD)
    scene.watch.conclude()
    assert scene.found == []


# --- elections ---------------------------------------------------------------------------------------------------


def test_a_storage_that_is_told_of_two_votes_in_a_term_is_noticed() -> None:
    scene = Scene()
    scene.saves(THIRD, 1, FIRST)
    scene.saves(THIRD, 1, SECOND)
    assert scene.found == [Rule.ONE_VOTE]


def test_votes_that_are_given_to_two_candidates_in_a_term_are_noticed() -> None:
    scene = Scene()
    scene.saves(THIRD, 1, FIRST)
    scene.sends(THIRD, granted(THIRD, FIRST, 1))
    scene.sends(THIRD, granted(THIRD, SECOND, 1))
    assert set(scene.found) == {Rule.ONE_VOTE, Rule.DURABLE_BEFORE_ANSWER}


def test_a_refused_vote_is_no_vote() -> None:
    scene = Scene()
    scene.saves(THIRD, 1, FIRST)
    scene.sends(THIRD, VoteReply(src=THIRD, dst=SECOND, leader=NOBODY, term=Term(1), granted=False))
    assert scene.found == []


def test_a_leader_without_the_votes_of_a_majority_is_noticed_when_it_says_so() -> None:
    scene = Scene()
    scene.elects(FIRST, 1)
    assert scene.found == [Rule.ELECTED_BY_A_MAJORITY]


def test_a_leader_without_the_votes_of_a_majority_is_noticed_when_it_sends_entries() -> None:
    scene = Scene()
    scene.saves(FIRST, 1, FIRST)
    scene.sends(FIRST, append(FIRST, SECOND, 1))
    assert scene.found == [Rule.ELECTED_BY_A_MAJORITY]


def test_two_leaders_of_one_term_are_noticed() -> None:
    scene = Scene()
    scene.elects(FIRST, 1, THIRD)
    scene.sends(SECOND, append(SECOND, THIRD, 1))
    assert scene.found == [Rule.ELECTION_SAFETY]


def test_a_term_that_is_entered_twice_is_noticed() -> None:
    scene = Scene()
    scene.says(FIRST, "term.advanced", term=2)
    scene.says(FIRST, "term.advanced", term=2)
    assert scene.found == [Rule.TERM_GROWS]


def test_a_replica_that_votes_after_it_came_back_without_a_memory_is_noticed() -> None:
    scene = Scene()
    scene.saves(THIRD, 1, FIRST)
    scene.nodes[THIRD] = scene.enter(THIRD, 2)
    scene.saves(THIRD, 2, SECOND)
    assert scene.found == [Rule.AMNESIA]


def test_a_replica_that_came_back_and_only_takes_over_a_term_is_not_complained_of() -> None:
    scene = Scene()
    scene.saves(THIRD, 1, FIRST)
    scene.nodes[THIRD] = scene.enter(THIRD, 2)
    scene.saves(THIRD, 1, None)
    assert scene.found == []


# --- clients, and what is said of a finding ----------------------------------------------------------------------


def test_an_answer_that_is_not_true_is_noticed_in_the_step_in_which_it_is_sent() -> None:
    scene = Scene()
    ok = PutOk(src=FIRST, dst=ClientId("0015"), leader=FIRST, MID=RequestId("0015-000000"))
    scene.sends(FIRST, ok)
    (finding,) = scene.watch.findings
    assert (finding.rule, finding.checker) == (Rule.OK_MEANS_COMMITTED, "answers")


@pytest.mark.parametrize(("name", "found"), [(FIRST, []), (SECOND, [READS_SEE_COMMITS])])
def test_a_read_is_compared_with_what_the_answering_node_has_applied(name: NodeId, found: list[str]) -> None:
    scene = Scene()
    scene.elects(FIRST, 1, SECOND)
    for each in (FIRST, SECOND):
        scene.appends(each, no_op(Term(1)))
    scene.applies(FIRST, 1, no_op(Term(1)))
    get = scene.asks(1.0)
    scene.reads(name, get)
    scene.sends(name, GetOk(src=name, dst=get.src, leader=name, MID=get.MID, value=""))
    assert scene.found == found


def test_a_finding_names_its_steps_and_is_reported_once() -> None:
    scene = Scene()
    scene.watch.now = 3.5
    scene.saves(THIRD, 1, FIRST)
    scene.saves(SECOND, 1, FIRST)
    scene.saves(THIRD, 1, SECOND)
    scene.watch.look()
    (finding,) = scene.watch.findings
    assert finding.sentence == "0002 voted for 0000 and for 0001 in term 1 (step 1, step 3)"
    assert (finding.step, finding.at, finding.checker) == (3, 1.5, "Raft's rules")
