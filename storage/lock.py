"""One process at a time in a replica's directory."""

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Final

from messages.ids import NodeId
from storage.errors import StorageError
from storage.layout import LOCK

_CONTENT_BYTES_MAX: Final = 100


class Lock:
    """Holds a replica's directory until it is released, or this process ends; raises StorageError when another does."""

    def __init__(self, directory: Path, me: NodeId) -> None:
        self._descriptor: Final = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, _CONTENT_BYTES_MAX, 0).decode("utf-8", "replace").strip()
            os.close(self._descriptor)
            raise StorageError(
                f"{directory} is in use by {holder or 'another process'}; end that first, or name another RAFT_DATA."
            ) from None
        self._say_who(me)

    def _say_who(self, me: NodeId) -> None:
        """For people; a full disk has no room for it, and holds the lock as well."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"process {os.getpid()}, replica {me}\n".encode(), 0)

    def release(self) -> None:
        """Let others in."""
        os.close(self._descriptor)
