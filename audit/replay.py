"""One replica, run again from its trail: the same classes, wired by the same wiring, told what they were told then."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, ParamSpec, TypeVar

import msgspec

from actors.ports import DiskFullError, Timer
from actors.runtime import Receives
from actors.settings import Settings
from actors.storage import MemoryStorage, SyncedMemoryStorage
from actors.wiring import Replica, wire
from audit.contents import SyncFailed, content_of
from audit.decoding import decoded
from audit.records import DISK, MEMORY, SYNCED_MEMORY, Did, Located, Opened, Took
from messages.address import Address
from messages.consensus import Restored, RestoredChunk
from messages.entry import Entry
from messages.ids import DiskId, Instant, LogIndex, NodeId, Term
from messages.snapshot import Change, Record
from messages.socket_reader import Datagrams
from messages.timer import Rang
from messages.wire import Outbound
from trail import audit_log

P = ParamSpec("P")
M = TypeVar("M")

_encoder: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An actor told the actor `to` a message of the class `type`; `message` is its JSON."""

    to: str
    type: str
    message: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """An actor called `call` of a port; `value` is the JSON of what it gave it."""

    port: str
    call: str
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a storage keeps: entries from `first_index` to `last_index`, and a snapshot of so many records, if any.

    The snapshot includes the entries up to `snapshot_index`, whose term is `snapshot_term`; both are 0 without one.
    """

    first_index: int
    last_index: int
    snapshot_index: int
    snapshot_term: int
    records: int


class ReplayError(Exception):
    """A replica cannot be run again; one sentence says why."""


class Replay:
    """The actors of one replica, as its trail's beginning describes them, without threads, network and clock.

    `deliver` has an actor take what it took then; what it does is given back instead of being done. `failures` are the
    deliveries of its log store in which the disk failed (`sync_failures`).
    """

    def __init__(self, opened: Opened, failures: Mapping[int, SyncFailed] | None = None) -> None:
        if opened.storage not in {MEMORY, SYNCED_MEMORY, DISK}:
            raise ReplayError(f"Storage {opened.storage!r} cannot be run again by this version.")
        self.actors: Final[dict[str, object]] = {}
        self._handle: Final[dict[str, Callable[[object], object]]] = {}
        self._done: list[Told | Acted] = []
        self._failures: Final = failures or {}
        self._failing: SyncFailed | None = None
        """What the disk said then, in the delivery that is being handled."""
        self.storage: Final = (_Storage if opened.storage == MEMORY else _SyncedStorage)(self._acted, self._failing_now)
        replica = Replica(
            me=NodeId(opened.node),
            peers=tuple(map(NodeId, opened.peers)),
            settings=_settings(opened.settings),
            seed=opened.seed,
            audit=audit_log(_forget, node=opened.node, clock=float, logical_clock=int, level="off"),
            datagrams=self,
            storage=self.storage,
        )
        wire(self, replica, started_at=Instant(opened.at))

    def deliver(self, took: Took) -> tuple[Told | Acted, ...]:
        """Have an actor take a recorded message; raises UndecodableError, and whatever the actor raises."""
        self._failing = self._failures.get(took.n) if took.actor == "log_store" else None
        return self.take(took.actor, decoded(took.type, took.message))

    def take(self, actor: str, message: object) -> tuple[Told | Acted, ...]:
        """Have an actor take a message; what it tells and does, in order."""
        self._done = []
        if isinstance(message, RestoredChunk | Restored):
            self.storage.restore(message)
        self._handle[actor](message)
        return tuple(self._done)

    def restore(self, type_name: str, message: msgspec.Raw) -> None:
        """Fill the storage with what Consensus was told that it held, without telling Consensus."""
        part = decoded(type_name, message)
        assert isinstance(part, RestoredChunk | Restored), "what a storage held is told so"
        self.storage.restore(part)

    # --- the runtime -------------------------------------------------------------------------------------------

    def spawn(self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs) -> Address[M]:
        """Build an actor that runs when it is told to."""
        built = actor(*args, **kwargs)
        self.actors[name] = built
        self._handle[name] = built.on_receive  # type: ignore[assignment]  # it is given only what its trail says
        return _Address(name, self._told)

    def spawn_beside(
        self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Address[M]:
        """The same."""
        return self.spawn(name, actor, *args, **kwargs)

    def spawn_core(
        self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Address[M]:
        """The same."""
        return self.spawn(name, actor, *args, **kwargs)

    def spawn_reader(
        self, name: str, reader: Callable[P, Receives[Datagrams]], /, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """The same."""
        self.spawn(name, reader, *args, **kwargs)

    def timer(self, owner: Address[Rang], /) -> Timer:
        """A timer that never rings by itself."""
        del owner
        return _Timer(self._acted)

    # --- the ports ---------------------------------------------------------------------------------------------

    def send(self, message: Outbound, /) -> None:
        """Note a datagram."""
        self._acted("datagrams", "send", message)

    def _told(self, to: str, message: object) -> None:
        self._done.append(Told(to=to, type=type(message).__name__, message=_encoder.encode(message)))

    def _failing_now(self) -> SyncFailed | None:
        return self._failing

    def _acted(self, port: str, call: str, value: object) -> None:
        self._done.append(Acted(port=port, call=call, value=_encoder.encode(value)))


class _Address(Generic[M]):
    """Where a message goes is noted; it is taken when the trail says so."""

    def __init__(self, name: str, told: Callable[[str, object], None]) -> None:
        self._name: Final = name
        self._told: Final = told

    def tell(self, message: M, /) -> None:
        """Note `message`."""
        self._told(self._name, message)


class _Timer:
    """Notes when it is set."""

    def __init__(self, acted: Callable[[str, str, object], None]) -> None:
        self._acted: Final = acted

    def set(self, due: Instant, epoch: int) -> None:
        """Note it."""
        self._acted("timer", "set", {"due": due, "epoch": epoch})


class _Storage(MemoryStorage):
    """A storage in memory, as the replica had; what is written is noted, too."""

    def __init__(self, acted: Callable[[str, str, object], None], failing: Callable[[], SyncFailed | None]) -> None:
        super().__init__()
        self._acted: Final = acted
        self._failing: Final = failing

    def kept(self) -> Kept:
        """What it holds now."""
        return Kept(
            first_index=self.first_index(),
            last_index=self.last_index(),
            snapshot_index=self._snapshot_index,
            snapshot_term=self._snapshot_term,
            records=len(self._records),
        )

    def save_hard_state(self, term: Term, voted_for: NodeId | None) -> None:
        """Keep term and vote."""
        self._acted("storage", "save_hard_state", {"term": term, "voted_for": voted_for})
        super().save_hard_state(term, voted_for)

    def save_disk(self, replica: NodeId, disk: DiskId) -> None:
        """Keep which disk a replica has."""
        self._acted("storage", "save_disk", {"replica": replica, "disk": disk})
        super().save_disk(replica, disk)

    def append(self, entries: tuple[Entry, ...]) -> None:
        """Keep entries."""
        self._acted("storage", "append", {"entries": entries})
        super().append(entries)

    def truncate(self, after: LogIndex) -> None:
        """Drop entries."""
        self._acted("storage", "truncate", {"after": after})
        super().truncate(after)

    def save_snapshot(self, last_included: LogIndex, changes: tuple[Change, ...], first: LogIndex) -> None:
        """Change the snapshot, and drop entries."""
        self._acted("storage", "save_snapshot", {"last_included": last_included, "changes": changes, "first": first})
        super().save_snapshot(last_included, changes, first)

    def install_snapshot(self, last_included: LogIndex, term: Term, records: tuple[Record, ...]) -> None:
        """Begin anew with a snapshot."""
        self._acted("storage", "install_snapshot", {"last_included": last_included, "term": term, "records": records})
        super().install_snapshot(last_included, term, records)

    def sync(self) -> None:
        """Note it; fail as it did then."""
        failing = self._failing()
        if failing is not None:
            self._acted("storage", "sync_failed", {"full": failing.full, "reason": failing.reason})
            raise (DiskFullError if failing.full else OSError)(failing.reason)
        super().sync()
        self._acted("storage", "sync", {})


class _SyncedStorage(_Storage, SyncedMemoryStorage):
    """The same, of a replica whose storage had to be told to sync."""


def sync_failures(records: Iterable[Located]) -> dict[int, SyncFailed]:
    """The deliveries of the log store in which the disk failed, and how; what cannot be understood is left out."""
    failed = {}
    for record in (located.record for located in records):
        if isinstance(record, Did) and (record.actor, record.call) == ("log_store", "sync_failed"):
            content = content_of(record)
            if isinstance(content, SyncFailed):
                failed[record.n] = content
    return failed


def _settings(recorded: Mapping[str, int]) -> Settings:
    try:
        return Settings(**recorded)
    except TypeError as error:
        raise ReplayError(f"The settings are not this version's: {error}.") from error


def _forget(_record: object) -> None:
    """What is run again writes no trail."""
