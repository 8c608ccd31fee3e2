"""One byte of a trail is changed: it is reported at exactly its record.

Without new checksums, whatever was changed is found by them. A forger makes them right again: then running the actors
again finds what was changed of what they did. What came from outside has no other witness than its effects.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import pytest

from audit.__main__ import main
from audit.contents import Arrivals, content_of
from audit.invariants import Rule
from audit.problems import Severity
from audit.reading import read
from audit.records import Located
from audit.verify import Verdict, verify
from messages.codec import Rejection
from messages.wire import Hello
from tests.audit import sealing, stories

NEWLINE: Final = 10
SEEDS: Final = range(3)
CHANGES: Final = 30
"""So many for each seed."""


class Change(NamedTuple):
    """A byte of a line, the first of which is 1, and what is put in its place."""

    file: str
    line: int
    place: int
    byte: int

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}"


class Trail:
    """A trail that can be changed, and is whole again for the next change."""

    def __init__(self, directory: Path, scratch: Path) -> None:
        self.lines: Final = {path.name: sealing.lines(path) for path in sorted(directory.iterdir())}
        self.scratch: Final = scratch
        shutil.copytree(directory, scratch)

    def change(self, change: Change, write: Callable[[Path, list[bytes]], None]) -> Path:
        """The directory, with one byte changed and nothing else but, perhaps, checksums."""
        for file, lines in self.lines.items():
            sealing.write(self.scratch / file, lines)
        changed = self.lines[change.file].copy()
        changed[change.line - 1] = sealing.replaced(changed[change.line - 1], change.place, change.byte)
        write(self.scratch / change.file, changed)
        return self.scratch

    def changes(self, seed: int, where: Callable[[bytes], range], *, digits: bool = False) -> Iterator[Change]:
        """Bytes at random, from where `where` allows it in a line; another digit for a digit when `digits`."""
        random = Random(f"{seed} {digits}")
        allowed = range(ord("0"), ord("9") + 1) if digits else range(256)
        places = [
            (file, number, place)
            for file, lines in self.lines.items()
            for number, line in enumerate(lines, start=1)
            for place in where(line)
            if not digits or line[place] in allowed
        ]
        for file, number, place in random.sample(places, CHANGES):
            old = self.lines[file][number - 1][place]
            yield Change(file, number, place, random.choice([byte for byte in allowed if byte not in {NEWLINE, old}]))


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Trail:
    directory = tmp_path_factory.mktemp("whole")
    stories.short(directory)
    return Trail(directory, tmp_path_factory.mktemp("changed") / "trails")


def damages(directory: Path) -> list[str]:
    return [problem.place for problem in read(directory).problems if problem.severity is Severity.DAMAGE]


def whole(line: bytes) -> range:
    """Every byte of every line but the first, whose loss is that of all that it says of the replica."""
    return range(0) if line.startswith(b'{"record":"opened"') else range(len(line))


def told(line: bytes) -> range:
    """What an actor told, or what left through a port."""
    return range(0) if b'"by":null' in line else sealing.contents(line)


def from_outside(line: bytes) -> range:
    """What the network, a timer or the wiring told."""
    return sealing.contents(line) if b'"by":null' in line else range(0)


# --- without new checksums --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("where", [sealing.contents, whole])
def test_a_changed_byte_is_reported_as_damage_at_exactly_its_line(
    where: Callable[[bytes], range], seed: int, trail: Trail
) -> None:
    for change in trail.changes(seed, where):
        assert damages(trail.change(change, sealing.write)) == [change.where], change


@pytest.mark.parametrize("digits", [False, True])
@pytest.mark.parametrize("where", [sealing.contents, whole])
def test_verify_says_where_the_damage_is_and_blames_nobody_for_it(
    where: Callable[[bytes], range], digits: bool, trail: Trail, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another digit is another term or index, which rules would be broken by."""
    for change in trail.changes(7, where, digits=digits):
        assert main(["verify", str(trail.change(change, sealing.write))]) == 1
        output = capsys.readouterr().out
        assert (
            [line for line in output.splitlines() if line.startswith("DAMAGED")]
            == [line for line in output.splitlines() if line.startswith(f"DAMAGED  {change.where}: ")]
            != []
        )
        assert "divergence" not in output, change
        assert "BROKEN" not in output, change
        assert "Verdict: the trail is damaged; as far as it can be read, all held (" in output, change


def test_what_is_as_it_was_written_is_believed_behind_damage_too(trail: Trail) -> None:
    """One damaged line hides nothing that its replica did later: here, that it led where another one did."""
    led = re.compile(rb'"event":"role.changed",.*"role":"leader",.*"term":(\d+)')
    files = {file: b"\n".join(lines) for file, lines in trail.lines.items()}
    leader, term = next((file, int(found[1])) for file, text in files.items() if (found := led.search(text)))
    file = next(file for file in files if file != leader)
    event = f'{{"record":"event","at":9.0,"clock":9999,"node":"{file[:4]}","event":"role.changed","level":"info"'
    leads = sealing.unsealed(f'{event},"actor":"consensus","role":"leader","term":{term}')
    directory = trail.change(Change(file, 1, 0, ord("{")), sealing.write)
    sealing.write_sealed(directory / file, [*trail.lines[file], leads])
    lines = sealing.lines(directory / file)
    lines[99] = sealing.replaced(lines[99], lines[99].index(b'"clock":') + len('"clock":'), ord("9"))
    sealing.write(directory / file, lines)
    assert damages(directory) == [f"{file}:100"]
    verdict = verify(read(directory))
    assert [each.rule for each in verdict.violations] == [Rule.ELECTION_SAFETY]


def test_a_changed_byte_of_the_first_line_is_reported_there(trail: Trail) -> None:
    for change in trail.changes(8, lambda line: range(len(line)) if b'"record":"opened"' in line[:20] else range(0)):
        directory = trail.change(change, sealing.write)
        assert damages(directory)[0] == change.where, change
        assert not verify(read(directory)).is_broken, change


# --- with new checksums -----------------------------------------------------------------------------------------


def reported(verdict: Verdict) -> list[str]:
    """The records at which something is wrong: with the line itself, or with what it says."""
    damaged = [problem.place for problem in verdict.trails.problems if problem.severity is Severity.DAMAGE]
    return [*damaged, *(divergence.at.place for divergence in verdict.divergences)]


@pytest.mark.parametrize("digits", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_forged_message_of_an_actor_is_reported_at_exactly_its_record(seed: int, digits: bool, trail: Trail) -> None:
    for change in trail.changes(seed, told, digits=digits):
        verdict = verify(read(trail.change(change, sealing.write_sealed)))
        assert reported(verdict) == [change.where], change
        assert verdict.code == 1


@pytest.mark.parametrize("digits", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_forged_message_from_outside_is_reported_by_its_first_effect_unless_it_has_none(
    seed: int, digits: bool, trail: Trail
) -> None:
    """A stamp of the logical clock has none, nor has an instant that nobody looks at."""
    for change in trail.changes(seed, from_outside, digits=digits):
        before, after = located(trail, change)
        verdict = verify(read(trail.scratch))
        if places := reported(verdict):
            assert len(places) == 1
            file, number = places[0].rsplit(":", 1)
            assert file == change.file
            assert int(number) >= change.line, "nothing before it is to blame"
        elif after is not None:
            assert means(before) == means(after), "what nobody noticed makes no difference"


def located(trail: Trail, change: Change) -> tuple[Located, Located | None]:
    """The record before and after its change, if it still is one; the change is left in the files."""

    def found(directory: Path) -> Located | None:
        records = (record for node in read(directory).nodes for record in node.records)
        return next((each for each in records if each.place == change.where), None)

    unchanged = Change(change.file, change.line, change.place, trail.lines[change.file][change.line - 1][change.place])
    before = found(trail.change(unchanged, sealing.write))
    assert before is not None
    return before, found(trail.change(change, sealing.write_sealed))


def means(located: Located) -> object:
    """What the actor makes of it: datagrams that are for it, without stamps; of an alarm nothing but that it rang."""
    content = content_of(located.record)
    if isinstance(content, Arrivals):
        return [each.message for each in content.datagrams if not isinstance(each.message, Hello | Rejection)]
    return type(content)
