"""A whole replica that is recorded does exactly what one does that is not, and everything it does is on record."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import pytest

from actors.settings import Settings
from audit.reading import read
from audit.records import Did, Took
from messages.codec import encode
from messages.ids import NOBODY, ClientId, NodeId, RequestId
from messages.wire import Outbound, Put
from tests.actors.cluster import Cluster, Node
from tests.audit.recorded_cluster import RecordedCluster

SETTINGS: Final = Settings(start_wait_ms=0, start_wait_per_peer_ms=0)


def said(cluster: Cluster) -> list[tuple[NodeId, bytes]]:
    """Who said what, in order, in ten seconds with clients, loss and duplicates."""
    heard: list[tuple[NodeId, bytes]] = []

    def hear(node: Node, message: Outbound) -> None:
        heard.append((node.name, encode(message)))

    def ask(node: Node, number: int) -> Callable[[], None]:
        mid = RequestId(f"m{number}")
        put = Put(src=ClientId("0100"), dst=node.name, leader=NOBODY, MID=mid, key="k", value=str(number))
        return lambda: node.receive(msgspec.json.encode(put))

    cluster.watch = hear
    cluster.loss, cluster.duplication, cluster.delay_max_s = 0.1, 0.1, 0.1
    for number, node in enumerate([*cluster.nodes.values()] * 20):
        cluster.at(number / 8, ask(node, number))
    cluster.run(10.0)
    return heard


@pytest.mark.parametrize("seed", range(3))
def test_recorded_replicas_say_exactly_what_others_say(tmp_path: Path, seed: int) -> None:
    plain, recorded = Cluster(3, seed, SETTINGS), RecordedCluster(tmp_path, 3, seed, SETTINGS)
    said_plainly, said_on_record = said(plain), said(recorded)
    recorded.close()
    assert said_plainly == said_on_record
    assert len(said_plainly) > 200
    for name, node in plain.nodes.items():
        assert recorded.nodes[name].state_machine.values == node.state_machine.values


def test_what_a_replica_says_is_on_record_word_for_word(tmp_path: Path) -> None:
    cluster = RecordedCluster(tmp_path, 3, 1, SETTINGS)
    heard = said(cluster)
    cluster.close()
    for trail in read(tmp_path).nodes:
        sent = [each.record for each in trail.records if isinstance(each.record, Did) and each.record.call == "send"]
        assert [bytes(did.value) for did in sent] == [datagram for name, datagram in heard if name == trail.name]
        assert [did.clock for did in sent] == sorted({did.clock for did in sent})


def test_every_cause_on_record_is_a_delivery_that_was_taken_before(tmp_path: Path) -> None:
    cluster = RecordedCluster(tmp_path, 3, 2, SETTINGS)
    said(cluster)
    cluster.close()
    for trail in read(tmp_path).nodes:
        taken: set[tuple[str, int]] = set()
        outside: set[str] = set()
        for located in trail.records:
            match located.record:
                case Took() as took:
                    assert took.by is None or took.by in taken
                    taken.add((took.actor, took.n))
                    if took.by is None:
                        outside.add(took.type)
                case Did() as did:
                    assert (did.actor, did.n) in taken
                case _:
                    pass
        assert outside == {"Datagrams", "Rang", "Start"}
