"""What a leader knows of its followers: how far each one's log agrees, and which of them answer."""

from typing import Final

from actors.consensus.quorum import majority, majority_value
from messages.ids import LogIndex, NodeId


class Followers:
    """Owns the match index of each peer (Raft Figure 2), and who is silent; one for each term that is led."""

    def __init__(self, peers: tuple[NodeId, ...]) -> None:
        self._peers: Final = peers
        self._match: Final = dict.fromkeys(peers, LogIndex(0))
        self._silent: Final[set[NodeId]] = set()

    def match_index(self, peer: NodeId) -> LogIndex:
        """Up to where `peer`'s log is known to agree."""
        return self._match[peer]

    def accepted(self, peer: NodeId, match_index: LogIndex) -> None:
        """`peer` agrees up to `match_index`; answers may come in any order, and agreement is not taken back."""
        self._match[peer] = max(self._match[peer], match_index)

    def stored_by_majority(self, own_index: LogIndex) -> LogIndex:
        """The highest index that a majority stores, given how far the leader's own log is durable (Raft §5.3)."""
        return majority_value((own_index, *self._match.values()))

    def answered(self, peer: NodeId) -> None:
        """`peer` is not silent."""
        self._silent.discard(peer)

    def is_silent(self, peer: NodeId) -> bool:
        """Whether an answer of `peer` is overdue."""
        return peer in self._silent

    def fell_silent(self, peer: NodeId) -> None:
        """An answer of `peer` is overdue: it comes last until it answers."""
        self._silent.add(peer)

    def enough(self) -> tuple[NodeId, ...]:
        """As many as make a majority with the leader, of those that answer, as far as there are any."""
        by_silence = sorted(self._peers, key=self._silent.__contains__)
        return tuple(by_silence[: majority(len(self._peers) + 1) - 1])
