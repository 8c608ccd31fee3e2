"""All mutants."""

from __future__ import annotations

from typing import Final

from tests.mutants.answering import ANSWERING
from tests.mutants.campaigns import CAMPAIGNS
from tests.mutants.clients import CLIENTS
from tests.mutants.commits import COMMITS
from tests.mutants.counting import COUNTING
from tests.mutants.disks import DISKS
from tests.mutants.edge import EDGE
from tests.mutants.elections import ELECTIONS
from tests.mutants.following import FOLLOWING
from tests.mutants.mutant import Mutant
from tests.mutants.reads import READS
from tests.mutants.replication import REPLICATION
from tests.mutants.restarts import RESTARTS
from tests.mutants.sending import SENDING
from tests.mutants.snapshots import SNAPSHOTS, TRANSFERS
from tests.mutants.terms import TERMS
from tests.mutants.thrift import THRIFT
from tests.mutants.timers import TIMERS
from tests.mutants.transport import TRANSPORT

MUTANTS: Final[tuple[Mutant, ...]] = (
    *ELECTIONS,
    *CAMPAIGNS,
    *TIMERS,
    *TERMS,
    *REPLICATION,
    *FOLLOWING,
    *SENDING,
    *THRIFT,
    *COMMITS,
    *COUNTING,
    *DISKS,
    *RESTARTS,
    *SNAPSHOTS,
    *TRANSFERS,
    *READS,
    *CLIENTS,
    *ANSWERING,
    *TRANSPORT,
    *EDGE,
)
