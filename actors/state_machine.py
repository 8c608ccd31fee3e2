"""The state machine: the key-value map that every replica computes from the same log (Raft §2)."""

from collections.abc import Mapping
from typing import Final, assert_never

from msgspec import UNSET
from structlog.typing import FilteringBoundLogger

from actors.actor import Actor
from actors.key_values import KeyValues
from actors.ports import Datagrams
from actors.settings import Settings
from actors.snapshot import Image
from messages.address import Address
from messages.entry import Entry
from messages.ids import LogIndex, NodeId
from messages.log_store import SaveSnapshot
from messages.state_machine import Apply, ForgetChunks, Read, StateMachineMessage, TakeChunk
from messages.wire import Get, GetOk


class StateMachine(Actor):
    """Owns the map and the index last applied; answers reads; never sees an uncommitted entry.

    Reads are told behind all that was committed when they were confirmed, so what is applied is what they may see.
    Now and then it tells the log store what has changed since it did so last: that is the snapshot (Raft §7). It costs
    as much as what has changed, however large the map is.
    """

    def __init__(
        self,
        *,
        me: NodeId,
        settings: Settings,
        audit: FilteringBoundLogger,
        datagrams: Datagrams,
        log_store: Address[SaveSnapshot],
    ) -> None:
        super().__init__()
        self._me: Final = me
        self._settings: Final = settings
        self._audit: Final = audit
        self._datagrams: Final = datagrams
        self._log_store: Final = log_store
        self._state = KeyValues()
        self._staged = Image()
        """What came so far of a snapshot that is to take the place of all this."""

    @property
    def last_applied(self) -> LogIndex:
        """The index of the last entry that is in the map (Raft Figure 2); for who watches, on the actor's thread."""
        return self._state.last_applied

    @property
    def values(self) -> Mapping[str, str]:
        """The map as it is now; likewise."""
        return self._state.values

    def on_receive(self, message: StateMachineMessage) -> None:
        """Apply, or answer."""
        match message:
            case Apply():
                self._apply(message)
            case Read():
                self._read_all(message)
            case TakeChunk():
                self._take(message)
            case ForgetChunks():
                self._staged = Image()
            case _:
                assert_never(message)

    def _apply(self, message: Apply) -> None:
        """Each entry once, in log order (Raft §5.3): a gap would be another history than the other replicas'."""
        assert message.first == self._state.last_applied + 1, "applied in log order, without gaps"
        for entry in message.entries:
            self._apply_entry(entry)
        self._audit.info("entry.committed", first=message.first, last=self._state.last_applied)

    def _apply_entry(self, entry: Entry) -> None:
        state = self._state
        if not state.apply(entry) and entry.write is not None:
            client, mid = entry.write.client, entry.write.MID
            self._audit.info("write.repeated", mid=mid, client=client, index=state.last_applied)
        if state.changed_entries >= self._settings.snapshot_entries or (
            state.changed_bytes >= self._settings.snapshot_bytes
        ):
            changes = state.take_changes()
            self._log_store.tell(SaveSnapshot(last_included_index=state.last_applied, changes=changes))

    def _take(self, message: TakeChunk) -> None:
        """All that was applied is in the snapshot that a leader sent, or that was here before, with more (Raft §7)."""
        chunk = message.chunk
        if chunk.offset == 0:
            self._staged = Image()
        assert chunk.offset == self._staged.count, "a snapshot's parts come in order"
        self._staged.add(chunk.records)
        if chunk.done:
            assert chunk.last_included_index > self._state.last_applied, "what was applied is never taken back"
            self._state, self._staged = KeyValues(chunk.last_included_index, self._staged), Image()
            self._audit.info("state.replaced", last=chunk.last_included_index, keys=len(self._state.values))

    def _read_all(self, message: Read) -> None:
        for request in message.requests:
            self._answer_get(request, message.leader)

    def _answer_get(self, request: Get, leader: NodeId) -> None:
        value = self._state.values.get(request.key, "")
        said = UNSET if request.since is None else self._state.last_applied
        answer = GetOk(src=self._me, dst=request.src, leader=leader, MID=request.MID, value=value, index=said)
        self._datagrams.send(answer)
        self._audit.info(
            "request.answered", mid=request.MID, client=request.src, answer="ok", index=self._state.last_applied
        )
