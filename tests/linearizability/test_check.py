"""The checker accepts what one register could have done, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from linearizability import Operation, check

History = list[Operation]


def put(value: str, invoked_at: float, returned_at: float | None) -> Operation:
    return Operation(
        client="0015",
        mid=f"p{invoked_at}",
        kind="put",
        key="k",
        value=value,
        invoked_at=invoked_at,
        returned_at=returned_at,
    )


def get(value: str, invoked_at: float, returned_at: float | None) -> Operation:
    return replace(put(value, invoked_at, returned_at), client="0016", mid=f"g{invoked_at}", kind="get")


LINEARIZABLE: dict[str, History] = {
    "nothing happened": [],
    "a read of a key never written": [get("", 0, 1)],
    "a read after a write": [put("a", 0, 1), get("a", 2, 3)],
    "a read during a write sees the old value": [put("a", 0, 9), get("", 1, 2)],
    "a read during a write sees the new value": [put("a", 0, 9), get("a", 1, 2)],
    "concurrent writes in the order of neither invocation nor return": [
        put("a", 0, 8),
        put("b", 1, 9),
        get("b", 2, 3),
        get("a", 4, 5),
    ],
    "an unknown put is seen": [put("a", 0, None), get("a", 5, 6)],
    "an unknown put is never seen": [put("a", 0, None), get("", 5, 6), get("", 7, 8)],
    "an unknown put takes effect long after": [put("a", 0, None), put("b", 1, 2), get("b", 3, 4), get("a", 5, 6)],
    "an unknown put takes effect between two writes": [
        put("a", 0, None),
        put("b", 1, 2),
        put("c", 3, 4),
        get("c", 5, 6),
    ],
    "the same value is written twice": [put("a", 0, 1), put("b", 2, 3), put("a", 4, 5), get("a", 6, 7)],
    "two unknown puts of one value are seen one after the other": [
        put("a", 0, None),
        put("a", 1, None),
        put("b", 2, 3),
        get("a", 4, 5),
        put("c", 6, 7),
        get("a", 8, 9),
    ],
    "the empty value is written back": [put("a", 0, 1), put("", 2, 3), get("", 4, 5)],
    "a get of unknown outcome says nothing": [put("a", 0, 1), get("never written", 2, None)],
    "a read is invoked at the instant at which a write returned": [put("a", 0, 1), get("", 1, 2)],
    "everything happens at one instant": [get("a", 1, 1), put("a", 1, 1), get("", 1, 1)],
    "a write wins over one that began later": [put("a", 0, 5), put("b", 1, 2), get("a", 6, 7)],
}

# The last column: what is left of the history when all that is not needed is left out.
NOT_LINEARIZABLE: dict[str, tuple[History, History]] = {
    "stale read": (
        [put("a", 0, 1), put("b", 2, 3), get("b", 4, 5), get("a", 6, 7)],
        [put("a", 0, 1), put("b", 2, 3), get("a", 6, 7)],
    ),
    "lost write": (
        [put("a", 0, 1), get("", 2, 3), get("a", 4, 5)],
        [put("a", 0, 1), get("", 2, 3)],
    ),
    "read from the future": ([get("a", 0, 1), put("a", 2, 3)], [get("a", 0, 1)]),
    "read of a value never written": ([put("a", 0, 1), get("b", 2, 3)], [get("b", 2, 3)]),
    "reads going back during a write": (
        [put("a", 0, 9), get("a", 1, 2), get("", 3, 4)],
        [put("a", 0, 9), get("a", 1, 2), get("", 3, 4)],
    ),
    "split brain: two readers disagree for good": (
        [put("a", 0, 9), put("b", 0, 9), get("a", 10, 11), get("b", 10, 11)],
        [put("a", 0, 9), put("b", 0, 9), get("a", 10, 11), get("b", 10, 11)],
    ),
    "split brain: readers take turns": (
        [put("a", 0, 9), put("b", 0, 9), get("a", 1, 2), get("b", 3, 4), get("a", 5, 6)],
        [put("a", 0, 9), put("b", 0, 9), get("a", 1, 2), get("b", 3, 4), get("a", 5, 6)],
    ),
    "unknown put seen then unseen": (
        [put("a", 0, 1), put("b", 2, None), get("b", 3, 4), get("a", 5, 6)],
        [put("a", 0, 1), put("b", 2, None), get("b", 3, 4), get("a", 5, 6)],
    ),
    "unknown put seen before it was invoked": ([get("a", 0, 1), put("a", 2, None)], [get("a", 0, 1)]),
    "unknown put takes effect twice": (
        [put("a", 0, None), get("a", 1, 2), put("b", 3, 4), get("b", 5, 6), get("a", 7, 8)],
        [put("a", 0, None), get("a", 1, 2), put("b", 3, 4), get("a", 7, 8)],
    ),
    "initial value after a write of an unknown put was seen": (
        [put("a", 0, None), get("a", 1, 2), put("z", 0.5, None), get("", 3, 4)],
        [put("a", 0, None), get("a", 1, 2), get("", 3, 4)],
    ),
    "the write between two others is read last": (
        [put("a", 0, 1), put("b", 2, 3), put("c", 4, 5), get("b", 6, 7)],
        [put("b", 2, 3), put("c", 4, 5), get("b", 6, 7)],
    ),
}


@pytest.mark.parametrize("history", LINEARIZABLE.values(), ids=LINEARIZABLE)
def test_a_linearizable_history_is_accepted(history: History) -> None:
    assert check(history) is None


@pytest.mark.parametrize(("history", "core"), NOT_LINEARIZABLE.values(), ids=NOT_LINEARIZABLE)
def test_a_violation_shows_the_operations_that_make_it_and_no_others(history: History, core: History) -> None:
    violation = check(history)
    assert violation is not None
    assert list(violation.operations) == core


def test_the_order_in_which_a_history_is_listed_does_not_matter() -> None:
    for history, core in NOT_LINEARIZABLE.values():
        violation = check(reversed(history))
        assert violation is not None
        assert sorted(each.mid for each in violation.operations) == sorted(each.mid for each in core)


def test_each_key_is_a_register_of_its_own() -> None:
    elsewhere = [replace(each, key="elsewhere") for each in (put("b", 2, 3), get("b", 4, 5))]
    assert check([put("a", 0, 1), *elsewhere, get("a", 6, 7)]) is None


def test_a_violation_names_its_key() -> None:
    wrong = [replace(each, key="wrong") for each in (put("a", 0, 1), get("", 2, 3))]
    violation = check([put("a", 0, 1), *wrong, get("a", 2, 3)])
    assert violation is not None
    assert violation.key == "wrong"


def test_the_explanation_is_a_sentence_with_the_answer_and_the_operations_beside_it() -> None:
    violation = check([put("a", 0, None), put("b", 1, 2), get("b", 3, 4), get("", 5, 6.25)])
    assert violation is not None
    assert violation.explanation == (
        "key 'k': get g5 of client 0016 answered '' (5.000000 s to 6.250000 s), which no order of execution "
        "explains beside put p1 of client 0015 writing 'b' (1.000000 s to 2.000000 s)"
    )


def test_the_explanation_says_when_nobody_had_written_the_value() -> None:
    violation = check([get("a", 0, 1), put("a", 2, 3)])
    assert violation is not None
    assert violation.explanation == (
        "key 'k': get g0 of client 0016 answered 'a' (0.000000 s to 1.000000 s), "
        "which nobody had begun to write by then"
    )


def test_the_explanation_shortens_a_large_value() -> None:
    violation = check([get("x" * 30_000, 0, 1)])
    assert violation is not None
    assert f"{'x' * 40!r}... (30000 characters)" in violation.explanation
    assert len(violation.explanation) < 200


def test_the_explanation_shortens_a_long_list_of_operations() -> None:
    writes = [put(str(n % 2), n, None) for n in range(10)]
    reads = [get(str(n % 2), 10 + n, 10.5 + n) for n in range(11)]
    violation = check(writes + reads)
    assert violation is not None
    assert list(violation.operations) == writes + reads
    assert violation.explanation.endswith("; 12 more operations")


def test_an_operation_cannot_return_before_it_was_invoked() -> None:
    with pytest.raises(ValueError, match=r"returned at 1 s, but was invoked at 2 s"):
        put("a", 2, 1)


def test_an_operation_cannot_return_at_no_time() -> None:
    with pytest.raises(ValueError, match="returned at nan s"):
        put("a", 2, float("nan"))


def test_a_violation_is_told_on_the_clock_that_is_asked_for() -> None:
    violation = check([get("a", 10, 11), put("a", 12, 13)], zero_s=9.5)
    assert violation is not None
    assert [(each.invoked_at, each.returned_at) for each in violation.operations] == [(0.5, 1.5)]
    assert "(0.500000 s to 1.500000 s)" in violation.explanation
