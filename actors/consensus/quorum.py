"""Majorities: the arithmetic on which everything in Raft rests."""

from collections.abc import Iterable
from typing import TypeVar

from messages.ids import NodeId

N = TypeVar("N", bound=float)


def majority(cluster_size: int) -> int:
    """How many replicas are more than half of all."""
    return cluster_size // 2 + 1


def majority_value(values: Iterable[N]) -> N:
    """The highest value that a majority has reached, given one value for each replica of the cluster.

    Of match indexes it is the highest index that a majority stores (Raft §5.3); of instants at which followers
    confirmed a leader, the latest at which a majority did (thesis §6.4).
    """
    ordered = sorted(values, reverse=True)
    return ordered[majority(len(ordered)) - 1]


class Ballot:
    """The votes of one campaign: a set of voters, so that an answer that arrives twice counts once (Raft §5.2)."""

    def __init__(self, *, cluster_size: int) -> None:
        self._majority = majority(cluster_size)
        self._granted: set[NodeId] = set()
        self._refused: set[NodeId] = set()

    def count(self, voter: NodeId, *, granted: bool) -> None:
        """Take note of an answer; the first one of a voter stands."""
        if not self.has_answered(voter):
            (self._granted if granted else self._refused).add(voter)

    def has_answered(self, voter: NodeId) -> bool:
        """Whether `voter` need not be asked again."""
        return voter in self._granted or voter in self._refused

    @property
    def won(self) -> bool:
        """Whether a majority of the whole cluster said yes."""
        return len(self._granted) >= self._majority

    @property
    def lost(self) -> bool:
        """Whether a majority of the whole cluster said no."""
        return len(self._refused) >= self._majority
