"""Who led when, and how each election came about and ended: from the named events."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from audit.records import Event

Outcome: TypeAlias = Literal["won", "lost", "open"]

ROLES: Final = ("follower", "pre_candidate", "candidate", "leader")


@dataclass(slots=True, kw_only=True)
class Campaign:
    """One attempt of a replica to lead: a pre-vote for `term`, and, if that was won, the vote itself.

    Times are in seconds since the run began. `against` says why, by replica.
    """

    node: str
    term: int
    began_at: float
    why: str
    voted: bool = False
    """Whether it came to the vote itself."""
    pre_votes: set[str] = field(default_factory=set)
    votes: set[str] = field(default_factory=set)
    against: dict[str, str] = field(default_factory=dict)
    outcome: Outcome = "open"
    ended_at: float | None = None
    ending: str = ""

    @property
    def took_ms(self) -> float | None:
        """From the timeout to its end."""
        return None if self.ended_at is None else (self.ended_at - self.began_at) * 1000


@dataclass(slots=True, kw_only=True)
class Leadership:
    """A replica leads a term, until it steps down, or its trail ends (`ended_at` None)."""

    node: str
    term: int
    began_at: float
    ended_at: float | None = None
    ending: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A replica is in a role from then on."""

    at: float
    role: str
    term: int


class Roles:
    """Follows the roles of all replicas; replicas are told apart by the names of their trails (`0001`, `0001.2`)."""

    def __init__(self) -> None:
        self.campaigns: Final[list[Campaign]] = []
        self.leaderships: Final[list[Leadership]] = []
        self.turns: Final[dict[str, list[Turn]]] = {}
        self.terms: Final[dict[int, float]] = {}
        """When each term was first heard of."""
        self._campaign: Final[dict[str, Campaign]] = {}
        self._leadership: Final[dict[str, Leadership]] = {}

    def look(self, name: str, event: Event, at: float) -> None:
        """Take the next event, of the trail `name`."""
        match event.event, event.fields:
            case "role.changed", {"role": str() as role, "term": int() as term, "reason": str() as reason}:
                self._change(name, Turn(at=at, role=role, term=term), reason)
            case "term.advanced", {"term": int() as term}:
                self.terms.setdefault(term, at)
                self._enter(name, term)
            case "pre_vote.answered", {"candidate": str() as candidate, "proposed": int() as term, **others}:
                self._answer(candidate, term, event.node, others.get("refusal"), is_vote=False)
            case "vote.granted", {"candidate": str() as candidate, "term": int() as term}:
                self._answer(candidate, term, event.node, None, is_vote=True)
            case "vote.refused", {"candidate": str() as candidate, "term": int() as term, **others}:
                self._answer(candidate, term, event.node, others.get("reason"), is_vote=True)
            case _:
                pass

    def terms_without_leader(self) -> tuple[int, ...]:
        """Those that began, and in which nobody was elected."""
        led = {leadership.term for leadership in self.leaderships}
        return tuple(sorted(term for term in self.terms if term not in led))

    def terms_with_two_leaders(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """What election safety forbids (Raft §5.2)."""
        leaders: dict[int, list[str]] = {}
        for leadership in self.leaderships:
            leaders.setdefault(leadership.term, []).append(leadership.node)
        yield from ((term, tuple(names)) for term, names in leaders.items() if len(set(names)) > 1)

    def _change(self, name: str, turn: Turn, reason: str) -> None:
        self.turns.setdefault(name, []).append(turn)
        leadership = self._leadership.pop(name, None)
        if leadership is not None:
            leadership.ended_at, leadership.ending = turn.at, reason
        match turn.role:
            case "pre_candidate":
                self._begin(name, turn, reason)
            case "candidate":
                campaign = self._campaign.get(name) or self._begin(name, turn, reason)
                campaign.voted = True
                campaign.votes.add(name)
            case "leader":
                self._end(name, turn.at, "won", reason)
                self._leadership[name] = Leadership(node=name, term=turn.term, began_at=turn.at)
                self.leaderships.append(self._leadership[name])
            case _:
                self._end(name, turn.at, "lost", reason)

    def _begin(self, name: str, turn: Turn, reason: str) -> Campaign:
        campaign = Campaign(node=name, term=turn.term + 1, began_at=turn.at, why=reason, pre_votes={name})
        self._campaign[name] = campaign
        self.campaigns.append(campaign)
        return campaign

    def _end(self, name: str, at: float, outcome: Outcome, reason: str) -> None:
        campaign = self._campaign.get(name)
        if campaign is not None and campaign.outcome == "open":
            campaign.ended_at, campaign.outcome, campaign.ending = at, outcome, reason

    def _enter(self, name: str, term: int) -> None:
        """A term may be over before the vote begins; the one that is voted in is what counts."""
        campaign = self._campaign.get(name)
        if campaign is not None and campaign.voted and campaign.outcome == "open":
            campaign.term = term

    def _answer(self, candidate: str, term: int, voter: str, refusal: object, *, is_vote: bool) -> None:
        campaign = self._latest(candidate, term)
        if campaign is None:
            return
        if refusal is None:
            (campaign.votes if is_vote else campaign.pre_votes).add(voter)
            campaign.against.pop(voter, None)
        else:
            campaign.against[voter] = str(refusal)

    def _latest(self, candidate: str, term: int) -> Campaign | None:
        """The campaign of any incarnation that is answered: the last one for that term."""
        found = (each for each in reversed(self.campaigns) if each.node.partition(".")[0] == candidate)
        return next((each for each in found if each.term == term), None)
