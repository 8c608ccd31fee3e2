"""Which names there are to ask for: kinds of records and messages, and actors."""

import difflib
from collections.abc import Collection, Iterable
from dataclasses import fields
from typing import Final, get_args

from audit.contents import CALLS
from audit.decoding import TAKEN
from audit.files import ReadError
from audit.records import Opened, Record
from audit.timeline_filter import Filter, actor_of, fits, own_kinds_of
from messages.wire import Inbound, Outbound

EVENTS: Final = frozenset(
    {
        "append.goes_along",
        "append.rejected",
        "append.rejection_ignored",
        "datagram.rejected",
        "datagram.unsent",
        "entry.committed",
        "follower.demoted",
        "follower.replaced",
        "introduction.answered",
        "introduction.done",
        "introduction.refused",
        "log.conflicted",
        "log.truncated",
        "message.impossible",
        "message.outdated",
        "node.failed",
        "node.started",
        "node.stopped",
        "pre_vote.answered",
        "report.outdated",
        "request.answered",
        "request.held",
        "request.repeated",
        "role.changed",
        "snapshot.held_back",
        "snapshot.installed",
        "snapshot.not_needed",
        "snapshot.refused",
        "snapshot.resent",
        "snapshot.saved",
        "snapshot.sent",
        "state.replaced",
        "state.restored",
        "storage.full",
        "storage.has_room",
        "term.advanced",
        "trail.shed",
        "trail.unwritable",
        "vote.granted",
        "vote.refused",
        "write.repeated",
    }
)
"""Every event that a replica may write."""

_RECORDS: Final = frozenset({"opened", "event", "took", "did"})

KINDS: Final = frozenset(
    {
        *_RECORDS,
        *EVENTS,
        *TAKEN,
        *(name for call in CALLS for name in call),
        *(
            str(field.default)
            for each in get_args(Inbound | Outbound)
            for field in fields(each)
            if field.name == "type"
        ),
    }
)
"""What a record may be asked for by, whether any trail has one or not."""

ACTORS: Final = frozenset(
    {"node", "socket_reader", "consensus", "log_store", "state_machine", "election_timer", "replicator"}
)
"""Those that every replica has; of a replicator's name, what stands before its peer's."""


def check_asked(asked: Filter, records: Iterable[Record]) -> None:
    """Raise ReadError when a pattern fits no name that there is: what fits nothing in a trail is no question, then.

    Other code may have written `records`, and then names of its own count; without any, replicators' are not known.
    """
    kinds, actors, peers = set(KINDS), set(ACTORS), set[str]()
    for record in records:
        kinds.update(own_kinds_of(record))
        actors.add(actor_of(record))
        if isinstance(record, Opened):
            peers.update(f"replicator/{peer}" for peer in record.peers)
    named = asked.actors if peers else (name for name in asked.actors if "/" not in name)
    _check("actor", named, actors | peers, f"there are {', '.join(sorted(ACTORS))}.")
    _check("kind", asked.kinds, kinds, "'timeline --help' says what a kind is.")


def _check(what: str, asked: Iterable[str], known: Collection[str], otherwise: str) -> None:
    for pattern in asked:
        if not any(fits(name, pattern) for name in known):
            near = difflib.get_close_matches(pattern, sorted(known), n=1)
            hint = f"did you mean {near[0]}?" if near else otherwise
            raise ReadError(f"There is no {what} {pattern!r}; {hint}")
