"""The search for an order in which one register could have executed a history of operations.

The algorithm is Wing & Gong's (1993): place an operation that no other has to precede, go on, go back when stuck.
Lowe's (2017) memory of what was tried keeps it from doing the same work twice. As the object is a
register, four more observations are sound, and make histories whose writes write different values quick to decide
either way:

1. A read of the current value that may come next does so: it changes nothing, and moving it forward harms nobody.
2. Then the next operation is a write. If somebody is still to read the current value and no write is left that could
   bring it back, there is no order.
3. Of the writes of one value that may come next, the one that returned first stands for all: where another comes first,
   the two may change places. A write of unknown outcome returns last of all, and need only be tried when a read that
   may come next is waiting for its value, for otherwise it changes nothing that anybody sees.
4. If after a write and the reads that may follow it (by 1) nobody is still to read its value, that write was a right
   choice: take any order of all that remained, move these operations to its front, and it still is one, since what they
   leave behind began with a write.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

INITIAL_VALUE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One request of one client. Times are seconds on one clock; `returned_at` is None when the outcome is unknown."""

    client: str
    mid: str
    kind: Literal["get", "put"]
    key: str
    value: str  # what a put wrote, or what a get was answered
    invoked_at: float
    returned_at: float | None

    def __post_init__(self) -> None:
        """Refuse times that no request can have, NaN among them: ValueError."""
        if self.returned_at is not None and not self.returned_at >= self.invoked_at:
            raise ValueError(
                f"operation {self.mid} of client {self.client} returned at {self.returned_at} s, "
                f"but was invoked at {self.invoked_at} s"
            )


def has_linearization(operations: Sequence[Operation]) -> bool:
    """Say whether one register could have executed `operations`, all of one key, and given these answers.

    Gets need an answer; a put of unknown outcome may take effect at any time after its invocation, or never. Of
    operations that return and are invoked at the same instant, either may come first.
    """
    return _Search(operations).finds_an_order()


class _Event:
    """An invocation or a return, in a circular doubly linked list of those that are not placed yet."""

    __slots__ = ("after", "before")

    def __init__(self) -> None:
        self.before: _Event = self
        self.after: _Event = self

    def insert_before(self, other: _Event) -> None:
        self.before, self.after = other.before, other
        self.relink()

    def unlink(self) -> None:
        self.before.after = self.after
        self.after.before = self.before

    def relink(self) -> None:
        """Undo the last `unlink`, which must be of this event."""
        self.before.after = self
        self.after.before = self


class _Call(_Event):
    """The invocation of an operation; `returned` stays outside the list while the outcome is unknown."""

    __slots__ = ("bit", "is_get", "returned", "returned_at", "value")

    def __init__(self, operation: Operation, bit: int) -> None:
        super().__init__()
        self.bit = bit
        self.is_get = operation.kind == "get"
        self.value = operation.value
        self.returned_at = math.inf if operation.returned_at is None else operation.returned_at
        self.returned = _Event()

    def lift(self) -> None:
        """Take both events out of the list: the return first, so that `after` stays good for whoever walks the list."""
        self.returned.unlink()
        self.unlink()

    def unlift(self) -> None:
        """Put both events back where they were."""
        self.relink()
        self.returned.relink()


def _linked(operations: Sequence[Operation]) -> _Event:
    """Give the head of the list of all events in order of time, at one instant invocations first."""
    events: list[tuple[float, bool, _Event]] = []
    for number, operation in enumerate(operations):
        call = _Call(operation, 1 << number)
        events.append((operation.invoked_at, False, call))
        if operation.returned_at is not None:
            events.append((operation.returned_at, True, call.returned))
    head = _Event()
    for _, _, event in sorted(events, key=lambda timed: timed[:2]):
        event.insert_before(head)
    return head


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """A place to go back to: how many operations were placed, and the writes not tried there, the best one last."""

    placed: int
    untried: list[_Call]


class _Search:
    """A partial order of one register's operations, and the ways to extend it that are left."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._head = _linked(operations)
        self._value = INITIAL_VALUE
        self._order: list[tuple[_Call, str]] = []  # each with the value that it found
        self._placed = 0  # the bits of the calls in `_order`
        self._tried: set[int] = set()  # values of `_placed`; a write comes next (2), so the value is no part of it
        self._reads_left = Counter(each.value for each in operations if each.kind == "get")
        self._writes_left = Counter(each.value for each in operations if each.kind == "put")

    def finds_an_order(self) -> bool:
        """Whether a register explains the operations in some order, each between its call and its return."""
        choices: list[_Choice] = []
        self._place_reads()
        while not self._is_complete():
            if choices and not self._reads_left[self._value]:
                choices[-1].untried.clear()  # observation 4
            choices.append(_Choice(placed=len(self._order), untried=self._next_writes()))
            while not choices[-1].untried:
                choices.pop()
                if not choices:
                    return False
            self._go_back_to(choices[-1].placed)
            self._place(choices[-1].untried.pop())
            self._place_reads()
        return True

    def _next_calls(self) -> Iterator[_Call]:
        """The calls that no operation has to precede: those before the first return. The one yielded may be placed."""
        event = self._head.after
        while isinstance(event, _Call):
            yield event
            event = event.after

    def _is_complete(self) -> bool:
        return all(call.returned_at == math.inf for call in self._next_calls())

    def _place_reads(self) -> None:
        """Place all reads of the current value that may come next (observation 1)."""
        for call in self._next_calls():
            if call.is_get and call.value == self._value:
                self._place(call)

    def _next_writes(self) -> list[_Call]:
        """The writes worth trying next (observations 2 and 3), the most promising one last."""
        lost = self._reads_left[self._value] > 0 and not self._writes_left[self._value]
        if lost or self._placed in self._tried:
            return []
        self._tried.add(self._placed)
        wanted = {call.value for call in self._next_calls() if call.is_get}
        first: dict[str, _Call] = {}
        for call in self._next_calls():
            if not call.is_get and (call.returned_at < math.inf or call.value in wanted):
                rival = first.get(call.value)
                if rival is None or call.returned_at < rival.returned_at:
                    first[call.value] = call
        return sorted(first.values(), key=lambda call: (not self._reads_left[call.value], call.value in wanted))

    def _place(self, call: _Call) -> None:
        self._order.append((call, self._value))
        self._placed |= call.bit
        self._value = call.value
        (self._reads_left if call.is_get else self._writes_left)[call.value] -= 1
        call.lift()

    def _go_back_to(self, placed: int) -> None:
        """Take back the latest operations until `placed` are left."""
        while len(self._order) > placed:
            call, self._value = self._order.pop()
            self._placed ^= call.bit
            (self._reads_left if call.is_get else self._writes_left)[call.value] += 1
            call.unlift()
