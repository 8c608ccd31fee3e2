"""What a configuration can make happen during a run, at which time.

The first five are the contract's. The others are our own: simulators that do not know them refuse them in `events`, so
a file that is to run elsewhere too lists them in `extra_events`, which others ignore.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import msgspec

Corruption: TypeAlias = Literal["flip", "truncate", "rewrite"]
CORRUPTIONS: tuple[Corruption, ...] = get_args(Corruption)


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something that happens at `time`, in seconds from the first request."""

    time: float


class OwnEvent(Event, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An event that only this simulator knows; a misspelt parameter is refused."""


class VirtualEvent(OwnEvent, frozen=True, kw_only=True):
    """An event that only virtual time can make happen: real machines take no orders of that kind."""


class KillLeader(Event, frozen=True, kw_only=True, tag="kill_leader"):
    """End the leader for good; with none known, as soon as one is."""


class KillNonLeader(Event, frozen=True, kw_only=True, tag="kill_non_leader"):
    """End a random replica that does not lead."""


class PartEasy(Event, frozen=True, kw_only=True, tag="part_easy"):
    """Split the replicas in two: a random majority with the leader inside, and the rest."""


class PartHard(Event, frozen=True, kw_only=True, tag="part_hard"):
    """Split the replicas in two: a random majority, and the rest; who leads is forgotten."""


class PartEnd(Event, frozen=True, kw_only=True, tag="part_end"):
    """End every partition."""


class PartLeader(OwnEvent, frozen=True, kw_only=True, tag="part_leader"):
    """Split the replicas in two: a random majority without the leader, and the rest; who leads is forgotten."""

    replica: str = "leader"
    """Or without another one."""


class PartOneway(OwnEvent, frozen=True, kw_only=True, tag="part_oneway"):
    """Let a replica only send to, or only receive from, the other replicas."""

    replica: str = "leader"
    direction: Literal["send_only", "receive_only"] = "send_only"


class PartStar(OwnEvent, frozen=True, kw_only=True, tag="part_star"):
    """Let all other replicas hear of each other only through one: no two of them can talk."""

    replica: str = "random"


class CutLink(OwnEvent, frozen=True, kw_only=True, tag="cut_link"):
    """Cut one link: what `a` sends to `b` is lost, and, if `both`, what `b` sends to `a`."""

    a: str = "leader"
    b: str = "follower"
    both: bool = True


class Drops(OwnEvent, frozen=True, kw_only=True, tag="drops"):
    """Lose this share of the messages from now on."""

    rate: float
    only: str = ""
    """Messages of this type only, as replicas call it; any when empty."""


class Duplicate(OwnEvent, frozen=True, kw_only=True, tag="duplicate"):
    """Deliver this share of the messages twice, the second time up to `max_ms` later."""

    rate: float = 0.2
    max_ms: float = 20.0
    only: str = ""
    """As in `Drops`."""


class Delay(OwnEvent, frozen=True, kw_only=True, tag="delay"):
    """Hold this share of the messages back for a random time between the two: any as likely, or few of them long."""

    rate: float = 1.0
    min_ms: float = 1.0
    max_ms: float = 20.0
    tail: bool = False
    """A heavy tail: half of them take less than a sixtieth of the range."""
    only: str = ""
    """As in `Drops`."""


class Reorder(OwnEvent, frozen=True, kw_only=True, tag="reorder"):
    """Hold this share of the messages back until the next on the same way has overtaken it, or for `max_ms`."""

    rate: float = 0.2
    max_ms: float = 50.0


class Corrupt(OwnEvent, frozen=True, kw_only=True, tag="corrupt"):
    """Damage this share of the messages, each in one of the ways of `kinds`."""

    rate: float = 0.05
    kinds: tuple[Corruption, ...] = CORRUPTIONS


class Hostile(OwnEvent, frozen=True, kw_only=True, tag="hostile"):
    """Send so many malformed datagrams a second to every replica, as if from peers or from outside."""

    per_second: float = 100.0


class Pause(OwnEvent, frozen=True, kw_only=True, tag="pause"):
    """Stop a replica's process where it stands; its socket goes on collecting datagrams."""

    replica: str = "leader"


class Resume(OwnEvent, frozen=True, kw_only=True, tag="resume"):
    """Let one paused replica, or all of them, go on."""

    replica: str = "all"


class Restart(OwnEvent, frozen=True, kw_only=True, tag="restart"):
    """End a replica's process, and start it again under its old name `after_s` later, with what it kept on disk.

    Where replicas are `durable`, it is ended by force, as by a power cut.
    """

    replica: str = "leader"
    after_s: float = 1.0


class RestartAll(OwnEvent, frozen=True, kw_only=True, tag="restart_all"):
    """The same for all replicas at once, which come back one after another, the last `after_s` later."""

    after_s: float = 1.0


class Wipe(OwnEvent, frozen=True, kw_only=True, tag="wipe"):
    """End a replica by force, and start it again `after_s` later with an empty disk: it must not vote any more."""

    replica: str = "leader"
    after_s: float = 1.0


class DiskFull(VirtualEvent, frozen=True, kw_only=True, tag="disk_full"):
    """Leave no room on a replica's disk, until everything is healed."""

    replica: str = "leader"


class DiskError(VirtualEvent, frozen=True, kw_only=True, tag="disk_error"):
    """Let a replica's disk report an error from now on: the replica ends itself, for good."""

    replica: str = "leader"


class DiskHang(VirtualEvent, frozen=True, kw_only=True, tag="disk_hang"):
    """Let a replica's disk hang: what is to be made durable waits, until everything is healed."""

    replica: str = "leader"


DiskRow: TypeAlias = Literal["any", "state", "entry", "record"]


class DiskFlip(VirtualEvent, frozen=True, kw_only=True, tag="disk_flip"):
    """Let one bit of what is durable on a replica's disk be another: whoever reads it stops, and is not started again.

    The replica may never notice; once it has, it is gone for good.
    """

    replica: str = "leader"
    row: DiskRow = "any"
    """Of term and vote, of an entry of the log, or of a record of the snapshot."""


class DiskMisdirect(VirtualEvent, frozen=True, kw_only=True, tag="disk_misdirect"):
    """Let something durable stand where something else was written on a replica's disk, which is no more; likewise."""

    replica: str = "leader"
    row: DiskRow = "any"


class Flood(OwnEvent, frozen=True, kw_only=True, tag="flood"):
    """Have the clients send so many requests more, all at once."""

    requests: int = 200


UnseatWay: TypeAlias = Literal["split", "hard", "oneway", "pause"]


class Unseat(OwnEvent, frozen=True, kw_only=True, tag="unseat"):
    """Have the leader taken away, then each that follows, up to `after_ms` after it begins to lead; and given back.

    The instant of an election is when there is most to go wrong, and no time that is fixed beforehand meets it.
    """

    way: UnseatWay = "split"
    """As by `part_leader`, `part_hard`, `part_oneway` (either way) or `pause`."""
    after_ms: float = 10.0
    lasts_ms: float = 1000.0
    """Up to so long after it was taken away, it is given back: all partitions end, and all go on."""
    times: int = 10
    """So many leaders at most; 0 ends it."""
    flood: int = 0
    """So many requests more are sent while it is away, and just after."""


SlowActor: TypeAlias = Literal[
    "any", "consensus", "election_timer", "log_store", "replicator", "socket_reader", "state_machine"
]


class Slow(VirtualEvent, frozen=True, kw_only=True, tag="slow"):
    """Let an actor wait up to `max_ms` before it takes its next message, before this share of all messages."""

    rate: float = 0.05
    max_ms: float = 100.0
    actor: SlowActor = "any"
    """Which kind of actor: a slow log store is a slow disk."""


class LateTimers(VirtualEvent, frozen=True, kw_only=True, tag="late_timers"):
    """Let timers ring up to so much later than they were set for; so they may ring in another order."""

    max_ms: float = 100.0


class Buffers(VirtualEvent, frozen=True, kw_only=True, tag="buffers"):
    """Let a replica's socket hold so many datagrams of other replicas, and lose what comes beyond them; 0 ends that."""

    datagrams: int = 4


class Heal(OwnEvent, frozen=True, kw_only=True, tag="heal"):
    """End every partition and every other fault of the network and of the machines, the configured loss included."""


class Caption(OwnEvent, frozen=True, kw_only=True, tag="caption"):
    """Tell those who watch what comes next."""

    text: str


Spoiling: TypeAlias = DiskFull | DiskError | DiskHang | DiskFlip | DiskMisdirect
"""What a disk can do to its replica."""

AnyEvent: TypeAlias = (
    KillLeader
    | KillNonLeader
    | PartEasy
    | PartHard
    | PartEnd
    | PartLeader
    | PartOneway
    | PartStar
    | CutLink
    | Drops
    | Duplicate
    | Delay
    | Reorder
    | Corrupt
    | Hostile
    | Pause
    | Resume
    | Restart
    | RestartAll
    | Wipe
    | DiskFull
    | DiskError
    | DiskHang
    | DiskFlip
    | DiskMisdirect
    | Flood
    | Unseat
    | Slow
    | LateTimers
    | Buffers
    | Heal
    | Caption
)

CONTRACT_EVENTS = (KillLeader, KillNonLeader, PartEasy, PartHard, PartEnd)
EVENT_TYPES: tuple[str, ...] = tuple(str(event.__struct_config__.tag) for event in get_args(AnyEvent))


def type_of(event: AnyEvent) -> str:
    """Name an event's type as configuration files do."""
    return str(event.__struct_config__.tag)


def needs_leader(event: AnyEvent) -> bool:
    """Whether the event cannot happen before the simulator knows who leads."""
    match event:
        case KillLeader() | KillNonLeader() | PartEasy():
            return True
        case PartLeader() | PartOneway() | Pause() | PartStar() | Restart():
            return event.replica in {"leader", "follower"}
        case Wipe() | DiskFull() | DiskError() | DiskHang() | DiskFlip() | DiskMisdirect():
            return event.replica in {"leader", "follower"}
        case CutLink():
            return not {"leader", "follower"}.isdisjoint({event.a, event.b})
        case _:
            return False
