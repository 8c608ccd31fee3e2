"""What clients asked, what they were answered, and whether the answers were true.

    history = History(cluster)
    feed(merged(trails), history)
    history.conclude()
    history.violations, history.unchecked

A replica's own trail shows when its socket reader had a request, and when the answer left. Both lie within the time
that the client saw, and a leader reads what had been committed by the first: it must be linearizable between them.
"""

from audit.history.observer import History

__all__ = ["History"]
