"""The scenario of the demonstration: half a minute with captions, for watching."""

from __future__ import annotations

from typing import Final

from simulator.config import Config
from simulator.events import Caption, Drops, Heal, KillLeader, PartEnd, PartLeader
from simulator.scenario import Scenario

STORY: Final = Scenario(
    description="what the demonstration shows: load throughout, a leader killed, another cut off, loss",
    config=Config(
        lifetime=30,
        replicas=5,
        requests=900,
        mix=0.5,
        events=(KillLeader(time=6), PartEnd(time=18)),
        extra_events=(
            Caption(time=0, text="Five replicas have elected a leader; eight clients read and write."),
            Caption(time=5.5, text="The leader is about to be killed: the others must elect a new one."),
            Caption(time=9, text="Service goes on with four replicas; what was acknowledged is still there."),
            Caption(time=12.5, text="The leader is about to be cut off: the majority must elect another."),
            PartLeader(time=13),
            Caption(time=18, text="The partition heals: the old leader gives way and catches up."),
            Caption(time=21, text="One message in five is lost for a while."),
            Drops(time=21, rate=0.2),
            Caption(time=27, text="The network is whole again."),
            Heal(time=27),
            Caption(time=30, text="The last request has been sent. The closing report follows."),
        ),
    ),
)
