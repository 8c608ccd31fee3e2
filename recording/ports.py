"""The ports of a recorded replica: each does what the port behind it does, and says so to the recorder."""

from typing import Final, Protocol

from actors.ports import DiskFullError, Storage, Timer
from messages.entry import Entry
from messages.ids import DiskId, Instant, LogIndex, NodeId, Term
from messages.snapshot import Change, Record
from messages.wire import Outbound
from recording.recorder import Recorder


class Network(Protocol):
    """What sends a datagram that was stamped with the node's logical clock."""

    def transmit(self, message: Outbound, stamp: int) -> None:
        """Send one datagram, or lose it."""


class RecordingDatagrams:
    """The port Datagrams, recorded: what a trail says was sent was sent after it had been written down."""

    def __init__(self, network: Network, recorder: Recorder) -> None:
        self._network: Final = network
        self._recorder: Final = recorder
        self._clock: Final = recorder.logical_clock

    def send(self, message: Outbound, /) -> None:
        """Send one datagram; in the trail, the sendings of a node are in the order of their times."""
        with self._clock.lock:
            stamp = self._clock.tick()
            self._recorder.did("datagrams", "send", message, stamp)
        self._network.transmit(message, stamp)


class RecordingTimer:
    """The port Timer, recorded; that it rings is a message to its owner."""

    def __init__(self, timer: Timer, recorder: Recorder) -> None:
        self._timer: Final = timer
        self._recorder: Final = recorder

    def set(self, due: Instant, epoch: int) -> None:
        """Ring at `due`."""
        self._recorder.did("timer", "set", {"due": due, "epoch": epoch})
        self._timer.set(due, epoch)


class RecordingStorage:
    """The port Storage; what is written is recorded; reading leaves no trace, nor does what nothing depends on."""

    def __init__(self, storage: Storage, recorder: Recorder) -> None:
        self._storage: Final = storage
        self._recorder: Final = recorder
        self.needs_sync: Final = storage.needs_sync
        self.first_index: Final = storage.first_index
        self.last_index: Final = storage.last_index
        self.snapshot_index: Final = storage.snapshot_index
        self.term_at: Final = storage.term_at
        self.read: Final = storage.read
        self.read_snapshot: Final = storage.read_snapshot
        self.stage_records: Final = storage.stage_records

    def save_hard_state(self, term: Term, voted_for: NodeId | None) -> None:
        """Write the current term and the vote in it."""
        self._recorder.did("storage", "save_hard_state", {"term": term, "voted_for": voted_for})
        self._storage.save_hard_state(term, voted_for)

    def save_disk(self, replica: NodeId, disk: DiskId) -> None:
        """Write which disk a replica has."""
        self._recorder.did("storage", "save_disk", {"replica": replica, "disk": disk})
        self._storage.save_disk(replica, disk)

    def append(self, entries: tuple[Entry, ...]) -> None:
        """Write entries behind the last one."""
        self._recorder.did("storage", "append", {"entries": entries})
        self._storage.append(entries)

    def truncate(self, after: LogIndex) -> None:
        """Drop every entry behind `after`."""
        self._recorder.did("storage", "truncate", {"after": after})
        self._storage.truncate(after)

    def save_snapshot(self, last_included: LogIndex, changes: tuple[Change, ...], first: LogIndex) -> None:
        """Change the snapshot, and drop the entries before `first`."""
        self._recorder.did(
            "storage", "save_snapshot", {"last_included": last_included, "changes": changes, "first": first}
        )
        self._storage.save_snapshot(last_included, changes, first)

    def install_snapshot(self, last_included: LogIndex, term: Term, records: tuple[Record, ...]) -> None:
        """Begin anew with a snapshot and an empty log."""
        self._recorder.did(
            "storage", "install_snapshot", {"last_included": last_included, "term": term, "records": records}
        )
        self._storage.install_snapshot(last_included, term, records)

    def sync(self) -> None:
        """Return when all that was written is durable; only then it is recorded. That it failed is recorded, too."""
        try:
            self._storage.sync()
        except OSError as error:
            failed = {"full": isinstance(error, DiskFullError), "reason": str(error)}
            self._recorder.did("storage", "sync_failed", failed)
            raise
        self._recorder.did("storage", "sync", {})
