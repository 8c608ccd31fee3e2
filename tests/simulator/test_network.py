"""The network between replicas: loss, duplicates, delay and damage, from a seed."""

from __future__ import annotations

import json
import random

import pytest

from simulator.damage import damaged
from simulator.events import CORRUPTIONS, Corrupt, Corruption, Delay, Drops, Duplicate, Reorder
from simulator.ids import NodeId, replica_ids
from simulator.network import Faults, Network
from simulator.partition import Partition

A, B, C = (NodeId(f"000{number}") for number in range(3))
PAYLOAD = b'{"src":"0000","dst":"0001","leader":"0000","type":"append","term":12}'


def network(*faults: Drops | Duplicate | Delay | Reorder | Corrupt, seed: int = 1) -> Network:
    made = Network(random.Random(seed))
    for fault in faults:
        made.faults.set(fault)
    return made


def test_without_faults_a_message_arrives_once_at_once_and_unchanged() -> None:
    (delivery,) = network().deliveries("append", PAYLOAD)
    assert (delivery.delay_s, delivery.payload) == (0.0, PAYLOAD)


def test_without_faults_nothing_is_drawn() -> None:
    made = network()
    before = made.rng.getstate()
    made.lose(A, B, "append")
    made.deliveries("append", PAYLOAD)
    made.hold_back_s()
    assert made.rng.getstate() == before


def test_drops_lose_about_their_share() -> None:
    made = network(Drops(time=0, rate=0.3))
    lost = sum(made.lose(A, B, "append") == "dropped" for _ in range(10_000))
    assert 2_850 < lost < 3_150
    assert made.counts.dropped == lost


def test_the_same_seed_loses_the_same_messages() -> None:
    first, second = (network(Drops(time=0, rate=0.5), seed=7) for _ in range(2))
    assert [first.lose(A, B, "append") for _ in range(100)] == [second.lose(A, B, "append") for _ in range(100)]


def test_another_seed_loses_other_messages() -> None:
    first, second = (network(Drops(time=0, rate=0.5), seed=seed) for seed in (7, 8))
    assert [first.lose(A, B, "append") for _ in range(100)] != [second.lose(A, B, "append") for _ in range(100)]


@pytest.mark.parametrize(("kind", "lost"), [("vote_reply", 100), ("append", 0)])
def test_messages_of_one_type_only_get_lost_where_the_event_says_so(kind: str, lost: int) -> None:
    made = network(Drops(time=0, rate=1.0, only="vote_reply"))
    assert sum(made.lose(A, B, kind) == "dropped" for _ in range(100)) == lost
    assert not made.is_faithful


@pytest.mark.parametrize(("kind", "copies"), [("vote_reply", 2), ("append", 1)])
def test_messages_of_one_type_only_are_doubled_where_the_event_says_so(kind: str, copies: int) -> None:
    made = network(Duplicate(time=0, rate=1.0, only="vote_reply"))
    assert len(made.deliveries(kind, PAYLOAD)) == copies


@pytest.mark.parametrize(("kind", "least_s"), [("vote_reply", 0.01), ("append", 0.0)])
def test_messages_of_one_type_only_are_late_where_the_event_says_so(kind: str, least_s: float) -> None:
    made = network(Delay(time=0, rate=1.0, min_ms=10, max_ms=10, only="vote_reply"))
    assert [delivery.delay_s for delivery in made.deliveries(kind, PAYLOAD)] == [least_s]


def test_the_loss_that_a_configuration_has_from_the_beginning_is_of_any_message() -> None:
    made = Network(random.Random(1), Faults(drops=1.0))
    assert made.lose(A, B, "append") == made.lose(A, B, "anything") == "dropped"


def test_a_duplicate_arrives_a_little_later() -> None:
    made = network(Duplicate(time=0, rate=1.0, max_ms=20))
    first, second = made.deliveries("append", PAYLOAD)
    assert first.delay_s == 0.0
    assert 0 <= second.delay_s <= 0.020
    assert (first.payload, second.payload) == (PAYLOAD, PAYLOAD)


def test_a_delay_lies_between_its_bounds() -> None:
    made = network(Delay(time=0, rate=1.0, min_ms=5, max_ms=10))
    delays = [made.deliveries("append", PAYLOAD)[0].delay_s for _ in range(200)]
    assert 0.005 <= min(delays) < 0.006
    assert 0.009 < max(delays) <= 0.010


def test_a_rate_of_nought_ends_a_fault() -> None:
    made = network(Delay(time=0), Duplicate(time=0), Reorder(time=0), Corrupt(time=0))
    assert not made.faults.harmless
    for fault in (Delay(time=1, rate=0), Duplicate(time=1, rate=0), Reorder(time=1, rate=0), Corrupt(time=1, rate=0)):
        made.faults.set(fault)
    assert made.faults.harmless


def test_heal_ends_loss_faults_and_partitions() -> None:
    made = network(Drops(time=0, rate=1.0), Delay(time=0))
    made.partition.split([A, B])
    made.heal()
    assert made.faults == Faults()
    assert made.lose(A, C, "append") is None


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_a_damaged_message_is_never_what_was_sent(kind: Corruption) -> None:
    rng = random.Random(1)
    for payload in (PAYLOAD, b"7", b"0000", b""):
        assert all(damaged(rng, kind, payload) != payload for _ in range(500))


def test_damage_sometimes_leaves_json_that_says_something_else() -> None:
    rng = random.Random(1)
    readable = 0
    for _ in range(2_000):
        try:
            json.loads(damaged(rng, rng.choice(CORRUPTIONS), PAYLOAD))
        except ValueError:
            continue
        readable += 1
    assert readable > 100


def test_a_corrupted_duplicate_is_damaged_once() -> None:
    made = network(Corrupt(time=0, rate=1.0), Duplicate(time=0, rate=1.0))
    first, second = made.deliveries("append", PAYLOAD)
    assert first.payload != PAYLOAD
    assert second.payload == PAYLOAD
    assert made.counts.corrupted == 1


def test_a_partition_cuts_both_directions() -> None:
    partition = Partition()
    partition.split([A, B])
    assert partition.cuts(A, C)
    assert partition.cuts(C, A)
    assert not partition.cuts(A, B)


def test_inside_the_minority_messages_pass() -> None:
    partition = Partition()
    partition.split([A])
    assert not partition.cuts(B, C)


def test_a_deaf_replica_sends_and_hears_nothing() -> None:
    partition = Partition()
    partition.deafen(A)
    assert partition.cuts(B, A)
    assert not partition.cuts(A, B)


def test_a_mute_replica_hears_and_sends_nothing() -> None:
    partition = Partition()
    partition.silence(A)
    assert partition.cuts(A, B)
    assert not partition.cuts(B, A)


def test_those_outside_the_majority_are_cut() -> None:
    partition = Partition()
    partition.split([A, B])
    partition.deafen(B)
    assert [partition.is_cut(name) for name in (A, B, C)] == [False, True, True]


def test_a_healed_partition_cuts_nothing() -> None:
    partition = Partition()
    partition.split([A])
    partition.deafen(B)
    partition.silence(C)
    partition.heal()
    assert not partition.active
    assert not any(partition.cuts(src, dst) for src in (A, B, C) for dst in (A, B, C))


def partition(replicas: int) -> Partition:
    return Partition(names=replica_ids(replicas))


def those_cut(made: Partition) -> list[str]:
    return [name for name in made.names if made.is_cut(name)]


def test_in_a_star_of_five_all_but_the_middle_are_cut_off() -> None:
    made = partition(5)
    made.star(NodeId("0001"))
    assert those_cut(made) == ["0000", "0002", "0003", "0004"]


def test_in_a_star_of_three_everybody_has_a_majority() -> None:
    made = partition(3)
    made.star(NodeId("0001"))
    assert those_cut(made) == []


def test_of_four_replicas_two_are_no_majority() -> None:
    made = partition(4)
    made.star(NodeId("0001"))
    assert those_cut(made) == ["0000", "0002", "0003"]


def test_one_cut_link_of_three_replicas_leaves_everybody_a_majority() -> None:
    made = partition(3)
    made.cut(NodeId("0000"), NodeId("0001"))
    assert those_cut(made) == []


def test_who_has_lost_both_links_of_three_replicas_is_cut_off_and_the_others_are_not() -> None:
    made = partition(3)
    made.cut(NodeId("0000"), NodeId("0001"))
    made.cut(NodeId("0002"), NodeId("0000"))
    assert those_cut(made) == ["0000"]


def test_a_link_inside_a_majority_of_a_split_may_cut_its_ends_off() -> None:
    made = partition(5)
    made.split([NodeId("0000"), NodeId("0001"), NodeId("0002")])
    made.cut(NodeId("0000"), NodeId("0001"))
    assert those_cut(made) == ["0000", "0001", "0003", "0004"]


def delays_s(event: Delay) -> list[float]:
    """How late messages are, shortest first."""
    made = network(event)
    return sorted(made.deliveries("append", PAYLOAD)[0].delay_s for _ in range(5_000))


def test_without_a_tail_half_of_the_delays_take_half_of_the_range() -> None:
    assert delays_s(Delay(time=0, min_ms=100, max_ms=700))[2_500] == pytest.approx(0.4, abs=0.02)


def test_with_a_tail_half_of_the_delays_take_less_than_a_sixtieth_of_the_range_and_few_take_long() -> None:
    delays = delays_s(Delay(time=0, min_ms=100, max_ms=700, tail=True))
    assert delays[0] >= 0.100
    assert delays[2_400] < 0.110 < delays[3_000]
    assert delays[4_000] < 0.300
    assert 0.600 < delays[-1] <= 0.700


def test_a_tail_draws_as_often_as_none_so_that_a_seed_decides_the_same_besides() -> None:
    plain, tailed = network(Delay(time=0)), network(Delay(time=0, tail=True))
    for made in (plain, tailed):
        made.deliveries("append", PAYLOAD)
    assert plain.rng.getstate() == tailed.rng.getstate()
