"""What clients asked, what they were answered, and whether the answers were true.

A replica's own trail shows when a request came to its Consensus and when the answer left: both lie within the time that
the client saw, so what is linearizable for the client must be so between them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from audit.invariants import facts
from audit.invariants.ledger import PlaceBook
from audit.invariants.violations import Rule, Violation, Violations
from audit.invariants.witness import Witness, Witnesses
from audit.records import Did, Event, Located, Opened, Took
from linearizability import Operation, check

CLOCKS_AGREE_WITHIN_S: Final = 0.05
"""Replicas of one machine have one monotonic clock; what they make of it and the time of day differs by no more."""

_ANSWERS: Final = frozenset({"ok", "redirect", "fail"})


class _Asked(msgspec.Struct, frozen=True, gc=False):
    """A client's request, as Consensus took it."""

    type: Literal["get", "put"]
    src: str
    MID: str
    key: str
    value: str = ""


class _Inbound(msgspec.Struct, frozen=True):
    requests: tuple[_Asked, ...]


class _Answer(msgspec.Struct, frozen=True, gc=False):
    """A datagram; one to a client when its type says so."""

    type: str
    dst: str
    MID: str = ""
    value: str = ""


_inbound: Final = msgspec.json.Decoder(_Inbound).decode
_answer: Final = msgspec.json.Decoder(_Answer).decode


@dataclass(slots=True, kw_only=True)
class _Request:
    """A request and what became of it; lines are numbers of the place book, times what the replica's clock said."""

    asked: _Asked
    at: float
    line: int
    answer: str | None = None
    value: str = ""
    answered_at: float | None = None
    answered_in: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promise:
    """A put that was answered `ok` in the delivery `n` of Consensus, before its entry was seen to be applied."""

    write: int
    n: int
    sentence: str
    place: Located


class History:
    """Watches the clients of a cluster through the replicas' records, causes before effects.

    `cluster` and `gaps` are as for `Invariants`. Answers are judged as they leave; `conclude` judges the history as a
    whole, once nothing more comes.
    """

    def __init__(self, cluster: Collection[str], gaps: Mapping[str, str] | None = None) -> None:
        self._replicas: Final = Witnesses(Witness, cluster, gaps)
        self._violations: Final = Violations()
        self._lines: Final = PlaceBook()
        self._requests: Final[list[_Request]] = []
        self._by_replica: Final[dict[tuple[str, str, str], _Request]] = {}
        self._times_asked: Final[defaultdict[int, int]] = defaultdict(int)
        """How often a request of this client and MID came to any replica; both are one hash here and below."""
        self._applied: Final[set[int]] = set()
        self._denied: Final[dict[int, Located]] = {}
        """Puts that were answered `redirect` or `fail`."""
        self._promises: Final[defaultdict[str, list[_Promise]]] = defaultdict(list)
        self._unasked: Final[list[facts.LoggedWrite]] = []
        self._unchecked: Final[list[str]] = []

    @property
    def violations(self) -> tuple[Violation, ...]:
        """What was found so far; of each rule the first few."""
        return tuple(self._violations.kept)

    @property
    def counts(self) -> Mapping[Rule, int]:
        """How often each rule was broken; those that were not are missing."""
        return self._violations.counts

    @property
    def unchecked(self) -> tuple[str, ...]:
        """What could not be checked, and why."""
        silent = (f"{name} left no trail: what its clients were answered was not checked." for name in self._silent)
        blind = (
            f"Of {replica.name}, {replica.blind}: what its clients were answered was not checked in full."
            for replica in self._replicas
            if replica.blind is not None
        )
        return (*silent, *blind, *self._unchecked)

    @property
    def _silent(self) -> list[str]:
        return self._replicas.silent

    def ended(self, located: Located, /) -> None:
        """Nothing more is known of the replica that wrote `located`, though it may have gone on."""
        self._replicas.of(located).has_ended = True

    def observe(self, located: Located, /) -> None:
        """Take the next record."""
        replica = self._replicas.of(located)
        record = located.record
        try:
            if isinstance(record, Took):
                self._took(replica, record, located)
            elif isinstance(record, Did):
                self._did(replica, record, located)
            elif isinstance(record, Event):
                replica.note(record)
            else:
                self._opened(replica, record)
        except msgspec.MsgspecError:
            replica.go_blind(f"the record at {located.place} cannot be understood")

    def _opened(self, replica: Witness, record: Opened) -> None:
        replica.open(record)

    def _took(self, replica: Witness, record: Took, here: Located) -> None:
        if record.actor == "consensus":
            if record.type == "Inbound":
                for asked in _inbound(record.message).requests:
                    self._ask(replica, asked, record, here)
        elif record.actor == "state_machine":
            if record.type == "Apply":
                self._apply(replica, facts.applied(record.message), here)
            if self._promises[replica.name]:
                self._keep_promises(replica, record)

    # --- requests and answers ----------------------------------------------------------------------------------

    def _ask(self, replica: Witness, asked: _Asked, took: Took, here: Located) -> None:
        """One that came again before it was answered is the same request."""
        key = (replica.name, asked.src, asked.MID)
        known = self._by_replica.get(key)
        if known is not None and known.answer is None:
            return
        request = _Request(asked=asked, at=took.at, line=self._lines.number(here))
        self._by_replica[key] = request
        self._requests.append(request)
        self._times_asked[hash((asked.src, asked.MID))] += 1

    def _did(self, replica: Witness, record: Did, here: Located) -> None:
        if record.port != "datagrams":
            return
        answer = _answer(record.value)
        if answer.type not in _ANSWERS:
            return
        request = self._by_replica.get((replica.name, answer.dst, answer.MID))
        if request is None:
            if replica.blind is None:
                sentence = f"{replica.node} answers {answer.type} to {answer.MID} of {answer.dst}, who never asked it"
                self._violations.report(Rule.ANSWERED_ONCE, sentence, here)
        elif request.answer is not None:
            self._answered_again(replica, request, answer, here)
        else:
            self._answered(replica, request, answer, record, here)

    def _answered_again(self, replica: Witness, request: _Request, answer: _Answer, here: Located) -> None:
        """A request that was seen once can have one answer; a second request of the same name may hide in a gap."""
        if replica.blind is None and request.answered_in is not None:
            sentence = (
                f"{replica.node} answers {answer.type} to {answer.MID} of {answer.dst}, "
                f"which it has answered {request.answer} before"
            )
            self._violations.report(Rule.ANSWERED_ONCE, sentence, self._lines.place(request.answered_in), here)

    def _answered(self, replica: Witness, request: _Request, answer: _Answer, record: Did, here: Located) -> None:
        request.answer, request.value = answer.type, answer.value
        request.answered_at, request.answered_in = max(record.at, request.at), self._lines.number(here)
        if request.asked.type == "get":
            if replica.blind is not None:
                request.answered_at = None
            return
        write = hash((answer.dst, answer.MID))
        if answer.type != "ok":
            self._deny(replica, write, answer, here)
        elif write not in self._applied and replica.blind is None:
            sentence = f"{replica.node} answers ok to the put {answer.MID} of {answer.dst}, which is not committed"
            n = record.n if record.actor == "consensus" else 0
            self._promises[replica.name].append(_Promise(write=write, n=n, sentence=sentence, place=here))

    def _deny(self, replica: Witness, write: int, answer: _Answer, here: Located) -> None:
        """This request had no effect, and never will; another one of the same name might have."""
        if self._times_asked[write] > 1:
            return
        if write in self._applied:
            sentence = f"{replica.node} answers {answer.type} to the put {answer.MID} of {answer.dst}, which is applied"
            self._violations.report(Rule.ANSWER_KEPT, sentence, here)
        self._denied[write] = here

    # --- effects -----------------------------------------------------------------------------------------------

    def _apply(self, replica: Witness, batch: facts.Applied, here: Located) -> None:
        for entry in batch.entries:
            if entry.write is not None:
                self._effect(replica, entry.write, here)

    def _effect(self, replica: Witness, write: facts.LoggedWrite, here: Located) -> None:
        """A put takes effect somewhere: it was asked for, and nobody was told that it has none."""
        name = hash((write.client, write.MID))
        if name in self._denied and self._times_asked[name] == 1:
            denied = self._denied.pop(name)
            sentence = (
                f"{replica.node} applies the put {write.MID} of {write.client}, who was told that it has no effect"
            )
            self._violations.report(Rule.ANSWER_KEPT, sentence, denied, here)
        if name in self._applied:
            return
        self._applied.add(name)
        if not self._times_asked.get(name):
            self._unasked.append(write)
            if self._replicas.show_everything:
                sentence = f"{replica.node} applies the put {write.MID} of {write.client}, who never asked for it"
                self._violations.report(Rule.ASKED_FOR, sentence, here)

    def _keep_promises(self, replica: Witness, took: Took) -> None:
        """Consensus answers `ok` and has the entry applied in one go: whatever it tells later comes behind that."""
        told_in = took.by[1] if took.by is not None and took.by[0] == "consensus" else 0
        due = [each for each in self._promises[replica.name] if each.n <= told_in]
        self._promises[replica.name] = [each for each in self._promises[replica.name] if each.n > told_in]
        for promise in due:
            if promise.write not in self._applied and replica.blind is None:
                self._violations.report(Rule.OK_MEANS_COMMITTED, promise.sentence, promise.place)

    # --- the whole ---------------------------------------------------------------------------------------------

    def conclude(self) -> None:
        """Judge the history as a whole: nothing more comes."""
        offsets = [each.wall_offset_s for each in self._replicas if each.wall_offset_s is not None]
        if offsets and max(offsets) - min(offsets) > CLOCKS_AGREE_WITHIN_S:
            spread_s = max(offsets) - min(offsets)
            sentence = f"The replicas' clocks differ by {spread_s:.3f} s: what clients saw was not checked as a whole."
            self._unchecked.append(sentence)
            return
        found = check(self.operations(), zero_s=min((each.at for each in self._requests), default=0.0))
        if found is not None:
            self._violations.report(Rule.LINEARIZABLE, found.explanation, *self._places(found.operations))

    def operations(self) -> list[Operation]:
        """What clients saw, in the order in which it came: puts without known effect included, denied ones not.

        A put whose request no trail shows, though its entry was applied, may have come at any time.
        """
        seen = [operation for each in self._requests if (operation := _operation(each)) is not None]
        start = min((each.at for each in self._requests), default=0.0)
        return [*(_unasked(write, start) for write in self._unasked), *seen]

    def _places(self, operations: Iterable[Operation]) -> list[str]:
        wanted = {(each.client, each.mid) for each in operations}
        lines = (
            line
            for each in self._requests
            if (each.asked.src, each.asked.MID) in wanted
            for line in (each.line, each.answered_in)
            if line is not None
        )
        return [self._lines.place(line) for line in lines]


def _operation(request: _Request) -> Operation | None:
    """As the checker takes it; None when it had no effect that anybody saw."""
    asked, is_ok = request.asked, request.answer == "ok"
    if request.answer in {"redirect", "fail"} or (asked.type == "get" and request.answered_at is None):
        return None
    return Operation(
        client=asked.src,
        mid=asked.MID,
        kind=asked.type,
        key=asked.key,
        value=request.value if asked.type == "get" else asked.value,
        invoked_at=request.at,
        returned_at=request.answered_at if is_ok else None,
    )


def _unasked(write: facts.LoggedWrite, start: float) -> Operation:
    return Operation(
        client=write.client,
        mid=write.MID,
        kind="put",
        key=write.key,
        value=write.value,
        invoked_at=start,
        returned_at=None,
    )
