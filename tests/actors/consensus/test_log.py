"""What Consensus knows of its log, against a model that forgets nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.consensus.log import Log
from messages.ids import LogIndex, Term
from tests.actors.consensus.sayings import entries, entry


def log_of(*terms: int) -> Log:
    """A log with an entry of each of `terms`, none of them durable or committed."""
    log = Log()
    log.append(entries(*terms))
    return log


@given(st.data())
def test_what_is_committed_is_what_was_appended_and_not_truncated(data: st.DataObject) -> None:
    """Raft §5.3: in order, each entry once, whatever was cut off in between."""
    log, model, committed = Log(), list[object](), list[object]()
    for term in range(1, 1 + data.draw(st.integers(1, 12))):
        keep = data.draw(st.integers(len(committed), len(model)))
        log.truncate(LogIndex(keep))
        new = tuple(entry(term, f"{term}.{count}") for count in range(data.draw(st.integers(0, 4))))
        log.append(new)
        model[keep:] = new
        upto = data.draw(st.integers(len(committed), len(model)))
        if upto > len(committed):
            committed.extend(log.commit(LogIndex(upto)))
        assert committed == model[: log.commit_index]
        assert log.last_index == len(model)


def test_a_report_makes_the_log_durable_up_to_its_index() -> None:
    """Raft Figure 2: only what is durable is acknowledged."""
    log = log_of(1, 1, 2)
    log.store_reports(LogIndex(2), Term(1))
    assert log.durable_index == 2


def test_truncation_lowers_what_is_durable_at_once() -> None:
    """Scenario 2: the entries that take the place of durable ones are not durable for that."""
    log = log_of(1, 1, 1)
    log.store_reports(LogIndex(3), Term(1))
    log.truncate(LogIndex(1))
    log.append(entries(2, 2))
    assert log.durable_index == 1


def test_a_report_of_an_entry_that_was_replaced_says_nothing() -> None:
    """The ABA case: same index, another term, another entry."""
    log = log_of(1, 1)
    log.truncate(LogIndex(1))
    log.append(entries(2))
    log.store_reports(LogIndex(2), Term(1))
    assert log.durable_index == 0


def test_a_late_report_does_not_lower_what_is_durable() -> None:
    """Reports may be told in order; believing them must not depend on it."""
    log = log_of(1, 1)
    log.store_reports(LogIndex(2), Term(1))
    log.store_reports(LogIndex(1), Term(1))
    assert log.durable_index == 2


def test_what_is_committed_is_never_truncated() -> None:
    """Raft §5.4: to be asked for it is a defect."""
    log = log_of(1, 1)
    log.commit(LogIndex(2))
    with pytest.raises(AssertionError, match="never truncated"):
        log.truncate(LogIndex(1))


@pytest.mark.parametrize("index", [0, 1, 3])
def test_commits_move_forward_and_stay_within_the_log(index: int) -> None:
    """Raft Figure 2: the commit index increases monotonically."""
    log = log_of(1, 1)
    log.commit(LogIndex(1))
    with pytest.raises(AssertionError, match="commits move forward"):
        log.commit(LogIndex(index))


# --- behind a snapshot -------------------------------------------------------------------------------------------

TERMS: tuple[int, ...] = (1, 1, 2, 2)
RUNS = [(LogIndex(1), Term(1)), (LogIndex(3), Term(2))]


def test_a_log_is_empty_behind_a_snapshot_and_all_that_it_includes_is_committed() -> None:
    """Raft §7."""
    log = log_of(1, 1, 1)
    log.commit(LogIndex(1))
    log.store_reports(LogIndex(3), Term(1))
    log.install(LogIndex(4), RUNS)
    assert (log.last_index, log.last_term, log.commit_index, log.durable_index) == (4, 2, 4, 0)
    assert [log.terms.term_at(LogIndex(index)) for index in range(1, 5)] == list(TERMS)


def test_nothing_of_before_the_snapshot_is_committed_with_what_comes_behind_it() -> None:
    log = log_of(1, 1, 1, 1, 1, 1)
    log.install(LogIndex(4), RUNS)
    new = entries(2, 3)
    log.append(new)
    assert log.commit(LogIndex(6)) == new


def test_an_installed_snapshot_is_durable_when_the_log_store_says_so() -> None:
    log = log_of(1)
    log.install(LogIndex(4), RUNS)
    log.store_reports(LogIndex(4), Term(2))
    assert log.durable_index == 4


@pytest.mark.parametrize("last", [1, 2])
def test_what_is_committed_is_never_taken_back_by_a_snapshot(last: int) -> None:
    log = log_of(1, 1)
    log.commit(LogIndex(2))
    with pytest.raises(AssertionError, match="never taken back"):
        log.install(LogIndex(last), [(LogIndex(1), Term(1))])


@given(kept_from=st.integers(1, 5), parts=st.lists(st.integers(1, 5), max_size=4), behind=st.integers(0, 4))
def test_what_is_restored_is_the_snapshot_and_what_follows_it_however_much_overlaps(
    kept_from: int, parts: list[int], behind: int
) -> None:
    """Some entries that the snapshot includes are kept, and come again."""
    terms = (*TERMS, *[3] * behind)
    found = [entry(term, str(index)) for index, term in enumerate(terms, start=1)]
    log = Log()
    log.install(LogIndex(4), RUNS)
    first, ends = kept_from, [kept_from + sum(parts[: count + 1]) for count in range(len(parts))]
    for end in (*(end for end in ends if end <= len(found)), len(found) + 1):
        log.restore(LogIndex(first), tuple(found[first - 1 : end - 1]))
        first = max(first, end)
    assert (log.last_index, log.commit_index, log.durable_index) == (4 + behind, 4, 4 + behind)
    if behind:
        assert log.commit(log.last_index) == tuple(found[4:])


def test_a_gap_behind_the_snapshot_is_a_defect() -> None:
    log = Log()
    log.install(LogIndex(4), RUNS)
    with pytest.raises(AssertionError, match="without gaps"):
        log.restore(LogIndex(6), entries(3))
