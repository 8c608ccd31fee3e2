"""What an actor remembers, read off its attributes as plain data."""

from collections import deque
from dataclasses import dataclass
from enum import Enum
from random import Random

import pytest

from actors.alarm import Alarm
from actors.progress import Position, Progress
from actors.settings import Settings
from actors.state_machine import StateMachine
from audit.inspection import Plain, leaves, state_of
from messages.ids import LogIndex, Term
from messages.log_store import SaveSnapshot
from messages.state_machine import Apply
from tests.actors.probes import AuditProbe, FakeTimer, Probe, Wire
from tests.actors.samples import ME, at, index, put


def machine() -> StateMachine:
    """One that has handled nothing."""
    return StateMachine(
        me=ME, settings=Settings(), audit=AuditProbe().log, datagrams=Wire(), log_store=Probe[SaveSnapshot]()
    )


EMPTY_STATE: dict[str, Plain] = {
    "last_applied": 0,
    "last_term": 0,
    "values": {},
    "remembered": [],
    "in_order": [],
    "saved": [],
    "saved_index": 0,
    "changed_keys": {},
    "changed_terms": [],
    "changed_bytes": 0,
}
EMPTY: Plain = {"state": EMPTY_STATE, "staged": {"count": 0, "last_term": 0, "values": {}, "writes": []}}


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Data, as messages are."""

    text: str
    about: tuple[int, ...] = ()


class Part:
    """A part of an actor, as all that is defined under `actors`."""

    __module__ = "actors.part"

    def __init__(self, **attributes: object) -> None:
        vars(self).update(attributes)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (7, 7),
        (0.5, 0.5),
        ("text", "text"),
        (True, True),
        (None, None),
        (Colour.RED, "red"),
        ((1, 2), [1, 2]),
        (deque([1, 2]), [1, 2]),
        ([], []),
        ({2: "b", 1: "a"}, {"2": "b", "1": "a"}),
        ({("0100", "m"): 1}, {"0100/m": 1}),
        ({"c", "a", "b"}, ["a", "b", "c"]),
        ({("0100", "m")}, ["0100/m"]),
        (Note(text="x", about=(1,)), {"text": "x", "about": [1]}),
        ([Note(text="x")], [{"text": "x", "about": []}]),
        (Part(_inner=Part(_number=1)), {"inner": {"number": 1}}),
    ],
)
def test_each_kind_of_value_is_plain_data(value: object, shown: Plain) -> None:
    assert state_of(Part(_value=value)) == {"value": shown}


@pytest.mark.parametrize("value", [print, [].append, Random(1), FakeTimer(), Probe[int](), Part, object(), Part()])
def test_what_is_no_data_is_no_state(value: object) -> None:
    assert state_of(Part(_value=value, number=1)) == {"number": 1}


def test_what_an_actor_was_built_with_is_no_state() -> None:
    """It is the same at every point: names, policy, ports, addresses."""
    assert state_of(machine()) == EMPTY


def test_what_it_has_handled_shows() -> None:
    actor = machine()
    actor.on_receive(Apply(first=index(1), entries=(put(1, "m", key="k", value="v"),)))
    shown = dict(leaves(state_of(actor)))
    assert (shown["state.values.k"], shown["state.last_applied"]) == ("v", 1)


def test_a_state_is_a_copy_that_does_not_change_with_its_actor() -> None:
    actor = machine()
    before = state_of(actor)
    actor.on_receive(Apply(first=index(1), entries=(put(1, "m"),)))
    assert before == EMPTY


def test_a_part_that_several_parts_share_is_shown_once() -> None:
    shared = Part(number=1)
    assert state_of(Part(one=Part(core=shared, own=2), other=Part(core=shared, own=3))) == {
        "one": {"core": {"number": 1}, "own": 2},
        "other": {"own": 3},
    }


def test_parts_that_know_each_other_are_no_endless_story() -> None:
    one, other = Part(number=1), Part(number=2)
    vars(one)["other"], vars(other)["one"] = other, one
    assert state_of(one) == {"number": 1, "other": {"number": 2}}


def test_data_that_two_attributes_share_is_shown_for_both() -> None:
    """Else where a peer's log agrees and where it goes on would show only while they differ."""
    position = Position(LogIndex(3), Term(2))
    progress = Progress(Settings())
    progress.begin(position, at(1.0))
    progress.match = position
    state = state_of(progress)
    assert isinstance(state, dict)
    assert state["match"] == state["prev"] == {"index": 3, "term": 2}


def test_an_actor_that_remembers_nothing_has_no_state() -> None:
    assert state_of(Part(audit=AuditProbe())) is None


def test_an_alarm_shows_when_it_is_due() -> None:
    alarm = Alarm(FakeTimer())
    alarm.ring_by(at(4.0))
    assert state_of(alarm) == {"due": 4.0, "epoch": 1}


def test_leaves_are_all_values_with_their_paths() -> None:
    state: Plain = {"log": {"terms": [1, 2], "commit_index": 7}, "held": [], "votes": {}, "leader": None}
    assert list(leaves(state)) == [
        ("log.terms[0]", 1),
        ("log.terms[1]", 2),
        ("log.commit_index", 7),
        ("held", []),
        ("votes", {}),
        ("leader", None),
    ]


def test_what_is_to_stay_in_one_piece_is_one_leaf() -> None:
    state: Plain = {"log": {"terms": [1, 2]}, "term": 3}
    assert list(leaves(state, is_leaf=lambda each: isinstance(each, list))) == [("log.terms", [1, 2]), ("term", 3)]


def test_a_state_that_is_nothing_is_one_leaf_without_a_path() -> None:
    assert list(leaves(None)) == [("", None)]
