"""All invariants, shown one record after another."""

from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from audit.invariants import facts
from audit.invariants.commits import Commits
from audit.invariants.completeness import Completeness
from audit.invariants.ledger import Ledger, PlaceBook
from audit.invariants.logs import Logs
from audit.invariants.progress import Progress
from audit.invariants.promises import Promises
from audit.invariants.replica import Replica
from audit.invariants.violations import Rule, Violation, Violations
from audit.invariants.votes import Votes
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
        places = PlaceBook()
        ledger = Ledger(places)
        self._votes: Final = Votes(self._replicas, self._violations)
        self._commits: Final = Commits(self._replicas, ledger, places, self._violations)
        self._logs: Final = Logs(ledger, self._commits.log, places, self._violations)
        self._completeness: Final = Completeness(self._commits.log, self._violations)
        self._promises: Final = Promises(self._violations)
        self._progress: Final = Progress(self._violations)

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
        elif record.actor == "state_machine" and record.type == "Apply":
            self._commits.applied(replica, facts.applied(record.message), record, here)
            self._completeness.applied(replica, here)

    # --- what is done ------------------------------------------------------------------------------------------

    def _did(self, replica: Replica, record: Did, here: Located) -> None:
        if record.port == "datagrams":
            self._sent(replica, record, here)
        elif record.port == "storage":
            self._stored(replica, record, here)

    def _stored(self, replica: Replica, record: Did, here: Located) -> None:
        match record.call:
            case "save_hard_state":
                self._saved(replica, facts.hard_state(record.value), here)
            case "append" if replica.blind is None:
                self._logs.appended(replica, facts.entries(record.value).entries, here)
            case "truncate" if replica.blind is None:
                after = facts.truncation(record.value).after
                self._logs.truncated(replica, after, here)
                replica.truncated(after)
            case "sync":
                replica.synced()
            case _:
                pass

    def _saved(self, replica: Replica, state: facts.HardState, here: Located) -> None:
        self._votes.saved(replica, state, here)
        self._progress.saved(replica, state, here)
        replica.hard_state = (state.term, state.voted_for)

    def _sent(self, replica: Replica, record: Did, here: Located) -> None:
        message = facts.sent(record.value)
        if message.term < 0:
            return
        match message.type:
            case "append":
                self._leads(replica, message.term, here)
            case "append_accepted":
                self._promises.acknowledgement(replica, message, here)
            case "request_vote":
                self._promises.candidacy(replica, message, here)
            case "vote_reply" if message.granted:
                self._votes.granted(replica, message, here)
                self._promises.vote(replica, message, here)
            case _:
                pass
        self._progress.sent(replica, record.actor, message, here)

    def _leads(self, replica: Replica, term: int, here: Located) -> None:
        if self._votes.leads(replica, term, here):
            self._completeness.elected(replica, term, here)

    # --- what is said ------------------------------------------------------------------------------------------

    def _event(self, replica: Replica, record: Event, here: Located) -> None:
        match record.event:
            case "role.changed":
                self._role_changed(replica, record, here)
            case "term.advanced":
                term = record.fields.get("term")
                if isinstance(term, int):
                    self._progress.entered(replica, term, here)
                    replica.term = max(replica.term, term)
            case "trail.shed":
                replica.note(record)
            case _:
                pass

    def _role_changed(self, replica: Replica, record: Event, here: Located) -> None:
        term = record.fields.get("term")
        if record.fields.get("role") != "leader" or not isinstance(term, int):
            replica.leads_no_more()
            return
        replica.led(term)
        self._leads(replica, term, here)
