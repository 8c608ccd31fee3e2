"""The checker agrees with a real register, with a check by brute force, and stays quick on hard histories."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linearizability import Operation, check
from tests.linearizability.effort import Effort

FOREVER = float("inf")


def operation(
    number: int, kind: Literal["get", "put"], value: str, invoked_at: float, returned_at: float | None
) -> Operation:
    return Operation(
        client=f"{number % 8:04X}",
        mid=f"m{number}",
        kind=kind,
        key="k",
        value=value,
        invoked_at=invoked_at,
        returned_at=returned_at,
    )


def is_linearizable_by_brute_force(history: Sequence[Operation]) -> bool:
    """The definition, and nothing else: some choice of the unknown puts, in some order, is a run of one register."""
    completed = [each for each in history if each.returned_at is not None]
    unknown = [each for each in history if each.returned_at is None and each.kind == "put"]
    return any(
        is_run_of_one_register(order)
        for count in range(len(unknown) + 1)
        for taken in itertools.combinations(unknown, count)
        for order in itertools.permutations([*completed, *taken])
    )


def is_run_of_one_register(order: Sequence[Operation]) -> bool:
    value = ""
    latest_invocation = -FOREVER
    for each in order:
        if each.returned_at is not None and each.returned_at < latest_invocation:
            return False
        if each.kind == "get" and each.value != value:
            return False
        latest_invocation = max(latest_invocation, each.invoked_at)
        value = each.value
    return True


def random_tiny_history(rng: random.Random) -> list[Operation]:
    """Up to seven operations on few values and few instants, so that ties, overlaps and repeated values are common."""
    history = []
    for number in range(rng.randint(1, 7)):
        kind: Literal["get", "put"] = "put" if rng.random() < 0.5 else "get"
        values = ["a", "b"] if kind == "put" else ["a", "b", "a", "b", ""]
        invoked_at = rng.randint(0, 6) if kind == "put" else rng.randint(1, 10)
        returned_at = None if rng.random() < 0.15 else invoked_at + rng.choice([0, 1, 1, 2, 3, 6])
        history.append(operation(number, kind, rng.choice(values), invoked_at, returned_at))
    return history


@st.composite
def atomic_histories(draw: st.DrawFn, min_size: int = 0, max_size: int = 40) -> list[Operation]:
    """What clients see of a real register, which executes each operation at an instant between its two ends."""
    instants = st.integers(0, 30)
    history: list[Operation] = []
    value = ""
    size = draw(st.integers(min_size, max_size))
    executed_at = sorted(draw(st.lists(instants, min_size=size, max_size=size)))
    for number, instant in enumerate(executed_at):
        invoked_at = instant - draw(st.integers(0, 8))
        returned_at = None if draw(st.integers(0, 5)) == 0 else instant + draw(st.integers(0, 8))
        if draw(st.booleans()):
            history.append(operation(number, "get", value, invoked_at, returned_at))
            continue
        written = draw(st.sampled_from(["a", "b", f"v{number}"]))
        if returned_at is not None or draw(st.booleans()):
            value = written
        history.append(operation(number, "put", written, invoked_at, returned_at))
    return draw(st.permutations(history))


def contended_history(seed: int, operations: int, clients: int, values: int, unknown: float) -> list[Operation]:
    """What `clients`, each with a request always under way, see of one real register."""
    rng = random.Random(seed)
    free_at = [rng.random() for _ in range(clients)]
    spans = []
    for number in range(operations):
        client = rng.randrange(clients)
        invoked_at = free_at[client]
        executed_at = invoked_at + rng.random()
        free_at[client] = executed_at + rng.random()
        spans.append((executed_at, number, invoked_at, free_at[client]))
    history = []
    value = ""
    for executed_at, number, invoked_at, answered_at in sorted(spans):
        returned_at = None if rng.random() < unknown else answered_at
        if rng.random() < 0.5:
            history.append(operation(number, "get", value, invoked_at, returned_at))
        else:
            value = f"v{rng.randrange(values)}"
            history.append(operation(number, "put", value, invoked_at, returned_at))
        assert invoked_at <= executed_at <= answered_at
    return history


@given(atomic_histories())
def test_what_a_real_register_does_is_accepted(history: list[Operation]) -> None:
    assert check(history) is None


@given(atomic_histories(min_size=1, max_size=6), st.data())
def test_a_changed_answer_is_accepted_only_where_brute_force_accepts_it(
    history: list[Operation], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(history) - 1))
    answer = data.draw(st.sampled_from(["", "a", "b", "never written"]))
    changed = [*history]
    changed[place] = replace(history[place], kind="get", value=answer)
    assert (check(changed) is None) == is_linearizable_by_brute_force(changed)


def test_the_checker_and_brute_force_agree_on_tiny_histories_of_both_verdicts() -> None:
    rng = random.Random(4)
    verdicts = {True: 0, False: 0}
    for _ in range(2_000):
        history = random_tiny_history(rng)
        expected = is_linearizable_by_brute_force(history)
        assert (check(history) is None) == expected, history
        verdicts[expected] += 1
    assert min(verdicts.values()) >= 500, verdicts


def test_a_violation_is_the_least_that_still_is_one() -> None:
    rng = random.Random(5)
    sizes = set()
    for _ in range(2_000):
        violation = check(random_tiny_history(rng))
        if violation is None:
            continue
        core = violation.operations
        sizes.add(len(core))
        assert not is_linearizable_by_brute_force(core)
        for left_out in core:
            if left_out.kind == "get":
                assert is_linearizable_by_brute_force([each for each in core if each is not left_out])
            assert is_linearizable_by_brute_force([each for each in core if each.value != left_out.value])
    assert sizes >= {1, 2, 3, 4}


@pytest.mark.parametrize("clients", [8, 16], ids="{} clients".format)
@pytest.mark.parametrize("values", [2, 10, 10_000], ids="{} values".format)
@pytest.mark.parametrize("unknown", [0.0, 0.1], ids="{} unknown".format)
def test_a_contended_history_is_accepted_cheaply(clients: int, values: int, unknown: float) -> None:
    history = contended_history(2, 16_000 // clients, clients=clients, values=values, unknown=unknown)
    with Effort() as effort:
        assert check(history) is None
    assert effort.calls < 5_000_000


@pytest.mark.parametrize("values", [3, 10, 10_000], ids="{} values".format)
def test_a_stale_read_in_a_contended_history_is_found_cheaply(values: int) -> None:
    history = contended_history(2, 1_000, clients=8, values=values, unknown=0.0)
    last_write = operation(2_000, "put", "last", 10_000, 10_001)
    stale_read = operation(2_001, "get", history[-1].value, 10_002, 10_003)
    with Effort() as effort:
        violation = check([*history, last_write, stale_read])
    assert effort.calls < 15_000_000
    assert violation is not None
    assert {last_write, stale_read} <= set(violation.operations)


def test_ten_thousand_operations_on_a_thousand_keys_are_decided_cheaply() -> None:
    history = [
        replace(each, key=f"k{key}")
        for key in range(1_000)
        for each in contended_history(key, 10, clients=8, values=10_000, unknown=0.0)
    ]
    with Effort() as effort:
        assert check(history) is None
    assert effort.calls < 1_000_000


@pytest.mark.parametrize("returned_at", [1_000, None], ids=["answered", "unknown"])
def test_hundreds_of_puts_at_once_seen_in_any_order_are_no_burden(returned_at: float | None) -> None:
    numbers = list(range(400))
    puts = [operation(n, "put", f"v{n}", n / 1_000, returned_at) for n in numbers]
    random.Random(3).shuffle(numbers)
    reads = [operation(n, "get", f"v{n}", 2 + at, 2 + at) for at, n in enumerate(numbers[:133])]
    again = replace(reads[0], invoked_at=2_000, returned_at=2_000)
    with Effort() as effort:
        assert check(puts + reads) is None
        assert check([*puts, *reads, again]) is not None
    assert effort.calls < 12_000_000


def test_twenty_unknown_puts_of_two_values_are_each_seen_once() -> None:
    puts = [operation(n, "put", f"v{n % 2}", n / 100, None) for n in range(20)]
    reads = [operation(20 + n, "get", f"v{n % 2}", 1 + n, 1.5 + n) for n in range(21)]
    with Effort() as effort:
        assert check(puts + reads[:20]) is None
        assert check(puts + reads) is not None
    assert effort.calls < 300_000
