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
