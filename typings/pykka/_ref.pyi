# `tell` takes what the actor's `on_receive` takes; `ask` and `proxy` are errors, because actors never wait.
from threading import Event
from typing import Any, Generic, Literal, Protocol, TypeVar, overload

from pykka import Future
from pykka._actor import ActorInbox
from typing_extensions import deprecated

__all__ = ["ActorRef"]

_A_co = TypeVar("_A_co", covariant=True)
_M = TypeVar("_M")
_M_contra = TypeVar("_M_contra", contravariant=True)

class _Receives(Protocol[_M_contra]):
    def on_receive(self, message: _M_contra) -> object: ...

class ActorRef(Generic[_A_co]):
    actor_class: type[_A_co]
    actor_urn: str
    actor_inbox: ActorInbox
    actor_stopped: Event
    def __init__(self, actor: _A_co) -> None: ...
    def is_alive(self) -> bool: ...
    def tell(self: ActorRef[_Receives[_M]], message: _M) -> None: ...
    @deprecated("actors never wait: tell, and let the answer be a message")
    def ask(self, message: Any, *, block: bool = True, timeout: float | None = None) -> Any: ...
    @deprecated("proxies are untyped: tell a message")
    def proxy(self) -> Any: ...
    @overload
    def stop(self, *, block: Literal[True], timeout: float | None = None) -> bool: ...
    @overload
    def stop(self, *, block: Literal[False], timeout: float | None = None) -> Future[bool]: ...
    @overload
    def stop(self, *, block: bool = True, timeout: float | None = None) -> bool | Future[bool]: ...
