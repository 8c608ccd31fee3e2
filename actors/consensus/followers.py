"""What a leader knows of its followers: how far each one's log agrees, and which of them answer."""

from typing import Final

from actors.consensus.quorum import majority, majority_value
from messages.ids import LogIndex, NodeId


class Followers:
    """Owns the match index of each peer (Raft Figure 2), and who answers; one for each term that is led.

    Those that answer are preferred in the order in which they answered first, which is that of their speed. One that
    falls silent is left out, as long as enough others answer; and when it answers again, it comes behind all others
    that do: going back to it at once would cost messages, and bring nothing.
    """

    def __init__(self, peers: tuple[NodeId, ...]) -> None:
        self._peers: Final = peers
        self._needed: Final = majority(len(peers) + 1) - 1
        self._match: Final = dict.fromkeys(peers, LogIndex(0))
        self._answering: Final[list[NodeId]] = []
        self._silent: Final[list[NodeId]] = []
        """The one that fell silent last comes first."""

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
        if peer not in self._answering:
            self._answering.append(peer)
        if peer in self._silent:
            self._silent.remove(peer)

    def is_silent(self, peer: NodeId) -> bool:
        """Whether an answer of `peer` is overdue."""
        return peer in self._silent

    def fell_silent(self, peer: NodeId) -> None:
        """An answer of `peer` is overdue: it comes behind all that answer until it does."""
        self._silent.insert(0, peer)
        if peer in self._answering:
            self._answering.remove(peer)

    def enough(self) -> tuple[NodeId, ...]:
        """As many as make a majority with the leader, of those that answer, as far as there are any.

        Of the silent ones, those that fell silent last come first: they may only have lost a datagram.
        """
        unheard = (peer for peer in self._peers if peer not in self._answering and peer not in self._silent)
        return (*self._answering, *unheard, *self._silent)[: self._needed]

    @property
    def are_too_few(self) -> bool:
        """Whether so many are silent that the others are no majority with the leader."""
        return len(self._peers) - len(self._silent) < self._needed
