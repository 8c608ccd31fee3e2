"""The rules beside whole clusters in trouble: nothing is wrong with ours, and what is put wrong is found."""

import contextlib
import os
from collections.abc import Callable, Mapping
from typing import Final

import pytest

from actors.consensus.core import Core
from actors.consensus.election import Election
from actors.consensus.followers import Followers
from actors.consensus.following import Following
from actors.consensus.leading import Leading
from actors.consensus.lease import Lease
from actors.consensus.quorum import Ballot
from actors.consensus.requests import Requests
from audit.invariants import Rule
from messages.ids import Instant, LogIndex, NodeId, Term
from messages.wire import Put
from tests.actors.consensus.test_cluster import Story
from tests.audit.recorded import Watch

SEEDS: Final = range(int(os.environ.get("CLUSTER_SEEDS", "8")))
FAULTY_SEEDS_MAX: Final = 30


def story(patch: pytest.MonkeyPatch, seed: int) -> tuple[Story, Watch]:
    """One seed's story, told under the eyes of the rules."""
    size: Final = len(Story(seed).cluster.nodes)
    watch = Watch(patch, size)
    return Story(seed), watch


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_wrong_with_a_cluster_in_trouble(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    told, watch = story(monkeypatch, seed)
    told.trouble()
    told.calm()
    watch.history.conclude()
    assert watch.broken == {}
    assert watch.invariants.unchecked == watch.history.unchecked == ()
    assert watch.shown > 1000


def save_no_vote(patch: pytest.MonkeyPatch) -> None:
    """A vote is given away, and kept in memory only."""

    def vote_for(core: Core, candidate: NodeId) -> None:
        core.voted_for = candidate

    patch.setattr(Core, "vote_for", vote_for)


def vote_twice(patch: pytest.MonkeyPatch) -> None:
    """Whoever asks gets the vote."""
    patch.setattr(Election, "_vote_refusal", Election._log_refusal)


def vote_for_any_log(patch: pytest.MonkeyPatch) -> None:
    """A candidate's log is not looked at."""
    patch.setattr(Election, "_log_refusal", lambda election, message: None)


def count_a_vote_too_many(patch: pytest.MonkeyPatch) -> None:
    """One vote less than a majority is enough."""
    patch.setattr(Ballot, "won", property(lambda ballot: len(ballot._granted) + 1 >= ballot._majority))


def ask_before_saving(patch: pytest.MonkeyPatch) -> None:
    """A candidate does not wait for its storage."""
    right = Election._campaign

    def campaign(election: Election) -> None:
        right(election)
        election._ask_again()

    patch.setattr(Core, "hard_state_is_durable", property(lambda core: True))
    patch.setattr(Election, "_campaign", campaign)


def commit_an_older_term(patch: pytest.MonkeyPatch) -> None:
    """What a majority stores is committed, whoever wrote it."""

    def committable(leading: Leading) -> LogIndex:
        log = leading._core.log
        return max(log.commit_index, leading._followers.stored_by_majority(log.durable_index))

    patch.setattr(Leading, "committable", committable)


def commit_by_minority(patch: pytest.MonkeyPatch) -> None:
    """What the leader stores is committed."""
    patch.setattr(Followers, "stored_by_majority", lambda followers, own: own)


def acknowledge_too_much(patch: pytest.MonkeyPatch) -> None:
    """All that is in the log is acknowledged, not only what this message validated."""
    right = Following.acknowledge

    def acknowledge(following: Following, validated: LogIndex, at: Instant) -> None:
        right(following, LogIndex(validated + 1), at)

    patch.setattr(Following, "acknowledge", acknowledge)


def read_without_a_lease(patch: pytest.MonkeyPatch) -> None:
    """A leader serves reads, however long it has heard nobody."""
    patch.setattr(Lease, "holds", lambda lease, now: True)


def redirect_too_early(patch: pytest.MonkeyPatch) -> None:
    """A leader that steps down redirects the writes whose fate it does not know."""

    def hold_reads(requests: Requests) -> None:
        for writes in requests._writes.values():
            for write in writes:
                requests._redirect(write.request)
        requests._writes.clear()

    patch.setattr(Requests, "hold_reads", hold_reads)


def confirm_too_early(patch: pytest.MonkeyPatch) -> None:
    """A put is answered when it stands in the leader's log."""

    def written(requests: Requests, index: LogIndex, term: Term, request: Put) -> None:
        requests._confirm(request, index)

    patch.setattr(Requests, "written", written)


def answer_twice(patch: pytest.MonkeyPatch) -> None:
    """Every answer to a put leaves two times."""
    right = Requests._confirm

    def confirm(requests: Requests, request: Put, index: LogIndex) -> None:
        right(requests, request, index)
        requests._open.add((request.src, request.MID))
        right(requests, request, index)

    patch.setattr(Requests, "_confirm", confirm)


FAULTS: Final[dict[Callable[[pytest.MonkeyPatch], None], Rule]] = {
    save_no_vote: Rule.DURABLE_BEFORE_ANSWER,
    vote_twice: Rule.ONE_VOTE,
    vote_for_any_log: Rule.LEADER_COMPLETENESS,
    count_a_vote_too_many: Rule.ELECTED_BY_A_MAJORITY,
    ask_before_saving: Rule.DURABLE_BEFORE_ANSWER,
    commit_an_older_term: Rule.COMMIT_OWN_TERM,
    commit_by_minority: Rule.COMMIT_BY_MAJORITY,
    acknowledge_too_much: Rule.DURABLE_BEFORE_ANSWER,
    read_without_a_lease: Rule.LINEARIZABLE,
    redirect_too_early: Rule.ANSWER_KEPT,
    confirm_too_early: Rule.OK_MEANS_COMMITTED,
    answer_twice: Rule.ANSWERED_ONCE,
}
"""What is put wrong, and the rule that must find it."""

FIRST_SEEDS: Final[dict[Callable[[pytest.MonkeyPatch], None], int]] = {read_without_a_lease: 60}
"""From which seed on to look; a stale read that clients can tell from a true one is rare."""


def broken_in(patch: pytest.MonkeyPatch, seed: int) -> Mapping[Rule, int]:
    """What a story breaks whose only referees are the rules; assertions of the actors and the crowd may end it."""
    told, watch = story(patch, seed)
    told.cluster.watch = lambda node, message: None
    told.cluster.stepped = lambda node: None
    with contextlib.suppress(AssertionError):
        told.trouble()
    watch.history.conclude()
    return watch.broken


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_in_the_actors_is_found(
    fault: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(monkeypatch)
    first = FIRST_SEEDS.get(fault, 0)
    assert any(FAULTS[fault] in broken_in(monkeypatch, seed) for seed in range(first, first + FAULTY_SEEDS_MAX))
