"""Majorities and ballots, against what the words mean."""

from hypothesis import given
from hypothesis import strategies as st

from actors.consensus.quorum import Ballot, majority, majority_value
from messages.ids import NodeId

_VOTERS = st.sampled_from([NodeId(f"000{digit}") for digit in range(7)])


@given(st.integers(1, 100))
def test_two_majorities_always_share_a_replica(cluster_size: int) -> None:
    """Raft §5.2: that is why there is at most one leader per term; and no smaller number would do."""
    assert 2 * majority(cluster_size) > cluster_size
    assert 2 * (majority(cluster_size) - 1) <= cluster_size


@given(st.lists(st.integers(0, 20), min_size=1, max_size=21))
def test_a_majority_has_reached_the_majority_value_and_no_higher_one(values: list[int]) -> None:
    """Raft §5.3: the highest index that a majority stores."""

    def have_reached(value: int) -> int:
        return sum(each >= value for each in values)

    value = majority_value(values)
    assert have_reached(value) >= majority(len(values))
    assert all(have_reached(higher) < majority(len(values)) for higher in range(value + 1, 22))


@given(st.lists(st.tuples(_VOTERS, st.booleans()), max_size=30))
def test_only_the_first_answer_of_each_voter_counts(answers: list[tuple[NodeId, bool]]) -> None:
    """Scenario 3: votes are a set, not a counter (Raft §5.2)."""
    ballot = Ballot(cluster_size=7)
    first: dict[NodeId, bool] = {}
    for voter, granted in answers:
        ballot.count(voter, granted=granted)
        first.setdefault(voter, granted)
        assert ballot.won == (sum(first.values()) >= 4)
        assert ballot.lost == (len(first) - sum(first.values()) >= 4)
        assert all(ballot.has_answered(each) for each in first)


def test_nobody_has_answered_an_open_ballot() -> None:
    """So everybody is asked."""
    assert not Ballot(cluster_size=3).has_answered(NodeId("0001"))


def test_a_vote_given_twice_does_not_win() -> None:
    """Scenario 3: three of five are needed, and one voter is one."""
    ballot = Ballot(cluster_size=5)
    for _ in range(3):
        ballot.count(NodeId("0001"), granted=True)
    assert not ballot.won
