"""The least program that keeps the contract's messages: what any replica's latency is compared with.

Replica 0000 leads for good. It answers a put once a majority, itself included, has acknowledged it, and gets from its
map; all others redirect to it. There is no log, no election, no retransmission: a lost message is a lost request.
"""

from __future__ import annotations

import socket
import sys

import msgspec

LEADER = "0000"


class Message(msgspec.Struct, omit_defaults=True):
    """Every message of the contract, and the two between replicas: `copy` and `copied`."""

    src: str
    dst: str
    leader: str
    type: str
    MID: str = ""
    key: str = ""
    value: str | None = None


def main() -> None:
    """Run one replica until it is ended."""
    port, me, others = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    net = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    net.bind(("localhost", 0))
    net.connect(("localhost", port))
    decode, encode = msgspec.json.Decoder(Message).decode, msgspec.json.Encoder().encode
    values: dict[str, str] = {}
    waiting: dict[str, tuple[Message, set[str]]] = {}

    def send(dst: str, kind: str, mid: str = "", key: str = "", value: str | None = None, leader: str = LEADER) -> None:
        message = Message(src=me, dst=dst, leader=leader, type=kind, MID=mid, key=key, value=value)
        net.send(encode(message))

    send("FFFF", "hello", leader="FFFF")
    while True:
        got = decode(net.recv(65_535))
        if got.type == "copy":
            send(LEADER, "copied", got.MID)
        elif got.type == "copied" and got.MID in waiting:
            put, acknowledged = waiting[got.MID]
            acknowledged.add(got.src)
            if len(acknowledged) + 1 > (len(others) + 1) // 2:
                values[put.key] = put.value or ""
                del waiting[got.MID]
                send(put.src, "ok", put.MID)
        elif got.type in {"get", "put"} and me != LEADER:
            send(got.src, "redirect", got.MID)
        elif got.type == "get":
            send(got.src, "ok", got.MID, value=values.get(got.key, ""))
        elif got.type == "put":
            waiting[got.MID] = (got, set())
            send("FFFF", "copy", got.MID, got.key, got.value)


if __name__ == "__main__":
    main()
