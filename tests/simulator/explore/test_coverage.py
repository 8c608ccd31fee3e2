"""Which branches the actors have is read off their source, and held against what a campaign came through."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from messages.codec import Reason
from simulator.explore.coverage import OUT_OF_REACH, Exercised, Unexercised, coverage
from simulator.explore.coverage_source import ANYTHING, Branch, branches
from tests.layout import ROOT

EVENTS = {branch.event for branch in branches()}


def branches_of(tmp_path: Path, source: str) -> list[str]:
    package = tmp_path / "actors"
    package.mkdir()
    (package / "clerk.py").write_text(source)
    return [branch.event for branch in branches(package)]


@pytest.mark.parametrize(
    "event",
    [
        "entry.committed",
        "vote.granted",
        "vote.refused: a leader lives",
        "vote.refused: its term is over",
        "vote.refused: voted for another",
        "vote.refused: its log is not up-to-date",
        "pre_vote.answered",
        "pre_vote.answered: its term is over",
        "role.changed: election timeout",
        "role.changed: not enough answers",
        "role.changed: * of a newer term",
        "message.impossible: it replaces what is committed",
        "message.impossible: it answers what was never sent",
        "message.impossible: term *",
        "request.answered: ok",
        "request.answered: redirect",
        "request.answered: too many requests are open",
        "request.answered: the entry does not fit into a datagram",
        "datagram.rejected: damaged",
        "append.rejection_ignored",
    ],
)
def test_a_branch_of_the_actors_is_found_in_their_source(event: str) -> None:
    assert event in EVENTS


def test_every_event_in_the_source_is_found() -> None:
    """Counted in another way: by the text."""
    text = "".join(path.read_text("utf-8") for path in sorted((ROOT / "actors").rglob("*.py")))
    assert {event.partition(":")[0] for event in EVENTS} == _named_in(text)


def _named_in(text: str) -> set[str]:
    found = set()
    for level in ("info", "warning", "error", "critical"):
        for part in text.split(f"audit.{level}(")[1:]:
            found.add(part.split('"')[1])
    return found


def test_every_reason_of_the_codec_is_a_branch() -> None:
    assert {f"datagram.rejected: {reason}" for reason in get_args(Reason)} <= EVENTS


def test_no_reason_is_wholly_unknown() -> None:
    """Else the table of what stands elsewhere lacks something."""
    assert [event for event in EVENTS if event.endswith(f": {ANYTHING}")] == []


def test_branches_name_the_place_where_they_are() -> None:
    for branch in branches():
        path, _, line = branch.place.partition(":")
        assert "audit" in (ROOT / path).read_text("utf-8").splitlines()[int(line) - 1]


def test_what_cannot_be_reached_is_a_branch() -> None:
    assert set(OUT_OF_REACH) <= EVENTS


def test_a_reason_is_sought_where_the_helper_is_called(tmp_path: Path) -> None:
    source = (
        "class Clerk:\n"
        "    def take(self, note):\n"
        "        self._drop('too late')\n"
        "        self._drop(reason='too early')\n"
        "    def _drop(self, reason: str):\n"
        "        self._audit.info('note.dropped', reason=reason)\n"
    )
    assert branches_of(tmp_path, source) == ["note.dropped: too early", "note.dropped: too late"]


def test_a_reason_is_sought_in_what_a_function_returns(tmp_path: Path) -> None:
    source = (
        "class Clerk:\n"
        "    def take(self, note):\n"
        "        refusal = self._refusal(note)\n"
        "        self.core.audit.warning('note.answered', refusal=refusal)\n"
        "    def _refusal(self, note):\n"
        "        if note:\n"
        "            return None\n"
        "        return 'it is empty'\n"
    )
    assert branches_of(tmp_path, source) == ["note.answered", "note.answered: it is empty"]


def test_a_reason_that_is_formatted_is_a_pattern(tmp_path: Path) -> None:
    source = "def take(audit, note):\n    audit.info('note.dropped', reason=f'{note} is late')\n"
    assert branches_of(tmp_path, source) == ["note.dropped: * is late"]


def test_a_reason_that_cannot_be_found_is_anything(tmp_path: Path) -> None:
    source = "def take(audit, note):\n    audit.info('note.dropped', reason=note.reason)\n"
    assert branches_of(tmp_path, source) == ["note.dropped: *"]


def test_counts_are_held_against_the_branches() -> None:
    found = coverage(
        {
            "vote.granted": 3,
            "role.changed: append of a newer term": 2,
            "role.changed: vote of a newer term": 5,
            "x.y": 1,
        },
        (
            Branch(event="role.changed: * of a newer term", place="a.py:1"),
            Branch(event="role.changed: elected", place="a.py:2"),
            Branch(event="vote.granted", place="a.py:3"),
            Branch(event="datagram.unsent", place="a.py:4"),
        ),
    )
    assert found.exercised == (
        Exercised(event="role.changed: * of a newer term", count=7),
        Exercised(event="vote.granted", count=3),
    )
    assert found.never == (
        Unexercised(event="role.changed: elected", place="a.py:2"),
        Unexercised(event="datagram.unsent", place="a.py:4", remark=OUT_OF_REACH["datagram.unsent"]),
    )
    assert found.unknown == (Exercised(event="x.y", count=1),)
