"""What every actor takes is recorded before it handles it, with its number and its cause; on one thread."""

from collections.abc import Callable

import pytest

from messages.address import Forward
from messages.socket_reader import Datagrams
from messages.timer import Rang
from recording import RecordingRuntime
from tests.actors.probes import Probe
from tests.actors.samples import at
from tests.actors.test_wiring import StillRuntime
from tests.recording.stage import NODE, Clerk, Desk, Doing, Reader
from trail.records import Payloads, Took


class Office:
    """A recorded runtime on the test's own thread, which goes on when the test says so."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.sheet = self.desk.sheet
        self.within = StillRuntime()
        self.runtime = RecordingRuntime(self.within, self.desk.recorder)

    def causes(self, actor: str) -> list[tuple[int, tuple[str, int] | None]]:
        """The number and the cause of each delivery to `actor`."""
        return [(took.n, took.by) for took in self.sheet.took(actor)]


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_delivery_is_recorded_with_all_that_is_known_of_it(office: Office) -> None:
    office.desk.clock.value = 9
    office.runtime.spawn("actor", Doing, lambda message: None).tell("message")
    office.within.settle()
    assert office.sheet.records == [Took(1.5, 9, NODE, "actor", 1, None, "str", "message")]


def test_a_delivery_is_recorded_when_it_is_taken_and_not_when_it_is_told(office: Office) -> None:
    address = office.runtime.spawn("actor", Doing, lambda message: None)
    address.tell("message")
    assert office.sheet.records == []
    office.desk.now = at(7.0)
    office.within.settle()
    (took,) = office.sheet.took()
    assert took.at == 7.0


def spawned_in_each_way(office: Office, do: Callable[[object], object]) -> None:
    """Spawn actors in all ways that there are, and have each take two messages."""
    for spawn in (office.runtime.spawn, office.runtime.spawn_beside, office.runtime.spawn_core):
        address = spawn(spawn.__name__, Doing, do)
        address.tell("one")
        address.tell("two")
    office.within.settle()
    office.runtime.spawn_reader("spawn_reader", Reader, do)
    for payload in (b"one", b"two"):
        office.within.reader.on_receive(Datagrams(payloads=(payload,), at=at(1.0)))


def test_every_delivery_is_recorded_before_it_is_handled(office: Office) -> None:
    recorded_then: list[object] = []
    spawned_in_each_way(office, lambda message: recorded_then.append(office.sheet.took()[-1]))
    assert recorded_then == office.sheet.took()
    assert len(recorded_then) == 8


def test_deliveries_are_numbered_from_1_without_gaps_for_each_actor_alone(office: Office) -> None:
    spawned_in_each_way(office, lambda message: None)
    numbers = {(took.actor, took.n) for took in office.sheet.took()}
    actors = ("spawn", "spawn_beside", "spawn_core", "spawn_reader")
    assert numbers == {(actor, n) for actor in actors for n in (1, 2)}


def test_an_actor_is_handed_the_very_message_that_it_was_told_and_built_as_it_would_be(office: Office) -> None:
    message, handed = object(), Probe[object]()
    office.runtime.spawn("actor", Doing, do=handed.tell).tell(message)
    office.within.settle()
    assert handed.told[0] is message
    assert type(office.within.built[0]) is Doing


def test_the_cause_of_a_message_is_the_delivery_in_whose_handling_it_was_told(office: Office) -> None:
    """Two clerks pass a number to and fro."""
    to_one: Forward[int] = Forward()
    two = office.runtime.spawn("two", Clerk, to_one)
    one = office.runtime.spawn("one", Clerk, two)
    to_one.bind(one)
    one.tell(4)
    office.within.settle()
    assert office.causes("one") == [(1, None), (2, ("two", 1)), (3, ("two", 2))]
    assert office.causes("two") == [(1, ("one", 1)), (2, ("one", 2))]


def test_a_cause_is_that_of_the_telling_whatever_is_handled_until_it_is_taken(office: Office) -> None:
    last = office.runtime.spawn("last", Doing, lambda message: None)
    first = office.runtime.spawn("first", Doing, last.tell)
    second = office.runtime.spawn("second", Doing, last.tell)
    for address in (first, second, first):
        address.tell("x")
    office.within.settle()
    assert office.causes("last") == [(1, ("first", 1)), (2, ("second", 1)), (3, ("first", 2))]


def test_what_an_actor_tells_itself_is_its_own_doing(office: Office) -> None:
    myself: Forward[int] = Forward()
    clerk = office.runtime.spawn("clerk", Clerk, myself)
    myself.bind(clerk)
    clerk.tell(2)
    office.within.settle()
    assert office.causes("clerk") == [(1, None), (2, ("clerk", 1)), (3, ("clerk", 2))]


def test_what_is_told_from_outside_has_no_cause_also_when_something_was_handled_before(office: Office) -> None:
    address = office.runtime.spawn("actor", Doing, lambda message: None)
    for _ in range(2):
        address.tell("from outside")
        office.within.settle()
    assert office.causes("actor") == [(1, None), (2, None)]


def test_what_a_timer_tells_has_no_cause_and_setting_it_is_recorded(office: Office) -> None:
    """Not that of its setting: an alarm may ring long after it."""
    clerk = office.runtime.spawn("clerk", Clerk, Probe[int]())
    timer = office.runtime.timer(clerk)
    setter = office.runtime.spawn("setter", Doing, lambda message: timer.set(at(5.0), 3))
    setter.tell("now")
    office.within.settle()
    assert office.within.timers[0].alarms == [(5.0, 3)]
    clerk.tell(Rang(epoch=3, at=at(5.1)))
    office.within.settle()
    (did,) = office.sheet.did("timer")
    assert (did.actor, did.n, did.call, did.value) == ("setter", 1, "set", {"due": 5.0, "epoch": 3})
    assert office.causes("clerk") == [(1, None)]


def test_what_the_network_brings_has_no_cause_and_weighs_what_it_holds(office: Office) -> None:
    owner = office.runtime.spawn("owner", Doing, lambda message: None)
    office.runtime.spawn_reader("reader", Reader, owner.tell)
    office.within.reader.on_receive(Datagrams(payloads=(b"abc", b"", b"de"), at=at(1.25)))
    office.within.settle()
    took, of_owner = office.sheet.took()
    assert (took.actor, took.n, took.by, took.type) == ("reader", 1, None, "Datagrams")
    assert isinstance(took.message, Payloads)
    assert (took.message.payloads, took.message.at) == ((b"abc", b"", b"de"), 1.25)
    assert of_owner.by == ("reader", 1)
    assert office.sheet.weights == [5, 0]


def test_an_actor_that_raises_leaves_the_record_of_what_it_took(office: Office) -> None:
    def fail(message: object) -> None:
        raise ValueError(message)

    office.runtime.spawn("actor", Doing, fail).tell("poison")
    with pytest.raises(ValueError, match="poison"):
        office.within.settle()
    office.runtime.spawn_reader("reader", Reader, fail)
    with pytest.raises(ValueError, match="Datagrams"):
        office.within.reader.on_receive(Datagrams(payloads=(b"x",), at=at(1.0)))
    assert [(took.actor, took.n, took.type) for took in office.sheet.took()] == [
        ("actor", 1, "str"),
        ("reader", 1, "Datagrams"),
    ]


def test_while_a_failure_is_reported_it_is_known_what_was_being_handled(office: Office) -> None:
    def fail(message: object) -> None:
        raise ValueError(message)

    office.runtime.spawn("actor", Doing, fail).tell("poison")
    with pytest.raises(ValueError, match="poison"):
        office.within.settle()
    assert office.desk.recorder.here.cause == ("actor", 1)


def test_what_is_done_outside_of_actors_is_the_nodes(office: Office) -> None:
    office.desk.recorder.did("timer", "set", {})
    (did,) = office.sheet.did()
    assert (did.actor, did.n) == ("node", 0)
