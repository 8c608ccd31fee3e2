"""Who the rules know of: those that left a trail, and those that show themselves directly."""

from __future__ import annotations

import pytest

from audit.invariants.replica import Replica
from audit.invariants.witness import Witnesses

CLUSTER = ("0000", "0001", "0002")


def witnesses(count: int = 3) -> Witnesses[Replica]:
    """Those of a cluster of so many, of whom nothing is known yet."""
    return Witnesses(Replica, [f"{number:04X}" for number in range(count)])


@pytest.mark.parametrize(("members", "majority"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (21, 11)])
def test_a_majority_is_more_than_half_of_all_members_whoever_is_seen(members: int, majority: int) -> None:
    known = witnesses(members)
    known.enter("0000", 1)
    assert known.majority == majority


def test_who_enters_is_among_those_that_are_known() -> None:
    known = witnesses()
    replica = known.enter("0001", 1)
    assert list(known) == [replica]
    assert (replica.node, replica.incarnation, replica.name) == ("0001", 1, "0001")


def test_an_incarnation_that_enters_is_another_witness_of_the_same_member() -> None:
    known = witnesses()
    first, second = known.enter("0001", 1), known.enter("0001", 2)
    assert list(known) == [first, second]
    assert second.name == "0001.2"
    assert known.silent == ["0000", "0002"]


def test_who_enters_is_clear_and_its_memory_is_lost_with_its_process() -> None:
    replica = witnesses().enter("0001", 1)
    assert replica.is_clear
    assert replica.is_volatile


def test_all_is_shown_when_all_members_have_entered() -> None:
    known = witnesses()
    shown = []
    for name in CLUSTER:
        known.enter(name, 1)
        shown.append(known.show_everything)
    assert shown == [False, False, True]


def test_an_incarnation_enters_once() -> None:
    known = witnesses()
    known.enter("0001", 2)
    with pytest.raises(AssertionError, match="enters once"):
        known.enter("0001", 2)
