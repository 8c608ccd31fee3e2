"""Which branches of the actors have a name: every audit event in their source, with each reason that it can give.

Read off the source by `ast`, so that an event that is new is missed from its first day. A reason that is handed to a
helper is sought where the helper is called, one that a function returns in its returns; of one that is formatted, what
is formatted is unknown (`*`).
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, get_args

import actors
from messages.codec import Reason

_LEVELS: Final = frozenset({"info", "warning", "error", "critical"})
_LOGS: Final = frozenset({"audit", "_audit"})
_TELLING: Final = ("reason", "refusal", "answer")
"""The fields that tell kinds of an event apart; the first that it has."""
_OTHERWISE: Final[Mapping[str, tuple[str, ...]]] = {"decoded.reason": get_args(Reason)}
"""Expressions whose values stand elsewhere than in the source of the actors."""
ANYTHING: Final = "*"

_Function: TypeAlias = ast.FunctionDef


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Branch:
    """A place that says something: `event` as campaigns count it, and where it stands."""

    event: str
    place: str


def branches(root: Path | None = None) -> tuple[Branch, ...]:
    """All branches of the actors, or of the package at `root`, each once, in alphabetical order."""
    source = _Source(root or Path(actors.__file__).parent)
    places: dict[str, str] = {}
    for each in source.branches():
        places.setdefault(each.event, each.place)
    return tuple(Branch(event=event, place=place) for event, place in sorted(places.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """A call, the function that it stands in, and its file."""

    call: ast.Call
    function: _Function
    path: Path


class _Source:
    """The source of a package, with its functions and calls by name."""

    def __init__(self, root: Path) -> None:
        self._root: Final = root
        self._functions: Final[defaultdict[str, list[tuple[Path, _Function]]]] = defaultdict(list)
        self._calls: Final[defaultdict[str, list[_Call]]] = defaultdict(list)
        self._said: Final[list[_Call]] = []
        for path in sorted(root.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    self._enter(path, node)

    def _enter(self, path: Path, function: _Function) -> None:
        self._functions[function.name].append((path, function))
        for node in ast.walk(function):
            if isinstance(node, ast.Call):
                call = _Call(call=node, function=function, path=path)
                self._calls[_name(node.func)].append(call)
                if _is_said(node):
                    self._said.append(call)

    def branches(self) -> Iterator[Branch]:
        """Each named event with each of its reasons."""
        for said in self._said:
            name = ast.literal_eval(said.call.args[0])
            place = f"{said.path.relative_to(self._root.parent).as_posix()}:{said.call.lineno}"
            for reason in self._reasons(said):
                yield Branch(event=name if reason is None else f"{name}: {reason}", place=place)

    def _reasons(self, said: _Call) -> Iterator[str | None]:
        keywords = {each.arg: each.value for each in said.call.keywords}
        telling = next((keywords[field] for field in _TELLING if field in keywords), None)
        if telling is None:
            yield None
        else:
            yield from self._values(telling, said.function, said.path)

    def _values(self, value: ast.expr, function: _Function, path: Path) -> Iterator[str | None]:
        """What an expression in `function` may be."""
        match value:
            case ast.Constant(value=str() | None as constant):
                yield constant
            case ast.JoinedStr():
                yield _pattern(value)
            case ast.Name(id=name) if name in _parameters(function):
                yield from self._handed(function, name, path)
            case ast.Name(id=name):
                for assigned in _assigned(function, name):
                    yield from self._values(assigned, function, path)
            case ast.Call(func=ast.Attribute(attr=name)) if self._functions_seen_from(path, name):
                yield from self._returned(name, path)
            case _:
                yield from _OTHERWISE.get(ast.unparse(value), (ANYTHING,))

    def _handed(self, function: _Function, parameter: str, path: Path) -> Iterator[str | None]:
        """What callers hand to `function` as `parameter`; one of its own file, if its name says that it is private."""
        for call in self._calls[function.name]:
            if function.name.startswith("_") and call.path != path:
                continue
            argument = _argument(call.call, function, parameter)
            if argument is not None and call.function is not function:
                values = self._values(argument, call.function, call.path)
                yield from (each for each in values if each is not None or _may_be_none(function, parameter))

    def _returned(self, name: str, path: Path) -> Iterator[str | None]:
        for file, function in self._functions_seen_from(path, name):
            for node in ast.walk(function):
                if isinstance(node, ast.Return) and node.value is not None:
                    yield from self._values(node.value, function, file)

    def _functions_seen_from(self, path: Path, name: str) -> list[tuple[Path, _Function]]:
        found = self._functions[name]
        return [each for each in found if each[0] == path] if name.startswith("_") else found


def _is_said(call: ast.Call) -> bool:
    """Whether it is `...audit.info("noun.past_tense", ...)`, or one of the other levels."""
    match call:
        case ast.Call(func=ast.Attribute(attr=level, value=log), args=[ast.Constant(value=str()), *_]):
            return level in _LEVELS and _name(log) in _LOGS
        case _:
            return False


def _name(expression: ast.expr) -> str:
    match expression:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def _pattern(text: ast.JoinedStr) -> str:
    parts = (each.value if isinstance(each, ast.Constant) else ANYTHING for each in text.values)
    return "".join(str(part) for part in parts)


def _parameters(function: _Function) -> list[str]:
    return [each.arg for each in (*function.args.args, *function.args.kwonlyargs)]


def _may_be_none(function: _Function, parameter: str) -> bool:
    arguments = (*function.args.args, *function.args.kwonlyargs)
    annotation = next(each.annotation for each in arguments if each.arg == parameter)
    return annotation is None or "None" in ast.unparse(annotation)


def _argument(call: ast.Call, function: _Function, parameter: str) -> ast.expr | None:
    """What a call of a method hands over as `parameter`; None when it is not that method, or leaves it out."""
    for keyword in call.keywords:
        if keyword.arg == parameter:
            return keyword.value
    names = [name for name in _parameters(function) if name != "self"]
    position = names.index(parameter)
    return call.args[position] if position < len(call.args) else None


def _assigned(function: _Function, name: str) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(
            isinstance(each, ast.Name) and each.id == name for each in node.targets
        ):
            yield node.value
