"""What clients are owed: each request is answered once, and the answer is true (the contract; Raft §8)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Final, TypeAlias

from audit.invariants.violations import Rule
from messages.entry import Entry, Write
from messages.ids import LogIndex
from messages.wire import Fail, GetOk, PutOk, Redirect
from simulator.ids import NodeId
from simulator.requests import Attempt, Outcome

if TYPE_CHECKING:
    from simulator.run import Run

Report: TypeAlias = Callable[[str, str], None]

READS_SEE_COMMITS: Final = "a read sees all that was committed when it was asked (Raft §8)"
NOTHING_REFUSED: Final = "nothing is refused but at a bound (contract)"
COMMITTED_ONCE: Final = "each put is committed at most once (contract)"


class Answers:
    """Compares what clients asked and were answered with what was committed; what is untrue goes to `report`.

    A replica may refuse what comes beyond `open_max` requests whose answer is not known.
    """

    def __init__(self, run: Run, report: Report, *, open_max: int) -> None:
        self._open_max: Final = open_max
        self._run: Final = run
        self._report: Final = report
        self._committed: Final[dict[str, int]] = {}
        """By MID, the index at which a put was committed."""
        self._answers: Final[dict[str, str]] = {}
        self._times: Final[list[float]] = []
        """When each index was committed, in seconds of the run; it never falls."""
        self._writes: Final[defaultdict[str, list[tuple[int, str]]]] = defaultdict(list)
        """By key, what was committed for it, in order, with its index."""
        self.promised: Final[list[str]] = []
        """Puts that were answered `ok` in this step."""

    # --- what is committed -------------------------------------------------------------------------------------

    def committed(self, now: float, index: int, entry: Entry) -> None:
        """An entry is committed, for the first time anywhere."""
        self._times.append(now)
        write = entry.write
        if write is None:
            return
        self._writes[write.key].append((index, write.value))
        attempt = self._run.clients.attempt(write.MID)
        if attempt is None or not _is_write_of(write, attempt):
            self._report(Rule.ASKED_FOR, f"{write.MID} of {write.client} at {index} was never asked for so")
        if write.MID in self._committed:
            self._report(COMMITTED_ONCE, f"{write.MID} is committed at {self._committed[write.MID]} and at {index}")
        self._committed[write.MID] = index
        if self._answers.get(write.MID) in {"redirect", "fail"}:
            sentence = f"{write.MID}, which was answered {self._answers[write.MID]}, is committed at {index}"
            self._report(Rule.ANSWER_KEPT, sentence)

    # --- what is answered --------------------------------------------------------------------------------------

    def answered(self, answer: PutOk | Redirect | Fail) -> None:
        """A put is answered, or anything is turned away."""
        self._once(answer.MID, answer.src, answer.type)
        if answer.type == "ok":
            self.promised.append(answer.MID)
        elif answer.type == "fail" and self._run.clients.waiting_at[NodeId(answer.src)] <= self._open_max:
            self._report(
                NOTHING_REFUSED, f"{answer.src} refuses {answer.MID}, and has room for {self._open_max} requests"
            )
        elif answer.MID in self._committed:
            index = self._committed[answer.MID]
            self._report(Rule.ANSWER_KEPT, f"{answer.MID} is answered {answer.type}, and was committed at {index}")

    def check_promised(self) -> None:
        """Behind the step: whoever answers `ok` to a put has committed it by then."""
        for mid in self.promised:
            if mid not in self._committed:
                self._report(Rule.OK_MEANS_COMMITTED, f"{mid} is answered ok, and is not committed")
        self.promised.clear()

    def read(self, answer: GetOk, applied: LogIndex) -> None:
        """A get is answered from a map into which, as its replica has it, the log was applied up to `applied`.

        It must have applied all that anybody had committed when the get was asked; and whatever it says of that, the
        value must be one that the key has had since then.
        """
        self._once(answer.MID, answer.src, answer.type)
        attempt = self._run.clients.attempt(answer.MID)
        if attempt is None:
            return
        owed = bisect_left(self._times, attempt.sent_at)
        if applied < owed:
            sentence = f"{answer.src} answers {answer.MID} from the log up to {applied}, and {owed} was committed"
            self._report(READS_SEE_COMMITS, sentence)
        elif answer.value not in self._values_since(attempt.request.key, owed):
            sentence = f"{answer.src} answers {answer.MID} with what the key has not held since index {owed}"
            self._report(READS_SEE_COMMITS, sentence)

    def _values_since(self, key: str, index: int) -> Iterator[str]:
        """What a key held when the log was committed up to `index`, and whatever was written to it behind that."""
        writes = self._writes.get(key, [])
        first = bisect_right(writes, index, key=itemgetter(0))
        yield writes[first - 1][1] if first else ""
        yield from (value for _, value in writes[first:])

    def _once(self, mid: str, sender: str, answer: str) -> None:
        if mid in self._answers:
            sentence = f"{sender} answers {answer} to {mid}, which was answered {self._answers[mid]} before"
            self._report(Rule.ANSWERED_ONCE, sentence)
        self._answers[mid] = answer

    # --- the whole ---------------------------------------------------------------------------------------------

    def conclude(self) -> None:
        """What clients were answered is true; the run itself has judged the order of answers."""
        for attempt in self._run.clients.attempts():
            if attempt.outcome is Outcome.OK and attempt.request.kind == "put" and attempt.mid not in self._committed:
                self._report(Rule.OK_MEANS_COMMITTED, f"{attempt.mid} was answered ok, and is not committed")


def _is_write_of(write: Write, attempt: Attempt) -> bool:
    request = attempt.request
    asked: tuple[str, str, str] = (request.client, request.key, request.value)
    return asked == (write.client, write.key, write.value)
