"""The clients' history, shown one record after another."""

from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from audit.history.effects import Effects
from audit.history.operations import operations_of
from audit.history.requests import Request, Requests
from audit.invariants import facts
from audit.invariants.ledger import PlaceBook
from audit.invariants.violations import Rule, Violation, Violations
from audit.invariants.witness import Witness, Witnesses
from audit.records import Did, Event, Located, Took
from audit.times import ONE_MACHINE_MAX_S
from linearizability import Operation, check

_ANSWERS: Final = frozenset({"ok", "redirect", "fail"})


class _Answer(msgspec.Struct, frozen=True, gc=False):
    """A datagram; one to a client when its type says so."""

    type: str
    dst: str
    MID: str = ""
    value: str = ""


_answer: Final = msgspec.json.Decoder(_Answer).decode


class History:
    """Watches the clients of a cluster through the replicas' records, causes before effects.

    `cluster` and `gaps` are as for `Invariants`. Answers are judged as they leave; `conclude` judges the history as a
    whole, once nothing more comes.
    """

    def __init__(self, cluster: Collection[str], gaps: Mapping[str, str] | None = None) -> None:
        self._replicas: Final = Witnesses(Witness, cluster, gaps)
        self._violations: Final = Violations()
        self._lines: Final = PlaceBook()
        self._requests: Final = Requests(self._lines)
        self._effects: Final = Effects(self._requests, self._replicas, self._violations)
        self._reading: Final[dict[str, int]] = {}
        """The delivery of Consensus in which each state machine was told what it handles."""
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
        silent = (
            f"{name} left no trail: what its clients were answered was not checked." for name in self._replicas.silent
        )
        blind = (
            f"Of {replica.name}, {replica.blind}: what its clients were answered was not checked in full."
            for replica in self._replicas
            if replica.blind is not None
        )
        return (*silent, *blind, *self._unchecked)

    def ended(self, located: Located, /) -> None:
        """Nothing more is known of the replica that wrote `located`, though it may have gone on."""
        self._replicas.of(located).has_ended = True
        self._effects.ended(located)

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
                replica.open(record)
        except msgspec.MsgspecError:
            replica.go_blind(f"the record at {located.place} cannot be understood")

    def _took(self, replica: Witness, record: Took, here: Located) -> None:
        if record.actor == "consensus":
            self._consensus_took(replica, record, here)
        elif record.type == "Datagrams":
            self._requests.read(replica.name, record)
        elif record.actor == "state_machine":
            self._reading[replica.name] = 0 if record.by is None else record.by[1]
            if record.type == "Apply":
                self._effects.applied(replica, facts.applied(record.message), here)
            elif record.type == "TakeChunk" and self._hides_something:
                self._requests.bring(facts.with_chunk(record.message).chunk.records)
            self._effects.look_for_promised(replica, record)

    def _consensus_took(self, replica: Witness, record: Took, here: Located) -> None:
        """Requests; and what a replica begins with, of which no trail shows who asked for it, if none came before."""
        if record.type == "Inbound":
            self._requests.came(replica.name, record, here)
        elif record.type in {"RestoredChunk", "Restored"} and self._replicas.before(replica) is None:
            if record.type == "Restored":
                self._effects.bring(facts.restored(record.message).entries)
            else:
                self._requests.bring(facts.with_chunk(record.message).chunk.records)

    def _did(self, replica: Witness, record: Did, here: Located) -> None:
        if record.port != "datagrams":
            return
        answer = _answer(record.value)
        if answer.type not in _ANSWERS:
            return
        request = self._requests.find(replica.name, answer.dst, answer.MID)
        if request is None or request.answer is not None:
            self._unexpected(replica, request, answer, here)
        else:
            self._answered(replica, request, answer, record, here)

    def _unexpected(self, replica: Witness, request: Request | None, answer: _Answer, here: Located) -> None:
        """An answer to nobody, or a second one; the request for it may hide in a gap."""
        if replica.blind is not None:
            return
        sentence = f"{replica.node} answers {answer.type} to {answer.MID} of {answer.dst}, "
        if request is None or request.answered_in is None:
            self._violations.report(Rule.ANSWERED_ONCE, f"{sentence}who never asked it", here)
        else:
            before = self._lines.place(request.answered_in)
            sentence += f"which it has answered {request.answer} before"
            self._violations.report(Rule.ANSWERED_ONCE, sentence, before, here)

    def _answered(self, replica: Witness, request: Request, answer: _Answer, record: Did, here: Located) -> None:
        request.answer, request.value = answer.type, answer.value
        request.answered_in = self._lines.number(here)
        is_get = request.asked.type == "get"
        if not is_get or replica.blind is None:  # a blind replica may read what no trail shows
            request.answered_at = max(record.at, request.came.at)
        told_in = self._reading.get(replica.name, 0) if record.actor == "state_machine" else record.n
        self._requests.answered(replica.name, request, told_in)
        if is_get:
            return
        if answer.type == "ok":
            self._effects.confirm(replica, request.asked, record, here)
        else:
            self._effects.deny(replica, request.asked, answer.type, here)

    # --- the whole ---------------------------------------------------------------------------------------------

    def conclude(self) -> None:
        """Judge the history as a whole: nothing more comes."""
        self._effects.conclude()
        offsets = [each.wall_offset_s for each in self._replicas if each.wall_offset_s is not None]
        spread_s = max(offsets) - min(offsets) if offsets else 0.0
        if spread_s > ONE_MACHINE_MAX_S:
            sentence = f"The replicas' clocks differ by {spread_s:.3f} s: what clients saw was not checked as a whole."
            self._unchecked.append(sentence)
            return
        found = check(self.operations(), zero_s=self._requests.began_at)
        if found is not None:
            places = self._requests.places(found.operations)
            self._violations.report(Rule.LINEARIZABLE, found.explanation, *places)

    def operations(self) -> list[Operation]:
        """What clients saw, as far as the trails show it."""
        return operations_of(self._requests, self._effects, all_shown=not self._hides_something)

    @property
    def _hides_something(self) -> bool:
        """Whether any trail, or a part of one, is missing; the very end of a killed replica's is not looked for."""
        return bool(self._replicas.unseen) or any(each.blind is not None for each in self._replicas)
