"""The rules that a run can break, and how a breach is told."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from audit.invariants.place import Place

SHOWN_OF_EACH_RULE_MAX: Final = 20
"""A replica that has gone wrong may break a rule with every message: the first breaches tell, the rest is counted."""


class Rule(StrEnum):
    """A rule, and the section of the paper (Ongaro & Ousterhout 2014) that it is from, or what else asks for it."""

    ELECTION_SAFETY = "one leader per term (Raft §5.2)"
    ELECTED_BY_A_MAJORITY = "a leader has the votes of a majority (Raft §5.2)"
    ONE_VOTE = "one vote per term (Raft §5.2)"
    AMNESIA = "a replica that forgot its votes does not vote (Raft Figure 2)"
    LEADER_APPEND_ONLY = "a leader only appends (Raft §5.3)"
    LOG_MATCHING = "index and term name one entry behind one predecessor (Raft §5.3)"
    TERMS_ALONG_A_LOG = "terms never fall along a log (Raft §5.3)"
    COMMITTED_STAYS = "what is committed is never truncated (Raft §5.4)"
    LEADER_COMPLETENESS = "a leader has all that was committed before its term (Raft §5.4)"
    STATE_MACHINE_SAFETY = "all replicas apply the same entries (Raft §5.4.3)"
    APPLIED_IN_ORDER = "entries are applied in log order, each once (Raft §5.3)"
    COMMIT_BY_MAJORITY = "what is committed is stored by a majority (Raft §5.3)"
    COMMIT_OWN_TERM = "a leader commits by counting entries of its own term only (Raft §5.4.2)"
    DURABLE_BEFORE_ANSWER = "what is promised is durable before (Raft Figure 2)"
    RESTORED = "what was durable comes back after a restart (Raft Figure 2)"
    SNAPSHOT_COVERS = "a snapshot includes what is committed and applied (Raft §7)"
    SNAPSHOT_IS_STATE = "a snapshot says what the log up to its last entry says (Raft §7)"
    TERM_GROWS = "terms never fall at a replica (Raft §5.1)"
    COMMIT_GROWS = "a commit index never falls (Raft Figure 2)"
    ARRIVES_AS_SENT = "what arrives is what was sent (network)"
    ANSWERED_ONCE = "each request is answered at most once, and only requests are (contract)"
    ANSWER_KEPT = "a put that was answered redirect or fail has no effect (contract)"
    OK_MEANS_COMMITTED = "a put is answered ok when its entry is committed (contract)"
    ASKED_FOR = "only what a client asked for is written (contract)"
    LINEARIZABLE = "clients see one copy of the data (contract)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule that was broken: a sentence with the numbers, and the lines of the trails that show it, last one last."""

    rule: Rule
    sentence: str
    places: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.rule}: {self.sentence} ({', '.join(self.places)})"


class Violations:
    """Collects violations; of each rule the first few are kept."""

    def __init__(self) -> None:
        self.kept: Final[list[Violation]] = []
        self.counts: Final[Counter[Rule]] = Counter()

    def report(self, rule: Rule, sentence: str, *places: str | Place | None) -> None:
        """Take note of one; a place that is None, or that was named already, is left out."""
        self.counts[rule] += 1
        if self.counts[rule] <= SHOWN_OF_EACH_RULE_MAX:
            named = (place if place is None or isinstance(place, str) else place.place for place in places)
            shown = tuple(dict.fromkeys(place for place in named if place is not None))
            self.kept.append(Violation(rule=rule, sentence=sentence, places=shown))
