"""Which snapshots each replica took, sent and installed, and where its log begins for that: from the named events."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import msgspec

from audit.records import Event, Took


class _Restored(msgspec.Struct):
    first: int


_restored: Final = msgspec.json.Decoder(_Restored)


@dataclass(slots=True, kw_only=True)
class SnapshotsOf:
    """The snapshots of one replica.

    Its latest includes the entries up to `last_included`; its log is kept from `first` on, None where that is not
    known. `sent` counts, by peer, those that it began to send.
    """

    taken: int = 0
    last_included: int = 0
    first: int | None = None
    held_back: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    parts_again: int = 0
    installed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """Parts that it did not take, by reason."""


class Snapshots:
    """Follows what replicas say of their snapshots; those that say nothing of any are not in `nodes`."""

    def __init__(self) -> None:
        self.nodes: Final[dict[str, SnapshotsOf]] = {}
        self._begins: Final[dict[str, int]] = {}

    def take(self, name: str, took: Took) -> None:
        """The replica `name` begins with what it had stored."""
        if took.type == "Restored":
            with suppress(msgspec.MsgspecError):  # a damaged record; that is said elsewhere
                self._begins.setdefault(name, _restored.decode(took.message).first)

    def look(self, name: str, event: Event) -> None:
        """The replica `name` says something of a snapshot."""
        match event.event, event.fields:
            case "snapshot.saved", {"last_included": int() as last, "first": int() as first}:
                self._of(name).taken += 1
                self._moves(name, last, first)
            case "snapshot.installed", {"last_included": int() as last}:
                self._of(name).installed += 1
                self._moves(name, last, last + 1)
            case "state.replaced", {"last": int() as last}:
                self._moves(name, last, self._of(name).first)
            case "snapshot.held_back", _:
                self._of(name).held_back += 1
            case "snapshot.sent", {"peer": str() as peer}:
                self._of(name).sent[peer] += 1
            case "snapshot.resent", _:
                self._of(name).parts_again += 1
            case "snapshot.refused", {"reason": str() as reason}:
                self._of(name).refused[reason] += 1
            case _:
                pass

    def _moves(self, name: str, last_included: int, first: int | None) -> None:
        """Two actors of a replica say so: whichever comes later says nothing older."""
        node = self._of(name)
        if last_included >= node.last_included:
            node.last_included, node.first = last_included, first

    def _of(self, name: str) -> SnapshotsOf:
        if name not in self.nodes:
            self.nodes[name] = SnapshotsOf(first=self._begins.get(name))
        return self.nodes[name]
