"""All invariants, shown one record after another."""

from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from audit.invariants import facts
from audit.invariants.replica import Replica
from audit.invariants.rules import Rules
from audit.invariants.violations import Rule, Violation, Violations
from audit.invariants.witness import Witnesses
from audit.records import Did, Event, Located, Took


class Invariants:
    """Watches a cluster, whose members' names are `cluster`, through its records, causes before effects.

    `gaps` names replicas whose trails do not show everything, and says why, as `feed.gaps` does; gaps that the records
    themselves show are found here. What cannot be decided because of them is not reported, and `unchecked` says so.
    """

    def __init__(self, cluster: Collection[str], gaps: Mapping[str, str] | None = None) -> None:
        self._replicas: Final = Witnesses(Replica, cluster, gaps)
        self._violations: Final = Violations()
        self._rules: Final = Rules(self._replicas, self._violations)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """What was found so far, in the order in which it showed; of each rule the first few."""
        return tuple(self._violations.kept)

    @property
    def counts(self) -> Mapping[Rule, int]:
        """How often each rule was broken; those that were not are missing."""
        return self._violations.counts

    @property
    def unchecked(self) -> tuple[str, ...]:
        """What could not be checked, and why: a sentence for each replica that did not show everything."""
        silent = (
            f"{name} left no trail: what it did was not checked, and wherever a majority was needed it was believed to "
            "be part of it."
            for name in self._replicas.silent
        )
        blind = (
            f"Of {replica.name}, {replica.blind}: from there on its log, what it promised, and what it had when it was "
            "elected were not checked, and wherever a majority was needed it was believed to be part of it."
            for replica in self._replicas
            if replica.blind is not None
        )
        return (*silent, *blind)

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
                self._event(replica, record, located)
            else:
                replica.open(record)
        except msgspec.MsgspecError:
            replica.go_blind(f"the record at {located.place} cannot be understood")

    # --- what is taken -----------------------------------------------------------------------------------------

    def _took(self, replica: Replica, record: Took, here: Located) -> None:
        if record.actor == "consensus":
            replica.consensus_took = record.n
            self._consensus_took(replica, record, here)
        elif record.actor == "state_machine" and record.type == "Apply":
            self._rules.applied(replica, facts.applied(record.message), _led(replica, record), here)
        elif record.actor == "state_machine" and record.type == "TakeChunk":
            chunk = facts.with_chunk(record.message).chunk
            if chunk.done:
                self._rules.state_taken(replica, chunk.last_included_index, here)

    def _consensus_took(self, replica: Replica, record: Took, here: Located) -> None:
        """What comes first: what its storage held, and the start."""
        if record.type == "RestoredChunk" and replica.blind is None:
            chunk = facts.with_chunk(record.message).chunk
            last, term = chunk.last_included_index, chunk.last_included_term
            self._rules.restored_snapshot(replica, last, term, chunk.records, chunk.done, here)
        elif record.type == "Restored" and replica.blind is None:
            restored = facts.restored(record.message)
            state = facts.HardState(restored.term, restored.voted_for)
            self._rules.restored(replica, state, restored.first, restored.entries, restored.disk, here)
        elif record.type == "Start":
            self._rules.started(replica, here)

    # --- what is done ------------------------------------------------------------------------------------------

    def _did(self, replica: Replica, record: Did, here: Located) -> None:
        if record.port == "datagrams":
            self._rules.sent(replica, record.actor, facts.sent(record.value), here)
        elif record.port == "storage":
            self._stored(replica, record, here)

    def _stored(self, replica: Replica, record: Did, here: Located) -> None:
        match record.call:
            case "save_hard_state":
                self._rules.saved(replica, facts.hard_state(record.value), here)
            case "append" if replica.blind is None:
                self._rules.appended(replica, facts.entries(record.value).entries, here)
            case "truncate" if replica.blind is None:
                self._rules.truncated(replica, facts.truncation(record.value).after, here)
            case "save_snapshot" if replica.blind is None:
                saved = facts.snapshot_saved(record.value)
                self._rules.snapshot_saved(replica, saved.last_included, saved.changes, saved.first, here)
            case "install_snapshot" if replica.blind is None:
                new = facts.snapshot_installed(record.value)
                self._rules.snapshot_installed(replica, new.last_included, new.term, new.records, here)
            case "sync":
                replica.synced()
            case _:
                pass

    # --- what is said ------------------------------------------------------------------------------------------

    def _event(self, replica: Replica, record: Event, here: Located) -> None:
        term = record.fields.get("term")
        match record.event:
            case "role.changed" if record.fields.get("role") == "leader" and isinstance(term, int):
                self._rules.led(replica, term, here)
            case "role.changed":
                replica.leads_no_more()
            case "term.advanced" if isinstance(term, int):
                self._rules.entered(replica, term, here)
            case "trail.shed":
                replica.note(record)
            case _:
                pass


def _led(replica: Replica, apply: Took) -> int | None:
    """The term that a replica led when it committed what `apply` hands to its state machine; None if it did not lead.

    A commit is applied in one batch, told in the handling of the delivery that completed the majority: whether the
    replica led is asked of that delivery, for it may have stepped down before the state machine came to it.
    """
    is_told = apply.by is not None and apply.by[0] == "consensus" and replica.reign.covers(apply.by[1])
    return replica.reign.term if is_told else None
