"""The parts that the rules stand on: the terms of a log, the ledger, and the feeding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.invariants import feed, gaps
from audit.invariants.ledger import Ledger, PlaceBook
from audit.invariants.log_terms import LogTerms
from audit.records import Event, Located
from audit.trails import NodeTrail

terms = st.lists(st.integers(1, 3), max_size=12)


def log_of(entries: list[int]) -> LogTerms:
    """A log whose entries have these terms."""
    log = LogTerms()
    for term in entries:
        log.append(term)
    return log


@given(st.lists(st.one_of(st.integers(1, 3), st.integers(-8, 0)), max_size=30))
def test_the_terms_of_a_log_are_those_of_a_list(steps: list[int]) -> None:
    """A positive step appends an entry of that term, another one truncates behind its opposite."""
    log, plain = LogTerms(), list[int]()
    for step in steps:
        if step > 0:
            log.append(step)
            plain.append(step)
        else:
            log.truncate(-step)
            del plain[-step:]
        assert [log.term_at(index) for index in range(len(plain) + 3)] == [0, *plain, 0, 0]
        assert (log.last_index, log.last_term) == (len(plain), plain[-1] if plain else 0)


@given(terms, terms, st.integers(0, 14))
def test_the_first_difference_is_that_of_the_lists(one: list[int], other: list[int], up_to: int) -> None:
    end = [0] * 14
    pairs = list(zip([*one, *end], [*other, *end], strict=False))[:up_to]
    expected = next((index for index, (a, b) in enumerate(pairs, start=1) if a != b), None)
    assert log_of(one).first_difference(log_of(other), up_to) == expected


def test_a_copy_of_a_log_stays_as_it_was() -> None:
    log = log_of([1, 1, 2])
    copy = log.copy()
    log.truncate(1)
    log.append(3)
    assert [copy.term_at(index) for index in range(1, 4)] == [1, 1, 2]


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 2), st.integers(0, 1), st.integers(0, 1)), max_size=30))
def test_the_ledger_knows_the_first_entry_of_each_index_and_term(
    writes: list[tuple[int, int, int, int]],
) -> None:
    """Indexes are written without gaps, as logs are."""
    ledger, plain, last = Ledger(PlaceBook()), dict[tuple[int, int], tuple[int, int]](), 0
    ledger._places._names.append("0001.jsonl")
    for wanted, term, previous, fingerprint in writes:
        index = min(wanted, last + 1)
        last = max(last, index)
        known = ledger.write(index, term, previous, fingerprint, 7)
        first = plain.setdefault((index, term), (fingerprint, previous))
        assert (known is None) == (first == (fingerprint, previous))
        if known is not None:
            assert ((known.fingerprint, known.previous_term), known.place) == (first, "0001.jsonl:7")


class Listening:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def observe(self, located: Located, /) -> None:
        self.heard.append(located.place)

    def ended(self, located: Located, /) -> None:
        self.heard.append(f"end of {located.place}")


def node_trail(*, whole: bool = True, gaps: bool = False, shed: int = 0) -> NodeTrail:
    """What the reader says of a trail."""
    return NodeTrail(
        node="0001",
        incarnation=2,
        opened=None,
        records=[],
        damaged=frozenset(),
        shed=shed,
        is_complete_from_start=whole,
        has_gaps=gaps,
        cut_off=True,
    )


@pytest.mark.parametrize(
    ("trail", "expected"),
    [
        (node_trail(), {}),
        (node_trail(whole=False), {"0001.2": "the beginning of its trail is missing"}),
        (node_trail(whole=False, gaps=True), {"0001.2": "the beginning of its trail is missing"}),
        (node_trail(gaps=True), {"0001.2": "records of its trail are missing or damaged"}),
        (node_trail(gaps=True, shed=3), {"0001.2": "records of its trail are missing or damaged"}),
    ],
)
def test_gaps_are_those_that_the_reader_found(trail: NodeTrail, expected: dict[str, str]) -> None:
    assert gaps([trail]) == expected


@pytest.mark.parametrize("count", [1, 2])
def test_a_replica_ends_behind_the_last_record_of_its_last_part(count: int) -> None:
    def line(file: str, number: int) -> Located:
        event = Event(at=0, clock=0, node="0001", event="e", level="info")
        return Located(record=event, file=file, line=number, position=0)

    trail = [line("0001.jsonl", 1), line("0002.jsonl", 1), line("0001.part2.jsonl", 1), line("0001.2.jsonl", 1)]
    trail.append(line("of another name", 1))
    observers = [Listening() for _ in range(count)]
    feed(trail, *observers)
    assert [each.heard for each in observers] == [
        [
            "0001.jsonl:1",
            "0002.jsonl:1",
            "end of 0002.jsonl:1",
            "0001.part2.jsonl:1",
            "end of 0001.part2.jsonl:1",
            "0001.2.jsonl:1",
            "end of 0001.2.jsonl:1",
            "of another name:1",
            "end of of another name:1",
        ]
    ] * count
