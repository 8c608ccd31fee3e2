"""What the page draws is computed from records: places in time, messages and their fates, bands, requests."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.page.bands import Band, bands_and_endings
from audit.page.content import content_of
from audit.page.messages import Fate, Matching, Message
from audit.page.picture import Picture, picture
from audit.page.requests import Request, requests
from audit.page.timing import Timing, incarnation_of, timing
from audit.records import Located
from tests.audit.page_runs import CLIENT, STEP_S, Recorder, run_of

REPLICAS = frozenset({"0001", "0002", "0003"})


def messages(records: Sequence[Located]) -> list[Message]:
    return Matching(records, [content_of(each.record) for each in records], REPLICAS).messages()


def timed(records: Sequence[Located]) -> Timing:
    matching = Matching(records, [content_of(each.record) for each in records], REPLICAS)
    return timing(records, [incarnation_of(each) for each in records], matching.causes())


def bands(records: Sequence[Located]) -> list[tuple[str, int]]:
    return [(band.role, band.term) for band in all_bands(records)]


def all_bands(records: Sequence[Located]) -> tuple[Band, ...]:
    return bands_and_endings(records, [incarnation_of(each) for each in records])[0]


def asked(records: Sequence[Located]) -> tuple[Request, ...]:
    return requests(records, [content_of(each.record) for each in records], timed(records).times_us)


def columns(drawn: Picture) -> dict[str, list[int]]:
    names = ("time", "form", "lane", "kind", "actor", "cause", "term", "low", "high", "file", "line")
    return dict(zip(names, drawn.records, strict=True))


@pytest.fixture
def recorder() -> Recorder:
    made = Recorder()
    for node in sorted(REPLICAS):
        made.opened(node)
    return made


def test_sending_and_receipt_are_one_message(recorder: Recorder) -> None:
    datagram = recorder.send("0001", "consensus", 1, "append", "0002", term=1)
    recorder.receive("0002", datagram)
    sent = Message(send=3, receive=4, source="0001", target="0002", kind="append (empty)", fate=Fate.RECEIVED)
    assert messages(recorder.records) == [sent]


def test_datagrams_that_arrive_together_are_several_messages(recorder: Recorder) -> None:
    first = recorder.send("0001", "consensus", 1, "pre_vote", "0002", term=1)
    second = recorder.send("0003", "consensus", 1, "pre_vote", "0002", term=1)
    recorder.receive("0002", first, second)
    assert [(each.source, each.receive) for each in messages(recorder.records)] == [("0001", 5), ("0003", 5)]


def test_a_message_that_nobody_received_is_lost(recorder: Recorder) -> None:
    recorder.send("0001", "consensus", 1, "vote_reply", "0002", term=1)
    recorder.event("0002", "role.changed", role="candidate", term=1)
    assert [each.fate for each in messages(recorder.records)] == [Fate.LOST]


def test_a_message_sent_after_its_receivers_trail_ended_is_not_called_lost(recorder: Recorder) -> None:
    recorder.send("0001", "consensus", 1, "vote_reply", "0002", term=1)
    assert [each.fate for each in messages(recorder.records)] == [Fate.UNRECORDED]


def test_a_message_that_came_twice_is_one_received_and_one_repeated(recorder: Recorder) -> None:
    datagram = recorder.send("0001", "consensus", 1, "append", "0002", term=1)
    recorder.receive("0002", datagram)
    recorder.receive("0002", datagram)
    assert [(each.receive, each.fate) for each in messages(recorder.records)] == [
        (4, Fate.RECEIVED),
        (5, Fate.REPEATED),
    ]


def test_a_message_that_no_trail_says_who_sent_is_shown_where_it_came(recorder: Recorder) -> None:
    recorder.receive("0002", {"clock": 9, "src": "0003", "dst": "0002", "type": "append"})
    assert [(each.send, each.source, each.fate) for each in messages(recorder.records)] == [(-1, "0003", Fate.UNSENT)]


def test_what_is_meant_for_everybody_is_not_lost_when_nobody_gets_it(recorder: Recorder) -> None:
    datagram = recorder.send("0001", "consensus", 1, "hello", "FFFF")
    recorder.event("0003", "role.changed", role="candidate", term=1)
    assert messages(recorder.records) == []
    recorder.receive("0002", datagram)
    assert [each.target for each in messages(recorder.records)] == ["0002"]


def test_answers_to_clients_are_no_messages_between_replicas(recorder: Recorder) -> None:
    recorder.send("0001", "consensus", 1, "ok", CLIENT, MID="m")
    assert messages(recorder.records) == []


@pytest.mark.parametrize("payload", ['{"type": 7}', "[]", "", "no json", '{"type":"append","entries":3}'])
def test_a_hostile_payload_is_about_nothing(recorder: Recorder, payload: str) -> None:
    recorder.took("0002", "socket_reader", "Datagrams", {"payloads": [payload, {"base64": "/w=="}], "at": 1.0})
    assert content_of(recorder.records[-1].record).received == ()


def test_times_are_microseconds_since_the_first_record(recorder: Recorder) -> None:
    assert timed(recorder.records).times_us == [0, round(STEP_S * 1e6), round(2 * STEP_S * 1e6)]


def test_an_effect_is_moved_behind_its_cause_whatever_the_clocks_say(recorder: Recorder) -> None:
    datagram = recorder.send("0001", "consensus", 1, "append", "0002", term=1)
    recorder.now -= 0.03
    recorder.receive("0002", datagram)
    placed = timed(recorder.records)
    assert placed.times_us[4] == placed.times_us[3]
    assert placed.moved == 1
    assert placed.moved_us_max == round((0.03 - STEP_S) * 1e6)


def test_clocks_of_several_machines_are_compared_by_wall_time() -> None:
    recorder = Recorder()
    recorder.opened("0001", at=100.0, wall=1_790_000_000.0)
    recorder.opened("0002", at=7.0, wall=1_790_000_001.0)
    placed = timed(recorder.records)
    assert placed.is_wall
    assert placed.times_us == [0, 1_000_000]


def test_clocks_of_one_machine_are_taken_as_they_are() -> None:
    recorder = Recorder()
    recorder.opened("0001", at=100.0, wall=1_790_000_000.0)
    recorder.opened("0002", at=101.0, wall=1_790_000_001.04)
    placed = timed(recorder.records)
    assert not placed.is_wall
    assert placed.times_us == [0, 1_000_000]


def test_one_damaged_time_does_not_move_all_that_follows(recorder: Recorder) -> None:
    recorder.now += 1e9
    recorder.event("0001", "role.changed", role="candidate", term=1)
    recorder.now -= 1e9
    recorder.event("0001", "role.changed", role="leader", term=1)
    assert max(timed(recorder.records).times_us) < 2_000_000


@given(st.lists(st.tuples(st.sampled_from(sorted(REPLICAS)), st.floats(0, 5)), max_size=30))
def test_time_never_runs_backwards_in_a_replicas_trail(story: list[tuple[str, float]]) -> None:
    recorder = Recorder()
    for node, moment in story:
        recorder.now = moment
        recorder.event(node, "node.started")
    times = timed(recorder.records).times_us
    for node in REPLICAS:
        own = [time for time, each in zip(times, recorder.records, strict=True) if each.record.node == node]
        assert own == sorted(own)


def test_each_change_of_role_or_term_begins_a_band() -> None:
    recorder = Recorder()
    recorder.opened("0001")
    recorder.event("0001", "term.advanced", term=1, previous=0)
    recorder.event("0001", "role.changed", role="leader", previous="follower", term=1)
    recorder.event("0001", "role.changed", role="leader", previous="leader", term=1)
    assert bands(recorder.records) == [("follower", 0), ("follower", 1), ("leader", 1)]
    assert [(band.first, band.last) for band in all_bands(recorder.records)] == [(0, 1), (1, 2), (2, 3)]


def test_a_process_that_comes_back_is_in_the_term_that_it_had_stored() -> None:
    recorder = Recorder()
    recorder.opened("0001")
    recorder.event("0001", "state.restored", term=4, voted_for="0002", last=40)
    recorder.event("0001", "node.stopped")
    assert bands(recorder.records) == [("follower", 0), ("follower", 4)]


@pytest.mark.parametrize(("name", "how"), [("node.stopped", "stopped"), ("node.failed", "failed"), ("x", "cut")])
def test_a_trail_says_how_its_process_ended(recorder: Recorder, name: str, how: str) -> None:
    recorder.event("0002", name, actor="node")
    _, endings = bands_and_endings(recorder.records, [incarnation_of(each) for each in recorder.records])
    assert [each.how for each in endings if each.node == "0002"] == [how]


def test_a_second_process_of_a_replica_begins_as_a_follower_in_the_same_lane() -> None:
    recorder = Recorder()
    recorder.opened("0001")
    recorder.event("0001", "role.changed", role="leader", previous="follower", term=4)
    again = Recorder(now=200.0)
    again.opened("0001")
    records = [*recorder.records, Located(record=again.records[0].record, file="0001.2.jsonl", line=1, position=0)]
    assert bands(records) == [("follower", 0), ("leader", 4), ("follower", 0)]
    assert picture(records).lanes == ["0001", "0002", "0003", "0004", "0005"]


def test_a_request_lasts_from_its_datagram_to_its_answer(recorder: Recorder) -> None:
    recorder.receive("0001", {"src": CLIENT, "dst": "0001", "leader": "FFFF", "type": "get", "MID": "m", "key": "k"})
    recorder.did(
        "0001", "state_machine", 1, "datagrams", "send", {"type": "ok", "src": "0001", "dst": CLIENT, "MID": "m"}
    )
    assert asked(recorder.records) == (Request(node="0001", MID="m", kind="get", came=3, answered=4, answer="ok"),)


def test_a_request_without_an_answer_is_open(recorder: Recorder) -> None:
    recorder.receive("0001", {"src": CLIENT, "dst": "0001", "leader": "FFFF", "type": "put", "MID": "m"})
    assert [(each.answered, each.answer) for each in asked(recorder.records)] == [(-1, "open")]


def test_requests_are_known_from_named_events_where_only_these_were_recorded(recorder: Recorder) -> None:
    recorder.event("0001", "request.held", mid="m", client=CLIENT)
    recorder.event("0001", "request.answered", mid="m", client=CLIENT, answer="redirect")
    assert [(each.came, each.answered, each.answer) for each in asked(recorder.records)] == [(3, 4, "redirect")]


def test_requests_that_are_open_at_the_same_time_stand_above_one_another(recorder: Recorder) -> None:
    for mid in ("a", "b", "c", "d"):
        recorder.event("0001", "request.held", mid=mid, client=CLIENT)
    assert [each.row for each in asked(recorder.records)] == [0, 1, 2, 2]


def test_a_delivery_is_caused_by_the_one_in_whose_handling_it_was_told(recorder: Recorder) -> None:
    n = recorder.took("0001", "socket_reader", "Datagrams", {"payloads": [], "at": 1.0})
    recorder.took("0001", "consensus", "Inbound", {"peers": [], "requests": [], "at": 1.0}, ("socket_reader", n))
    recorder.did("0001", "consensus", 1, "storage", "sync", {})
    assert columns(picture(recorder.records))["cause"] == [0, 0, 0, 0, 1, 1]


def test_records_know_the_log_indexes_that_they_are_about(recorder: Recorder) -> None:
    entries = [{"term": 2, "write": None}] * 3
    n = recorder.took("0001", "log_store", "Append", {"term": 2, "after": 6, "entries": entries, "report": True})
    recorder.did("0001", "log_store", n, "storage", "append", {"entries": entries})
    recorder.took("0001", "state_machine", "Apply", {"first": 7, "entries": entries[:1]})
    recorder.send("0001", "consensus", 1, "append", "0002", term=2, prev_log_index=8, entries=entries[:1])
    recorder.event("0001", "entry.committed", first=7, last=9)
    found = columns(picture(recorder.records))
    spans = list(zip(found["low"], found["high"], strict=True))
    assert spans[3:] == [(7, 9), (7, 9), (7, 7), (9, 9), (7, 9)]
    assert found["term"][3:] == [2, 0, 0, 2, 0]


def test_a_replica_that_left_no_trail_has_a_lane_when_another_names_it() -> None:
    recorder = Recorder()
    recorder.opened("0003")
    assert picture(recorder.records).lanes == ["0001", "0002", "0003", "0004", "0005"]


def test_a_picture_says_whether_messages_were_recorded(recorder: Recorder) -> None:
    assert not picture(recorder.records).has_messages
    recorder.took("0001", "consensus", "Start", {"at": 1.0})
    assert picture(recorder.records).has_messages


def test_in_a_long_run_no_message_arrives_before_it_was_sent() -> None:
    run = run_of(records=5_000)
    drawn = picture(run)
    assert {len(column) for column in drawn.records} == {len(run)}
    times = timed(run).times_us
    send, receive = drawn.messages[0], drawn.messages[1]
    flights = [times[to] - times[of] for of, to in zip(send, receive, strict=True) if to >= 0]
    assert len(flights) > 1000
    assert min(flights) > 0
