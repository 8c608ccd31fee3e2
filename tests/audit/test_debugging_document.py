"""What `docs/debugging.md` shows is what its reader sees: its run in virtual time, and the commands of all of it.

Whatever changes what actors do changes that run, too: then the page is to be written anew, its figures and its story.
"""

import json
import os
import re
import shlex
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from audit.__main__ import main as audit
from audit.arguments import parse
from simulator.program import main as simulator
from tests.documents import DOCS

PAGE: Final = (DOCS / "debugging.md").read_text(encoding="utf-8")
_SECTION: Final = "## 6. Where has the log gone?"
LAGGING: Final = PAGE[PAGE.index(_SECTION) : PAGE.index("## 7.")]
"""The section whose run is decided by its seed."""


class Shown(NamedTuple):
    """A command of the page, and what it shows of its output; lines of three dots stand for others."""

    arguments: tuple[str, ...]
    lines: tuple[str, ...]


def blocks(text: str, language: str = "") -> list[str]:
    """What stands between fences of a language; without one, it is what is typed and shown."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [block for said, block in found if said == language]


def commands(text: str, program: str) -> list[Shown]:
    """Those that run a program of ours, in order, with its own arguments."""
    typed = [each for block in blocks(text) for each in re.split(r"^(?:\$ )?python -m ", block, flags=re.MULTILINE)[1:]]
    found = []
    for command, *lines in map(str.splitlines, typed):
        name, *arguments = shlex.split(command)
        if name == program:
            shown = tuple(line for line in lines if line.strip() not in {"", "..."})
            found.append(Shown(tuple(arguments), shown))
    return found


def name_of(shown: object) -> str:
    """Of a command, short."""
    return "-".join(shown.arguments[:1]) if isinstance(shown, Shown) else ""


@pytest.fixture(scope="module")
def lagging(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which its reader has run it."""
    directory = tmp_path_factory.mktemp("reader")
    (configuration,) = blocks(LAGGING, "json")
    (directory / "lagging.json").write_text(configuration, encoding="utf-8")
    (typed,) = commands(LAGGING, "simulator")
    with pytest.MonkeyPatch.context() as patched:
        for name in [name for name in os.environ if name.startswith("RAFT_")]:
            patched.delenv(name)
        patched.chdir(directory)
        assert simulator([*typed.arguments]) == 0
    return directory


@pytest.mark.parametrize("shown", commands(LAGGING, "audit"), ids=name_of)
def test_every_line_that_it_shows_of_the_run_is_there_in_that_order(
    shown: Shown, lagging: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(lagging)
    assert audit([*shown.arguments]) == 0
    printed = iter(capsys.readouterr().out.splitlines())
    missing = next((line for line in shown.lines if line.rstrip() not in printed), None)
    assert missing is None, f"section 6 is to be written anew: where it stands, nobody sees {missing!r}"


def test_what_it_tells_of_the_run_is_so(
    lagging: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its sentences, made of what the summary and the time line say."""
    monkeypatch.chdir(lagging)
    audit(["summary", "trails/lagging-3", "--json"])
    summary = json.loads(capsys.readouterr().out)["summary"]
    first, second, *_ = summary["leaderships"]
    of = summary["snapshots"][second["node"]]
    told = " ".join(LAGGING.split())
    for sentence in (
        f"{first['node']}, cut off while it led term {first['term']}, had put a write of its own at index 100",
        f"The others elected {second['node']}, which committed another entry there",
        f"{second['node']} took {of['taken']} snapshots; the last includes the entries up to {of['last_included']}, "
        f"and its log is kept from {of['first']} on",
        f"it sent two, and {of['parts_again']} of their parts again",
    ):
        assert sentence in told
    assert (of["held_back"], sum(of["sent"].values())) == (3, 2), "as the page has it in words"


@pytest.mark.parametrize("shown", commands(PAGE, "audit"), ids=name_of)
def test_every_command_that_it_shows_is_understood(shown: Shown) -> None:
    _, parsed = parse(shown.arguments)
    assert parsed.command == shown.arguments[0]
