"""All of Raft's rules together, told one fact after another: by a trail that is read, or by a cluster while it runs."""

from typing import Final

from audit.invariants.commits import Commits
from audit.invariants.completeness import Completeness
from audit.invariants.facts import Batch, HardState, LogEntry, Sent
from audit.invariants.ledger import Ledger, PlaceBook
from audit.invariants.logs import Logs
from audit.invariants.place import Place
from audit.invariants.progress import Progress
from audit.invariants.promises import Promises
from audit.invariants.replica import Replica
from audit.invariants.restarts import Restarts
from audit.invariants.violations import Violations
from audit.invariants.votes import Votes
from audit.invariants.witness import Witnesses


class Rules:
    """Takes facts, causes before effects; what breaks a rule is reported to `violations`.

    It believes no actor: facts are what was written to the storages, what was sent, and what was committed.
    """

    def __init__(self, replicas: Witnesses[Replica], violations: Violations) -> None:
        places = PlaceBook()
        ledger = Ledger(places)
        self._votes: Final = Votes(replicas, violations)
        self._commits: Final = Commits(replicas, ledger, places, violations)
        self._logs: Final = Logs(ledger, self._commits, places, violations)
        self._completeness: Final = Completeness(self._commits.log, violations)
        self._promises: Final = Promises(violations)
        self._restarts: Final = Restarts(replicas, self._logs, violations)
        self._progress: Final = Progress(violations)

    def restored(
        self, replica: Replica, state: HardState, entries: tuple[LogEntry, ...], disk: str | None, here: Place
    ) -> None:
        """A replica is given back what its storage held, perhaps in several parts."""
        self._restarts.restored(replica, state, entries, disk, here, self._votes.restored)

    def started(self, replica: Replica, here: Place) -> None:
        """A replica begins, with all that it was given back."""
        self._restarts.started(replica, here)

    def saved(self, replica: Replica, state: HardState, here: Place) -> None:
        """A storage was told to keep a term and a vote."""
        self._votes.saved(replica, state, here)
        self._progress.saved(replica, state, here)
        replica.hard_state = (state.term, state.voted_for)

    def appended(self, replica: Replica, entries: tuple[LogEntry, ...], here: Place) -> None:
        """A storage was told to keep entries behind its last one."""
        self._logs.appended(replica, entries, here)

    def truncated(self, replica: Replica, after: int, here: Place) -> None:
        """A storage was told to forget what is behind `after`."""
        self._logs.truncated(replica, after, here)
        replica.truncated(after)

    def applied(self, replica: Replica, batch: Batch, led: int | None, here: Place) -> None:
        """Entries are committed, and applied; `led` is the term that the replica led when it found that, if it did."""
        self._commits.applied(replica, batch, led, here)
        self._completeness.applied(replica, here)

    def sent(self, replica: Replica, actor: str, message: Sent, here: Place) -> None:
        """A datagram leaves for another replica, or for a client, which has no term and breaks no rule here."""
        if message.term < 0:
            return
        match message.type:
            case "append":
                self._leads(replica, message.term, here)
            case "append_accepted":
                self._promises.acknowledgement(replica, message, here)
                replica.acknowledged = max(replica.acknowledged, message.match_index)
            case "request_vote":
                self._promises.candidacy(replica, message, here)
            case "vote_reply" if message.granted:
                self._votes.granted(replica, message, here)
                self._promises.vote(replica, message, here)
            case _:
                pass
        self._progress.sent(replica, actor, message, here)

    def entered(self, replica: Replica, term: int, here: Place) -> None:
        """A replica says that it enters a term."""
        self._progress.entered(replica, term, here)
        replica.term = max(replica.term, term)

    def led(self, replica: Replica, term: int, here: Place) -> None:
        """A replica says that it leads from now on."""
        replica.led(term)
        self._leads(replica, term, here)

    def _leads(self, replica: Replica, term: int, here: Place) -> None:
        """A reign begins with its first sign: a replica need not say that it leads."""
        if term > replica.reign.term:
            replica.led(term)
        if self._votes.leads(replica, term, here):
            self._completeness.elected(replica, term, here)
