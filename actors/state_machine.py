"""The state machine: the key-value map that every replica computes from the same log (Raft §2)."""

from collections.abc import Mapping
from typing import Final, assert_never

from structlog.typing import FilteringBoundLogger

from actors.actor import Actor
from actors.ports import Datagrams
from messages.ids import LogIndex, NodeId
from messages.state_machine import Apply, Read, StateMachineMessage
from messages.wire import Get, GetOk


class StateMachine(Actor):
    """Owns the map and the index last applied; answers reads; never sees an uncommitted entry.

    Reads are told behind all that was committed when they were confirmed, so what is applied is what they may see.
    """

    def __init__(self, *, me: NodeId, audit: FilteringBoundLogger, datagrams: Datagrams) -> None:
        super().__init__()
        self._me: Final = me
        self._audit: Final = audit
        self._datagrams: Final = datagrams
        self._values: dict[str, str] = {}
        self._last_applied = LogIndex(0)

    @property
    def last_applied(self) -> LogIndex:
        """The index of the last entry that is in the map (Raft Figure 2); for who watches, on the actor's thread."""
        return self._last_applied

    @property
    def values(self) -> Mapping[str, str]:
        """The map as it is now; likewise."""
        return self._values

    def on_receive(self, message: StateMachineMessage) -> None:
        """Apply, or answer."""
        match message:
            case Apply():
                self._apply(message)
            case Read():
                self._read_all(message)
            case _:
                assert_never(message)

    def _apply(self, message: Apply) -> None:
        """Each entry once, in log order (Raft §5.3): a gap would be another history than the other replicas'."""
        assert message.first == self._last_applied + 1, "applied in log order, without gaps"
        self._last_applied = LogIndex(self._last_applied + len(message.entries))
        for entry in message.entries:
            if entry.write is not None:
                self._values[entry.write.key] = entry.write.value
        self._audit.info("entry.committed", first=message.first, last=self._last_applied)

    def _read_all(self, message: Read) -> None:
        for request in message.requests:
            self._answer_get(request, message.leader)

    def _answer_get(self, request: Get, leader: NodeId) -> None:
        value = self._values.get(request.key, "")
        self._datagrams.send(GetOk(src=self._me, dst=request.src, leader=leader, MID=request.MID, value=value))
        self._audit.info("request.answered", mid=request.MID, client=request.src, answer="ok", index=self._last_applied)
