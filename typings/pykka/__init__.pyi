# pykka as this project uses it: a message that an actor does not handle is a type error, and asking is one too.
# Every public name must stand here: one that is missing would silently become Any inside pykka's own modules.
from pykka._actor import Actor
from pykka._exceptions import ActorDeadError, Timeout
from pykka._future import Future, get_all
from pykka._proxy import ActorProxy, CallableProxy, traversable
from pykka._ref import ActorRef
from pykka._registry import ActorRegistry
from pykka._threading import ThreadingActor, ThreadingFuture

__all__ = [
    "Actor",
    "ActorDeadError",
    "ActorProxy",
    "ActorRef",
    "ActorRegistry",
    "CallableProxy",
    "Future",
    "ThreadingActor",
    "ThreadingFuture",
    "Timeout",
    "get_all",
    "traversable",
]
