"""The heart of the simulator touches no clock, socket, process or hidden randomness: virtual time can drive it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent.parent / "simulator"
FORBIDDEN = {
    "asyncio",
    "multiprocessing",
    "os",
    "pathlib",
    "pykka",
    "secrets",
    "select",
    "selectors",
    "signal",
    "socket",
    "subprocess",
    "sys",
    "threading",
    "time",
}
OURS = {"actors", "audit", "messages", "node", "recording", "storage", "trail"}
ROOMS = {"simulator.explore", "simulator.virtual"}
"""Those packages inside the simulator that know the replica."""
WORLDLY = (FORBIDDEN - {"pathlib"}) | {"concurrent", "datetime", "importlib", "queue", "random", "uuid"}
"""What makes a run in virtual time depend on more than its seed; `random`: more of it than the class Random."""
OUTER_SHELL = {
    "explore/arguments": {"os", "random"},
    "explore/campaign": {"queue"},
    "explore/command": {"sys", "time"},
    "explore/lots": {"time"},
    "explore/progress": {"sys"},
    "explore/shrinking_command": {"sys", "time"},
    "explore/workers": {"concurrent", "multiprocessing", "signal"},
    "explore/workers_dask": {"importlib"},
}
"""The modules around runs in virtual time that touch the world, and with what."""
INNER = {
    path.relative_to(PACKAGE).with_suffix("").as_posix(): path
    for room in ("explore", "virtual")
    for path in sorted((PACKAGE / room).glob("*.py"))
}


def names_in(nodes: Iterable[ast.AST]) -> set[str]:
    """Every module that these statements import, by its full name; of `random`, what is not seeded."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            is_seeded = node.module == "random" and {alias.name for alias in node.names} == {"Random"}
            names.update(() if is_seeded else (node.module,))
    return names


def imports_of(path: Path) -> set[str]:
    """Every module that a file imports, wherever it does."""
    return names_in(ast.walk(ast.parse(path.read_text())))


def imported_at_once(path: Path) -> set[str]:
    """Those that are imported with the file; not those that only a call needs."""

    def outside(node: ast.AST) -> Iterator[ast.AST]:
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                yield child
                yield from outside(child)

    return names_in(outside(ast.parse(path.read_text())))


def tops(names: Iterable[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def rooms(names: Iterable[str]) -> set[str]:
    return {".".join(name.split(".")[:2]) for name in names} & ROOMS


def heart() -> set[str]:
    """The modules that a run consists of: what `simulator.run` and `simulator.report` import, and so on."""
    found: set[str] = set()
    waiting = ["simulator.run", "simulator.report"]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [each for each in imports_of(path_of(name)) if each.startswith("simulator.")]
    return found


def path_of(name: str) -> Path:
    return PACKAGE / f"{name.removeprefix('simulator.')}.py"


@pytest.mark.parametrize("name", sorted(heart()))
def test_the_heart_of_the_simulator_is_pure(name: str) -> None:
    names = imports_of(path_of(name))
    assert tops(names) & FORBIDDEN == set()
    assert rooms(names) == set()


def test_the_heart_is_most_of_what_decides() -> None:
    assert {f"simulator.{name}" for name in ("clients", "network", "router", "script", "verdict", "ways")} <= heart()


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.stem)
def test_the_simulator_knows_nothing_of_the_replica_that_it_runs(path: Path) -> None:
    """But for the room that reads our replicas' trails, and that only when asked."""
    assert tops(imports_of(path)) & OURS == ({"audit"} if path.stem == "trails" else set())


@pytest.mark.parametrize("name", INNER)
def test_what_runs_in_virtual_time_knows_the_replica_and_only_there_the_audit(name: str) -> None:
    allowed = OURS - ({"node"} if name.startswith("virtual/") else {"node", "audit"})
    assert tops(imports_of(INNER[name])) & OURS <= allowed


def test_virtual_time_knows_nothing_of_who_explores_with_it() -> None:
    found = {name: rooms(imports_of(path)) for name, path in INNER.items() if name.startswith("virtual/")}
    assert {name for name, known in found.items() if "simulator.explore" in known} == set()


def test_the_rooms_that_know_the_replica_are_entered_by_three_doors_and_only_when_asked() -> None:
    found = {path.stem: rooms(imports_of(path)) for path in PACKAGE.glob("*.py")}
    assert {stem: known for stem, known in found.items() if known} == {
        "arguments": {"simulator.explore", "simulator.virtual"},
        "program": {"simulator.explore"},
        "session": {"simulator.virtual"},
    }
    assert {path.stem for path in PACKAGE.glob("*.py") if rooms(imported_at_once(path))} == set()


def test_what_knows_the_replica_is_loaded_only_by_who_asks_for_it() -> None:
    unwanted = sorted(OURS | ROOMS)
    script = f"import sys, simulator.program; sys.exit(', '.join(sys.modules.keys() & set({unwanted})))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=PACKAGE.parent, capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == ""


@pytest.mark.parametrize("name", INNER)
def test_what_runs_in_virtual_time_touches_no_clock_socket_thread_or_hidden_randomness(name: str) -> None:
    """But for the shell around it: commands, what shows progress, and processes that share the work."""
    assert tops(imports_of(INNER[name])) & WORLDLY == OUTER_SHELL.get(name, set())


@pytest.mark.parametrize("name", INNER)
def test_every_generator_there_has_a_seed(name: str) -> None:
    calls = [node for node in ast.walk(ast.parse(INNER[name].read_text())) if isinstance(node, ast.Call)]
    unseeded = [
        call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Random" and not call.args
    ]
    assert [call.lineno for call in unseeded] == []


def test_the_shell_around_virtual_time_exists() -> None:
    assert OUTER_SHELL.keys() <= INNER.keys()


def test_only_what_is_seeded_is_random() -> None:
    for name in heart():
        for node in ast.walk(ast.parse(path_of(name).read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "random":
                assert node.attr == "Random", f"{name} uses random.{node.attr} in line {node.lineno}"


def test_the_standard_library_modules_that_are_forbidden_exist() -> None:
    assert (FORBIDDEN | WORLDLY) - {"pykka"} <= sys.stdlib_module_names
