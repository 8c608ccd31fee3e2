"""The rules of the house that can be read off the source, each as a function from source to complaints."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINES_MAX = 400

MAY_IMPORT: Mapping[str, frozenset[str]] = {
    "messages": frozenset(),
    "trail": frozenset(),
    "linearizability": frozenset(),
    "actors": frozenset({"messages"}),
    "storage": frozenset({"messages", "actors"}),
    "recording": frozenset({"messages", "actors", "trail"}),
    "node": frozenset({"messages", "actors", "trail", "recording", "storage"}),
    "audit": frozenset({"messages", "actors", "trail", "recording", "linearizability", "storage"}),
    "simulator": frozenset({"linearizability", "audit", "messages", "actors", "trail", "recording", "storage"}),
    "benchmarks": frozenset({"messages", "actors", "node", "trail", "recording", "simulator", "audit", "storage"}),
    "tests": frozenset(
        {
            "messages",
            "actors",
            "node",
            "trail",
            "recording",
            "storage",
            "simulator",
            "audit",
            "linearizability",
            "benchmarks",
        }
    ),
}
"""Which of our packages each may import, besides itself."""

IMPURE_MODULES = frozenset(
    {"asyncio", "datetime", "multiprocessing", "os", "secrets", "socket", "subprocess", "threading", "time", "uuid"}
)
PORTS: Mapping[str, frozenset[str]] = {
    "actors/clock.py": frozenset({"time"}),
    "actors/core_inbox.py": frozenset({"socket"}),
    "actors/logical_clock.py": frozenset({"threading"}),
    "actors/runtime.py": frozenset({"ActorRegistry", "socket"}),
    "actors/timers.py": frozenset({"threading"}),
    "actors/udp.py": frozenset({"socket"}),
}
"""The modules that touch the world on behalf of the actors, and with what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One Python file; `path` is relative to the root, with slashes."""

    path: str
    text: str

    @property
    def package(self) -> str:
        """The top package or module that the file belongs to."""
        return self.path.split("/")[0].removesuffix(".py")

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    def complaint(self, node: ast.stmt | ast.expr, what: str) -> str:
        return f"{self.path}:{node.lineno}: {what}"


def sources() -> tuple[Source, ...]:
    """All of the project's Python files, stubs aside."""
    tops = sorted(path.parent for path in ROOT.glob("*/__init__.py"))
    paths = [*sorted(ROOT.glob("*.py")), *(path for top in tops for path in sorted(top.rglob("*.py")))]
    return tuple(Source(path=path.relative_to(ROOT).as_posix(), text=path.read_text("utf-8")) for path in paths)


def imported(tree: ast.AST) -> Iterator[tuple[ast.stmt, str, tuple[str, ...]]]:
    """Each import as its statement, the module, and the names taken from it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
            yield node, node.module, tuple(alias.name for alias in node.names)


def imports_against_the_direction(source: Source) -> list[str]:
    """Imports point one way; a package that the table does not know may import none of ours."""
    allowed = MAY_IMPORT.get(source.package, frozenset()) | {source.package}
    return [
        source.complaint(node, f"{source.package} must not import {module}")
        for node, module, _ in imported(source.tree)
        if (top := module.split(".")[0]) in MAY_IMPORT and top not in allowed
    ]


def modules_without_docstring(source: Source) -> list[str]:
    return [] if ast.get_docstring(source.tree) else [f"{source.path}: has no docstring"]


def files_too_long(source: Source) -> list[str]:
    lines = len(source.text.splitlines())
    return [f"{source.path}: {lines} lines, more than {LINES_MAX}"] if lines > LINES_MAX else []


def touches_of_the_world(source: Source) -> list[tuple[str, str]]:
    """What makes an actor depend on more than its messages: (what, complaint)."""
    return [*_impure_imports(source), *_impure_uses(source)]


def _impure_imports(source: Source) -> Iterator[tuple[str, str]]:
    for node, module, names in imported(source.tree):
        top = module.split(".")[0]
        if top in IMPURE_MODULES:
            yield top, source.complaint(node, f"imports {top}")
        elif top == "random" and set(names) != {"Random"}:
            yield top, source.complaint(node, "takes more of random than the class Random, to be seeded")
        elif "ActorRegistry" in names:
            yield "ActorRegistry", source.complaint(node, "uses the registry")


def _impure_uses(source: Source) -> Iterator[tuple[str, str]]:
    for node in ast.walk(source.tree):
        match node:
            case ast.Attribute(attr="ActorRegistry"):
                yield "ActorRegistry", source.complaint(node, "uses the registry")
            case ast.Call(func=ast.Attribute(attr="ask" | "proxy" as method)):
                yield method, source.complaint(node, f"waits for an answer with {method}()")
            case ast.Call(func=ast.Attribute(attr="get"), args=[], keywords=[]):
                yield "get", source.complaint(node, "waits for a future or a mailbox")
            case ast.Call(func=ast.Name(id="Random"), args=[], keywords=[]):
                yield "Random", source.complaint(node, "makes a generator without a seed")
            case _:
                pass


def messages_that_are_not_plain_data(source: Source) -> list[str]:
    """Every dataclass is frozen, slotted and keyword-only."""
    wanted = {"frozen", "slots", "kw_only"}
    return [
        source.complaint(node, f"{node.name} lacks {', '.join(sorted(missing))}")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if _name(decorator) == "dataclass" and (missing := wanted - _true_keywords(decorator))
    ]


def _name(decorator: ast.expr) -> str:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(called).split(".")[-1]


def _true_keywords(decorator: ast.expr) -> set[str | None]:
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    return {each.arg for each in keywords if isinstance(each.value, ast.Constant) and each.value.value is True}


def handlers(source: Source) -> list[ast.FunctionDef]:
    """The `on_receive` of each actor; that of a protocol has nothing to handle."""
    return [
        method
        for actor in ast.walk(source.tree)
        if isinstance(actor, ast.ClassDef) and not any("Protocol" in ast.unparse(base) for base in actor.bases)
        for method in actor.body
        if isinstance(method, ast.FunctionDef) and method.name == "on_receive"
    ]


def handlers_that_do_more_than_match(source: Source) -> list[str]:
    """An `on_receive` is a docstring and a match over the message, whose last case is `assert_never`."""
    return [
        source.complaint(handler, "on_receive is not just a match that ends in assert_never")
        for handler in handlers(source)
        if not _is_an_exhaustive_match(handler)
    ]


def _is_an_exhaustive_match(handler: ast.FunctionDef) -> bool:
    body = handler.body[1:] if ast.get_docstring(handler) else handler.body
    message = handler.args.args[-1].arg
    match body:
        case [ast.Match(subject=ast.Name(id=subject), cases=[*_, last])]:
            return subject == message and ast.unparse(last) == f"case _:\n    assert_never({message})"
        case _:
            return False
