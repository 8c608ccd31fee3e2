"""One actor on a stage: it is told what a trail says it took, and what it does is sorted by receiver."""

import json

import pytest

from audit.decoding import UndecodableError
from audit.replay import Acted, Told
from audit.stage import ActorStage, doings
from tests.audit.trails import opened

OPENED = json.dumps(opened(settings={}))
RESET = ("Reset", '{"epoch":1,"since":1.0}')
SAVE = ("SaveHardState", '{"term":4,"voted_for":"0002"}')
APPEND = ("Append", '{"term":4,"after":0,"entries":[{"term":4}],"report":true}')


def test_what_an_actor_does_is_there_by_receiver() -> None:
    assert ActorStage("log_store", OPENED).take(*SAVE) == {
        "storage": [("save_hard_state", '{"term":4,"voted_for":"0002"}')],
        "consensus": [("HardStateSaved", '{"term":4,"voted_for":"0002","last_log_index":0,"last_log_term":0}')],
    }


def test_what_it_did_for_one_receiver_is_in_order() -> None:
    done: list[Told | Acted] = [
        Told(to="consensus", type="A", message=b"1"),
        Acted(port="timer", call="set", value=b"2"),
        Told(to="consensus", type="B", message=b"3"),
    ]
    assert doings(done) == {"consensus": [("A", "1"), ("B", "3")], "timer": [("set", "2")]}


def test_it_remembers_what_it_took_before() -> None:
    stage = ActorStage("log_store", OPENED, before=(SAVE, APPEND))
    told = stage.take("ReadEntries", '{"peer":"0003","term":4,"first":1,"needed":1,"count_max":9,"bytes_max":9999}')
    read = '{"term":4,"first":1,"entries":[{"term":4,"write":null}]}'
    assert told == {"replicator/0003": [("EntriesRead", read)]}


def test_two_stages_share_nothing() -> None:
    ActorStage("log_store", OPENED).take(*APPEND)
    assert "storage" in ActorStage("log_store", OPENED).take(*APPEND)


def test_what_does_nothing_does_nothing() -> None:
    assert ActorStage("election_timer", OPENED).take("Rang", '{"epoch":1,"at":2.0}') == {}


def test_its_dice_are_those_of_the_replica() -> None:
    first, again = (ActorStage("election_timer", OPENED).take(*RESET) for _ in range(2))
    assert first == again
    assert first.keys() == {"timer"}


def test_what_the_actor_raises_and_what_is_no_message_is_raised() -> None:
    stage = ActorStage("log_store", OPENED)
    with pytest.raises(AssertionError, match="without gaps"):
        stage.take("Append", '{"term":4,"after":9,"entries":[],"report":true}')
    with pytest.raises(UndecodableError, match="no actor takes a Prepend"):
        stage.take("Prepend", "{}")
