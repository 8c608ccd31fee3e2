"""The state of an actor as plain data, read off its attributes; nothing has to be written for a new one."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from enum import Enum
from types import FunctionType, MethodType
from typing import Final, TypeAlias

Plain: TypeAlias = bool | int | float | str | list["Plain"] | dict[str, "Plain"] | None

_OURS: Final = ("actors.", "audit.replay")
_NOT_STATE: Final = frozenset(
    {"audit", "datagrams", "settings", "timer", "random", "acted", "me", "peer", "peers"}
    | {"myself", "consensus", "log_store", "state_machine", "election_timer", "replicators"}
)
"""What an actor was built with: names, policy, ports, addresses; it is the same at every point."""
_WORKED_OUT: Final = frozenset({"names"})
"""What a storage works out from its records whenever somebody reads them: it says nothing new."""
_OF_PYKKA: Final = "actor_"


class _Nothing:
    """What is no state: an address, a port."""


_NOTHING: Final = _Nothing()


def state_of(actor: object) -> Plain:
    """Everything that `actor` remembers, but for what it was built with; parts that are shared are shown once."""
    shown = _plain(actor, {id(actor)})
    return None if isinstance(shown, _Nothing) else shown


def _plain(value: object, seen: set[int]) -> Plain | _Nothing:
    match value:
        case Enum():
            return str(value.value)
        case None | bool() | int() | float() | str():
            return value
        case FunctionType() | MethodType() | type():
            return _NOTHING
        case Mapping() | Set() | list() | tuple() | deque():
            return _collection(value, seen)
        case _:
            return _object(value, seen)


def _collection(value: Mapping[object, object] | Set[object] | Sequence[object], seen: set[int]) -> Plain:
    """The members of a set in the order of their names, so that two states can be compared."""
    match value:
        case Mapping():
            return _kept((_key(key), _plain(each, seen)) for key, each in value.items())
        case Set():
            return [*sorted(_key(each) for each in value)]
        case _:
            return [each for each in (_plain(each, seen) for each in value) if not isinstance(each, _Nothing)]


def _key(key: object) -> str:
    return "/".join(map(str, key)) if isinstance(key, tuple) else str(key)


def _object(value: object, seen: set[int]) -> Plain | _Nothing:
    """A message or another record of plain data, or a part of an actor; everything else is no state."""
    if is_dataclass(value) and not isinstance(value, type):
        return _kept((field.name, _plain(getattr(value, field.name), seen)) for field in fields(value))
    if not type(value).__module__.startswith(_OURS):
        return _NOTHING
    parts: dict[str, Plain] = {}
    for name, each in vars(value).items():
        public = name.removeprefix("_")
        if public in _NOT_STATE | _WORKED_OUT or public.startswith(_OF_PYKKA) or _is_shown(each, seen):
            continue
        shown = _plain(each, seen)
        if not isinstance(shown, _Nothing):
            parts[public] = shown
    return parts or _NOTHING


def _is_shown(value: object, seen: set[int]) -> bool:
    """Whether a part has been shown; if not, it will be now. Data is shown wherever it stands."""
    if not type(value).__module__.startswith(_OURS) or is_dataclass(value) or isinstance(value, Enum):
        return False
    if id(value) in seen:
        return True
    seen.add(id(value))
    return False


def _kept(items: Iterator[tuple[str, Plain | _Nothing]]) -> dict[str, Plain]:
    return {name: each for name, each in items if not isinstance(each, _Nothing)}


def leaves(
    state: Plain, path: str = "", *, is_leaf: Callable[[Plain], bool] | None = None
) -> Iterator[tuple[str, Plain]]:
    """Every value of a state with its path (`core.log.commit_index`); what `is_leaf` holds for is not taken apart."""
    if is_leaf is not None and path and is_leaf(state):
        yield path, state
    elif isinstance(state, dict) and state:
        for name, each in state.items():
            yield from leaves(each, f"{path}.{name}" if path else name, is_leaf=is_leaf)
    elif isinstance(state, list) and state:
        for index, each in enumerate(state):
            yield from leaves(each, f"{path}[{index}]", is_leaf=is_leaf)
    else:
        yield path, state
