"""Names and numbers that mean something: a term is no index, and an instant is no duration."""

from typing import Annotated, Final, NewType

from msgspec import Meta

NodeId = NewType("NodeId", str)
"""A replica: four hexadecimal digits in capitals."""

ClientId = NewType("ClientId", str)
"""A client: four hexadecimal digits in capitals that name no replica."""

RequestId = NewType("RequestId", str)
"""The `MID` of a request, unique among all requests of all clients."""

DiskId = NewType("DiskId", str)
"""What tells the disk of a replica from one that takes its place; given at random when the disk is first used."""

Term = NewType("Term", int)
"""A period with at most one leader (Raft §5.1); 0 is before the first election."""

LogIndex = NewType("LogIndex", int)
"""A position in the log; the first entry has index 1, and 0 is before it (Raft §5.3)."""

Instant = NewType("Instant", float)
"""Seconds on the monotonic clock of one node; comparable on that node only."""

NOBODY: Final = NodeId("FFFF")
"""As a destination: everybody. As a leader: none known."""

HEXADECIMAL: Final = frozenset("0123456789ABCDEF")
"""What names are made of. Only the `src` of a request is looked at so closely: every other name is compared."""

LARGEST_INTEGER: Final = 2**53 - 1
"""Terms and indexes beyond it are absurd: not every JSON reader could even represent them."""

WireNodeId = Annotated[NodeId, Meta(min_length=4, max_length=4)]
WireClientId = Annotated[ClientId, Meta(min_length=4, max_length=4)]
WireDisk = Annotated[str, Meta(max_length=32)]
WireDiskId = Annotated[DiskId, Meta(min_length=1, max_length=32)]
WireTerm = Annotated[Term, Meta(ge=0, le=LARGEST_INTEGER)]
WireIndex = Annotated[LogIndex, Meta(ge=0, le=LARGEST_INTEGER)]
WireInstant = Annotated[Instant, Meta(ge=0, le=1e12)]
WireChecksum = Annotated[int, Meta(ge=0, le=2**32 - 1)]
