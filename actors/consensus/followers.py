"""What a leader knows of its followers: how far each one's log agrees, and which of them answer."""

from typing import Final

from actors.consensus.quorum import majority, majority_value
from messages.ids import LogIndex, NodeId


class Followers:
    """Owns the match index of each peer (Raft Figure 2), and who answers; one for each term that is led.

    Those that answer are preferred in the order in which they answered first, which is that of their speed. One that
    falls silent is left out, as long as enough others answer; and when it answers again, it comes behind all others
    that do: going back to it at once would cost messages, and bring nothing. One that takes a snapshot answers, and can
    store no entries until it has it. Strangers, whose disks are not known to enough others, have logs, and count for no
    majority.
    """

    def __init__(self, peers: tuple[NodeId, ...]) -> None:
        self._peers: Final = peers
        self._needed: Final = majority(len(peers) + 1) - 1
        self._match: Final = dict.fromkeys(peers, LogIndex(0))
        self._stored: Final = dict.fromkeys(peers, LogIndex(0))
        """The same, as far as it counts."""
        self._disks: Final[dict[NodeId, str]] = {}
        self._strangers: Final[list[NodeId]] = []
        self._answering: Final[list[NodeId]] = []
        self._silent: Final[list[NodeId]] = []
        """The one that fell silent last comes first."""
        self._taking: Final[dict[NodeId, LogIndex]] = {}
        """Who takes a snapshot, and up to where that goes."""

    def met(self, peer: NodeId, disk: str, *, introduced: bool) -> bool:
        """`peer` says what disk it has; whether that is another one than before: then nothing is known of its log."""
        if introduced and peer in self._strangers:
            self._strangers.remove(peer)
        elif not introduced and peer not in self._strangers:
            self._strangers.append(peer)
        is_other = self._disks.setdefault(peer, disk) != disk
        if is_other:
            self._disks[peer] = disk
            self._match[peer] = self._stored[peer] = LogIndex(0)
            self._taking.pop(peer, None)
        return is_other

    def match_index(self, peer: NodeId) -> LogIndex:
        """Up to where `peer`'s log is known to agree."""
        return self._match[peer]

    def accepted(self, peer: NodeId, match_index: LogIndex) -> None:
        """`peer` agrees up to `match_index`; answers may come in any order, and agreement is not taken back."""
        self._match[peer] = max(self._match[peer], match_index)
        if peer not in self._strangers:
            self._stored[peer] = self._match[peer]
        if self.is_taking(peer) and self._match[peer] >= self._taking[peer]:
            del self._taking[peer]
            self.answered(peer)

    def stored_by_majority(self, own_index: LogIndex) -> LogIndex:
        """The highest index that a majority stores, given how far the leader's own log is durable (Raft §5.3)."""
        return majority_value((own_index, *self._stored.values()))

    def answered(self, peer: NodeId) -> None:
        """`peer` is not silent."""
        if peer in self._silent:
            self._silent.remove(peer)
        if peer in self._strangers:
            self._forget_order(peer)
        elif peer not in self._answering and peer not in self._taking:
            self._answering.append(peer)

    def is_silent(self, peer: NodeId) -> bool:
        """Whether an answer of `peer` is overdue."""
        return peer in self._silent

    def fell_silent(self, peer: NodeId) -> None:
        """An answer of `peer` is overdue."""
        if peer not in self._silent:
            self._silent.insert(0, peer)
        self._forget_order(peer)

    def is_taking(self, peer: NodeId) -> bool:
        """Whether `peer` takes a snapshot."""
        return peer in self._taking

    def takes_snapshot(self, peer: NodeId, last_included: LogIndex) -> None:
        """`peer` answers, but takes no entries until it agrees up to `last_included`; it may do so by now."""
        if last_included > self._match[peer]:
            self._taking[peer] = last_included
            self._forget_order(peer)
        self.answered(peer)

    def _forget_order(self, peer: NodeId) -> None:
        if peer in self._answering:
            self._answering.remove(peer)

    def enough(self) -> tuple[NodeId, ...]:
        """As many as make a majority with the leader, of those that answer, as far as there are any.

        Of the silent ones, those that fell silent last come first: they may only have lost a datagram. Those that take
        a snapshot come last: they certainly store nothing.
        """
        known = (*self._answering, *self._taking, *self._silent, *self._strangers)
        unheard = (peer for peer in self._peers if peer not in known)
        last = (*(peer for peer in self._silent if peer not in self._taking), *self._taking)
        return (*self._answering, *unheard, *(peer for peer in last if peer not in self._strangers))[: self._needed]

    @property
    def are_too_few(self) -> bool:
        """Whether so many are silent, or strangers, that the others are no majority with the leader."""
        away = sum(peer in self._silent or peer in self._strangers for peer in self._peers)
        return len(self._peers) - away < self._needed
