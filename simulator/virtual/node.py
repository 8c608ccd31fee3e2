"""One replica in virtual time: its clock, its socket, its life. It is its own runtime and its own way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from actors.logical_clock import LogicalClock
from actors.ports import Timer
from actors.runtime import Receives
from actors.state_machine import StateMachine
from messages.address import Address
from messages.codec import encode, stamped
from messages.ids import Instant, NodeId
from messages.log_store import Append, Flush, SaveHardState
from messages.socket_reader import Datagrams
from messages.timer import Rang
from messages.wire import Outbound
from simulator.virtual.mailbox import Mailbox, Waiting, WatchedMailbox
from simulator.virtual.socket import Socket
from simulator.virtual.timer import VirtualTimer

if TYPE_CHECKING:
    from simulator.virtual.disk import Disk
    from simulator.virtual.storage import DiskStorage
    from simulator.virtual.world import World

P = ParamSpec("P")
M = TypeVar("M")

_COMMIT_S: Final = 0.02
"""So long a transaction takes at most; an eighth of that in the median, and a quarter on average."""


class Node:
    """The process that a replica's actors run in; each of them has a mailbox that the world lets it take from.

    On threads, some actors share one; here everybody is scheduled by himself, so every order of that is among those
    that can occur. `clock_start` and `clock_rate` say what its own clock shows when the run begins, and how fast it is.
    """

    state_machine: StateMachine
    storage: DiskStorage

    def __init__(
        self,
        world: World,
        name: NodeId,
        incarnation: int,
        *,
        clock_start: float,
        clock_rate: float,
        disk: Disk | None = None,
    ) -> None:
        self.world: Final = world
        self.name: Final = name
        self.incarnation: Final = incarnation
        self.clock: Final = LogicalClock(0 if disk is None else int(world.now * 1_000_000))
        self.is_dead = False
        self.is_paused = False
        self.gives_snapshot = False
        """Whether its snapshot was read, to be sent to somebody."""
        self.disk: Final = disk
        self.entries_found = 0 if disk is None else len(disk.entries)
        """So many its disk held when it began, if it has taken no snapshot since then."""
        self._clock_start = clock_start
        self._clock_rate = clock_rate
        self._mailboxes: Final[dict[str, Waiting]] = {}
        self._timers: Final[list[VirtualTimer]] = []
        self._socket: Socket
        self._parked: list[Waiting] = []
        self._hung: list[Waiting] = []
        self._to_do: list[Callable[[], None]] = []

    # --- its clock ---------------------------------------------------------------------------------------------

    def now(self) -> Instant:
        """What its own clock says: it began anywhere, and goes a little wrong."""
        return Instant(self._clock_start + self.world.now * self._clock_rate)

    def time_of(self, due: Instant) -> float:
        """When its clock will say `due`, in seconds of the run."""
        return (due - self._clock_start) / self._clock_rate

    def drift(self, rate: float) -> None:
        """From now on its clock goes at another rate; what it shows now, and what timers are set for, stays so."""
        self._clock_start = self.now() - self.world.now * rate
        self._clock_rate = rate
        for timer in self._timers:
            timer.set_again()

    # --- the runtime -------------------------------------------------------------------------------------------

    def spawn(self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs) -> Address[M]:
        """Build an actor with a mailbox of this world."""
        built = actor(*args, **kwargs)
        seen: object = built
        mailbox = Mailbox(self, name, built)
        if isinstance(seen, StateMachine):
            self.state_machine = seen
            mailbox = WatchedMailbox(self, name, built)
        self._mailboxes[name] = mailbox
        return mailbox

    def spawn_beside(
        self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Address[M]:
        """The same."""
        return self.spawn(name, actor, *args, **kwargs)

    def spawn_core(
        self, name: str, actor: Callable[P, Receives[M]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Address[M]:
        """The same."""
        return self.spawn(name, actor, *args, **kwargs)

    def spawn_reader(
        self, name: str, reader: Callable[P, Receives[Datagrams]], /, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Build the actor that is handed what the socket holds."""
        self._socket = Socket(self, name, reader(*args, **kwargs))

    def timer(self, owner: Address[Rang], /) -> Timer:
        """A timer on this node's clock."""
        timer = VirtualTimer(self, owner)
        self._timers.append(timer)
        return timer

    # --- the network -------------------------------------------------------------------------------------------

    def send(self, message: Outbound, /) -> None:
        """The port Datagrams, of a node that is not recorded."""
        self.transmit(message, self.clock.tick())

    def transmit(self, message: Outbound, stamp: int) -> None:
        """What is behind the port Datagrams of a node that is recorded."""
        self.world.watch.sent(self, message)
        self.world.sent(self, stamped(encode(message), stamp))

    def arrive(self, payload: bytes) -> None:
        """A datagram from the network; a node that stands still collects, one that is gone does not."""
        if not self.is_dead:
            self._socket.put(payload)

    # --- its life ----------------------------------------------------------------------------------------------

    def park(self, mailbox: Waiting) -> None:
        """It stands still, and this actor would have been next."""
        self._parked.append(mailbox)

    def is_hung(self, mailbox: Waiting) -> bool:
        """Whether this actor waits for a disk that hangs; it is kept until that is over."""
        if self.disk is None or not self.disk.hangs or mailbox.name != "log_store":
            return False
        self._hung.append(mailbox)
        return True

    def begins_commit(self, mailbox: Waiting, draw: Callable[[], float]) -> bool:
        """Whether this actor is about to write to the disk, and waits for it, once for each time; until `wakes_at`.

        Meanwhile nothing of it is durable, and if the process ends, all of it may be, or nothing.
        """
        if mailbox.name != "log_store" or self.disk is None or mailbox.is_rested or not mailbox.begins_with(Flush):
            return False
        if not self.storage.needs_sync():
            return False
        mailbox.wakes_at = self.world.now + draw() ** 3 * _COMMIT_S
        return True

    @property
    def has_hung_writes(self) -> bool:
        """Whether anything waits for the disk that is to be written, and reported."""
        return any(mailbox.holds(kind) for mailbox in self._hung[:1] for kind in (Append, SaveHardState))

    def holds(self, actor: str, kind: type[object]) -> bool:
        """Whether a message of this class waits for an actor."""
        mailbox = self._mailboxes.get(actor)
        return mailbox is not None and mailbox.holds(kind)

    def unhang(self) -> None:
        """The disk answers again."""
        self.world.ready.extend(self._hung)
        self._hung.clear()

    def crash(self, draw: Callable[[], float]) -> None:
        """It is ended from outside: of what was written and not synced, all may be on the disk, or nothing."""
        if self.disk is not None:
            self.disk.crash(self.storage.unfinished(), draw)

    def when_resumed(self, task: Callable[[], None]) -> None:
        """Do this when it goes on."""
        self._to_do.append(task)

    def resume(self) -> None:
        """Go on as if nothing had been."""
        self.is_paused = False
        self.world.ready.extend(self._parked)
        self._parked.clear()
        to_do, self._to_do = self._to_do, []
        for task in to_do:
            task()
