"""The state machine applies committed entries in log order, and answers reads from what it has applied."""

import pytest

from actors.settings import Settings
from actors.state_machine import StateMachine
from messages.entry import Entry, no_op
from messages.ids import NOBODY, RequestId, Term
from messages.log_store import SaveSnapshot
from messages.state_machine import Apply, Read
from messages.wire import Get, GetOk
from tests.actors.probes import AuditProbe, Probe, Wire
from tests.actors.samples import CLIENT, ME, PEER, index, put

SETTINGS = Settings()


class Machine:
    """A state machine with probes around it."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.wire = Wire()
        self.log_store: Probe[SaveSnapshot] = Probe()
        self.audit = AuditProbe()
        self.actor = StateMachine(
            me=ME, settings=settings, audit=self.audit.log, datagrams=self.wire, log_store=self.log_store
        )

    def apply(self, first: int, *entries: Entry) -> None:
        self.actor.on_receive(Apply(first=index(first), entries=entries))

    def read(self, *keys: str) -> list[str]:
        """The values that a read of each key is answered with."""
        self.wire.take()
        requests = tuple(Get(src=CLIENT, dst=ME, leader=NOBODY, MID=RequestId(key), key=key) for key in keys)
        self.actor.on_receive(Read(requests=requests, leader=PEER))
        return [answer.value for answer in self.wire.only(GetOk)]


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_a_read_sees_all_that_was_applied_before_it(machine: Machine) -> None:
    machine.apply(1, put(1, "a", key="x", value="old"), put(1, "b", key="y", value="other"))
    machine.apply(3, put(1, "c", key="x", value="new"))
    assert machine.read("x", "y") == ["new", "other"]


def test_a_key_that_was_never_written_reads_as_the_empty_string(machine: Machine) -> None:
    assert machine.read("x") == [""]


def test_a_read_is_answered_to_its_client_under_its_mid(machine: Machine) -> None:
    machine.apply(1, put(1, "a", key="x", value="1"))
    machine.read("x")
    assert machine.wire.sent == [GetOk(src=ME, dst=CLIENT, leader=PEER, MID=RequestId("x"), value="1")]


def test_a_no_op_takes_an_index_and_changes_nothing(machine: Machine) -> None:
    machine.apply(1, put(1, "a", key="x", value="1"), no_op(Term(2)))
    machine.apply(3, put(2, "b", key="y", value="2"))
    assert machine.read("x", "y") == ["1", "2"]


@pytest.mark.parametrize("first", [2, 4])
def test_an_index_that_was_applied_or_is_not_next_is_refused(machine: Machine, first: int) -> None:
    machine.apply(1, put(1, "a"), put(1, "b"))
    with pytest.raises(AssertionError, match="without gaps"):
        machine.apply(first, put(1, "c"))


def test_the_first_entry_has_index_1(machine: Machine) -> None:
    with pytest.raises(AssertionError, match="without gaps"):
        machine.apply(0, put(1, "a"))


def test_applying_answers_nobody(machine: Machine) -> None:
    """A put is answered by the one who decided that it is committed."""
    machine.apply(1, put(1, "a"), put(1, "b"))
    assert machine.wire.sent == []


def test_every_answer_is_audited_with_the_index_that_it_saw(machine: Machine) -> None:
    machine.apply(1, put(1, "a"), put(1, "b"))
    machine.read("k")
    answered = machine.audit.events("request.answered")
    assert [(event["mid"], event["client"], event["answer"], event["index"]) for event in answered] == [
        ("k", CLIENT, "ok", 2)
    ]


def test_who_watches_sees_what_is_applied_and_the_map(machine: Machine) -> None:
    assert (machine.actor.last_applied, machine.actor.values) == (0, {})
    machine.apply(1, put(1, "a", key="x", value="1"), no_op(Term(2)))
    assert (machine.actor.last_applied, machine.actor.values) == (2, {"x": "1"})


def test_who_watches_sees_no_change_by_a_read(machine: Machine) -> None:
    machine.read("x")
    assert (machine.actor.last_applied, machine.actor.values) == (0, {})
