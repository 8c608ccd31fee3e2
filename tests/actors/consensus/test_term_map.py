"""The term map against a plain list of terms."""

from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.consensus.term_map import TermMap
from messages.ids import LogIndex, Term

Steps: TypeAlias = list[tuple[int, list[int]]]
"""Truncations, as how many entries to forget, each followed by an append, as how much each term is higher."""

_STEPS = st.lists(st.tuples(st.integers(0, 6), st.lists(st.sampled_from([0, 0, 0, 1, 2]), max_size=6)), max_size=12)


def grown(steps: Steps) -> tuple[TermMap, list[int]]:
    """A term map and the list that it must be equal to; position 0 stands before the first entry."""
    terms, model = TermMap(), [0]
    for forget, rises in steps:
        keep = max(1, len(model) - forget)
        del model[keep:]
        terms.truncate(LogIndex(keep - 1))
        for rise in rises:
            model.append(max(1, model[-1]) + rise)
            terms.append([Term(model[-1])])
    return terms, model


@given(_STEPS)
def test_every_index_has_the_term_that_was_appended_there(steps: Steps) -> None:
    """Raft §5.3: what log matching compares."""
    terms, model = grown(steps)
    assert (terms.last_index, terms.last_term) == (len(model) - 1, model[-1])
    assert [terms.term_at(LogIndex(index)) for index in range(len(model))] == model


@given(_STEPS, st.integers(0, 40), st.integers(0, 40))
def test_it_has_an_entry_only_where_index_and_term_agree(steps: Steps, index: int, term: int) -> None:
    """Raft §5.3: the consistency check, also beyond the end of the log."""
    terms, model = grown(steps)
    assert terms.has(LogIndex(index), Term(term)) == (index < len(model) and model[index] == term)


@given(_STEPS)
def test_a_run_begins_where_its_term_first_stands(steps: Steps) -> None:
    """Raft §5.3, end: the first index of the conflicting term."""
    terms, model = grown(steps)
    for index, term in enumerate(model):
        assert terms.first_index_of_run(LogIndex(index)) == model.index(term)


@given(_STEPS, st.integers(0, 40), st.data())
def test_the_last_index_up_to_a_term_is_found(steps: Steps, term: int, data: st.DataObject) -> None:
    """Raft §5.3, end: where a leader's log may agree with one that has `term` there."""
    terms, model = grown(steps)
    index = data.draw(st.integers(0, len(model) - 1))
    expected = max(place for place in range(index + 1) if model[place] <= term)
    assert terms.last_index_up_to(Term(term), LogIndex(index)) == expected


@given(_STEPS, st.integers(0, 40), st.integers(0, 40))
def test_a_log_is_up_to_date_by_its_last_term_and_then_by_its_length(steps: Steps, index: int, term: int) -> None:
    """Raft §5.4.1."""
    terms, model = grown(steps)
    later_term = term > model[-1]
    as_long = term == model[-1] and index >= len(model) - 1
    assert terms.is_behind(LogIndex(index), Term(term)) == (later_term or as_long)


def test_a_falling_term_is_refused() -> None:
    """Terms never fall along a log: what asked for it was a defect."""
    terms = TermMap()
    terms.append([Term(2)])
    with pytest.raises(AssertionError, match="never fall"):
        terms.append([Term(1)])


def test_a_long_term_takes_one_run() -> None:
    """The map is bounded by elections, not by entries."""
    terms = TermMap()
    terms.append([Term(1)] * 10_000)
    terms.append([Term(2)] * 10_000)
    assert len(terms._firsts) == 3


# --- from a snapshot ---------------------------------------------------------------------------------------------


@given(_STEPS, _STEPS)
def test_runs_say_as_much_as_the_entries_did(before: Steps, after: Steps) -> None:
    """Raft §7: log matching works for entries that nobody keeps any more, and goes on behind them."""
    original, model = grown(before)
    runs = [
        (LogIndex(index), Term(term)) for index, term in enumerate(model) if index > 0 and model.index(term) == index
    ]
    terms, _ = grown(after)
    terms.install(original.last_index, runs)
    assert (terms.last_index, terms.last_term) == (original.last_index, original.last_term)
    assert [terms.term_at(LogIndex(index)) for index in range(len(model))] == model
    assert (terms._firsts, terms._terms) == (original._firsts, original._terms)
    terms.append([Term(model[-1] + 1)])
    assert terms.has(LogIndex(len(model)), Term(model[-1] + 1))
    terms.truncate(LogIndex(0))
    assert (terms.last_index, terms.last_term) == (0, 0)


@pytest.mark.parametrize(
    "runs", [[(0, 1)], [(1, 0)], [(1, 1), (1, 2)], [(2, 1), (1, 2)], [(1, 2), (2, 1)], [(1, 1), (2, 1)], [(6, 1)]]
)
def test_runs_that_no_log_has_are_refused(runs: list[tuple[int, int]]) -> None:
    """What asked for it was a defect: another replica's have been looked at before."""
    with pytest.raises(AssertionError, match=r"runs follow one another|never fall"):
        TermMap().install(LogIndex(5), [(LogIndex(index), Term(term)) for index, term in runs])
