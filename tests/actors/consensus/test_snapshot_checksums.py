"""A snapshot is what its leader sent, or is not taken: the checksum of each part is over all that came by then."""

from __future__ import annotations

from dataclasses import replace

from messages.wire import InstallSnapshot
from tests.actors.consensus.sayings import B
from tests.actors.consensus.snapshot_sayings import sent_again, snapshot, state
from tests.actors.consensus.test_installing import TERMS, follower, handed_on, is_installed, offsets, refusals


def damaged(part: InstallSnapshot) -> InstallSnapshot:
    (name, content), *others = part.records
    return replace(part, records=((name, content + "x"), *others))


def test_a_part_whose_checksum_is_wrong_is_refused() -> None:
    replica = follower()
    replica.hears(*(damaged(part) for part in snapshot(B, *TERMS, term=3)))
    assert (offsets(replica), refusals(replica), handed_on(replica)) == ([0], ["checksum"], [])


def test_after_a_wrong_checksum_all_begins_anew() -> None:
    """What came before may be what is wrong: the checksum is over all of it."""
    replica = follower()
    parts = snapshot(B, *TERMS, term=3, each=1)
    replica.hears(parts[0], damaged(parts[1]), sent_again(parts[1], at=5.0))
    assert offsets(replica) == [1, 0, 0]
    replica.hears(*(sent_again(part, at=10.0 + part.offset) for part in parts))
    assert is_installed(replica)


def test_a_part_behind_others_than_the_leader_has_sent_is_refused() -> None:
    """Each part may be right by itself."""
    replica = follower()
    others = (*state(*TERMS)[:3], ("v/another", "x"), ("v/one more", "x"))
    first, *_ = snapshot(B, *TERMS, term=3, each=4, records=others)
    second = snapshot(B, *TERMS, term=3, each=4, records=(*state(*TERMS), ("v/one more", "x")))[1]
    replica.hears(first, second)
    assert (offsets(replica), refusals(replica)) == ([4, 0], ["checksum"])
