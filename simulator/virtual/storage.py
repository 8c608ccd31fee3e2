"""The port Storage in virtual time: in memory, and what is written is watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from actors.storage import SyncedMemoryStorage
from messages.entry import Entry
from messages.ids import LogIndex, NodeId, Term

if TYPE_CHECKING:
    from simulator.virtual.node import Node


class WatchedStorage(SyncedMemoryStorage):
    """A replica's storage, which shows all that is done to it; `syncs` says whether it must be told to sync."""

    def __init__(self, node: Node, *, syncs: bool) -> None:
        super().__init__()
        self._node: Final = node
        self._watch: Final = node.world.watch
        self._syncs: Final = syncs

    def needs_sync(self) -> bool:
        """Whether anything that was written is not durable yet."""
        return self._syncs and super().needs_sync()

    def save_hard_state(self, term: Term, voted_for: NodeId | None) -> None:
        """Keep term and vote."""
        self._watch.saved(self._node, term, voted_for)
        super().save_hard_state(term, voted_for)

    def append(self, entries: tuple[Entry, ...]) -> None:
        """Keep entries behind the last one."""
        self._watch.appended(self._node, entries)
        super().append(entries)

    def truncate(self, after: LogIndex) -> None:
        """Drop every entry behind `after`."""
        self._watch.truncated(self._node, after)
        super().truncate(after)

    def sync(self) -> None:
        """Make durable what was written."""
        super().sync()
        self._watch.synced(self._node)
