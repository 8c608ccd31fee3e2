"""The base of every actor: pykka's, with a fast mailbox, and fail-stop instead of silence."""

import queue
from collections.abc import Callable
from typing import ClassVar, Never

import pykka
from pykka._actor import ActorInbox
from pykka.messages import _ActorStop


class Actor(pykka.ThreadingActor):
    """A class whose `on_receive` takes what its mailbox holds, one message at a time.

    An actor is a function of its constructor arguments and the messages that it received, in order: no clock,
    no randomness of its own, no environment. What it does is to tell, or to act through a port.
    """

    use_daemon_thread: ClassVar[bool] = True
    fail_stop: Callable[[BaseException], None] | None = None
    """Set by the runtime; called in the actor's thread, before anything else can be handled."""

    has_failed = False
    """Whether this actor's thread has ended, or is about to, by an exception."""

    @staticmethod
    def _create_actor_inbox() -> ActorInbox:
        """A SimpleQueue: a seventh of the cost of the Queue that pykka would take."""
        return queue.SimpleQueue()

    def _handle_receive(self, message: Never) -> object:
        """Stop the node on any exception (Raft assumes fail-stop): an actor restarted alone would forget its vote."""
        try:
            return self.on_receive(message) if type(message) is not _ActorStop else super()._handle_receive(message)
        except BaseException as error:
            self._fail(error)
            raise

    def _actor_loop(self) -> None:
        """Stop the node also when the mailbox itself fails: a deaf actor is as bad as a dead one."""
        try:
            super()._actor_loop()
        except BaseException as error:
            self._fail(error)
            raise

    def _fail(self, error: BaseException) -> None:
        self.has_failed = True
        if self.fail_stop is not None:
            self.fail_stop(error)
