"""Drawing what stays wrong when everything else is healed: a minority that is cut off, stands still, or dies.

A majority can still talk to one another, so all that liveness asks for must come about among them, and whoever is cut
off must not disturb them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Final

from simulator.events import (
    AnyEvent,
    CutLink,
    KillLeader,
    KillNonLeader,
    PartEasy,
    PartHard,
    PartLeader,
    PartOneway,
    Pause,
)
from simulator.explore.drawing_dice import one_of

_KINDS: Final = {"nothing": 10, "oneway": 4, "link": 3, "split": 3, "pause": 1, "kill": 2, "kill and oneway": 2}
_SPLITS: Final[Mapping[type[PartEasy | PartHard | PartLeader], int]] = {PartEasy: 1, PartHard: 1, PartLeader: 2}
_KILLS: Final[Mapping[type[KillLeader | KillNonLeader], int]] = {KillLeader: 3, KillNonLeader: 1}


def lasting(rng: Random, at: float, spare: int) -> Iterator[AnyEvent]:
    """What happens at `at`, behind the healing, and stays; `spare` replicas more than a majority live."""
    kind = one_of(rng, _KINDS)
    if spare < 1 or kind == "nothing":
        return
    match kind:
        case "oneway":
            for _ in range(rng.randint(1, min(spare, 2))):
                yield _oneway(rng, at, one_of(rng, {"leader": 1, "follower": 2}))
        case "link":
            yield CutLink(time=at, a="leader", b="follower", both=rng.random() < 0.7)
        case "split":
            yield one_of(rng, _SPLITS)(time=at)
        case "pause":
            yield Pause(time=at, replica=one_of(rng, {"leader": 2, "follower": 1}))
        case _:
            if spare > 1 and kind == "kill and oneway":
                yield _oneway(rng, at, "follower")
            yield one_of(rng, _KILLS)(time=at)


def _oneway(rng: Random, at: float, replica: str) -> PartOneway:
    return PartOneway(time=at, replica=replica, direction=one_of(rng, {"send_only": 3, "receive_only": 1}))
