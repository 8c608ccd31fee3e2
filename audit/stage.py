"""One actor on a stage, for tests: it is told what a trail says it took, and what it does is there to be compared."""

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import msgspec

from audit.decoding import decoded
from audit.records import Opened
from audit.replay import Acted, Replay, Told

Doings: TypeAlias = dict[str, list[tuple[str, str]]]
"""What an actor did, by whom it told (`log_store`) or which port it used (`datagrams`, `storage`, `timer`).

Each doing is a message's class, or a port's call, and its JSON; those for one receiver are in order.
"""


def doings(done: Iterable[Told | Acted]) -> Doings:
    """The same, sorted by receiver."""
    found: Doings = {}
    for each in done:
        if isinstance(each, Told):
            found.setdefault(each.to, []).append((each.type, each.message.decode()))
        else:
            found.setdefault(each.port, []).append((each.call, each.value.decode()))
    return found


class ActorStage:
    """The actor `actor` of the replica that wrote the record `opened` (its JSON), with probes in place of all others.

    It has taken `before` already: messages as pairs of class and JSON. A log store's storage held what `restored`
    says, likewise, when the replica was started.
    """

    def __init__(
        self,
        actor: str,
        opened: str,
        before: Sequence[tuple[str, str]] = (),
        restored: Sequence[tuple[str, str]] = (),
    ) -> None:
        self._actor: Final = actor
        self._replay: Final = Replay(msgspec.json.decode(opened, type=Opened))
        for type_name, message in restored:
            self._replay.restore(type_name, msgspec.Raw(message.encode()))
        for type_name, message in before:
            self.take(type_name, message)

    def take(self, type_name: str, message: str) -> Doings:
        """Tell it a message, given as its class and its JSON; what it does."""
        told = decoded(type_name, msgspec.Raw(message.encode()))
        return doings(self._replay.take(self._actor, told))
