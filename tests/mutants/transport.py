"""What comes from the network, and is taken for what it is not."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

TRANSPORT: Final = (
    Mutant(
        name="checksum-ignored",
        file="actors/socket_reader.py",
        right="elif not isinstance(decoded, FromClient) and not stamp_of(payload):",
        wrong="elif False:",
        bug="A datagram that was damaged on its way is believed if it still reads well.",
        shows="An entry arrives with another value, and replicas differ for good.",
    ),
    Mutant(
        name="last-of-a-batch-lost",
        file="actors/socket_reader.py",
        right="        for payload in message.payloads:\n",
        wrong="        for payload in message.payloads[:64]:\n",
        bug="Of what the socket holds, only so much is read, and the rest is dropped.",
        shows="In a flood, requests of clients get lost, and are never answered.",
    ),
    Mutant(
        name="requests-of-a-full-batch-lost",
        file="actors/socket_reader.py",
        right="requests=tuple(requests)",
        wrong="requests=() if peers else tuple(requests)",
        bug="Requests that come together with messages of replicas are forgotten.",
        shows="Their clients wait for ever.",
    ),
)
