"""Which terms are believed: a forged datagram could use up all that a message can carry."""

from typing import Final

from messages.ids import Term

TERM_CREDIBLE: Final = 2**52
TERM_JUMP_MAX: Final = 1_000_000
"""Beyond `TERM_CREDIBLE`, no elections can have raised the term by more at once: such a message is absurd.

A bound relative to a replica's own term alone would let two of them lock it out: nobody would believe the term that it
has come to.
"""


def is_credible(term: Term, own: Term) -> bool:
    """Whether elections can have raised the term so far, as a replica in the term `own` sees it."""
    return term <= max(own, TERM_CREDIBLE) + TERM_JUMP_MAX
