"""Votes and elections: what makes that there is at most one leader per term (Raft §5.2)."""

from collections import defaultdict
from typing import Final

from audit.invariants.facts import HardState, Sent
from audit.invariants.place import Place
from audit.invariants.replica import Replica
from audit.invariants.violations import Rule, Violations
from audit.invariants.witness import Witnesses


class Votes:
    """Remembers who led each term, and whom each replica voted for, in its storage and in what it sent."""

    def __init__(self, replicas: Witnesses[Replica], violations: Violations) -> None:
        self._replicas: Final = replicas
        self._violations: Final = violations
        self._leaders: Final[dict[int, tuple[str, Place]]] = {}
        self._saved: Final[dict[tuple[str, int], tuple[str, Place]]] = {}
        self._granted: Final[dict[tuple[str, int], tuple[str, Place]]] = {}
        self._voters: Final[defaultdict[tuple[int, str], set[str]]] = defaultdict(set)
        self._forgetful: Final[set[str]] = set()
        self._disks: Final[dict[str, str]] = {}
        """With which disk each replica has first voted."""
        self._restored_from: Final[dict[str, str | None]] = {}
        """With which disk each replica came back last."""

    def saved(self, replica: Replica, state: HardState, here: Place) -> None:
        """A replica voted, in its storage: once per term, also across its incarnations."""
        if state.voted_for is None:
            return
        self._voters[state.term, state.voted_for].add(replica.node)
        self._once(self._saved, replica, state.term, state.voted_for, here)
        self._not_forgotten(replica, state.term, here)

    def restored(self, replica: Replica, state: HardState, here: Place) -> None:
        """A replica comes back: a vote of an earlier process that was not durable yet was never given."""
        is_same_disk = self._restored_from.get(replica.node, replica.disk) == replica.disk
        self._restored_from[replica.node] = replica.disk
        lost = [
            term
            for (node, term), (candidate, _) in self._saved.items()
            if is_same_disk
            and node == replica.node
            and (node, term) not in self._granted
            and (term > state.term or (term == state.term and candidate != state.voted_for))
        ]
        for term in lost:
            candidate, _ = self._saved.pop((replica.node, term))
            self._voters[term, candidate].discard(replica.node)
        self.saved(replica, state, here)

    def granted(self, replica: Replica, vote: Sent, here: Place) -> None:
        """A replica gave its vote away."""
        self._once(self._granted, replica, vote.term, vote.dst, here)
        self._not_forgotten(replica, vote.term, here)

    def leads(self, replica: Replica, term: int, here: Place) -> bool:
        """A replica shows that it leads `term`; whether nobody was known to lead it before."""
        known = self._leaders.get(term)
        if known is None:
            self._leaders[term] = (replica.node, here)
            self._elected(replica, term, here)
            return True
        if known[0] != replica.node:
            sentence = f"{known[0]} and {replica.node} both lead term {term}"
            self._violations.report(Rule.ELECTION_SAFETY, sentence, known[1], here)
        return False

    def _once(
        self,
        votes: dict[tuple[str, int], tuple[str, Place]],
        replica: Replica,
        term: int,
        candidate: str,
        here: Place,
    ) -> None:
        first, place = votes.setdefault((replica.node, term), (candidate, here))
        if first != candidate:
            sentence = f"{replica.node} voted for {first} and for {candidate} in term {term}"
            self._violations.report(Rule.ONE_VOTE, sentence, place, here)

    def _not_forgotten(self, replica: Replica, term: int, here: Place) -> None:
        """A replica whose memory went with its process cannot know whom it voted for before."""
        if replica.disk is not None:
            self._not_with_another_disk(replica, replica.disk, term, here)
        if replica.incarnation == 1 or not replica.is_volatile or replica.name in self._forgetful:
            return
        self._forgetful.add(replica.name)
        sentence = (
            f"{replica.node} votes in term {term} as its incarnation {replica.incarnation}, "
            "although the votes of the one before went with its memory"
        )
        self._violations.report(Rule.AMNESIA, sentence, here)

    def _not_with_another_disk(self, replica: Replica, disk: str, term: int, here: Place) -> None:
        """Nor can one whose disk was lost."""
        first = self._disks.setdefault(replica.node, disk)
        if first != disk:
            sentence = f"{replica.node} votes in term {term} with disk {disk}, and has voted with disk {first} before"
            self._violations.report(Rule.AMNESIA, sentence, here)

    def _elected(self, replica: Replica, term: int, here: Place) -> None:
        """A vote is saved before it is given, so the voters of whoever leads are known by then."""
        voters = self._voters[term, replica.node]
        unseen = {each.node for each in self._replicas if not each.is_clear}.union(self._replicas.unseen) - voters
        needed = self._replicas.majority
        if len(voters) + len(unseen) < needed:
            names = ", ".join(sorted(voters)) or "nobody"
            sentence = f"{replica.node} leads term {term} with the votes of {names}, and needs {needed}"
            self._violations.report(Rule.ELECTED_BY_A_MAJORITY, sentence, here)
