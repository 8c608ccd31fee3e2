"""Travelling in time: at any point, every actor is as it really was then; or it is said how far one can go, and why."""

from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from actors.state_machine import StateMachine
from audit.files import ReadError
from audit.points import Cut, cut_at
from audit.records import Did, Event, Located, Opened, Took
from audit.trails import NodeTrail
from audit.travel import Moment, check, moment
from messages.state_machine import StateMachineMessage
from tests.audit.noted_run import NotedRun
from tests.audit.test_inspection import EMPTY

NODE = "0000"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> NotedRun:
    return NotedRun(tmp_path_factory.mktemp("run"))


@pytest.fixture
def trail(run: NotedRun) -> NodeTrail:
    """Of a replica that has seen much."""
    return run.trail(NODE)


def whole(trail: NodeTrail) -> Cut:
    """The point behind all records."""
    return Cut(point="end", counts={trail.name: len(trail.records)})


def test_at_every_delivery_all_actors_of_the_replica_are_as_they_really_were(run: NotedRun) -> None:
    for node, actor, n in list(run.noted)[::25]:
        there = moment(run.trail(node), cut_at(run.trails, f"{node}/{actor}/{n}"))
        assert there.stopped is None
        assert there.taken[actor] == n
        for name, taken in there.taken.items():
            if taken and name != "socket_reader":
                assert there.states[name] == run.noted[node, name, taken], (node, actor, n, name)


def test_other_replicas_are_shown_as_far_as_they_can_have_influenced_the_point(run: NotedRun) -> None:
    for node, actor, n in list(run.noted)[::100]:
        cut = cut_at(run.trails, f"{node}/{actor}/{n}")
        for trail in run.trails.nodes:
            there = moment(trail, cut)
            known = {
                name: run.noted[trail.name, name, taken]
                for name, taken in there.taken.items()
                if taken and name != "socket_reader"
            }
            assert known.items() <= there.states.items()


def test_at_the_end_everything_that_was_taken_is_handled(run: NotedRun, trail: NodeTrail) -> None:
    there = moment(trail, cut_at(run.trails, "end"))
    assert there.taken == {actor: len(run.deliveries(NODE, actor)) for actor in there.states}
    assert there.stopped is None


def test_before_the_first_delivery_every_actor_is_as_it_was_built(run: NotedRun, trail: NodeTrail) -> None:
    there = moment(trail, cut_at(run.trails, f"{NODE}.jsonl:1"))
    assert set(there.taken.values()) == {0}
    assert there.states["state_machine"] == EMPTY
    assert there.states["election_timer"] == {"alarm": {"due": None, "epoch": 0}, "epoch": 0, "deadline": None}


# --- what cannot be known ---


def with_record(trail: NodeTrail, place: int, change: Callable[[Located], Located]) -> NodeTrail:
    """The same trail, but for one record."""
    records = list(trail.records)
    records[place] = change(records[place])
    return replace(trail, records=records)


def delivery(trail: NodeTrail, actor: str, n: int) -> int:
    """Where it stands."""
    for place, located in enumerate(trail.records):
        match located.record:
            case Took(actor=name, n=number) if (name, number) == (actor, n):
                return place
            case _:
                pass
    raise AssertionError("it is there")


def shed(located: Located) -> Located:
    """Records are missing there, and the replica says so."""
    record = Event(at=1.0, clock=1, node=NODE, event="trail.shed", level="warning", fields={"count": 3})
    return Located(record=record, file=located.file, line=located.line, position=located.position)


def told(located: Located, message: bytes) -> Located:
    """Another message was delivered there."""
    took = located.record
    assert isinstance(took, Took)
    changed = msgspec.structs.replace(took, message=msgspec.Raw(message))
    return msgspec.structs.replace(located, record=changed)


def test_it_ends_where_the_replica_shed_records(trail: NodeTrail) -> None:
    there = moment(with_record(trail, 50, shed), whole(trail))
    assert there.stopped == f"records are missing from {NODE}.jsonl:51 on: the replica shed them"
    before = sum(isinstance(each.record, Took) for each in trail.records[:50])
    assert sum(there.taken.values()) == before


def test_it_ends_before_a_delivery_that_is_damaged(trail: NodeTrail) -> None:
    place = delivery(trail, "consensus", 9)
    there = moment(replace(trail, damaged=frozenset({place})), whole(trail))
    assert there.stopped == f"records are missing or damaged at {NODE}.jsonl:{place + 1}"
    assert there.taken["consensus"] == 8


def test_damage_that_no_actor_took_stops_nothing(trail: NodeTrail) -> None:
    others = frozenset(each.position for each in trail.records if isinstance(each.record, Did | Event))
    assert moment(replace(trail, damaged=others), whole(trail)).stopped is None


def test_it_ends_where_a_delivery_is_missing(trail: NodeTrail) -> None:
    place = delivery(trail, "consensus", 9)
    there = moment(replace(trail, records=trail.records[:place] + trail.records[place + 1 :]), whole(trail))
    following = delivery(trail, "consensus", 10)
    assert there.stopped == f"records are missing or damaged at {NODE}.jsonl:{following + 1}"
    assert there.taken["consensus"] == 8


def test_it_ends_at_a_message_that_this_version_does_not_know(trail: NodeTrail) -> None:
    place = delivery(trail, "consensus", 9)
    there = moment(with_record(trail, place, lambda located: told(located, b"{}")), whole(trail))
    assert there.stopped is not None
    assert there.stopped.startswith(f"{NODE}.jsonl:{place + 1} cannot be understood: ")
    assert there.taken["consensus"] == 8


def test_it_ends_where_an_actor_fails(trail: NodeTrail, monkeypatch: pytest.MonkeyPatch) -> None:
    """The state is shown as it was left."""
    right = StateMachine.on_receive

    def fail(machine: StateMachine, message: StateMachineMessage) -> None:
        right(machine, message)
        raise ValueError("enough")

    monkeypatch.setattr(StateMachine, "on_receive", fail)
    there = moment(trail, whole(trail))
    place = delivery(trail, "state_machine", 1)
    assert there.stopped == f"state_machine fails at {NODE}.jsonl:{place + 1}: ValueError('enough')"
    assert there.states["state_machine"] != EMPTY


def reopened(trail: NodeTrail, **changes: object) -> NodeTrail:
    """It began otherwise."""
    assert trail.opened is not None
    return replace(trail, opened=msgspec.convert({**msgspec.to_builtins(trail.opened), **changes}, Opened))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda trail: replace(trail, opened=None), "the beginning of its trail is missing"),
        (lambda trail: replace(trail, is_complete_from_start=False), "the beginning of its trail is missing"),
        (lambda trail: reopened(trail, level="events"), "its trail, of level 'events', has no messages"),
        (lambda trail: reopened(trail, storage="tape"), "Storage 'tape' cannot be run again by this version"),
    ],
)
def test_a_replica_that_cannot_be_run_again_has_no_states_and_a_reason(
    trail: NodeTrail, change: Callable[[NodeTrail], NodeTrail], why: str
) -> None:
    assert moment(change(trail), whole(trail)) == Moment(node=NODE, taken={}, states={}, kept=None, stopped=why)


def test_nothing_to_show_is_one_sentence_that_says_why() -> None:
    unknown = [
        Moment(node=name, taken={}, states={}, kept=None, stopped="it has no messages") for name in ("0001", "0002")
    ]
    with pytest.raises(ReadError) as error:
        check(unknown, [])
    assert str(error.value) == (
        "There is nothing to show: the state of 0001 cannot be known: it has no messages; "
        "the state of 0002 cannot be known: it has no messages."
    )


def test_an_actor_that_is_nowhere_is_one_sentence_that_names_those_that_are() -> None:
    known = Moment(
        node="0001",
        taken={"log_store": 1, "consensus": 1},
        states={"log_store": 1, "consensus": 2},
        kept=None,
        stopped=None,
    )
    check([known], ["consensus"])
    with pytest.raises(ReadError, match=r"^There is no actor 'brain'; there are consensus, log_store\.$"):
        check([known], ["consensus", "brain"])
