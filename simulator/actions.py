"""What a run asks of the world outside: the only effects that it has.

A run itself touches no socket, clock or process. Whoever drives it (real processes, or actors in virtual time) carries
these out in order, at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from simulator.events import Buffers, LateTimers, Slow, Spoiling
from simulator.ids import NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """Hand one datagram to a replica now."""

    to: NodeId
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Start a replica."""

    replica: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminate:
    """End a replica (SIGTERM) and wait until it is gone, delivering nothing meanwhile; then tell the run `exited`.

    By force (SIGKILL), it can write nothing more.
    """

    replica: NodeId
    by_force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Stop a replica where it stands (SIGSTOP); its socket goes on collecting datagrams."""

    replica: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Let a paused replica go on (SIGCONT)."""

    replica: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturb:
    """Have machines treat their actors worse from now on, in virtual time only; None: as usual again."""

    event: Slow | LateTimers | Buffers | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoil:
    """Have a replica's disk fail, in virtual time only; what hangs or is full, until `Disturb` ends all."""

    replica: NodeId
    event: Spoiling


@dataclass(frozen=True, slots=True, kw_only=True)
class Wipe:
    """Take away all that a replica, which does not run, has on disk."""

    replica: NodeId


Action: TypeAlias = Deliver | Start | Terminate | Pause | Resume | Disturb | Spoil | Wipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a replica's process ended, and what it had used."""

    code: int
    """Exit code; negative for the signal that ended it."""
    took_ms: float | None = None
    """From SIGTERM until it was gone; None when it ended by itself, and in virtual time."""
    forced: bool = False
    """It ignored SIGTERM and had to be killed."""
    cpu_s: float | None = None
    memory_peak_kb: int | None = None
    """None, both of them, in virtual time: there is no process that used any."""
    last_words: str = ""
    """The last lines of its stderr, or of its stdout when stderr is empty."""
