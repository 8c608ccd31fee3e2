"""What clients are owed: each request is answered once, and the answer is true (the contract; Raft §8)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Final, TypeAlias

from audit.invariants.state_model import REMEMBERED
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
COMMITTED_ONCE: Final = "each put is committed at most as often as it was sent (contract)"

_NEGATIVE: Final = frozenset({"redirect", "fail"})


class Answers:
    """Compares what clients asked and were answered with what was committed; what is untrue goes to `report`.

    A replica may refuse what comes beyond `open_max` requests whose answer is not known.
    """

    def __init__(self, run: Run, report: Report, *, open_max: int) -> None:
        self._open_max: Final = open_max
        self._run: Final = run
        self._report: Final = report
        self._committed: Final[defaultdict[str, list[int]]] = defaultdict(list)
        """By MID, the indexes at which a put was committed."""
        self._effective: Final[dict[str, int]] = {}
        """By MID, the last of these at which it had an effect."""
        self._answers: Final[defaultdict[str, list[str]]] = defaultdict(list)
        self._times: Final[list[float]] = []
        """When each index was committed, in seconds of the run; it never falls."""
        self._writes: Final[defaultdict[str, list[tuple[int, str]]]] = defaultdict(list)
        """By key, what was committed for it and had an effect, in order, with its index."""
        self.values: Final[dict[str, str]] = {}
        """What the committed log makes of an empty map (Raft §2)."""
        self.promised: Final[list[str]] = []
        """Puts that were answered `ok` in this step."""

    # --- what is committed -------------------------------------------------------------------------------------

    def committed(self, now: float, index: int, entry: Entry) -> None:
        """An entry is committed, for the first time anywhere."""
        self._times.append(now)
        write = entry.write
        if write is None:
            return
        self._apply(write, index)
        attempt = self._run.clients.attempt(write.MID)
        if attempt is None or not _is_write_of(write, attempt):
            self._report(Rule.ASKED_FOR, f"{write.MID} of {write.client} at {index} was never asked for so")
        known = self._committed[write.MID]
        if len(known) >= self._sent(write.MID):
            self._report(COMMITTED_ONCE, f"{write.MID} is committed at {_listed(known)} and at {index}")
        known.append(index)
        if self._is_ruled_out(write.MID):
            answers = _listed(self._answers[write.MID])
            self._report(Rule.ANSWER_KEPT, f"{write.MID}, which was answered {answers}, is committed at {index}")

    def _apply(self, write: Write, index: int) -> None:
        """A write that is repeated has no effect, unless it was forgotten meanwhile (Raft §8)."""
        before = self._effective.get(write.MID)
        if before is None or index - before > REMEMBERED:
            self._effective[write.MID] = index
            self._writes[write.key].append((index, write.value))
            self.values[write.key] = write.value

    def _sent(self, mid: str) -> int:
        """How often clients have sent it."""
        attempt = self._run.clients.attempt(mid)
        return 1 if attempt is None else len(attempt.sendings)

    def _is_ruled_out(self, mid: str) -> bool:
        """Whether everybody who was asked has said that it will not be."""
        return sum(answer in _NEGATIVE for answer in self._answers[mid]) >= self._sent(mid)

    # --- what is answered --------------------------------------------------------------------------------------

    def answered(self, answer: PutOk | Redirect | Fail) -> None:
        """A put is answered, or anything is turned away."""
        self._once(answer.MID, answer.src, answer.type)
        if answer.type == "ok":
            self.promised.append(answer.MID)
        elif answer.type == "fail" and self._run.clients.open_max_at(NodeId(answer.src)) <= self._open_max:
            self._report(
                NOTHING_REFUSED, f"{answer.src} refuses {answer.MID}, and has room for {self._open_max} requests"
            )
        elif self._committed[answer.MID] and self._is_ruled_out(answer.MID):
            indexes = _listed(self._committed[answer.MID])
            self._report(Rule.ANSWER_KEPT, f"{answer.MID} is answered {answer.type}, and was committed at {indexes}")

    def check_promised(self) -> None:
        """Behind the step: whoever answers `ok` to a put has committed it by then."""
        for mid in self.promised:
            if not self._committed[mid]:
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
        asked = [each.sent_at for each in attempt.sendings if each.replica == NodeId(answer.src)]
        owed = bisect_left(self._times, min(asked, default=attempt.sent_at))
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
        before = self._answers[mid]
        if len(before) >= self._sent(mid):
            sentence = f"{sender} answers {answer} to {mid}, which was answered {_listed(before)} before"
            self._report(Rule.ANSWERED_ONCE, sentence)
        before.append(answer)

    # --- the whole ---------------------------------------------------------------------------------------------

    def conclude(self) -> None:
        """What clients were answered is true; the run itself has judged the order of answers."""
        for attempt in self._run.clients.attempts():
            if attempt.outcome is Outcome.OK and attempt.request.kind == "put" and not self._committed[attempt.mid]:
                self._report(Rule.OK_MEANS_COMMITTED, f"{attempt.mid} was answered ok, and is not committed")


def _listed(each: Iterable[object]) -> str:
    return " and ".join(map(str, each))


def _is_write_of(write: Write, attempt: Attempt) -> bool:
    request = attempt.request
    asked: tuple[str, str, str] = (request.client, request.key, request.value)
    return asked == (write.client, write.key, write.value)
