"""A log store with probes around it, and the short words in which tests talk to it."""

from typing import Final, TypeAlias

from actors.log_store import LogStore
from actors.settings import Settings
from actors.storage import MemoryStorage
from messages.consensus import Appended, HardStateSaved
from messages.entry import Entry
from messages.ids import NOBODY, LogIndex, NodeId, Term
from messages.log_store import (
    Acknowledge,
    Append,
    DropChunks,
    Flush,
    ReadChunk,
    ReadEntries,
    SaveHardState,
    SaveSnapshot,
    StoreChunk,
    Truncate,
)
from messages.replicator import ChunkRead, EntriesRead
from messages.snapshot import Change, Chunk, Record
from messages.wire import AppendAccepted, Outbound, VoteReply
from tests.actors.probes import AuditProbe, Probe
from tests.actors.samples import ME, OTHER, PEER, at, index, puts

SETTINGS: Final = Settings(snapshot_margin=3)
RECORDS: Final[tuple[Record, ...]] = (("v/a", "1"), ("v/b", "2"), ("v/c", "3"))

Said: TypeAlias = Appended | HardStateSaved | Outbound


class Disk(MemoryStorage):
    """A storage that writes down what is done to it, and can break."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.staged: list[tuple[int, tuple[Record, ...]]] = []
        self.error: OSError | None = None
        self._has_failed = False

    def save_hard_state(self, term: Term, voted_for: NodeId | None) -> None:
        self.done.append("save")
        super().save_hard_state(term, voted_for)

    def append(self, entries: tuple[Entry, ...]) -> None:
        self.done.append("append")
        super().append(entries)

    def truncate(self, after: LogIndex) -> None:
        self.done.append("truncate")
        super().truncate(after)

    def save_snapshot(self, last_included: LogIndex, changes: tuple[Change, ...], first: LogIndex) -> None:
        self.done.append("save_snapshot")
        super().save_snapshot(last_included, changes, first)

    def stage_records(self, offset: int, records: tuple[Record, ...]) -> None:
        self.done.append("stage_records")
        self.staged.append((offset, records))
        super().stage_records(offset, records)

    def install_snapshot(self, last_included: LogIndex, term: Term, records: tuple[Record, ...]) -> None:
        self.done.append("install_snapshot")
        super().install_snapshot(last_included, term, records)

    def needs_sync(self) -> bool:
        return self.done[-1:] not in ([], ["sync"]) or self._has_failed

    def sync(self) -> None:
        self.done.append("sync")
        self._has_failed = self.error is not None
        if self.error is not None:
            raise self.error


class Outlet:
    """Consensus and the network in one: what the store says to either, in order."""

    def __init__(self) -> None:
        self.said: list[Said] = []

    def tell(self, report: Appended | HardStateSaved, /) -> None:
        """Keep `report`, as Consensus."""
        self.said.append(report)

    def send(self, message: Outbound, /) -> None:
        """Keep `message`, as the network."""
        self.said.append(message)


class Store:
    """A log store with probes around it; `flush` delivers the notes that it has left for itself."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.disk = Disk()
        self.outlet = Outlet()
        self.replicators: dict[NodeId, Probe[EntriesRead | ChunkRead]] = {PEER: Probe(), OTHER: Probe()}
        self.notes: Probe[Flush] = Probe()
        self.audit = AuditProbe()
        self.actor = LogStore(
            settings=settings,
            audit=self.audit.log,
            storage=self.disk,
            datagrams=self.outlet,
            consensus=self.outlet,
            replicators=self.replicators,
            myself=self.notes,
        )

    def append(self, after: int, entries: tuple[Entry, ...], *, term: int | None = None, report: bool = True) -> None:
        of_term = Term(entries[-1].term if term is None else term)
        self.actor.on_receive(Append(term=of_term, after=index(after), entries=entries, report=report))

    def save(self, term: int, vote: NodeId | None = None) -> None:
        self.actor.on_receive(SaveHardState(term=Term(term), voted_for=vote))

    def acknowledge(self, reply: AppendAccepted | VoteReply) -> None:
        self.actor.on_receive(Acknowledge(reply=reply))

    def truncate(self, after: int) -> None:
        self.actor.on_receive(Truncate(after=index(after)))

    def flush(self) -> list[Said]:
        """What it has said by then, since the last look."""
        for note in self.notes.take():
            self.actor.on_receive(note)
        return self.said()

    def said(self) -> list[Said]:
        """What it has said since the last look."""
        said, self.outlet.said = self.outlet.said, []
        return said

    def read(
        self,
        first: int,
        *,
        needed: int | None = None,
        count_max: int = 100,
        bytes_max: int = 60_000,
        peer: NodeId = PEER,
    ) -> None:
        wanted = ReadEntries(
            peer=peer,
            term=Term(9),
            first=index(first),
            needed=index(first if needed is None else needed),
            count_max=count_max,
            bytes_max=bytes_max,
        )
        self.actor.on_receive(wanted)

    def snapshot(self, last: int, *changes: Change) -> None:
        """The state machine's, after the entry `last`."""
        self.actor.on_receive(SaveSnapshot(last_included_index=index(last), changes=changes))

    def store(self, chunk: Chunk) -> None:
        self.actor.on_receive(StoreChunk(chunk=chunk))

    def drop(self) -> None:
        """No more parts of the snapshot will come."""
        self.actor.on_receive(DropChunks())

    def read_on(self, chunk: Chunk, *, bytes_max: int = 1, peer: NodeId = PEER) -> None:
        """Ask for what follows `chunk`."""
        wanted = ReadChunk(
            peer=peer,
            term=Term(9),
            last_included_index=chunk.last_included_index,
            offset=chunk.offset + len(chunk.records),
            after=chunk.records[-1][0],
            bytes_max=bytes_max,
        )
        self.actor.on_receive(wanted)

    def given(self, peer: NodeId = PEER) -> list[Chunk]:
        """The parts that the replicator of `peer` was given since the last look."""
        return [read.chunk for read in self.replicators[peer].take() if isinstance(read, ChunkRead)]

    def ends(self) -> tuple[LogIndex, LogIndex, LogIndex]:
        """The first index that is kept, the last that the snapshot includes, and the last."""
        return self.disk.first_index(), self.disk.snapshot_index(), self.disk.last_index()

    def image(self) -> dict[str, str]:
        """The snapshot as it is now."""
        return dict(self.disk.read_snapshot(0, "", 10_000))


def filled_store(settings: Settings = SETTINGS) -> Store:
    """Its log has 20 entries, all durable; three of those that a snapshot includes are kept."""
    store = Store(settings)
    store.append(0, puts(1, 20))
    store.flush()
    store.disk.done.clear()
    return store


def appended(term: int, last: int, last_term: int) -> Appended:
    return Appended(term=Term(term), last_log_index=index(last), last_log_term=Term(last_term))


def saved(term: int, vote: NodeId | None, last: int, last_term: int) -> HardStateSaved:
    return HardStateSaved(term=Term(term), voted_for=vote, last_log_index=index(last), last_log_term=Term(last_term))


def accepted(term: int, match: int) -> AppendAccepted:
    return AppendAccepted(
        src=ME, dst=PEER, leader=PEER, term=Term(term), match_index=index(match), commit_index=index(0), at=at(1.0)
    )


def vote(term: int) -> VoteReply:
    return VoteReply(src=ME, dst=OTHER, leader=NOBODY, term=Term(term), granted=True)
