"""The lease: what was confirmed when, and until when nobody else can have been elected."""

from hypothesis import given
from hypothesis import strategies as st

from actors.consensus.lease import Lease
from actors.settings import Settings
from messages.ids import Instant, NodeId
from tests.actors.consensus.sayings import B, C, D, E

_CONFIRMATIONS = st.lists(st.tuples(st.sampled_from([B, C, D, E]), st.integers(0, 100)), max_size=20)


def lease_of_five(lease_s: float = 10.0) -> Lease:
    """A leads since instant 0."""
    return Lease((B, C, D, E), lease_s=lease_s, since=Instant(0.0))


@given(_CONFIRMATIONS)
def test_leadership_is_confirmed_when_the_second_of_four_peers_followed(
    confirmations: list[tuple[NodeId, int]],
) -> None:
    """Raft §8: with the leader itself, two of four peers are a majority; answers come in any order, and twice."""
    lease = lease_of_five()
    latest = dict.fromkeys((B, C, D, E), -1e18)
    for peer, at in confirmations:
        lease.confirm(peer, Instant(float(at)))
        latest[peer] = max(latest[peer], at)
    assert lease.confirmed_at(Instant(100.0)) == sorted(latest.values())[-2]


def test_one_peer_of_four_confirms_nothing() -> None:
    """However often it answers (thesis §6.4)."""
    lease = lease_of_five()
    lease.confirm(B, Instant(1.0))
    lease.confirm(B, Instant(2.0))
    assert not lease.holds(Instant(2.0))


def test_a_lease_lapses_after_its_duration() -> None:
    """Thesis §6.4.1: counted from the sending of what was confirmed, not from the answer."""
    lease = lease_of_five(lease_s=10.0)
    lease.confirm(B, Instant(5.0))
    lease.confirm(C, Instant(6.0))
    assert lease.holds(Instant(14.9))
    assert not lease.holds(Instant(15.0))


def test_an_election_is_contact_but_no_lease() -> None:
    """A new leader is given time to be heard (thesis §6.2), but reads nothing on the strength of its votes."""
    lease = Lease((B, C), lease_s=10.0, since=Instant(3.0))
    assert lease.last_contact(Instant(4.0)) == 3.0
    assert not lease.holds(Instant(3.0))


@given(st.integers(0, 50), st.integers(10, 10_000), st.floats(-1, 1), st.floats(-1, 1))
def test_a_lease_lapses_before_any_follower_votes_again(
    error_percent: int, timeout_ms: int, leader_drift: float, follower_drift: float
) -> None:
    """Scenario 40, thesis §6.4.1: whatever the two clocks do within the allowed error."""
    settings = Settings(
        clock_error_percent=error_percent, election_timeout_min_ms=timeout_ms, election_timeout_max_ms=2 * timeout_ms
    )
    leader_rate = 1 + leader_drift * error_percent / 100
    follower_rate = 1 + follower_drift * error_percent / 100
    lease_lasts_ms = settings.lease_ms / leader_rate
    votes_refused_ms = settings.election_timeout_min_ms / follower_rate
    assert lease_lasts_ms <= votes_refused_ms * (1 + 1e-9)


def test_a_clock_that_may_err_shortens_the_lease() -> None:
    """Scenario 40: or the property above would hold for a lease of any allowance."""
    assert Settings(clock_error_percent=10).lease_ms < Settings(clock_error_percent=0).lease_ms == 1200
