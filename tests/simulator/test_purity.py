"""The heart of the simulator touches no clock, socket, process or hidden randomness: virtual time can drive it."""

from __future__ import annotations

import ast
import subprocess
import sys
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
OURS = {"actors", "audit", "messages", "node", "trail"}


def imports_of(path: Path) -> set[str]:
    """Every module that a file imports, by its full name."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names.add(node.module)
    return names


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
    assert {each.partition(".")[0] for each in imports_of(path_of(name))} & FORBIDDEN == set()


def test_the_heart_is_most_of_what_decides() -> None:
    assert {f"simulator.{name}" for name in ("clients", "network", "router", "script", "verdict")} <= heart()


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.stem)
def test_the_simulator_knows_nothing_of_the_replica_that_it_runs(path: Path) -> None:
    """But for the room that reads our replicas' trails, and that only when asked."""
    known = {each.partition(".")[0] for each in imports_of(path)} & OURS
    assert known == ({"audit"} if path.stem == "trails" else set())


def test_what_reads_trails_is_imported_only_by_who_asks_for_it() -> None:
    script = "import sys, simulator.program; sys.exit('audit' in sys.modules or 'actors' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], cwd=PACKAGE.parent, check=True)


def test_only_what_is_seeded_is_random() -> None:
    for name in heart():
        for node in ast.walk(ast.parse(path_of(name).read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "random":
                assert node.attr == "Random", f"{name} uses random.{node.attr} in line {node.lineno}"


def test_the_standard_library_modules_that_are_forbidden_exist() -> None:
    assert FORBIDDEN - {"pykka"} <= sys.stdlib_module_names
