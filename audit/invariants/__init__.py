"""What must hold in every run of Raft, checked against what a trail shows, fact by fact, in the order of causality.

    invariants = Invariants(cluster)
    feed(merged(trails), invariants)
    invariants.violations, invariants.unchecked

It believes no actor: it looks at what was written to the storages, at what was sent, and at what was applied. `votes`,
`logs`, `commits`, `promises` and `progress` hold the rules, and `Rules` all of them. `Invariants` tells them what
records say; whoever runs a cluster may tell them directly what happens in it.
"""

from audit.invariants.feed import Observer, feed, gaps
from audit.invariants.observer import Invariants
from audit.invariants.violations import Rule, Violation

__all__ = ["Invariants", "Observer", "Rule", "Violation", "feed", "gaps"]
