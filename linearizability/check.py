"""Did the clients see one register per key, or could they tell that there are several replicas?

A history is linearizable when every operation can be given one instant between its invocation and its return, so that
a single register that executes the operations at these instants gives the same answers (Herlihy & Wing 1990). It is
linearizable exactly when the part of each key is, so keys are checked one by one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from linearizability.register_search import INITIAL_VALUE, Operation, has_linearization

__all__ = ["Operation", "Violation", "check"]

T = TypeVar("T")

_SHOWN_CHARACTERS = 40
_SHOWN_OPERATIONS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """Why a history is not linearizable.

    `operations`, all on `key` and in order of invocation, are not linearizable by themselves, and each is needed:
    without any one of the reads, or without all that write or read any one value, the others are linearizable.
    `explanation` is one sentence for people.
    """

    key: str
    operations: tuple[Operation, ...]
    explanation: str


def check(history: Iterable[Operation], *, zero_s: float = 0.0) -> Violation | None:
    """Say why `history` is not linearizable, or None when it is; every key holds "" at first.

    A put of unknown outcome may take effect at any time after its invocation, or never; a get of unknown outcome says
    nothing. Operations that return and are invoked at the same instant are concurrent. Of several keys that fail, the
    one seen first in `history` is reported, and of its answers the earliest that cannot be explained. The times of a
    violation are counted from `zero_s`.
    """
    by_key: defaultdict[str, list[Operation]] = defaultdict(list)
    for operation in history:
        if operation.kind == "put" or operation.returned_at is not None:
            by_key[operation.key].append(operation)
    for operations in by_key.values():
        if not has_linearization(operations):
            return _violation(operations, zero_s)
    return None


def _violation(operations: Sequence[Operation], zero_s: float) -> Violation:
    core = [_counted_from(zero_s, each) for each in sorted(_core(operations), key=lambda each: each.invoked_at)]
    return Violation(key=core[0].key, operations=tuple(core), explanation=_explanation(core))


def _counted_from(zero_s: float, operation: Operation) -> Operation:
    """The same operation on the clock of those who read of it."""
    returned_at = None if operation.returned_at is None else operation.returned_at - zero_s
    return replace(operation, invoked_at=operation.invoked_at - zero_s, returned_at=returned_at)


def _core(operations: Sequence[Operation]) -> Sequence[Operation]:
    """The few of `operations` that show by themselves that they are not linearizable.

    Only what happened until the first answer that cannot be explained is looked at, for a history that is linearizable
    was so at every earlier instant. Then all is left out that can be: a linearizable history stays one without any of
    its reads, and without all writes and reads of one value.
    """
    instant = _first_failure(operations)
    begun = [each for each in _answered_by(instant, operations) if each.invoked_at <= instant]

    def of_values(values: Iterable[str]) -> list[Operation]:
        wanted = set(values)
        return [each for each in begun if each.value in wanted]

    values = _needed(list(dict.fromkeys(each.value for each in begun)), lambda some: _fails(of_values(some)))
    kept = of_values(values)
    writes = [each for each in kept if each.kind == "put"]
    reads = [each for each in kept if each.kind == "get"]
    return writes + _needed(reads, lambda some: _fails(writes + some))


def _fails(operations: Sequence[Operation]) -> bool:
    return not has_linearization(operations)


def _first_failure(operations: Sequence[Operation]) -> float:
    """When the history stopped being linearizable, in seconds: always at the return of a read."""
    instants = sorted({at for each in operations if each.kind == "get" and (at := each.returned_at) is not None})
    return instants[bisect_left(instants, True, key=lambda at: _fails(_answered_by(at, operations)))]


def _answered_by(instant: float, operations: Iterable[Operation]) -> list[Operation]:
    """The operations without the reads that returned after `instant`.

    The writes that did may stay: they can always come last, behind all reads, and so forbid nothing.
    """
    return [
        each
        for each in operations
        if each.kind == "put" or (each.returned_at is not None and each.returned_at <= instant)
    ]


def _needed(items: list[T], fails: Callable[[list[T]], bool]) -> list[T]:
    """The items that cannot be left out while `fails` is to hold: tried in ever smaller runs (Zeller's ddmin)."""
    size = len(items)
    while size:
        start = 0
        while start < len(items):
            rest = items[:start] + items[start + size :]
            if fails(rest):
                items = rest
            else:
                start += size
        size //= 2
    return items


def _explanation(core: Sequence[Operation]) -> str:
    """Say in a sentence which answer has no explanation, and beside what; `core` is in order of invocation."""
    culprit = max((each for each in core if each.kind == "get"), key=lambda each: each.returned_at or 0.0)
    answer = f"key {_shown(culprit.key)}: {_told(culprit)}"
    if culprit.value != INITIAL_VALUE and not any(each.kind == "put" and each.value == culprit.value for each in core):
        return f"{answer}, which nobody had begun to write by then"
    others = [_told(each) for each in core if each is not culprit]
    if len(others) > _SHOWN_OPERATIONS:
        others[_SHOWN_OPERATIONS:] = [f"{len(others) - _SHOWN_OPERATIONS} more operations"]
    return f"{answer}, which no order of execution explains beside " + "; ".join(others)


def _told(operation: Operation) -> str:
    deed = "answered" if operation.kind == "get" else "writing"
    end = "with unknown outcome" if operation.returned_at is None else f"to {operation.returned_at:.6f} s"
    return (
        f"{operation.kind} {operation.mid} of client {operation.client} {deed} {_shown(operation.value)} "
        f"({operation.invoked_at:.6f} s {end})"
    )


def _shown(text: str) -> str:
    """The text in quotes, shortened: values may be tens of kilobytes long."""
    if len(text) <= _SHOWN_CHARACTERS:
        return repr(text)
    return f"{text[:_SHOWN_CHARACTERS]!r}... ({len(text)} characters)"
