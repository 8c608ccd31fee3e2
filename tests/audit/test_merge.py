"""The order of all replicas' records: no effect before its cause, and each replica's own order kept."""

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from audit.merge import merged
from audit.reading import Trails, read
from audit.records import Did, Located, Took
from tests.audit.trails import Replica, chatter, encoded, event, opened, replicas


def of_replicas(cluster: tuple[Replica, ...]) -> Trails:
    with tempfile.TemporaryDirectory() as directory:
        for replica in cluster:
            replica.write(Path(directory))
        return read(Path(directory))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["local", "send", "receive"]),
        st.integers(0, 3),
        st.integers(0, 3),
        st.floats(-1000, 1000),
    ),
    max_size=60,
)
"""What happens, where, and at what time by a clock that is quite wrong."""


def played(steps: list[tuple[str, int, int, float]]) -> tuple[Trails, list[tuple[str, str]]]:
    """A history in which datagrams arrive late, out of order, twice or never; and all (sending, arrival) by place."""
    cluster = replicas(4)
    under_way: list[tuple[str, str]] = []
    caused: list[tuple[str, str]] = []
    for what, where, which, at in steps:
        replica = cluster[where]
        if what == "local":
            replica.takes(at, "consensus", "Start", at=at)
        elif what == "send":
            payload = replica.sends(at, "consensus", 0, "hello", cluster[which].node)
            under_way.append((payload, f"{replica.node}.jsonl:{len(replica.records)}"))
        elif under_way:
            payload, sent = under_way[which % len(under_way)]
            replica.receives(at, payload)
            caused.append((sent, f"{replica.node}.jsonl:{len(replica.records)}"))
    return of_replicas(cluster), caused


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_no_effect_stands_before_its_cause_whatever_the_clocks_say(steps: list[tuple[str, int, int, float]]) -> None:
    trails, caused = played(steps)
    order = {located.place: place for place, located in enumerate(merged(trails))}
    assert all(order[sent] < order[received] for sent, received in caused)


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_each_replica_keeps_its_own_order_and_nothing_is_lost(steps: list[tuple[str, int, int, float]]) -> None:
    trails, _ = played(steps)
    order = merged(trails)
    for trail in trails.nodes:
        assert [located for located in order if located.file == f"{trail.node}.jsonl"] == trail.records
    assert len(order) == sum(len(trail.records) for trail in trails.nodes)


def test_replicas_that_know_nothing_of_one_another_stand_by_name(tmp_path: Path) -> None:
    chatter(tmp_path, seed=1, messages=0)
    assert [located.place for located in merged(read(tmp_path))] == ["0001.jsonl:1", "0002.jsonl:1", "0003.jsonl:1"]


def test_a_record_written_late_stays_where_its_replica_wrote_it(tmp_path: Path) -> None:
    """Another thread had moved the clock on when a slower one wrote its record with an older reading."""
    records = [opened("0001", ()), event("0001", 1, 5, "term.advanced"), event("0001", 1, 3, "role.changed")]
    (tmp_path / "0001.jsonl").write_bytes(encoded(records))
    assert [located.line for located in merged(read(tmp_path))] == [1, 2, 3]


def test_a_damaged_record_does_not_move_the_clock(tmp_path: Path) -> None:
    """One flipped digit must not put all that follows behind everything else."""
    cluster = replicas(2)
    for replica in cluster:
        for clock in range(1, 6):
            replica.clock = clock
            replica.says(clock, "term.advanced", term=clock)
        replica.write(tmp_path)
    damaged = tmp_path / "0001.jsonl"
    damaged.write_bytes(damaged.read_bytes().replace(b'"clock":2,', b'"clock":9,'))
    trails = read(tmp_path)
    assert trails.is_damaged
    assert [located.record.clock for located in merged(trails) if located.file == "0002.jsonl"] == [0, 1, 2, 3, 4, 5]
    assert [located.place for located in merged(trails)][-1] == "0002.jsonl:6"
    assert [located.place for located in merged(trails)][-2] == "0001.jsonl:6"


def test_what_was_sent_is_found_before_where_it_came(tmp_path: Path) -> None:
    chatter(tmp_path, seed=7, messages=200)
    sent: set[tuple[str, int]] = set()
    came = 0
    for located in merged(read(tmp_path)):
        sent.update(_sending(located))
        for sending in _arrivals(located):
            came += 1
            assert sending in sent
    assert came > 100


def _sending(located: Located) -> list[tuple[str, int]]:
    record = located.record
    return [(record.node, record.clock)] if isinstance(record, Did) else []


def _arrivals(located: Located) -> list[tuple[str, int]]:
    record = located.record
    if not isinstance(record, Took) or record.type != "Datagrams":
        return []
    payloads = [json.loads(payload) for payload in json.loads(bytes(record.message))["payloads"]]
    return [(payload["src"], payload["clock"]) for payload in payloads]
