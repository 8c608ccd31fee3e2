"""What the journal says of events that befall machines."""

from __future__ import annotations

from simulator.events import Buffers, DiskError, DiskFlip, DiskFull, DiskHang, LateTimers, Slow, Spoiling
from simulator.ids import NodeId


def disturbance(event: Slow | LateTimers | Buffers) -> str:
    """From now on machines treat their actors worse."""
    match event:
        case Slow():
            who = "actors wait" if event.actor == "any" else f"each {event.actor} waits"
            return f"before {event.rate:.0%} of all messages, {who} up to {event.max_ms:g} ms from now on"
        case LateTimers():
            return f"timers ring up to {event.max_ms:g} ms late from now on"
        case Buffers():
            return f"a socket holds {event.datagrams or 'any number of'} datagrams of replicas from now on"


def spoilt(name: NodeId, event: Spoiling) -> str:
    """The disk of `name` fails, or is damaged."""
    disk = f"the disk of {name}"
    match event:
        case DiskFull():
            return f"{disk} is full from now on"
        case DiskError():
            return f"{disk} reports an error from now on"
        case DiskHang():
            return f"{disk} hangs from now on"
        case _:
            what = "a bit is flipped" if isinstance(event, DiskFlip) else "something stands in the wrong place"
            return f"on {disk}, {what}"
