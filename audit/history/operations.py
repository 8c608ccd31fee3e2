"""What clients saw, as the checker of histories takes it: a put that was sent several times is one operation."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from audit.history.effects import Effects
from audit.history.requests import DENIALS, Request, Requests, name_of
from linearizability import Operation

NOBODY: Final = "nobody"
BEFORE: Final = "(in a snapshot)"
"""In the place of client and MID, where only the value is known."""


def operations_of(requests: Requests, effects: Effects, *, all_shown: bool) -> list[Operation]:
    """Puts of unknown outcome are included, those that were denied not.

    With `all_shown`, no put took effect more often than was seen.
    """
    alone: list[Operation] = []
    together: defaultdict[int, list[Request]] = defaultdict(list)
    for request in requests.all:
        name = name_of(request.asked.src, request.asked.MID)
        if request.asked.type == "put" and requests.times_asked(name) > 1:
            together[name].append(request)
        elif (operation := request.operation) is not None:
            alone.append(operation)
    repeated = (
        operation
        for name, sendings in together.items()
        for operation in _repeated(sendings, effects.times(name), all_shown=all_shown)
    )
    return [*_unseen(requests), *alone, *repeated]


def _repeated(sendings: Sequence[Request], times: int, *, all_shown: bool) -> Iterator[Operation]:
    """A put that was sent several times under one name: it takes effect once, at or before its first `ok` (Raft §8).

    It may take effect again when it is not remembered any more. Of several puts under one name, which nobody should
    send, it is not known which had an effect.
    """
    by_content: defaultdict[tuple[str, str], list[Request]] = defaultdict(list)
    for each in sendings:
        if each.answer not in DENIALS:
            by_content[each.asked.key, each.asked.value].append(each)
    for same in by_content.values():
        answers = [each.answered_at for each in same if each.answered_at is not None]
        is_known = len(by_content) == 1 and bool(answers)
        count = max(times, 1) if all_shown else len(same)
        yield _put(same, min(answers) if is_known else None)
        yield from (_put(same, None) for _ in range(count - 1))


def _put(sendings: Sequence[Request], returned_at: float | None) -> Operation:
    asked = sendings[0].asked
    return Operation(
        client=asked.src,
        mid=asked.MID,
        kind="put",
        key=asked.key,
        value=asked.value,
        invoked_at=min(each.came.at for each in sendings),
        returned_at=returned_at,
    )


def _unseen(requests: Requests) -> Iterator[Operation]:
    """Writes that nobody was seen to ask for may have been asked for at any time, by those who began before us."""
    start = requests.began_at
    for write in requests.unasked:
        yield _begun_before(write.client, write.MID, write.key, write.value, start)
    for key in _keys_read(requests.all) & requests.brought.keys():
        yield from (_begun_before(NOBODY, BEFORE, key, value, start) for value in sorted(requests.brought[key]))


def _keys_read(requests: Iterable[Request]) -> set[str]:
    return {request.asked.key for request in requests if request.asked.type == "get"}


def _begun_before(client: str, mid: str, key: str, value: str, start: float) -> Operation:
    return Operation(client=client, mid=mid, kind="put", key=key, value=value, invoked_at=start, returned_at=None)
