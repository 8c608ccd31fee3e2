"""What clients asked, what they were answered, and whether the answers were true.

    history = History(cluster)
    feed(merged(trails), history)
    history.conclude()
    history.violations, history.unchecked

A replica's own trail shows when a request came to its Consensus and when the answer left: both lie within the time that
the client saw, so what is linearizable for the client must be so between them.
"""

from audit.history.observer import History

__all__ = ["History"]
