"""Room on the disk: what is not needed leaves enough of it for what is."""

import shutil
from pathlib import Path
from typing import Final

from storage.opening import WAL_BYTES_MAX

ROOM_BYTES: Final = 2 * WAL_BYTES_MAX
"""Enough for the write-ahead log at its longest, and for its pages where they belong."""


def has_room(directory: Path) -> bool:
    """Whether the file system has so much left; raises OSError when it does not tell."""
    return shutil.disk_usage(directory).free >= ROOM_BYTES
