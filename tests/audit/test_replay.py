"""A replica run again from its trail: the same actors, and what they do is given back instead of being done."""

from pathlib import Path

import msgspec
import pytest

from audit.decoding import UndecodableError
from audit.inspection import state_of
from audit.records import Opened, Took
from audit.replay import Acted, Replay, ReplayError, Told
from messages.consensus import ElectionTimeout, Start
from messages.election_timer import Reset
from messages.ids import NodeId, Term
from messages.log_store import Flush, SaveHardState
from messages.state_machine import Apply, Read
from messages.timer import Rang
from tests.actors.samples import at, index, puts
from tests.audit.noted_run import NotedRun
from tests.audit.trails import opened


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> NotedRun:
    return NotedRun(tmp_path_factory.mktemp("run"))


def opening(**others: object) -> Opened:
    """What the trail of a replica begins with."""
    return msgspec.convert(opened(**{"settings": {}, **others}), Opened)  # type: ignore[arg-type]  # node and peers, too


def test_every_delivery_of_a_recorded_run_leaves_the_state_that_the_actor_really_had(run: NotedRun) -> None:
    compared = 0
    for trail in run.trails.nodes:
        assert trail.opened is not None
        replay = Replay(trail.opened)
        for located in trail.records:
            took = located.record
            if isinstance(took, Took):
                replay.deliver(took)
                if took.actor != "socket_reader":
                    compared += 1
                    noted = run.noted[trail.name, took.actor, took.n]
                    assert state_of(replay.actors[took.actor]) == noted, located.place
    assert compared == len(run.noted) > 1000


def test_the_actors_are_those_of_the_wiring() -> None:
    others = {"consensus", "election_timer", "log_store", "socket_reader", "state_machine"}
    assert Replay(opening()).actors.keys() == {*others, "replicator/0002", "replicator/0003"}


def test_an_actor_tells_and_acts_in_order_and_nobody_hears_it() -> None:
    replay = Replay(opening())
    done = replay.take("consensus", Start(at=at(1.0)))
    assert [each.port if isinstance(each, Acted) else each.to for each in done] == ["datagrams", "election_timer"]
    hello = b'{"src":"0001","dst":"FFFF","leader":"FFFF","type":"hello"}'
    assert done[0] == Acted(port="datagrams", call="send", value=hello)
    assert isinstance(done[1], Told)
    assert done[1].type == "Reset"
    assert state_of(replay.actors["election_timer"]) == state_of(Replay(opening()).actors["election_timer"])


def test_what_is_done_for_one_message_is_not_given_again_for_the_next() -> None:
    replay = Replay(opening())
    assert len(replay.take("consensus", Start(at=at(1.0)))) == 2
    assert replay.take("consensus", ElectionTimeout(epoch=99, at=at(2.0))) == ()


def test_storage_keeps_what_it_is_given_and_timers_never_ring() -> None:
    replay = Replay(opening())
    saved = replay.take("log_store", SaveHardState(term=Term(4), voted_for=None))
    assert [each.call if isinstance(each, Acted) else each.type for each in saved] == [
        "save_hard_state",
        "HardStateSaved",
    ]
    (alarm,) = replay.take("election_timer", Reset(epoch=1, since=at(3.0)))
    assert isinstance(alarm, Acted)
    assert (alarm.port, alarm.call) == ("timer", "set")
    due = msgspec.json.decode(alarm.value)["due"]
    (timeout,) = replay.take("election_timer", Rang(epoch=1, at=due))
    assert isinstance(timeout, Told)
    assert (timeout.to, timeout.type) == ("consensus", "ElectionTimeout")


def test_a_storage_that_had_to_be_synced_has_to_be_again() -> None:
    """What was written is told to be saved behind the sync, and only then."""
    replay = Replay(opening(storage="synced-memory"))
    written = replay.take("log_store", SaveHardState(term=Term(4), voted_for=None))
    assert [each.call if isinstance(each, Acted) else each.type for each in written] == ["save_hard_state", "Flush"]
    flushed = replay.take("log_store", Flush(moves_on=False))
    assert [each.call if isinstance(each, Acted) else each.type for each in flushed] == ["sync", "HardStateSaved"]


@pytest.mark.parametrize(("seed", "same"), [("1", True), ("2", False)])
def test_the_seed_that_was_recorded_decides_what_is_random(seed: str, same: bool) -> None:
    reset = Reset(epoch=1, since=at(3.0))
    alarms = [Replay(opening(seed=each)).take("election_timer", reset) for each in ("1", seed)]
    assert (alarms[0] == alarms[1]) is same


def test_what_an_actor_raises_is_raised() -> None:
    replay = Replay(opening())
    with pytest.raises(AssertionError, match="without gaps"):
        replay.take("state_machine", Apply(first=index(7), entries=puts(1, 1)))
    assert replay.take("state_machine", Read(requests=(), leader=NodeId("0001"))) == ()


def took(type_name: str, message: str) -> Took:
    return Took(
        at=1.0,
        clock=0,
        node="0001",
        actor="consensus",
        n=1,
        by=None,
        type=type_name,
        message=msgspec.Raw(message.encode()),
    )


@pytest.mark.parametrize(
    ("type_name", "message", "told"),
    [
        ("Begin", '{"at":1.0}', "no actor takes a Begin"),
        ("Start", '{"at":"soon"}', "Expected `float`, got `str`"),
        ("Start", "{}", "missing required field `at`"),
        ("Inbound", '{"peers":[{"type":"append"}],"requests":[],"at":1.0}', "missing required field"),
    ],
)
def test_what_is_no_message_of_this_version_is_refused(type_name: str, message: str, told: str) -> None:
    with pytest.raises(UndecodableError, match=told):
        Replay(opening()).deliver(took(type_name, message))


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ({"storage": "tape"}, "Storage 'tape' cannot be run again by this version."),
        ({"settings": {"haste": 1}}, "The settings are not this version's: "),
    ],
)
def test_what_this_version_does_not_know_is_said_in_one_sentence(others: dict[str, object], told: str) -> None:
    with pytest.raises(ReplayError) as error:
        Replay(opening(**others))
    assert str(error.value).startswith(told)


def test_a_run_again_writes_no_trail(run: NotedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(run.directory.iterdir())
    Replay(opening()).take("consensus", Start(at=at(1.0)))
    assert sorted(run.directory.iterdir()) == before
    assert list(tmp_path.iterdir()) == []
