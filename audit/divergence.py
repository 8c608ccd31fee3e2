"""How a replica's trail can differ from what its actors do when they are run again, in words for people."""

from dataclasses import dataclass

from audit.records import Did, Located, Took
from audit.replay import Acted, Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """The first place where a replica's trail is not what its actors do when they are run again.

    `at` is the record that shows it; `handling` is what the actor that is not as it should be took, and handled
    otherwise; None when no actor is to blame, but the record itself.
    """

    node: str
    at: Located
    handling: Located | None
    expected: str
    got: str

    @property
    def guilty(self) -> str:
        """The actor, and the message in whose handling it did something else."""
        took = self.blamed.record
        if not isinstance(took, Took):
            return f"no actor of {self.node}, but a record"
        return f"{took.actor} of {self.node}, delivery {took.n} ({took.type})"

    @property
    def blamed(self) -> Located:
        """The record with which it went wrong, which may have shown only later."""
        return self.at if self.handling is None else self.handling


def taken_text(took: Took) -> str:
    """An actor took a message."""
    return f"{took.actor} took {took.type} {bytes(took.message).decode()}"


def told_text(teller: str, n: int, told: Told | Took) -> str:
    """An actor tells another one something."""
    to = told.to if isinstance(told, Told) else told.actor
    return f"{teller}, in its delivery {n}, tells {to} {told.type} {bytes(told.message).decode()}"


def acted_text(actor: str, acted: Acted) -> str:
    """An actor does something through a port."""
    return f"{actor} does {acted.port}.{acted.call} {acted.value.decode()}"


def did_text(did: Did) -> str:
    """The same, as the trail has it."""
    return f"{did.actor} does {did.port}.{did.call} {bytes(did.value).decode()}"
