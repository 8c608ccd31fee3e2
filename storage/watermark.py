"""How many transactions were acknowledged, kept beside the database: so that a log that lost its end is noticed."""

import contextlib
import os
import re
import zlib
from pathlib import Path
from typing import Final

from storage.layout import ACKNOWLEDGED

_LINE: Final = re.compile(rb"(?P<count>[0-9]{20}) (?P<checksum>[0-9a-f]{8})\n")
_LOOKS: Final = 10


class Watermark:
    """Writes the number into its file each time, but never waits until it is durable.

    It is written when the transaction is durable. So what survives a power failure may be too low and is never too
    high: fewer transactions than it says mean that some were lost.
    """

    def __init__(self, directory: Path) -> None:
        self._descriptor: Final = os.open(directory / ACKNOWLEDGED, os.O_RDWR | os.O_CREAT, 0o644)

    def write(self, transactions: int) -> None:
        """Note that so many were acknowledged; where the disk refuses, the number before stays true."""
        count = f"{transactions:020d}".encode()
        with contextlib.suppress(OSError):
            os.pwrite(self._descriptor, b"%b %08x\n" % (count, zlib.crc32(count)), 0)

    def sync(self) -> None:
        """Wait until it is durable; raises OSError."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Nothing is written any more."""
        os.close(self._descriptor)


def acknowledged(directory: Path) -> int | None:
    """At least so many transactions were acknowledged; None when the file does not say: it is there from the beginning.

    Who reads while it is being written may see half of it, and looks again.
    """
    for _ in range(_LOOKS):
        try:
            content = (directory / ACKNOWLEDGED).read_bytes()
        except FileNotFoundError:
            return None
        line = _LINE.fullmatch(content)
        if line is not None and zlib.crc32(line["count"]) == int(line["checksum"], 16):
            return int(line["count"])
    return None


def begin(directory: Path) -> None:
    """Note, durably, that no transaction was acknowledged; raises OSError."""
    watermark = Watermark(directory)
    watermark.write(0)
    watermark.sync()
    watermark.close()
